"""Report: what one interview showed, with the candidate's own words for every verdict."""

import streamlit as st

from app.client import Client
from app.errors import Conflict, NotFound
from app.ui import places
from app.ui.components import criteria, downloads, drawing, results, transcript
from app.ui.components.controls import LEVELS, MODES
from app.ui.connection import connect
from app.ui.markup import markup, prose
from app.wire import Report


def show() -> None:
    """Show the report on the interview that the address names."""
    client = connect()
    session_id = places.named_session()
    if session_id is None:
        _choose(client)
        return
    try:
        report = _report(client, session_id)
    except NotFound:
        st.warning("There is no such interview: it was deleted, or the address is incomplete.")
        if st.button("See all interviews", key="to-history"):
            places.go(places.history())
    except Conflict:
        st.info("This interview is still going on. The report is there when it is finished.")
        if st.button("Go back to it", type="primary", key="to-practice"):
            places.go(places.practice(), session_id)
    else:
        _body(client, report)


def _report(client: Client, session_id: str) -> Report:
    kept = st.session_state.get("report")
    if isinstance(kept, Report) and kept.session == session_id:
        return kept
    with st.spinner("Reading the interview …"):
        report = client.report(session_id)
    st.session_state["report"] = report
    return report


def _choose(client: Client) -> None:
    finished = [s for s in client.sessions() if s.status.value == "finished"]
    st.html(markup("report_none", any=bool(finished)))
    for session in finished[:10]:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"finished-{session.id}"):
            st.html(markup("finished", session=session, mode=MODES[session.mode], level=LEVELS[session.level]))
            if st.button("Open", key=f"open-{session.id}"):
                places.go(places.report(), session.id)


def _body(client: Client, report: Report) -> None:
    results.show(report)
    downloads.show(client, report)
    names = ("Criteria", "Transcript", "What you could have asked", "Reference solution")
    verdicts, spoken, asked, reference = st.tabs(names)
    with verdicts:
        criteria.show(report)
    with spoken:
        transcript.show(report)
    with asked:
        st.html(markup("asked", report=report))
    with reference:
        _reference(report)


def _reference(report: Report) -> None:
    if report.drawing:
        st.subheader("Architecture", anchor=False)
        drawing.show(report.drawing)
    st.markdown(prose(report.reference, top=2))
    if report.reading:
        st.html(markup("reading", reading=report.reading))
