"""The conversation so far."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.domain.transcript import Speaker
from app.ui.markup import markup
from app.wire import SessionView

BUILT_IN = "built-in"
"""Names who worded a turn that no model did."""
_LOOKS = {
    Speaker.INTERVIEWER: ("assistant", ":material/record_voice_over:"),
    Speaker.CANDIDATE: ("user", ":material/person:"),
}


def show(view: SessionView) -> None:
    """Show all turns, with a line where a step begins."""
    step = None
    for turn in view.turns:
        if turn.step is not None and turn.step is not step:
            step = turn.step
            st.html(markup("divider", step=step))
        by = (turn.model or BUILT_IN) if turn.speaker is Speaker.INTERVIEWER else None
        bubble(turn.speaker, turn.text, turn.at, by)


def bubble(who: Speaker, text: str, at: float | None = None, by: str | None = None) -> None:
    """Show one turn.

    Args:
        who: speaks.
        text: is said.
        at: seconds on the session's clock.
        by: the model that worded it, or that none did.
    """
    with speaker(who):
        st.html(words(text, at, by))


def speaker(who: Speaker) -> DeltaGenerator:
    """Give the place for a turn of somebody."""
    name, avatar = _LOOKS[who]
    return st.chat_message(name, avatar=avatar)


def words(text: str, at: float | None = None, by: str | None = None) -> str:
    """Write what somebody said, literally."""
    return markup("words", text=text, at=at, by=by)


def thinking() -> str:
    """Write that somebody is about to speak."""
    return markup("thinking")
