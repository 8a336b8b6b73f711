"""One case, to read: what does not spoil it, and all of it for those who have finished an interview on it."""

import streamlit as st

from app.client import Client
from app.domain.session import Status
from app.ui import places
from app.ui.components import drawing
from app.ui.components.controls import LEVELS
from app.ui.markup import markup, prose
from app.wire import CaseView, CriterionView


def show(client: Client, slug: str) -> None:
    """Show a case with the way back, and to an interview on it."""
    case = client.case(slug, _finished(client, slug))
    st.button("Library", icon=":material/arrow_back:", type="tertiary", key="back", on_click=st.query_params.clear)
    st.html(markup("case_head", case=case, levels=LEVELS))
    if st.button("Practise this case", type="primary", icon=":material/play_arrow:", key="practise"):
        st.session_state["case"] = case.slug
        places.go(places.practice())
    if case.criteria is None:
        st.info("Criteria, solution and architecture are shown here once you have finished an interview on this case.")
        return
    criteria, solution = st.tabs(("Criteria", "Reference solution"))
    with criteria:
        _criteria(case.criteria)
    with solution:
        _solution(case)


def open_case(slug: str) -> None:
    """Have the next run show a case."""
    st.query_params.from_dict({"case": slug})


def _finished(client: Client, slug: str) -> str | None:
    """Give the finished interview on a case that saw most of it."""
    done = [s for s in client.sessions() if s.case == slug and s.status is Status.FINISHED]
    best = max(done, key=lambda s: (len(s.steps), s.level.rank), default=None)
    return best.id if best else None


def _criteria(criteria: tuple[CriterionView, ...]) -> None:
    st.caption("Those of the widest interview on this case that you have finished.")
    for step in dict.fromkeys(c.step for c in criteria):
        of_step = [c for c in criteria if c.step is step]
        title = f"**{step.value} {step.title}** · {len(of_step)}" if step else "**Any step**"
        with st.expander(title, expanded=of_step[0] is criteria[0]):
            st.html(markup("case_criteria", criteria=of_step, levels=LEVELS))


def _solution(case: CaseView) -> None:
    if case.drawing:
        st.subheader("Architecture", anchor=False)
        drawing.show(case.drawing)
    st.markdown(prose(case.reference or "", top=2))
