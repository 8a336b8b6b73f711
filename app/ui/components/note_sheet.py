"""One note, to read."""

import streamlit as st

from app.ui.markup import markup, prose
from app.wire import NoteSummary, NoteView


def show(note: NoteView) -> None:
    """Show a note with the way back, and to those related."""
    st.button("Library", icon=":material/arrow_back:", type="tertiary", key="back", on_click=st.query_params.clear)
    st.html(markup("note_head", note=note))
    left, right = st.columns([3, 1], gap="large")
    with left, st.container(key="sheet"):
        st.markdown(prose(note.text, top=3))
    with right:
        if note.related:
            st.subheader("Notes for this step" if note.kind == "framework" else "Related", anchor=False)
        for other in note.related:
            open_note(other, f"related-{other.id}")


def open_note(note: NoteSummary, key: str, label: str | None = None) -> None:
    """Offer to open a note."""
    kind = "secondary" if label else "tertiary"
    st.button(label or note.title, type=kind, key=key, wrap=True, on_click=_open, args=(note.id,))


def _open(note_id: str) -> None:
    st.query_params.from_dict({"note": note_id})
