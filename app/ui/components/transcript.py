"""The transcript, with what the verdicts rest on marked in it."""

from itertools import pairwise

import streamlit as st

from app.domain.transcript import Evidence, Speaker, Turn
from app.ui.markup import markup
from app.wire import Report

Quotes = list[tuple[Evidence, str]]
"""Evidence, with the statement of the criterion that it is for."""


def show(report: Report) -> None:
    """Show all turns; marked words name their criteria when pointed at or tapped."""
    quotes: Quotes = [(e, c.statement) for s in report.steps for c in s.criteria for e in c.evidence]
    looked = {found.turn: found.sources for found in report.sources}
    turns = [
        {
            "turn": turn,
            "own": turn.speaker is Speaker.CANDIDATE,
            "pieces": pieces(turn, quotes),
            "sources": looked.get(turn.index, ()),
        }
        for turn in report.turns
    ]
    st.html(markup("transcript", turns=turns))


def pieces(turn: Turn, quotes: Quotes) -> list[tuple[str, list[str]]]:
    """Cut a turn where quotes begin and end.

    Returns:
        The text in pieces, each with the statements that it is evidence for.
    """
    inside = [(e, name) for e, name in quotes if e.turn == turn.index]
    cuts = sorted({0, len(turn.text), *(e.start for e, _ in inside), *(e.end for e, _ in inside)})
    return [(turn.text[a:b], [name for e, name in inside if e.start <= a and b <= e.end]) for a, b in pairwise(cuts)]
