import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import app
from app.retrieval import Chunk, ChunkIndex, SyncReport
from app.retrieval import index as index_module
from app.retrieval.index import FORMAT_VERSION

ROOT = Path(app.__file__).parents[1]
Open = Callable[..., ChunkIndex]


def changed(chunks: list[Chunk], chunk_id: str) -> list[Chunk]:
    return [replace(c, text=c.text + " More.") if c.id == chunk_id else c for c in chunks]


def ids(index: ChunkIndex, embedder: Any) -> set[str]:
    vector = embedder.embed(["anything"])[0]
    return {face.of for face in index.nearest(vector, 1000) if face.kind == "text"}


def documents_of(chunks: list[Chunk]) -> set[str]:
    return {chunk.document for chunk in chunks}


def test_a_first_sync_embeds_every_chunk_and_every_document_once(
    open_index: Open, chunks: list[Chunk], embedder: Any
) -> None:
    report = open_index(embedder).sync(chunks)

    assert report == SyncReport(added=len(chunks), removed=0, unchanged=0)
    assert len(embedder.texts) == len(chunks) + len(documents_of(chunks))
    assert {chunk.searchable for chunk in chunks} <= set(embedder.texts)


def test_an_unchanged_tree_embeds_nothing(open_index: Open, chunks: list[Chunk], embedder: Any) -> None:
    open_index().sync(chunks)

    report = open_index(embedder).sync(list(reversed(chunks)))

    assert report == SyncReport(added=0, removed=0, unchanged=len(chunks))
    assert embedder.texts == []


