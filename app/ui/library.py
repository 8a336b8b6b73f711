"""Library: the seven steps, the concepts and the cases, to read and to search."""

import streamlit as st

from app.client import Client
from app.domain.framework import ALL_STEPS, Step
from app.errors import NotFound
from app.ui.components import case_sheet, note_sheet
from app.ui.components.note_sheet import open_note
from app.ui.connection import connect
from app.ui.markup import markup, prose
from app.wire import CaseSummary, Found, NoteSummary

STEPS, CONCEPTS, CASES = "The seven steps", "Concepts", "Cases"
COLUMNS = 2
FOUND = 12
"""Passages shown for a search."""
LONGEST = 1000
"""Characters looked for."""


def show() -> None:
    """Show the note or case that the address names, or the shelves."""
    client = connect()
    note, case = st.query_params.get("note"), st.query_params.get("case")
    try:
        if note:
            note_sheet.show(client.note(note))
        elif case:
            case_sheet.show(client, case)
        else:
            _shelves(client)
    except NotFound:
        st.warning("There is no such page in the library: the address is incomplete, or it was taken away.")
        st.button("See the library", key="to-shelves", on_click=st.query_params.clear)


def _shelves(client: Client) -> None:
    st.html(markup("library"))
    left, right = st.columns([3, 1])
    with left:
        words = st.text_input(
            "Search the notes",
            placeholder="Search the notes: position bias, how to split the data …",
            label_visibility="collapsed",
            key="library-words",
            persist_state="session",
        )
    with right:
        step = _step()
    if words.strip():
        _found(client.search(words[:LONGEST], step, FOUND))
        return
    shelf = st.segmented_control(
        "Shelf",
        (STEPS, CONCEPTS, CASES),
        default=STEPS,
        required=True,
        label_visibility="collapsed",
        key="shelf",
        persist_state="session",
    )
    if shelf == CASES:
        _cases(client.cases())
    else:
        notes = [n for n in client.notes() if step is None or step in n.steps]
        if shelf == STEPS:
            _steps([n for n in notes if n.kind == "framework"])
        else:
            _concepts([n for n in notes if n.kind == "concept"])


def _step() -> Step | None:
    return st.selectbox(
        "Step",
        ALL_STEPS,
        index=None,
        format_func=lambda s: f"{s.value} {s.title}",
        placeholder="Any step",
        label_visibility="collapsed",
        key="library-step",
        persist_state="session",
    )


def _found(passages: list[Found]) -> None:
    if not passages:
        st.caption("Nothing was found. Try other words, or any step.")
    for place, passage in enumerate(passages):
        with st.container(border=True, key=f"found-{place}"):
            open_note(passage.note, f"title-{place}-{passage.note.id}")
            if passage.heading:
                st.caption(passage.heading)
            st.markdown(prose(_start(passage.text), top=5))


def _start(text: str) -> str:
    """Give the first paragraph of a passage."""
    return next((part for part in text.split("\n\n") if part.strip()), "")


def _steps(notes: list[NoteSummary]) -> None:
    for note in notes:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"step-{note.id}"):
            st.html(markup("step_row", step=note.steps[0]))
            open_note(note, f"open-{note.id}", "Read")


def _concepts(notes: list[NoteSummary]) -> None:
    tags = sorted({tag for note in notes for tag in note.tags})
    chosen = st.multiselect(
        "Tags", tags, placeholder="Any tag", label_visibility="collapsed", key="library-tags", persist_state="session"
    )
    kept = [n for n in notes if all(tag in n.tags for tag in chosen)]
    st.caption(f"{len(kept)} of {len(notes)} notes" if chosen else f"{len(notes)} notes")
    for start in range(0, len(kept), COLUMNS):
        for column, note in zip(st.columns(COLUMNS), kept[start : start + COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch", key=f"concept-{note.id}"):
                open_note(note, f"title-{note.id}")
                st.html(markup("note_row", note=note, steps=_titles(note.steps)))


def _titles(steps: tuple[Step, ...]) -> str:
    return " · ".join(f"{s.value} {s.title}" for s in steps)


def _cases(cases: list[CaseSummary]) -> None:
    for start in range(0, len(cases), COLUMNS):
        for column, case in zip(st.columns(COLUMNS), cases[start : start + COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch", key=f"case-{case.slug}"):
                st.html(markup("case", case=case))
                st.button(
                    "Open", width="stretch", key=f"open-{case.slug}", on_click=case_sheet.open_case, args=(case.slug,)
                )
