"""What of the chunks is embedded: the text of each, each way of asking for it, and the whole document around it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from app.retrieval.chunks import Chunk
from app.retrieval.manifest import digest_of

FaceKind = Literal["text", "ask", "note"]

_MARK = "?"
"""Stands in an entry's id between what the face belongs to and which face it is: `concepts/drift#what-it-is?ask-2`."""


@dataclass(frozen=True, slots=True)
class Face:
    """One text that is embedded: an entry of the index."""

    of: str
    """Id of the chunk; of a note, id of the document."""
    kind: FaceKind
    number: int
    """Tells the asks of a chunk apart."""
    text: str
    hash: str
    """Of everything in the chunk or document; the face is embedded again when it changes."""

    @property
    def id(self) -> str:
        """Name the entry."""
        return f"{self.of}{_MARK}{self.kind}-{self.number}"


class Found(NamedTuple):
    """A face that is near to a query."""

    kind: str
    of: str
    cosine: float


def found(entry_id: str, cosine: float) -> Found:
    """Read what an entry is from its id."""
    of, _, face = entry_id.rpartition(_MARK)
    return Found(face.partition("-")[0], of, cosine)


def faces_of(chunks: Sequence[Chunk], hashes: Mapping[str, str]) -> list[Face]:
    """Give all faces of chunks and of their documents.

    Args:
        chunks: in any order.
        hashes: of the content of each chunk, by id.
    """
    faces = [face for chunk in chunks for face in _faces_of_chunk(chunk, hashes[chunk.id])]
    ordered = sorted(chunks, key=lambda chunk: (chunk.document, chunk.id))
    for document, members in groupby(ordered, key=lambda chunk: chunk.document):
        faces.append(_note(document, list(members), hashes))
    return faces


def _faces_of_chunk(chunk: Chunk, content_hash: str) -> Iterable[Face]:
    yield Face(chunk.id, "text", 0, f"{chunk.title}\n\n{chunk.text}", content_hash)
    for number, ask in enumerate(chunk.asks):
        yield Face(chunk.id, "ask", number, ask, content_hash)


def _note(document: str, members: Sequence[Chunk], hashes: Mapping[str, str]) -> Face:
    text = "\n\n".join(chunk.searchable for chunk in members)
    content_hash = digest_of({chunk.id: hashes[chunk.id] for chunk in members})
    return Face(document, "note", 0, text, content_hash)
