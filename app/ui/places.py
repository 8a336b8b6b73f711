"""The pages there are, and how to get to them."""

from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page


def practice() -> Page:
    """Give the page on which interviews are held."""
    from app.ui.practice import show

    return st.Page(show, title="Practice", icon=":material/forum:", url_path="practice", default=True)


def report() -> Page:
    """Give the page that shows a report."""
    from app.ui.report import show

    return st.Page(show, title="Report", icon=":material/fact_check:", url_path="report")


def history() -> Page:
    """Give the page that lists all interviews."""
    from app.ui.history import show

    return st.Page(show, title="History", icon=":material/history:", url_path="history")


def library() -> Page:
    """Give the page on which notes and cases are read."""
    from app.ui.library import show

    return st.Page(show, title="Library", icon=":material/menu_book:", url_path="library")


def models() -> Page:
    """Give the page on which models are set up."""
    from app.ui.models import show

    return st.Page(show, title="Models", icon=":material/tune:", url_path="models")


def named_session() -> str | None:
    """Give the id of the session that the address names."""
    return st.query_params.get("session") or None


def go(page: Page, session_id: str | None = None) -> NoReturn:
    """Go to a page, with a session in its address."""
    st.switch_page(page, query_params={"session": session_id} if session_id else None)
