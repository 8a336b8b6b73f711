from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.framework import ALL_STEPS, Step
from app.errors import ContentError
from app.retrieval.chunks import LONG_SECTION, Chunk, Document, chunk_documents

DRIFT = Document(
    id="concepts/drift",
    title="Drift",
    kind="concept",
    steps=(Step.DATA, Step.MONITOR),
    case=None,
    text="## What it is\nThe world moves.\n\nThe model does not.\n\n## How to see it\nCompare histograms.\n",
)
REFERENCE = Document(
    id="cases/search",
    title="Search",
    kind="reference",
    steps=(),
    case="search",
    text="# Search\n\nIn short.\n\n## 3 Prepare data\nLogs.\n\n## 7 Monitor and maintain\nDrift.\n\n## 10 ideas\nX.\n",
)


def by_id(*documents: Document) -> dict[str, Chunk]:
    return {chunk.id: chunk for chunk in chunk_documents(documents)}


def test_each_heading_makes_a_chunk_named_after_it() -> None:
    chunks = by_id(DRIFT)

    assert list(chunks) == ["concepts/drift#what-it-is", "concepts/drift#how-to-see-it"]
    first = chunks["concepts/drift#what-it-is"]
    assert first.title == "Drift: What it is"
    assert first.text == "The world moves.\n\nThe model does not."
    assert (first.kind, first.steps, first.case) == ("concept", (Step.DATA, Step.MONITOR), None)


def test_the_heading_of_a_reference_decides_the_step() -> None:
    chunks = by_id(REFERENCE)

    assert chunks["cases/search#3-prepare-data"].steps == (Step.DATA,)
    assert chunks["cases/search#7-monitor-and-maintain"].steps == (Step.MONITOR,)
    assert chunks["cases/search#10-ideas"].steps == ()


def test_a_number_in_the_heading_of_another_kind_means_nothing() -> None:
    document = replace(DRIFT, text="## 3 signs of drift\nOne, two, three.\n")

    assert by_id(document)["concepts/drift#3-signs-of-drift"].steps == DRIFT.steps


def test_text_before_the_first_heading_is_a_chunk_with_the_documents_title() -> None:
    lead = by_id(REFERENCE)["cases/search#lead"]

    assert (lead.title, lead.text, lead.steps) == ("Search", "In short.", ())


def test_a_section_without_text_makes_no_chunk() -> None:
    assert list(by_id(replace(DRIFT, text="## Empty\n\n## Full\nText.\n"))) == ["concepts/drift#full"]
    assert chunk_documents([replace(DRIFT, text="")]) == []


def test_headings_alike_get_ids_that_differ() -> None:
    text = "## Why\nA.\n\n## How\nB.\n\n## Why?\nC.\n\n## Why 2\nD.\n\n## ???\nE.\n"

    assert [chunk_id.partition("#")[2] for chunk_id in by_id(replace(DRIFT, text=text))] == [
        "why",
        "how",
        "why-2",
        "why-2-2",
        "lead",
    ]


def test_a_long_section_is_split_at_paragraphs_into_parts_of_like_size() -> None:
    paragraphs = [f"Paragraph {n} says {'something ' * 20}and ends here." for n in range(9)]
    parts = chunk_documents([replace(DRIFT, text="## Long\n" + "\n\n".join(paragraphs))])

    assert [part.id for part in parts] == ["concepts/drift#long", "concepts/drift#long-2"]
    assert "\n\n".join(part.text for part in parts) == "\n\n".join(paragraphs)
    assert max(len(part.text) for part in parts) <= LONG_SECTION
    assert min(len(part.text) for part in parts) > LONG_SECTION / 2


def test_lists_code_and_formulas_keep_their_shape() -> None:
    text = "- one\n    - nested\n\n```python\n## not a heading\ndef f():\n\treturn 1\n```\n\n5\u00a0billion rows\n"
    [chunk] = chunk_documents([replace(DRIFT, text=f"## Shape\n{text}")])

    assert chunk.text == (
        "- one\n    - nested\n\n```python\n## not a heading\ndef f():\n    return 1\n```\n\n5 billion rows"
    )


@pytest.mark.parametrize(
    "change",
    [{"text": "Other."}, {"title": "Other"}, {"kind": "framework"}, {"steps": (Step.DATA,)}, {"case": "search"}],
    ids=str,
)
def test_the_content_hash_depends_on_everything_stored(change: dict[str, object]) -> None:
    chunk = chunk_documents([DRIFT])[0]

    assert replace(chunk, **change).content_hash("e/1") != chunk.content_hash("e/1")
    assert chunk.content_hash("e/2") != chunk.content_hash("e/1")
    assert replace(chunk).content_hash("e/1") == chunk.content_hash("e/1")


def test_a_change_in_one_section_leaves_the_hashes_of_the_others() -> None:
    before, after = by_id(DRIFT), by_id(replace(DRIFT, text=DRIFT.text.replace("histograms", "means")))

    assert [i for i in before if before[i].content_hash("e") != after[i].content_hash("e")] == [
        "concepts/drift#how-to-see-it"
    ]


def test_two_documents_with_one_id_are_refused() -> None:
    with pytest.raises(ContentError, match=r"two documents have the id 'concepts/drift'"):
        chunk_documents([DRIFT, DRIFT])


@pytest.mark.parametrize("case", [None, ""])
def test_a_reference_that_names_no_case_is_refused_since_nothing_would_hide_it(case: str | None) -> None:
    with pytest.raises(ContentError, match="must name its case"):
        chunk_documents([replace(REFERENCE, case=case)])


@given(step=st.sampled_from([None, *ALL_STEPS]), case=st.sampled_from([None, "", "search", "other"]))
def test_a_chunk_of_a_case_is_shown_for_that_case_only(step: Step | None, case: str | None) -> None:
    shown = [chunk for chunk in chunk_documents([DRIFT, REFERENCE]) if chunk.may_be_shown(step, case)]

    assert all(step is None or step in chunk.steps for chunk in shown)
    assert all(chunk.case in (None, case) for chunk in shown)


@given(st.text(alphabet=st.sampled_from("# `~\n\tab-1.\u2420\u00a0é"), max_size=300))
def test_no_text_breaks_the_splitting(text: str) -> None:
    chunks = chunk_documents([replace(DRIFT, text=text)])

    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert all(0 < len(chunk.text) <= LONG_SECTION and chunk.text.strip() for chunk in chunks)
