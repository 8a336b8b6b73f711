"""Where answers are typed."""

from pathlib import Path

import streamlit as st

from app.domain.session import Status
from app.ui.desk import Desk

KEEPER = Path(__file__).parents[1] / "draft.html"
"""Keeps unsent text in the browser. It is ours and fixed, so it may run."""
_PROMPTS = {
    Status.AWAITING_ANSWER: "Your answer, or a question to the interviewer",
    Status.AWAITING_INTERVIEWER: "The interviewer is about to speak",
    Status.PAUSED: "Paused: resume to go on",
}


def show(desk: Desk) -> None:
    """Show the box, with what could not be sent back in it."""
    key = f"answer-{desk.session}"
    if desk.restore and desk.draft:
        st.session_state[key] = desk.draft.text
    desk.restore = False
    with st.container(key="keeper"):
        st.html(KEEPER.read_text("utf-8"), unsafe_allow_javascript=True)
    status = desk.view.status
    st.chat_input(
        _PROMPTS[status],
        key=key,
        # While the interviewer speaks one may already type, but not send.
        submit_mode="disable",
        disabled=status is not Status.AWAITING_ANSWER,
        on_submit=_submitted,
        args=(desk, key),
    )


def _submitted(desk: Desk, key: str) -> None:
    text = st.session_state[key]
    if isinstance(text, str) and text.strip():
        desk.write(text)
