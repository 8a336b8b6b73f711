import numpy as np
import pytest

from app.retrieval.lexical import LexicalIndex

TEXTS = [
    "Sampling negatives from impressions, with a correction for popularity.",
    "The Kolmogorov-Smirnov statistic compares two samples.",
    "An A/B test runs for two weeks.",
    "",
]
ALL = np.ones(len(TEXTS), dtype=np.bool_)


def places(query: str, allowed: np.ndarray = ALL, limit: int = 10) -> list[int]:
    return [place for place, _ in LexicalIndex(TEXTS).nearest(query, allowed, limit)]


def test_a_rare_word_is_found_whatever_stands_around_it() -> None:
    assert places("so what would Kolmogorov have said about this, you think?") == [1]


def test_words_meet_by_their_stems() -> None:
    assert places("how do you sample a negative")[0] == 0


def test_single_letters_count() -> None:
    assert places("is that the B group") == [2]


def test_words_that_every_text_has_count_for_nothing() -> None:
    assert places("what is the, and for whom?") == []
    assert places("xyzzy") == []
    assert places("") == []


def test_texts_not_allowed_are_left_out() -> None:
    assert places("two samples")[0] == 1
    assert 1 not in places("two samples", np.array([True, False, True, True]))


def test_at_most_so_many_come_back_and_ties_in_order() -> None:
    index = LexicalIndex(["drift", "drift", "drift"])

    assert [p for p, _ in index.nearest("drift", np.ones(3, dtype=np.bool_), 2)] == [0, 1]


def test_an_index_over_nothing_finds_nothing() -> None:
    assert LexicalIndex([]).nearest("drift", np.ones(0, dtype=np.bool_), 5) == []
    assert LexicalIndex(["", "the"]).nearest("drift", np.ones(2, dtype=np.bool_), 5) == []


def test_the_library_does_not_write_to_our_log(caplog: pytest.LogCaptureFixture) -> None:
    places("two samples")

    assert caplog.records == []
