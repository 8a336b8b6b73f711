"""Practice: choose a case, then be interviewed on it."""

import streamlit as st

from app.client import Client
from app.domain.session import Status
from app.errors import NotFound, ProviderError
from app.ui import places
from app.ui.components import answer_box, chooser, controls, conversation, delivery
from app.ui.connection import connect
from app.ui.desk import Desk, Notice, Remedy, open_desk


def show() -> None:
    """Show the interview that the address names, or offer a new one."""
    client = connect()
    session_id = places.named_session()
    if session_id is None:
        chooser.show(client)
        return
    try:
        desk = open_desk(client, session_id)
        _refresh(client, desk)
    except NotFound:
        st.session_state.pop("desk", None)
        _absent()
        return
    _interview(client, desk)


def _refresh(client: Client, desk: Desk) -> None:
    waits = desk.outgoing or (desk.notice and desk.notice.remedy is Remedy.RELOAD)
    if not waits and not desk.fresh:
        try:
            desk.take(client.session(desk.session))
        except ProviderError as error:
            desk.notice = desk.notice or Notice(f"{error}.", Remedy.RELOAD)
    desk.fresh = False
    delivery.recover(desk)


def _interview(client: Client, desk: Desk) -> None:
    view = desk.view
    controls.heading(view)
    controls.strip(client, desk)
    with st.sidebar:
        controls.rail(client, desk)
    conversation.show(view)
    if view.status is Status.FINISHED:
        _over(desk)
        return
    answer_box.show(desk)
    if desk.outgoing:
        delivery.send(client, desk)
    elif view.status is Status.AWAITING_INTERVIEWER and len(view.turns) not in desk.tried:
        delivery.ask_again(client, desk)
    delivery.troubles(client, desk)


def _over(desk: Desk) -> None:
    with st.container(border=True, key="over"):
        st.markdown("**The interview is over.** Every answer is saved.")
        if st.button("See the report", type="primary", icon=":material/fact_check:", key="over-to-report"):
            places.go(places.report(), desk.session)


def _absent() -> None:
    st.warning("There is no such interview: it was deleted, or the address is incomplete.")
    if st.button("Start a new one", type="primary", key="start-new"):
        places.go(places.practice())
