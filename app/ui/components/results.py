"""The recommendation, the scores, and who judged."""

import altair as alt
import streamlit as st

from app.domain.scoring import FULL_MARK
from app.ui.components.controls import LEVELS, MODES
from app.ui.markup import markup
from app.wire import Report

_GREY = "#8a94a0"


def show(report: Report) -> None:
    """Show the recommendation first, then the scores beside what they rest on."""
    names = {"level": LEVELS[report.level], "mode": MODES[report.mode]}
    st.html(markup("verdict", report=report, card=report.scorecard, full=FULL_MARK, **names))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Scores by step", anchor=False)
        st.altair_chart(chart(report), width="stretch", key="scores")
    with right:
        st.subheader("How this was judged", anchor=False)
        st.html(markup("judge", report=report))


def chart(report: Report) -> alt.LayerChart | alt.FacetChart:
    """Draw a bar for each step; one that was not assessed has words in place of a bar."""
    rows = [
        {
            "step": f"{s.step.value} {s.title}",
            "score": s.score.score,
            "label": "not assessed" if s.score.score is None else f"{s.score.score:.1f}",
            "at": s.score.score or 0.0,
            "met": f"{s.score.met} met ({s.score.assisted} after a hint), {s.score.unmet} not met, "
            f"{s.score.not_assessed} not assessed",
        }
        for s in report.steps
    ]
    axis = alt.Axis(labelLimit=170, labelFontSize=13, ticks=False, domain=False)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("step:N", sort=None, title=None, axis=axis),
        tooltip=[alt.Tooltip("step:N"), alt.Tooltip("label:N", title="score"), alt.Tooltip("met:N", title="criteria")],
    )
    scale = alt.Scale(domain=[0, FULL_MARK])
    bars = (
        base.mark_bar(size=16, cornerRadiusEnd=3)
        .transform_filter("isValid(datum.score)")
        .encode(x=alt.X("score:Q", scale=scale, title=None, axis=alt.Axis(tickCount=5, format="d")))
    )
    words = base.mark_text(align="left", dx=6, fontSize=13).encode(
        x=alt.X("at:Q", scale=scale, title=None),
        text="label:N",
        color=alt.value(_GREY),
    )
    return (bars + words).properties(height=34 * len(rows) + 30)
