"""Hybrid search: nearest vectors and shared words, fused by rank."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Literal

from app.domain.framework import Step
from app.domain.ports import Passage
from app.errors import ConfigurationError
from app.retrieval.chunks import Chunk
from app.retrieval.embeddings import Embedder
from app.retrieval.index import ChunkIndex
from app.retrieval.lexical import LexicalIndex
from app.retrieval.store import StoreBroken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDIDATES = 50
"""How many of each ranking are fused."""
RANK_OFFSET = 60
"""Of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): the larger, the less the first ranks stand out."""
VECTOR_WEIGHT = 1.0
LEXICAL_WEIGHT = 1.0

Mode = Literal["hybrid", "bm25", "vector"]
Ranking = list[tuple[int, float]]
"""Places of chunks with scores, best first."""

logger = logging.getLogger(__name__)


class HybridRetriever:
    """Find chunks by meaning and by words. Thread-safe; opens what it needs at the first search."""

    def __init__(self, index: ChunkIndex, embedder: Embedder, chunks: Sequence[Chunk]) -> None:
        """Keep the parts.

        Args:
            index: in step with the chunks; if it is not, the first search that finds out repairs it.
            embedder: the one that the index was made with.
            chunks: all that may be found.
        """
        self._index = index
        self._embedder = embedder
        self._chunks = tuple(sorted(chunks, key=lambda chunk: chunk.id))
        self._places = {chunk.id: place for place, chunk in enumerate(self._chunks)}
        self._lexical: LexicalIndex | None = None
        self._lock = Lock()

    def search(self, query: str, *, step: Step | None = None, case: str | None = None, limit: int = 5) -> list[Passage]:
        """Give the nearest passages, best first.

        Args:
            query: any text; an empty one finds nothing.
            step: only passages of this step.
            case: also this case's reference solution; without it, no reference solution is ever returned.
            limit: at most so many.

        Raises:
            ConfigurationError: the index cannot be read or built.
        """
        return self.ranked(query, step=step, case=case, limit=limit)

    def ranked(
        self,
        query: str,
        mode: Mode = "hybrid",
        *,
        step: Step | None = None,
        case: str | None = None,
        limit: int = 5,
    ) -> list[Passage]:
        """Search by one side alone, or by both; `search` says the rest."""
        if limit < 1 or not query.strip():
            return []
        depth = max(limit, CANDIDATES)
        if mode == "bm25":
            ranking = self._by_words(query, step, case, depth)
        elif mode == "vector":
            ranking = self._by_meaning(query, step, case, depth)
        else:
            ranking = _fused(
                (VECTOR_WEIGHT, self._by_meaning(query, step, case, depth)),
                (LEXICAL_WEIGHT, self._by_words(query, step, case, depth)),
            )
        return [_passage(self._chunks[place], score) for place, score in ranking[:limit]]

    def close(self) -> None:
        """Let go of the index's files and connections."""
        self._index.close()

    def _by_words(self, query: str, step: Step | None, case: str | None, depth: int) -> Ranking:
        import numpy as np

        with self._lock:
            if self._lexical is None:
                self._lexical = LexicalIndex([chunk.searchable for chunk in self._chunks])
        allowed = np.fromiter((c.may_be_shown(step, case) for c in self._chunks), dtype=np.bool_)
        return self._lexical.nearest(query, allowed, depth)

    def _by_meaning(self, query: str, step: Step | None, case: str | None, depth: int) -> Ranking:
        vector = self._embedder.embed([query])[0]
        if not vector.any():
            return []
        found = self._nearest(vector, step, case, depth)
        places = [(self._places[id_], score) for id_, score in found if id_ in self._places]
        # The index is not trusted with the rule that a case's solution is only shown for that case.
        return _ordered((p, s) for p, s in places if self._chunks[p].may_be_shown(step, case))

    def _nearest(
        self, vector: NDArray[np.float32], step: Step | None, case: str | None, depth: int
    ) -> list[tuple[str, float]]:
        try:
            return self._index.nearest(vector, step=step, case=case, limit=depth)
        except StoreBroken as broken:
            logger.warning("the search index is built again: %s", broken)
        self._index.repair(self._chunks)
        try:
            return self._index.nearest(vector, step=step, case=case, limit=depth)
        except StoreBroken as error:
            raise ConfigurationError(f"the search index cannot be used: {error}") from error


def _fused(*rankings: tuple[float, Ranking]) -> Ranking:
    """Fuse weighted rankings by reciprocal rank; 1 is the score of what comes first in all."""
    best = sum(weight / (RANK_OFFSET + 1) for weight, _ in rankings)
    scores: dict[int, float] = {}
    for weight, ranking in rankings:
        for rank, (place, _) in enumerate(ranking, start=1):
            scores[place] = scores.get(place, 0.0) + weight / (RANK_OFFSET + rank) / best
    return _ordered(scores.items())


def _ordered(scored: Iterable[tuple[int, float]]) -> Ranking:
    """Sort best first, ties in the order of the ids."""
    return sorted(scored, key=lambda found: (-found[1], found[0]))


def _passage(chunk: Chunk, score: float) -> Passage:
    return Passage(chunk.id, chunk.title, chunk.text, chunk.kind, chunk.steps, chunk.case, score)
