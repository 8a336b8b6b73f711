"""History: all interviews, to go on with, to read again, or to delete."""

import streamlit as st

from app.client import Client
from app.domain.session import Status
from app.errors import SevenstepError
from app.ui import places
from app.ui.components.controls import LEVELS, MODES
from app.ui.connection import connect
from app.ui.markup import markup
from app.wire import SessionSummary

PAGE = 20
"""Interviews shown at once."""


def show() -> None:
    """Show the list, the one that was active last first."""
    client = connect()
    sessions = client.sessions()
    st.html(markup("history", count=len(sessions)))
    fault = st.session_state.pop("history-fault", None)
    if fault:
        st.error(fault)
    if not sessions:
        if st.button("Start the first one", type="primary", key="start-first"):
            places.go(places.practice())
        return
    shown = st.session_state.setdefault("history-shown", PAGE)
    for session in sessions[:shown]:
        _row(client, session)
    if len(sessions) > shown:
        st.button("Show more", key="more", on_click=_more)


def _row(client: Client, session: SessionSummary) -> None:
    finished = session.status is Status.FINISHED
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"session-{session.id}"):
        zone = st.context.timezone
        names = {"mode": MODES[session.mode], "level": LEVELS[session.level]}
        st.html(markup("session", session=session, finished=finished, when=_when(session.created_at, zone), **names))
        if st.button("Report" if finished else "Continue", key=f"open-{session.id}"):
            places.go(places.report() if finished else places.practice(), session.id)
        with st.popover("Delete", icon=":material/delete:"):
            st.markdown("**Delete this interview?** Its transcript and report go with it, for good.")
            st.button("Delete it", type="primary", key=f"delete-{session.id}", on_click=_delete, args=(client, session))


def _delete(client: Client, session: SessionSummary) -> None:
    try:
        client.delete(session.id)
    except SevenstepError as error:
        st.session_state["history-fault"] = f"It could not be deleted: {error}."


def _more() -> None:
    st.session_state["history-shown"] += PAGE


def _when(at: float, zone: str | None) -> str:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        place = ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        place = UTC
    return datetime.fromtimestamp(at, place).strftime("%-d %b %Y, %H:%M")
