"""Search by words: BM25 over stemmed tokens, in memory."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")
"""Single letters count too: the B of A/B, the k of recall at k."""


class LexicalIndex:
    """Rank texts by the rare words that they share with a query."""

    def __init__(self, texts: Sequence[str]) -> None:
        from bm25s import BM25  # pyright: ignore[reportMissingTypeStubs]

        # The library sets its own logger to DEBUG when it is imported.
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        self._bm25: Any = BM25()
        tokens = _tokens(texts)
        self._empty = not any(tokens)
        if not self._empty:
            self._bm25.index(tokens, show_progress=False)

    def nearest(self, query: str, allowed: NDArray[np.bool_], limit: int) -> list[tuple[int, float]]:
        """Give places and scores of the allowed texts that share words with the query, best first, ties in order.

        Args:
            query: any text.
            allowed: one flag for each text.
            limit: at most so many.
        """
        import numpy as np

        known: list[int] = [] if self._empty else self._bm25.get_tokens_ids(_tokens([query])[0])
        if not known:
            return []
        scores = np.where(allowed, self._bm25.get_scores_from_ids(known), 0.0)
        order = np.argsort(-scores, kind="stable")[:limit]
        return [(int(i), float(scores[i])) for i in order if scores[i] > 0]


def _tokens(texts: Sequence[str]) -> list[list[str]]:
    import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]
    from bm25s.stopwords import STOPWORDS_EN_PLUS  # pyright: ignore[reportMissingTypeStubs]

    # A stemmer keeps the word it works on, so threads must not share one; making one costs nothing.
    english = cast(Any, snowballstemmer).stemmer("english")
    stem: Callable[[str], str] = cache(english.stemWord)
    dropped = frozenset(STOPWORDS_EN_PLUS)
    return [[stem(w) for w in _WORD.findall(text.lower()) if w not in dropped] for text in texts]
