"""The index over all chunks: kept in step with the content by hashes, built anew whenever it cannot be trusted.

A chunk has several entries, one for each of its faces, and a document has one for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from app.errors import ConfigurationError
from app.retrieval.chunks import Chunk
from app.retrieval.embeddings import Embedder
from app.retrieval.faces import Found, faces_of, found
from app.retrieval.manifest import Manifest, digest_of, only_writer
from app.retrieval.store import ChromaStore, Stamp, StoreBroken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT_VERSION = 3
"""Raise it when entries are stored differently."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What was done to bring the index in step with the chunks."""

    added: int
    """New or changed chunks, which were embedded, as were the documents around them."""
    removed: int
    unchanged: int
    rebuilt: str | None = None
    """Why everything was built anew, as a clause: `it was written in format 2, not 3`."""


class ChunkIndex:
    """Vectors of all chunks in Chroma. Thread-safe; processes on one machine may share a directory."""

    def __init__(self, embedder: Embedder, directory: Path, url: str | None = None) -> None:
        """Name the place; nothing is opened.

        Args:
            embedder: makes the vectors of the chunks.
            directory: holds the index; it is made when needed. Not used with a server.
            url: address of a Chroma server that holds the index instead.

        Raises:
            ConfigurationError: the address is not one.
        """
        self._embedder = embedder
        self._store = ChromaStore(directory / "chroma", url)
        self._manifest = None if url else Manifest(directory, directory / "chroma" / "chroma.sqlite3")
        self._lock = RLock()

    def sync(self, chunks: Sequence[Chunk]) -> SyncReport:
        """Bring the index in step with the chunks; unchanged ones are neither embedded nor written.

        Raises:
            ConfigurationError: the directory cannot be written, or the server cannot be used.
        """
        hashes = {chunk.id: chunk.content_hash(self._embedder.name) for chunk in chunks}
        promise = {**self._stamp, "digest": digest_of(hashes)}
        manifest = self._manifest
        with self._lock:
            if manifest is None:
                return self._written(chunks, hashes, existed=False)
            if manifest.holds(promise):
                return SyncReport(0, 0, len(chunks))
            with only_writer(manifest.directory):
                if manifest.holds(promise):
                    return SyncReport(0, 0, len(chunks))
                existed = manifest.exists
                manifest.remove()
                report = self._written(chunks, hashes, existed)
                manifest.write(promise)
                return report

    def repair(self, chunks: Sequence[Chunk]) -> SyncReport:
        """Open the index afresh and check it against the chunks, after a search could not use it."""
        with self._lock:
            if self._manifest:
                self._manifest.remove()
            return self.sync(chunks)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[Found]:
        """Give the faces nearest to a vector, best first; whether they may be shown is for the caller to know.

        Raises:
            StoreBroken: `repair` is needed, since the index is damaged, not built, or made otherwise.
            ConfigurationError: the server cannot be used.
        """
        with self._lock:
            try:
                if not self._store.is_open:
                    self._open()
                return [found(*near) for near in self._store.nearest(vector, limit)]
            except StoreBroken:
                self._store.close()
                raise

    def close(self) -> None:
        """Let go of files and connections; a later call opens them again."""
        with self._lock:
            self._store.close()

    @property
    def _stamp(self) -> Stamp:
        return {"format": FORMAT_VERSION, "embedder": self._embedder.name}

    def _open(self) -> None:
        stamp = self._store.open()
        if stamp is None:
            raise StoreBroken("it has not been built")
        if fault := self._fault(stamp):
            raise StoreBroken(fault)
        self._check()

    def _fault(self, stamp: Stamp) -> str | None:
        """Say what is wrong with how a collection was made."""
        if stamp.get("format") != FORMAT_VERSION:
            return f"it was written in format {stamp.get('format')}, not {FORMAT_VERSION}"
        if stamp.get("embedder") != self._embedder.name:
            return f"it was made with the embeddings {stamp.get('embedder')}, not {self._embedder.name}"
        return None

    def _check(self) -> None:
        import numpy as np

        size = self._embedder.dimensions
        self._store.check(np.full(size, size**-0.5, dtype=np.float32))

    def _written(self, chunks: Sequence[Chunk], hashes: Mapping[str, str], existed: bool) -> SyncReport:
        try:
            # Opened afresh, since another process may have replaced the files.
            self._store.close()
            stamp = self._store.open()
            fault = self._fault(stamp) if stamp is not None else "its database was gone" if existed else None
            if stamp is None or fault:
                self._store.create(self._stamp)
            self._check()
            return replace(self._updated(chunks, hashes), rebuilt=fault)
        except StoreBroken as broken:
            return replace(self._built_anew(chunks, hashes), rebuilt=f"it was damaged ({broken})")

    def _built_anew(self, chunks: Sequence[Chunk], hashes: Mapping[str, str]) -> SyncReport:
        try:
            self._store.wipe()
            self._store.create(self._stamp)
            return self._updated(chunks, hashes)
        except StoreBroken as error:
            raise ConfigurationError(f"cannot build the search index in {self._store.path}: {error}") from error

    def _updated(self, chunks: Sequence[Chunk], hashes: Mapping[str, str]) -> SyncReport:
        known = self._store.hashes()
        faces = {face.id: face for face in faces_of(chunks, hashes)}
        new = [face for face in faces.values() if known.get(face.id) != face.hash]
        gone = [id_ for id_ in known if id_ not in faces]
        if new:
            vectors = self._embedder.embed([face.text for face in new])
            self._store.put([face.id for face in new], vectors, [face.hash for face in new])
        if gone:
            self._store.remove(gone)
        added = {face.of for face in new if face.kind != "note"}
        left = {near.of for near in (found(id_, 0.0) for id_ in gone) if near.kind != "note"} - hashes.keys()
        return SyncReport(len(added), len(left), len(chunks) - len(added))
