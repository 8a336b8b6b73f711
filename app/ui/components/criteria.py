"""Every criterion with its verdict, by step."""

import streamlit as st

from app.ui.markup import markup, prose, score
from app.wire import Report


def show(report: Report) -> None:
    """Show the criteria of each step, and the notes that go with them."""
    notes = {note.id: note for note in report.notes}
    st.html(markup("legend"))
    for step in report.steps:
        of = step.score.met + step.score.unmet
        label = f"**{step.step.value} {step.title}** · {score(step.score.score)}"
        if of:
            label += f" · {step.score.met} of {of} met"
        with st.expander(label, expanded=step is report.steps[0]):
            titles = {i: note.title for i, note in notes.items()}
            st.html(markup("criteria", criteria=step.criteria, turns=report.turns, titles=titles))
            used = dict.fromkeys(i for c in step.criteria for i in c.read_more)
            if used:
                st.caption("Read more")
                with st.container(horizontal=True, gap="small", key=f"notes-{step.step.value}"):
                    for i in used:
                        _note(notes[i].title, notes[i].text)


def _note(title: str, text: str) -> None:
    with st.popover(title, icon=":material/menu_book:"):
        st.markdown(prose(f"# {title}\n\n{text}"))
