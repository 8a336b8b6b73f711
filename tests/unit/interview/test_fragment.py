import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import Case
from app.interview.fragment import LONGEST, SHORTEST, fragment


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=3))
def test_a_fragment_stands_in_the_text_and_in_nothing_said_before(text: str, used: list[str]) -> None:
    found = fragment(text, used)

    if found is not None:
        assert found in text
        assert not any(found.casefold() in u.casefold() for u in used)


def test_fragments_of_real_answers_are_short_and_without_punctuation(case: Case) -> None:
    found = [f for c in case.criteria if (f := fragment(c.answer))]

    assert len(found) > len(case.criteria) / 3
    for one in found:
        assert SHORTEST <= len(one.replace("-", " ").split()) <= LONGEST + 2
        assert not set(one) & set(",.;:?!()“”")


def test_a_fragment_is_not_referred_to_twice() -> None:
    text = "I would look at the watch history and at the upload date."
    first = fragment(text)
    second = fragment(text, [f"You said “{first}”."])

    assert first
    assert second != first
    assert fragment(text, [f"“{first}” and “{second}”", "watch history upload date"]) is None


@pytest.mark.parametrize("text", ["", "Yes.", "I don't know.", "and so on and so forth", "12 34 56", "?"])
def test_a_text_without_a_noun_phrase_has_no_fragment(text: str) -> None:
    assert fragment(text) is None
