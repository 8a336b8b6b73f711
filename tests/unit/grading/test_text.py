from string import ascii_letters, punctuation, whitespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.content.library import Library
from app.grading.text import Glossary, spans, stem, words

ANY_TEXT = st.text(max_size=200) | st.text(
    ascii_letters + punctuation + whitespace + "’“”•ßİé½%0123456789", max_size=200
)


@given(ANY_TEXT)
@example("I don’t\n- know; e.g. 1,000.5% of “it”. No?\r\n2) So…")
def test_offsets_are_exact_in_any_text(text: str) -> None:
    last = 0
    for span in spans(text):
        assert text[span.start : span.end] == span.text == span.text.strip()
        assert last <= span.start < span.end <= len(text)
        last = span.end
        for token in span.tokens:
            assert span.start <= token.start < token.end <= span.end
        places = [(t.start, t.end) for t in span.tokens]
        assert places == sorted(places)


@given(ANY_TEXT)
def test_every_word_stands_in_exactly_one_sentence(text: str) -> None:
    in_sentences = [(t.start, t.word) for s in spans(text) for t in s.tokens]

    assert in_sentences == [(t.start, t.word) for t in words(text)]


@given(ANY_TEXT)
def test_a_token_is_the_word_that_stands_at_its_place(text: str) -> None:
    for token in words(text):
        written = text[token.start : token.end].replace("’", "'").casefold()
        assert (
            token.word in written
            or written == "%"
            or token.word in ("not", "will", "shall", "would", "are", "have", "am")
        )


@given(st.text(max_size=200))
def test_terms_change_no_offset_of_a_sentence(library: Library, glossary: Glossary, text: str) -> None:
    plain, joined = spans(text), spans(text, glossary)

    assert [(s.start, s.end) for s in plain] == [(s.start, s.end) for s in joined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't know", ["i", "do", "not", "know"]),
        ("I don’t know", ["i", "do", "not", "know"]),
        ("can't won't shan't cannot", ["can", "not", "will", "not", "shall", "not", "can", "not"]),
        ("isn't hasn't wouldn't", ["is", "not", "has", "not", "would", "not"]),
        ("I'd we'll they're we've I'm", ["i", "would", "we", "will", "they", "are", "we", "have", "i", "am"]),
        ("it's the user's", ["it", "s", "the", "user", "s"]),
        ("DON'T", ["do", "not"]),
    ],
)
def test_contractions_become_two_words(text: str, expected: list[str]) -> None:
    assert [t.word for t in words(text)] == expected


def test_the_two_words_of_a_contraction_stand_at_one_place() -> None:
    _, do, no, _ = words("I don't know")

    assert (do.start, do.end) == (no.start, no.end) == (2, 7)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("optimise", "optimize"),
        ("optimising", "optimization"),
        ("normalised", "normalized"),
        ("normalisation", "normalization"),
        ("personalised", "personalized"),
        ("quantisation", "quantization"),
        ("colour", "color"),
        ("behaviour", "behavior"),
        ("behavioural", "behavioral"),
        ("favoured", "favored"),
        ("neighbours", "neighbors"),
        ("labelled", "labeled"),
        ("labelling", "labeling"),
        ("modelling", "modeling"),
        ("cancelled", "canceled"),
        ("travelling", "traveling"),
        ("catalogue", "catalog"),
        ("catalogues", "catalogs"),
        ("analyse", "analyze"),
        ("centre", "center"),
        ("programme", "program"),
    ],
)
def test_british_and_american_spelling_are_one(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("label", "labelled"),
        ("labels", "labelling"),
        ("model", "modelling"),
        ("call", "called"),
        ("call", "calling"),
        ("scroll", "scrolled"),
        ("scrolls", "scrolling"),
        ("fill", "filled"),
        ("roll", "rolling"),
        ("install", "installed"),
        ("poll", "polling"),
        ("hour", "hours"),
        ("tower", "towers"),
        ("retrain", "retraining"),
        ("noise", "noises"),
        ("raise", "raised"),
        ("promise", "promised"),
    ],
)
def test_forms_of_one_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("regular", "regularisation"),
        ("regular", "regularize"),
        ("factor", "factorisation"),
        ("token", "tokenisation"),
        ("label", "labeller"),
        ("label", "labelers"),
        ("hour", "our"),
        ("four", "for"),
    ],
)
def test_different_things_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("two", "2"), ("ten", "10"), ("hundred", "100"), ("thousand", "1,000"), ("1,000", "1000"), ("percent", "%")],
)
def test_numbers_in_words_and_in_digits_are_one(one: str, other: str) -> None:
    assert [t.stem for t in words(one)] == [t.stem for t in words(other)]


