from collections.abc import Sequence
from dataclasses import replace

from app.domain.framework import Step
from app.retrieval.chunks import Chunk, Document, chunk_documents
from app.retrieval.faces import Found, faces_of, found

DRIFT = Document(
    id="concepts/drift",
    title="Drift",
    kind="concept",
    steps=(Step.MONITOR,),
    case=None,
    text="## What it is\nThe world moves.\n\n## How to see it\nCompare histograms.\n",
    asks={"what-it-is": ("why does it get worse", "what changed")},
)


def faces(chunks: Sequence[Chunk]) -> dict[str, tuple[str, str]]:
    hashes = {chunk.id: chunk.content_hash("e/1") for chunk in chunks}
    return {face.id: (face.text, face.hash) for face in faces_of(chunks, hashes)}


def test_a_chunk_has_its_text_and_each_of_its_asks_and_a_document_one_face_for_all() -> None:
    assert {id_: text for id_, (text, _) in faces(chunk_documents([DRIFT])).items()} == {
        "concepts/drift#what-it-is?text-0": "Drift: What it is\n\nThe world moves.",
        "concepts/drift#what-it-is?ask-0": "why does it get worse",
        "concepts/drift#what-it-is?ask-1": "what changed",
        "concepts/drift#how-to-see-it?text-0": "Drift: How to see it\n\nCompare histograms.",
        "concepts/drift?note-0": "Drift: How to see it\n\nCompare histograms.\n\n"
        "Drift: What it is\n\nThe world moves.\n\nwhy does it get worse\n\nwhat changed",
    }


def test_a_change_reaches_the_faces_of_its_chunk_and_its_document_only() -> None:
    chunks = chunk_documents([DRIFT, replace(DRIFT, id="concepts/other")])
    before, after = faces(chunks), faces([replace(chunks[0], asks=(*chunks[0].asks, "one more")), *chunks[1:]])

    assert {id_ for id_ in after if before.get(id_) != after[id_]} == {
        "concepts/drift#what-it-is?text-0",
        "concepts/drift#what-it-is?ask-0",
        "concepts/drift#what-it-is?ask-1",
        "concepts/drift#what-it-is?ask-2",
        "concepts/drift?note-0",
    }


def test_the_order_of_the_chunks_means_nothing() -> None:
    chunks = chunk_documents([DRIFT, replace(DRIFT, id="concepts/other")])

    assert faces(chunks) == faces(chunks[::-1])


def test_an_entry_says_by_its_id_what_it_is() -> None:
    assert found("concepts/drift#what-it-is?ask-12", 0.5) == Found("ask", "concepts/drift#what-it-is", 0.5)
    assert found("concepts/drift?note-0", 0.5) == Found("note", "concepts/drift", 0.5)
    assert found("something else", 0.5).kind == "something else"