def test_an_unchanged_tree_does_not_even_import_the_database_or_the_weights(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from app.retrieval import ChunkIndex, Document, WordLlamaEmbedder, chunk_documents
document = Document("d", "D", "concept", (), None, "## A\\nText.")
with_index = ChunkIndex(WordLlamaEmbedder(), Path({str(tmp_path)!r}))
print(with_index.sync(chunk_documents([document])).added, "chromadb" in sys.modules, "wordllama" in sys.modules)
"""
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]

    assert runs == [["1", "True", "True"], ["0", "False", "False"]]


def test_one_changed_section_embeds_only_itself_and_its_document(
    open_index: Open, chunks: list[Chunk], embedder: Any
) -> None:
    open_index().sync(chunks)
    after = changed(chunks, "concepts/drift#what-it-is")

    report = open_index(embedder).sync(after)

    assert report == SyncReport(added=1, removed=0, unchanged=len(chunks) - 1)
    text = "Drift: What it is\n\nThe world moves away from the training set. More."
    assert embedder.texts[0] == text
    assert [text in of_document for of_document in embedder.texts[1:]] == [True]
    assert open_index(embedder).sync(after).added == 0


def test_asks_are_entries_of_their_own_which_come_and_go(open_index: Open, chunks: list[Chunk], embedder: Any) -> None:
    asked = [replace(chunks[0], asks=("one way", "another way")), *chunks[1:]]
    open_index().sync(asked)
    index = open_index(embedder)

    report = index.sync(chunks)

    assert report == SyncReport(added=1, removed=0, unchanged=len(chunks) - 1)
    assert all(face.kind != "ask" for face in index.nearest(embedder.embed(["one way"])[0], 1000))


def test_what_has_vanished_is_removed(open_index: Open, chunks: list[Chunk], embedder: Any) -> None:
    open_index().sync(chunks)
    left = [chunk for chunk in chunks if not chunk.id.startswith("concepts/drift")]
    index = open_index(embedder)

    assert index.sync(left) == SyncReport(added=0, removed=2, unchanged=len(left))
    assert embedder.texts == []
    assert ids(index, embedder) == {chunk.id for chunk in left}


def test_an_index_of_nothing_is_an_index(open_index: Open, embedder: Any) -> None:
    index = open_index(embedder)

    assert index.sync([]) == SyncReport(0, 0, 0)
    assert ids(index, embedder) == set()


def test_a_sync_that_was_cut_short_is_finished_by_the_next(
    open_index: Open, chunks: list[Chunk], embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index().sync(chunks)
    other = changed(chunks, "concepts/drift#what-it-is")[:-1]
    with monkeypatch.context() as patch:
        patch.setattr("app.retrieval.store.ChromaStore.remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            open_index().sync(other)
    index = open_index(embedder)

    report = index.sync(chunks)

    assert report == SyncReport(added=1, removed=0, unchanged=len(chunks) - 1)
    assert ids(index, embedder) == {chunk.id for chunk in chunks}


def test_another_format_is_rebuilt_with_a_note(
    open_index: Open, chunks: list[Chunk], embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index().sync(chunks)
    monkeypatch.setattr(index_module, "FORMAT_VERSION", FORMAT_VERSION + 1)

    report = open_index(embedder).sync(chunks)

    assert report == SyncReport(
        len(chunks), 0, 0, rebuilt=f"it was written in format {FORMAT_VERSION}, not {FORMAT_VERSION + 1}"
    )
    assert len(embedder.texts) == len(chunks) + len(documents_of(chunks))


def test_other_embeddings_are_rebuilt_with_a_note(
    open_index: Open, chunks: list[Chunk], embedder_named: Callable[[str], Any]
) -> None:
    open_index(embedder_named("old/1")).sync(chunks)
    embedder = embedder_named("new/2")

    report = open_index(embedder).sync(chunks)

    assert report == SyncReport(len(chunks), 0, 0, rebuilt="it was made with the embeddings old/1, not new/2")
    assert len(embedder.texts) == len(chunks) + len(documents_of(chunks))
    assert open_index(embedder).sync(chunks).unchanged == len(chunks)


def test_a_lost_manifest_costs_no_embedding(
    open_index: Open, chunks: list[Chunk], embedder: Any, directory: Path
) -> None:
    open_index().sync(chunks)
    (directory / "manifest.json").write_text("{")

    assert open_index(embedder).sync(chunks) == SyncReport(0, 0, len(chunks))
    assert embedder.texts == []
    assert json.loads((directory / "manifest.json").read_text())["embedder"] == "counted/1"


def test_many_writers_at_once_write_once(chunks: list[Chunk], directory: Path, embedder: Any) -> None:
    indexes = [ChunkIndex(embedder, directory) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            reports = list(pool.map(lambda index: index.sync(chunks), indexes))
    finally:
        for index in indexes:
            index.close()

    assert sorted(report.added for report in reports) == [0, 0, 0, len(chunks)]
    assert len(embedder.texts) == len(chunks) + len(documents_of(chunks))


def test_processes_wait_for_each_other(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from app.retrieval import ChunkIndex, Document, WordLlamaEmbedder, chunk_documents
documents = [Document(str(n), "D", "concept", (), None, "## A\\nText.") for n in range(50)]
print(ChunkIndex(WordLlamaEmbedder(), Path({str(tmp_path)!r})).sync(chunk_documents(documents)))
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = sorted(process.communicate(timeout=120)[0].partition(",")[0] for process in running)

    assert said == ["SyncReport(added=0", "SyncReport(added=0", "SyncReport(added=50"]


def test_thousands_of_chunks_are_written_in_parts(open_index: Open, embedder: Any, chunks: list[Chunk]) -> None:
    many = [replace(chunks[0], id=f"many#{n}", text=f"number {n}") for n in range(2300)]
    index = open_index(embedder)

    assert index.sync(many).added == 2300
    assert index.sync(many[:10]) == SyncReport(added=0, removed=2290, unchanged=10)


def test_vectors_are_in_the_database_alone_since_chroma_crashes_on_other_files_when_they_are_harmed(
    open_index: Open, embedder: Any, chunks: list[Chunk], directory: Path
) -> None:
    many = [replace(chunks[0], id=f"many#{n}", text=f"number {n}") for n in range(1200)]
    open_index().sync(many)
    open_index().close()
    for file in (directory / "chroma").glob("*/*"):
        file.write_bytes(b"x" * 10)

    assert len(open_index(embedder).nearest(embedder.embed(["anything"])[0], 1000)) == 1000
