import os
import socket
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from app.errors import ConfigurationError
from app.retrieval import Chunk, ChunkIndex, HybridRetriever, connection, manifest
from app.retrieval.manifest import only_writer
from app.retrieval.store import ChromaStore, StoreBroken

Open = Callable[..., ChunkIndex]


def garbage(directory: Path) -> None:
    (directory / "chroma" / "chroma.sqlite3").write_bytes(b"not a database " * 1000)


def truncated(directory: Path) -> None:
    database = directory / "chroma" / "chroma.sqlite3"
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])


def emptied(directory: Path) -> None:
    (directory / "chroma" / "chroma.sqlite3").write_bytes(b"")


def removed(directory: Path) -> None:
    rmtree(directory / "chroma")


def replaced_by_a_file(directory: Path) -> None:
    rmtree(directory / "chroma")
    (directory / "chroma").write_text("a file")


HARMS = (garbage, truncated, emptied, removed, replaced_by_a_file)


def forget(directory: Path) -> None:
    (directory / "manifest.json").unlink()


@pytest.mark.parametrize("harm", [garbage, emptied, removed, replaced_by_a_file])
def test_a_directory_that_is_plainly_harmed_is_rebuilt_and_the_report_says_so(
    open_index: Open, chunks: list[Chunk], embedder: Any, directory: Path, harm: Callable[[Path], None]
) -> None:
    open_index().sync(chunks)
    open_index().close()
    harm(directory)
    index = open_index(embedder)

    report = index.sync(chunks)

    assert report.added == len(chunks)
    assert report.rebuilt is not None
    assert report.rebuilt.startswith(("it was damaged (", "its database was gone"))
    assert "\n" not in report.rebuilt
    assert index.nearest(embedder.embed(["drift"])[0], step=None, case=None, limit=1)


@pytest.mark.parametrize("harm", HARMS)
def test_harm_that_only_a_search_finds_is_repaired_by_it(
    open_index: Open,
    chunks: list[Chunk],
    embedder: Any,
    directory: Path,
    harm: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    open_index().sync(chunks)
    open_index().close()
    harm(directory)
    retriever = HybridRetriever(open_index(embedder), embedder, chunks)

    found = retriever.search("the world moves away from training")

    assert found[0].id == "concepts/drift#what-it-is"
    assert "built again" in caplog.text


def test_a_search_before_any_sync_builds_the_index(open_index: Open, chunks: list[Chunk], embedder: Any) -> None:
    retriever = HybridRetriever(open_index(embedder), embedder, chunks)

    assert retriever.search("the world moves away from training")[0].id == "concepts/drift#what-it-is"


def test_lost_vectors_are_noticed_although_chroma_says_nothing(
    open_index: Open, chunks: list[Chunk], embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(embedder)
    index.sync(chunks)
    index.close()
    found = ChromaStore.nearest
    monkeypatch.setattr(ChromaStore, "nearest", lambda *args: found(*args)[:1])

    with pytest.raises(StoreBroken, match="vectors are missing"):
        index.nearest(embedder.embed(["drift"])[0], step=None, case=None, limit=5)


def test_a_collection_that_was_replaced_meanwhile_is_opened_again(
    open_index: Open, chunks: list[Chunk], embedder: Any, directory: Path
) -> None:
    index = open_index(embedder)
    index.sync(chunks)
    retriever = HybridRetriever(index, embedder, chunks)
    assert retriever.search("drift")
    other = ChromaStore(directory / "chroma")
    other.create({"format": 0})
    other.close()

    assert retriever.search("the world moves away from training")[0].id == "concepts/drift#what-it-is"


def test_an_index_that_cannot_be_built_twice_in_a_row_is_given_up_in_one_line(
    open_index: Open, chunks: list[Chunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreBroken("database or disk is full")

    monkeypatch.setattr(ChromaStore, "put", full)

    with pytest.raises(
        ConfigurationError, match=r"cannot build the search index in .*chroma: database or disk is full"
    ):
        open_index().sync(chunks)


def test_a_place_that_cannot_be_a_directory_is_refused_in_one_line(
    tmp_path: Path, chunks: list[Chunk], embedder: Any
) -> None:
    (tmp_path / "file").write_text("in the way")

    for place in (tmp_path / "file", tmp_path / "file" / "index"):
        with pytest.raises(
            ConfigurationError, match=r"cannot write the search index in .*; make it writable"
        ) as refused:
            ChunkIndex(embedder, place).sync(chunks)
        assert "\n" not in str(refused.value)
    assert embedder.texts == []


@pytest.mark.parametrize("built", [False, True])
def test_a_read_only_directory_is_refused_in_one_line(
    open_index: Open, directory: Path, chunks: list[Chunk], embedder: Any, built: bool
) -> None:
    directory.mkdir()
    if built:
        open_index().sync(chunks)
        open_index().close()
    places = [directory, *directory.rglob("*")]
    for place in places:
        place.chmod(0o500 if place.is_dir() else 0o400)
    try:
        if os.access(directory, os.W_OK):
            pytest.skip("nothing is read-only to this user")
        with pytest.raises(ConfigurationError, match="cannot write the search index") as refused:
            open_index(embedder).sync(chunks)
        with pytest.raises(ConfigurationError, match="cannot write the search index"):
            HybridRetriever(open_index(embedder), embedder, chunks).search("drift")
    finally:
        for place in places:
            place.chmod(0o700)
    assert "\n" not in str(refused.value)


def test_a_writer_that_never_finishes_is_reported(
    open_index: Open, directory: Path, chunks: list[Chunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "WAIT_FOR_WRITER", 0.05)

    with only_writer(directory), pytest.raises(ConfigurationError, match="database is locked"):
        open_index().sync(chunks)


def test_a_server_that_does_not_answer_is_reported_in_one_line(
    directory: Path, chunks: list[Chunk], embedder: Any
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(ConfigurationError, match=f"the Chroma server at {url} cannot be used") as refused:
            ChunkIndex(embedder, directory, url).sync(chunks)

    assert "\n" not in str(refused.value)
    assert not directory.exists()


def test_a_server_that_hangs_is_reported_instead_of_waited_for(
    directory: Path, chunks: list[Chunk], embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(ConfigurationError, match=f"the Chroma server at {url} cannot be used: timed out"):
            ChunkIndex(embedder, directory, url).sync(chunks)
