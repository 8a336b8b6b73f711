import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from app.errors import ConfigurationError
from app.retrieval import Chunk, ChunkIndex, HybridRetriever, connection, manifest
from app.retrieval.manifest import only_writer
from app.retrieval.store import ChromaStore, StoreBroken

Open = Callable[..., ChunkIndex]
NOBODY = 65534


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


@pytest.fixture
def readable_only() -> Iterator[Path]:
    """A directory that may be read but not written after `give_up_writing`, also when the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
        os.seteuid(os.getuid())
        for place in (Path(name), *Path(name).rglob("*")):
            place.chmod(0o755)


def give_up_writing(directory: Path) -> None:
    for place in (*directory.rglob("*"), directory):
        place.chmod(0o555 if place.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)


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
    assert index.nearest(embedder.embed(["drift"])[0], 1)


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
        index.nearest(embedder.embed(["drift"])[0], 5)


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


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX permissions")
@pytest.mark.parametrize("built", [False, True])
def test_a_read_only_directory_is_refused_in_one_line(
    readable_only: Path, chunks: list[Chunk], embedder: Any, built: bool
) -> None:
    index = ChunkIndex(embedder, readable_only)
    if built:
        index.sync(chunks)
        index.close()
    give_up_writing(readable_only)

    with pytest.raises(ConfigurationError, match="cannot write the search index") as refused:
        index.sync(chunks)
    with pytest.raises(ConfigurationError, match="cannot write the search index"):
        HybridRetriever(index, embedder, chunks).search("drift")

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
