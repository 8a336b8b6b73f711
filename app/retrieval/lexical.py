"""Search by words: BM25 over stemmed tokens, in memory, of single texts and of the documents that they make up."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")
"""Single letters count too: the B of A/B, the k of recall at k. So do `how`, `first` and `not`, which
tell questions apart: BM25 itself makes little of what stands everywhere."""


class LexicalIndex:
    """Score texts by the rare words that they share with a query, and each also by those that its document shares."""

    def __init__(self, texts: Sequence[str], documents: Sequence[str]) -> None:
        """Index the texts.

        Args:
            texts: what is searched.
            documents: for each text, the name of the document that it belongs to.
        """
        import numpy as np

        tokens = _tokens(texts)
        members: dict[str, list[list[str]]] = {}
        for words, document in zip(tokens, documents, strict=True):
            members.setdefault(document, []).append(words)
        numbers = {document: number for number, document in enumerate(members)}
        self._document_of = np.array([numbers[document] for document in documents], dtype=np.intp)
        self._texts = _Scorer(tokens)
        self._documents = _Scorer([list(chain.from_iterable(parts)) for parts in members.values()])

    def scores(self, query: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give for each text its own score and that of its document; 0 where no word is shared."""
        words = _tokens([query])[0]
        return self._texts.scores(words), self._documents.scores(words)[self._document_of]


class _Scorer:
    """BM25, which as it comes cannot do without a word."""

    def __init__(self, tokens: Sequence[list[str]]) -> None:
        from bm25s import BM25  # pyright: ignore[reportMissingTypeStubs]

        # The library sets its own logger to DEBUG when it is imported.
        logging.getLogger("bm25s").setLevel(logging.WARNING)
        self._size = len(tokens)
        self._bm25: Any = BM25()
        self._empty = not any(tokens)
        if not self._empty:
            self._bm25.index(tokens, show_progress=False)

    def scores(self, words: list[str]) -> NDArray[np.float32]:
        import numpy as np

        known: list[int] = [] if self._empty else self._bm25.get_tokens_ids(words)
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._bm25.get_scores_from_ids(known), dtype=np.float32)


def _tokens(texts: Sequence[str]) -> list[list[str]]:
    import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]

    # A stemmer keeps the word it works on, so threads must not share one; making one costs nothing.
    english = cast(Any, snowballstemmer).stemmer("english")
    stem: Callable[[str], str] = cache(english.stemWord)
    return [[stem(word) for word in _WORD.findall(text.lower())] for text in texts]
