"""Hybrid search: how near a query is in meaning, and which rare words it shares, added up.

A chunk is judged in five ways. By words: BM25 of the chunk and of its whole document, each as a share of the best. By
meaning: the cosine of the query with the chunk's text, with the nearest way of asking for it, and with its document.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Literal

from app.domain.framework import Step
from app.domain.ports import Passage
from app.errors import ConfigurationError
from app.retrieval.chunks import Chunk
from app.retrieval.embeddings import Embedder
from app.retrieval.faces import FaceKind, Found
from app.retrieval.index import ChunkIndex
from app.retrieval.lexical import LexicalIndex
from app.retrieval.store import StoreBroken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAREST = 300
"""How many faces the index is asked for; what is not among them counts as no nearer than the last."""
WORDS = 0.2
"""Share of the score that words have; the rest is meaning, whose figures differ far less between chunks."""
_DIGITS = 6
"""What differs by less is a tie, since the last digits of a vector depend on what was embedded along with it."""

Mode = Literal["hybrid", "bm25", "vector"]

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
        # Here alone it is decided what may be found; the index knows nothing of steps and cases.
        shown = [place for place, chunk in enumerate(self._chunks) if chunk.may_be_shown(step, case)]
        if limit < 1 or not query.strip() or not shown:
            return []
        words = None if mode == "vector" else self._by_words(query, shown)
        meaning = None if mode == "bm25" else self._by_meaning(query, shown)
        return [_passage(self._chunks[shown[i]], score) for i, score in _best(words, meaning)[:limit]]

    def close(self) -> None:
        """Let go of the index's files and connections."""
        self._index.close()

    def _by_words(self, query: str, shown: Sequence[int]) -> NDArray[np.float64]:
        """Score the chunks at these places from 0, no word shared, to 1."""
        with self._lock:
            if self._lexical is None:
                self._lexical = LexicalIndex([c.searchable for c in self._chunks], [c.document for c in self._chunks])
        own, of_document = self._lexical.scores(query)
        return (_share(own[shown]) + _share(of_document[shown])) / 2

    def _by_meaning(self, query: str, shown: Sequence[int]) -> NDArray[np.float64] | None:
        """Score the chunks at these places by mean cosine; None when query or index give nothing to compare."""
        import numpy as np

        vector = self._embedder.embed([query])[0]
        faces = self._nearest(vector) if vector.any() else []
        if not faces:
            return None
        lowest = faces[-1].cosine
        # Of the asks of a chunk the nearest is kept, which comes first.
        nearest = {(face.kind, face.of): face.cosine for face in reversed(faces)}

        def near(kind: FaceKind, of: str) -> float:
            return nearest.get((kind, of), lowest)

        # A chunk without asks, as of a case, is not to be behind those that have some.
        return np.array(
            [
                (near("text", c.id) + near("ask" if c.asks else "text", c.id) + near("note", c.document)) / 3
                for c in (self._chunks[place] for place in shown)
            ],
            dtype=np.float64,
        )

    def _nearest(self, vector: NDArray[np.float32]) -> list[Found]:
        try:
            return self._index.nearest(vector, NEAREST)
        except StoreBroken as broken:
            logger.warning("the search index is built again: %s", broken)
        self._index.repair(self._chunks)
        try:
            return self._index.nearest(vector, NEAREST)
        except StoreBroken as error:
            raise ConfigurationError(f"the search index cannot be used: {error}") from error


def _share(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give scores as shares of the best."""
    import numpy as np

    best = float(scores.max())
    return scores.astype(np.float64) / best if best > 0 else np.zeros(len(scores))


def _best(words: NDArray[np.float64] | None, meaning: NDArray[np.float64] | None) -> list[tuple[int, float]]:
    """Add up what there is and sort it, best first, ties in the order of the ids; words alone find what shares some."""
    import numpy as np

    if meaning is None:
        scores = words
    elif words is None:
        scores = meaning
    else:
        scores = WORDS * words + (1 - WORDS) * meaning
    if scores is None:
        return []
    scores = scores.round(_DIGITS)
    order = np.argsort(-scores, kind="stable")
    return [(int(i), float(scores[i])) for i in order if meaning is not None or scores[i] > 0]


def _passage(chunk: Chunk, score: float) -> Passage:
    return Passage(chunk.id, chunk.title, chunk.text, chunk.kind, chunk.steps, chunk.case, score)
