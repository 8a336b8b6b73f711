"""The page's entry: Streamlit runs this file as a script, once for every change on the screen."""

from pathlib import Path

import streamlit as st

from app.errors import SevenstepError
from app.ui import places

HERE = Path(__file__).parent


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config("Sevenstep", str(HERE / "icon.svg"), layout="wide")
    st.html(HERE / "style.css")
    st.logo(str(HERE / "wordmark.svg"), size="large")
    pages = [places.practice(), places.library(), places.report(), places.history(), places.models()]
    chosen = st.navigation(pages, position="top")
    try:
        chosen.run()
    except SevenstepError as error:
        st.error(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        st.button("Try again", icon=":material/refresh:", key="try-again")


if __name__ == "__main__":
    main()