def test_a_decimal_is_one_number() -> None:
    assert [t.word for t in words("0.05 and 1,250.75")] == ["0.05", "and", "1,250.75"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We use metrics, e.g. AUC. Then we test.", ["We use metrics, e.g. AUC.", "Then we test."]),
        ("That is i.e. the loss. Good.", ["That is i.e. the loss.", "Good."]),
        ("Trees vs. networks. I pick trees.", ["Trees vs. networks.", "I pick trees."]),
        ("Take 0.5 seconds. Go.", ["Take 0.5 seconds.", "Go."]),
        ("I read J. Smith on it. Fine.", ["I read J. Smith on it.", "Fine."]),
        ("- one thing\n- two things\n* three", ["- one thing", "two things", "three"]),
        ("1. collect\n2. train", ["1.", "collect", "train"]),
        ("What? Why! So.", ["What?", "Why!", "So."]),
        ("He said “stop.” Then he went.", ["He said “stop.", "Then he went."]),
        ("no dot at the end", ["no dot at the end"]),
        ("... !!! ;", []),
        ("", []),
        (":", []),
    ],
)
def test_a_text_is_cut_into_its_sentences(text: str, sentences: list[str]) -> None:
    assert [s.text for s in spans(text)] == sentences


@pytest.mark.parametrize(
    ("text", "asks"),
    [("How many?", True), ("“How many?”", True), ("(How many?) ", True), ("I ask how many.", False), ("?", False)],
)
def test_a_question_ends_in_its_mark(text: str, asks: bool) -> None:
    assert any(s.question for s in spans(text)) is asks


def test_words_without_content_are_told_from_others() -> None:
    (span,) = spans("I would use the same features before launch")

    assert span.content == {stem("features"), stem("launch")}
    assert {t.word for t in span.tokens if t.light} == {"use", "before", "would"}


# ------------------------------------------------------------------------------------------------------------ glossary


def test_ways_of_writing_one_thing_are_one(glossary: Glossary) -> None:
    texts = ["click-through rate", "click through rate", "CTR", "CTRs", "click rate", "Clickthrough Rate"]

    assert {tuple(t.stem for s in spans(text, glossary) for t in s.tokens) for text in texts} == {("§click rate",)}


def test_a_term_keeps_its_place_in_the_text(glossary: Glossary) -> None:
    text = "We watch the Click-Through Rate daily."
    (term,) = [t for s in spans(text, glossary) for t in s.tokens if t.stem == "§click rate"]

    assert text[term.start : term.end] == "Click-Through Rate"
    assert term.content


def test_a_longer_term_wins_over_a_shorter_one() -> None:
    glossary = Glossary({"auc": ["area under the curve"], "pr auc": ["area under the precision recall curve"]})

    assert [t.stem for s in spans("pr auc", glossary) for t in s.tokens] == ["§pr auc"]
    assert [t.stem for s in spans("auc", glossary) for t in s.tokens] == ["§auc"]


def test_a_term_is_found_within_a_sentence_and_not_across_two() -> None:
    glossary = Glossary({"two tower": ["two-tower"]})

    assert "§two tower" in {t.stem for t in spans("A Two-Tower network.", glossary)[0].tokens}
    assert not any(t.stem.startswith("§") for s in spans("There are two. Tower blocks.", glossary) for t in s.tokens)


def test_every_variant_of_every_term_is_read_as_that_term(library: Library, glossary: Glossary) -> None:
    wrong = {
        (canonical, variant): read
        for canonical, variants in library.terms.items()
        for variant in (canonical, *variants)
        if (read := [t.stem for t in glossary.join(words(variant))]) != ["§" + canonical]
    }

    assert wrong == {}
