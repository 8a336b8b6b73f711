"""A case's diagram."""

import re
from base64 import b64encode

import streamlit as st

from app.ui.markup import markup

SCALE = 0.85
"""Pixels on the screen for a point of a drawing."""


def show(svg: str) -> None:
    """Show the drawing as an image, in which nothing can run, at a size at which its words can be read."""
    size = re.search(r'<svg[^>]*\bwidth="([\d.]+)pt"', svg)
    code = b64encode(svg[svg.index("<svg") :].encode()).decode()
    st.html(markup("drawing", code=code, width=round(float(size[1]) * SCALE) if size else None))
