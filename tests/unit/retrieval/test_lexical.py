import numpy as np
import pytest

from app.retrieval.lexical import LexicalIndex

TEXTS = [
    "Sampling negatives from impressions, with a correction for popularity.",
    "The Kolmogorov-Smirnov statistic compares two samples.",
    "An A/B test runs for two weeks.",
    "",
]
APART = [str(n) for n in range(len(TEXTS))]


def places(query: str) -> list[int]:
    """Those that share a word, best first."""
    scores, _ = LexicalIndex(TEXTS, APART).scores(query)
    return [int(i) for i in np.argsort(-scores, kind="stable") if scores[i] > 0]


def test_a_rare_word_is_found_whatever_stands_around_it() -> None:
    assert places("so what would Kolmogorov have said about two of the samples, you think?")[0] == 1


def test_words_meet_by_their_stems() -> None:
    assert places("how do you sample a negative")[0] == 0


def test_single_letters_count() -> None:
    assert places("what of group B") == [2]


def test_words_that_every_text_has_count_for_little() -> None:
    texts = [f"The metric of part {number}." for number in range(100)]

    scores, _ = LexicalIndex(texts, [str(n) for n in range(100)]).scores("what is the metric of part 42")

    assert scores.argmax() == 42
    assert scores[42] > 50 * scores[41]


def test_a_query_without_a_known_word_finds_nothing() -> None:
    assert places("xyzzy") == []
    assert places("") == []


def test_a_text_is_also_scored_by_the_document_that_it_belongs_to() -> None:
    texts = ["Drift of the inputs.", "Compare histograms.", "Cache answers."]

    own, of_document = LexicalIndex(texts, ["drift", "drift", "caching"]).scores("drift histograms")

    assert own[2] == of_document[2] == 0
    assert of_document[0] == of_document[1] > 0
    assert LexicalIndex(texts, ["drift", "drift", "caching"]).scores("drift")[0][1] == 0


def test_texts_alike_score_alike() -> None:
    scores, _ = LexicalIndex(["drift", "drift", "drift"], list("abc")).scores("drift")

    assert scores[0] == scores[1] == scores[2] > 0


def test_an_index_over_nothing_finds_nothing() -> None:
    assert [len(scores) for scores in LexicalIndex([], []).scores("drift")] == [0, 0]
    assert not any(scores.any() for scores in LexicalIndex(["", "?!"], ["a", "b"]).scores("drift"))


def test_the_library_does_not_write_to_our_log(caplog: pytest.LogCaptureFixture) -> None:
    places("two samples")

    assert caplog.records == []
