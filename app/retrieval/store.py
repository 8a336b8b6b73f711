"""The one collection of vectors in Chroma, in a directory or on a server, with its errors told apart."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from app.errors import ConfigurationError
from app.retrieval.connection import disconnect, in_directory, on_server, parse_address

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api.client import Client
    from numpy.typing import NDArray

COLLECTION = "sevenstep-knowledge"
BATCH = 1000
"""Entries sent to Chroma at once."""
SEARCH_WIDTH = 300
"""Candidates that the graph search keeps (HNSW's ef): as many as are asked for, so that hardly any is missed."""
NEVER = 1_000_000
"""Changes after which Chroma writes its graph to files of its own. Until then it is made from the database at opening,
in a tenth of a second for a thousand vectors. Written, then harmed, it loses vectors silently or ends the process."""
_WHOLE = 0.9
"""Share of the entries that a search for all of them must find; a graph search may miss a few."""

Stamp = Mapping[str, str | int]
"""What a collection says about how it was made."""


class StoreBroken(Exception):
    """Say that the store cannot be used as it is. It holds nothing that cannot be made again."""


class ChromaStore:
    """A collection of vectors, each with the hash of what it was made from. Not thread-safe."""

    def __init__(self, path: Path, url: str | None = None) -> None:
        """Name the place; nothing is opened.

        Args:
            path: directory that Chroma has for itself, used when there is no `url`.
            url: address of a Chroma server.

        Raises:
            ConfigurationError: the address is not one.
        """
        self.path = path
        self.url = url
        self._server = parse_address(url) if url else None
        self._client: Client | None = None
        self._collection: Any = None

    @property
    def is_open(self) -> bool:
        """Say whether there is a collection to search."""
        return self._collection is not None

    def open(self) -> Stamp | None:
        """Open the collection and give its stamp; None when there is no such collection.

        Raises:
            StoreBroken: what is in the directory cannot be opened, or has lost vectors.
            ConfigurationError: the server cannot be used.
        """
        from chromadb.errors import NotFoundError

        client = self._connected()
        with self._told_apart():
            try:
                self._collection = client.get_collection(COLLECTION, embedding_function=None)
            except NotFoundError:
                return None
            return dict(self._collection.metadata or {})

    def create(self, stamp: Stamp) -> None:
        """Put an empty collection in the place of whatever is there."""
        client = self._connected()
        with self._told_apart():
            if COLLECTION in [found.name for found in client.list_collections()]:
                client.delete_collection(COLLECTION)
            self._collection = client.create_collection(
                COLLECTION,
                metadata=dict(stamp),
                configuration={"hnsw": {"space": "cosine", "ef_search": SEARCH_WIDTH, "sync_threshold": NEVER}},
                embedding_function=None,
            )

    def check(self, probe: NDArray[np.float32]) -> None:
        """Search for everything, because Chroma says nothing when its vector files are gone.

        Args:
            probe: any vector.

        Raises:
            StoreBroken: the search fails, or finds too little.
        """
        if self.url is not None:
            return
        with self._told_apart():
            count = int(self._collection.count())
        if count and len(self.nearest(probe, count)) < _WHOLE * count:
            raise StoreBroken("vectors are missing")

    def hashes(self) -> dict[str, str]:
        """Give the content hash of every entry, by id."""
        with self._told_apart():
            found = self._collection.get(include=["metadatas"])
        return {id_: str(entry["hash"]) for id_, entry in zip(found["ids"], found["metadatas"], strict=True)}

    def put(self, ids: Sequence[str], vectors: NDArray[np.float32], hashes: Sequence[str]) -> None:
        """Add or replace entries."""
        with self._told_apart():
            for start in range(0, len(ids), BATCH):
                part = slice(start, start + BATCH)
                self._collection.upsert(
                    ids=list(ids[part]), embeddings=vectors[part], metadatas=[{"hash": h} for h in hashes[part]]
                )

    def remove(self, ids: Sequence[str]) -> None:
        """Delete entries."""
        with self._told_apart():
            for start in range(0, len(ids), BATCH):
                self._collection.delete(ids=list(ids[start : start + BATCH]))

    def nearest(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """Give ids and cosine similarities, best first. Nothing is filtered: Chroma takes ten times as long for it."""
        with self._told_apart():
            found = self._collection.query(query_embeddings=vector[None, :], n_results=limit, include=["distances"])
        return [(id_, 1.0 - float(d)) for id_, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def close(self) -> None:
        """Let go of files, connections and threads; it can be opened again."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            disconnect(client)

    def wipe(self) -> None:
        """Delete the directory; a server's collection stays for `create` to replace."""
        self.close()
        if self.url is not None:
            return
        try:
            if self.path.is_dir():
                rmtree(self.path)
            else:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise ConfigurationError(f"cannot replace the search index in {self.path}: {error.strerror}") from error

    def _connected(self) -> Client:
        if self._client is None:
            with self._told_apart(ValueError):
                self._client = in_directory(self.path) if self._server is None else on_server(self._server)
        return self._client

    @contextmanager
    def _told_apart(self, *more: type[Exception]) -> Generator[None]:
        """Translate errors: in a directory the store is broken, those of a server are the configuration's fault."""
        import httpx
        from chromadb.errors import ChromaError, NotFoundError

        try:
            yield
        except (ChromaError, httpx.HTTPError, *more) as error:
            reason = " ".join(str(error).split())[:200]
            if self.url is None or isinstance(error, NotFoundError):
                raise StoreBroken(reason) from error
            raise ConfigurationError(f"the Chroma server at {self.url} cannot be used: {reason}") from error
