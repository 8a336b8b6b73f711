"""The report as files."""

from collections.abc import Callable

import streamlit as st

from app.client import Client
from app.wire import Report

FORMS = (("Markdown", "md", "text/markdown"), ("HTML", "html", "text/html"), ("JSON", "json", "application/json"))


def show(client: Client, report: Report) -> None:
    """Offer the report in each form; it is fetched when it is asked for."""
    with st.container(horizontal=True, vertical_alignment="center", key="downloads"):
        for name, form, mime in FORMS:
            st.download_button(
                name,
                _fetching(client, report.session, form),
                file_name=f"sevenstep-{report.case}-{report.session}.{form}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"download-{form}",
            )


def _fetching(client: Client, session_id: str, form: str) -> Callable[[], str]:
    return lambda: client.report_as(session_id, form)
