import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.retrieval import Chunk, ChunkIndex, HybridRetriever, SyncReport
from app.retrieval.store import ChromaStore

CHROMA = Path(sys.executable).with_name("chroma")
pytestmark = pytest.mark.skipif(not CHROMA.exists(), reason="chroma's command is not beside this Python")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = tmp_path_factory.mktemp("server")
    command = [CHROMA, "run", "--path", place, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/v2/heartbeat")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            httpx.get(address).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(address)


def test_an_index_on_a_server_does_all_that_one_in_a_directory_does(
    url: str, directory: Path, chunks: list[Chunk], embedder: Any, embedder_named: Any
) -> None:
    index, second = ChunkIndex(embedder, directory, url), ChunkIndex(embedder, directory, url)
    retriever, other = HybridRetriever(index, embedder, chunks), HybridRetriever(second, embedder, chunks)
    try:
        assert index.sync(chunks) == SyncReport(len(chunks), 0, 0)
        assert second.sync(chunks[1:]) == SyncReport(0, 1, len(chunks) - 1)
        assert index.sync(chunks) == SyncReport(1, 0, len(chunks) - 1)

        found = retriever.search("impressions and watch time of a film", case="video")
        assert found[0].id == "cases/video#3-prepare-data"
        assert found == other.search("impressions and watch time of a film", case="video")
        assert all(p.case is None for p in retriever.search("impressions and watch time of a film", limit=50))

        store = ChromaStore(directory, url)
        store.create({"format": 1, "embedder": "old/1"})
        store.close()
        assert retriever.search("the world moves away")[0].id == "concepts/drift#what-it-is"
        assert not directory.exists()
    finally:
        retriever.close()
        other.close()
