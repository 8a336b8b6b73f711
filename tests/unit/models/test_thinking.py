import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.models.thinking import ThinkingFilter, without_thinking

BITS = ["<think>", "</think>", "<THINKING>", "</thinking>", "<reasoning>", "</Reasoning>", "<", ">", "/", "think", " "]
WORDS = ["\n", "a", "Why? ", "ß", "İ", "K", "<b>", "x < y", "thinking aloud"]
TEXTS = st.lists(st.sampled_from(BITS + WORDS), max_size=14).map("".join)
PLAIN = st.text(alphabet=st.characters(exclude_characters="<"), max_size=30)


def filtered(pieces: list[str], hold: bool = False) -> str:
    passing = ThinkingFilter(hold)
    return "".join(map(passing.feed, pieces)) + passing.end()


@st.composite
def cut(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A text, and the same text in pieces."""
    text = draw(TEXTS)
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    ends = [0, *places, len(text)]
    return text, [text[a:b] for a, b in pairwise(ends)]


@given(cut())
def test_it_does_not_matter_how_a_reply_is_cut_into_pieces(case: tuple[str, list[str]]) -> None:
    text, pieces = case
    assert filtered(pieces) == filtered([text]) == filtered(list(text))
    assert filtered(pieces, hold=True) == filtered([text], hold=True) == without_thinking(text)


@given(TEXTS)
def test_no_block_is_ever_given_out(text: str) -> None:
    assert not re.search(r"<(think|thinking|reasoning)>", filtered(list(text)), re.IGNORECASE | re.ASCII)


@given(PLAIN, PLAIN, PLAIN)
@example("", "ß" * 20, "Why?")
@example("", "İ" * 20, "Why?")
def test_what_stands_outside_of_a_block_is_kept_as_it_is(before: str, thought: str, after: str) -> None:
    whole = filtered(list(f"{before}<think>{thought}</think>{after}"))
    assert whole == (before + after).lstrip()


@given(PLAIN)
def test_a_reply_without_blocks_passes_at_once(text: str) -> None:
    assert ThinkingFilter().feed(text) == text.lstrip()


def test_an_unfinished_block_is_dropped() -> None:
    assert filtered(["So, ", "<think>", "the answer is two towers"]) == "So, "


@pytest.mark.parametrize("text", ["a < b", "<b>bold</b>", "<thin", "<thinker>x", "if x <", "</"])
def test_what_only_looks_like_a_tag_is_kept(text: str) -> None:
    assert filtered(list(text)) == text


def test_thoughts_whose_beginning_is_not_marked_are_dropped_from_a_whole_reply() -> None:
    assert without_thinking("The candidate said little.\n</think>\n\nWhat would you log?") == "What would you log?"


def test_the_end_of_a_block_that_never_began_is_noticed_and_left_for_the_guard_to_see() -> None:
    passing = ThinkingFilter()
    assert passing.feed("The candidate said little.</think>What?") == "The candidate said little.</think>What?"
    assert passing.orphan


def test_who_holds_back_gives_nothing_out_before_the_thoughts_are_over() -> None:
    passing = ThinkingFilter(hold=True)
    assert [passing.feed(p) for p in ["They said", " little", "</think>", "\nWhat", " next?"]] == [
        "",
        "",
        "",
        "What",
        " next?",
    ]


def test_who_holds_back_gives_all_in_the_end_where_nothing_was_thought() -> None:
    assert filtered(["What", " next?"], hold=True) == "What next?"
