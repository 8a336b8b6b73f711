"""What a new interview is to be about."""

import streamlit as st

from app.client import Client
from app.domain.framework import ALL_STEPS, LENGTHS, Level, Mode, Step
from app.domain.session import Status
from app.ui import places
from app.ui.components.controls import LEVELS, MODES
from app.ui.desk import begin_desk
from app.ui.markup import markup
from app.wire import CaseSummary, Choice, NewSession, SessionSummary

COLUMNS = 2
OFFERED = 1
"""How many unfinished interviews are offered to go on with."""
USUAL = 45
_SHORT = {Mode.FULL: "Full", Mode.QUICK: "Quick", Mode.DRILL: "Drill"}
_ABOUT = {
    Mode.FULL: "All seven steps at the pace of a real interview.",
    Mode.QUICK: "All seven steps in twenty minutes: one or two questions each.",
    Mode.DRILL: "Only the steps that you choose. Scores, but no recommendation.",
}


def show(client: Client) -> None:
    """Offer the cases and how to be interviewed, and start."""
    cases, sessions = client.cases(), client.sessions()
    st.html(markup("welcome"))
    _unfinished([s for s in sessions if s.status is not Status.FINISHED][:OFFERED])
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.subheader("Choose a case", anchor=False)
        case = _case(cases)
    with right, st.container(key="setup"):
        st.subheader("Set it up", anchor=False)
        _start(client, case)


def _start(client: Client, case: CaseSummary) -> None:
    new = _settings(client, case)
    pressed = st.button(
        "Start the interview",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=new is None,
        key="start",
    )
    if pressed and new:
        with st.spinner("The interviewer is coming …"):
            view = client.create(new)
        begin_desk(view)
        st.query_params["session"] = view.id
        st.rerun()


def _unfinished(sessions: list[SessionSummary]) -> None:
    for session in sessions:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"go-on-{session.id}"):
            st.html(markup("unfinished", session=session, mode=MODES[session.mode], level=LEVELS[session.level]))
            if st.button("Continue", icon=":material/arrow_forward:", key=f"continue-{session.id}"):
                places.go(places.practice(), session.id)


def _case(cases: list[CaseSummary]) -> CaseSummary:
    by_slug = {case.slug: case for case in cases}
    if st.session_state.get("case") not in by_slug:
        st.session_state["case"] = cases[0].slug
    chosen = by_slug[st.session_state["case"]]
    words = st.text_input("Find a case", placeholder="Find: ranking, fraud, vision …", label_visibility="collapsed")
    found = [case for case in cases if _is_about(case, words)]
    if not found:
        st.caption("No case is about that.")
    for start in range(0, len(found), COLUMNS):
        for column, case in zip(st.columns(COLUMNS), found[start : start + COLUMNS], strict=False):
            with column:
                _card(case, case is chosen)
    return chosen


def _is_about(case: CaseSummary, words: str) -> bool:
    text = " ".join((case.title, case.summary, *case.tags)).casefold()
    return all(word in text for word in words.casefold().split())


def _card(case: CaseSummary, chosen: bool) -> None:
    with st.container(border=True, height="stretch", key=f"{'chosen' if chosen else 'case'}-{case.slug}"):
        st.html(markup("case", case=case))
        st.button(
            "Chosen" if chosen else "Choose",
            icon=":material/check:" if chosen else None,
            key=f"choose-{case.slug}",
            width="stretch",
            disabled=chosen,
            on_click=_choose,
            args=(case.slug,),
        )


def _choose(slug: str) -> None:
    st.session_state["case"] = slug


def _settings(client: Client, case: CaseSummary) -> NewSession | None:
    st.html(markup("setup", case=case))
    level = st.segmented_control(
        "Level", list(Level), default=Level.SENIOR, format_func=LEVELS.__getitem__, required=True, key="level"
    )
    st.caption(f"{case.counts[level]} criteria. Each level includes what the ones before it ask.")
    mode = st.segmented_control(
        "Mode", list(_SHORT), default=Mode.FULL, format_func=_SHORT.__getitem__, required=True, key="mode"
    )
    st.caption(_ABOUT[mode])
    minutes, steps = _length(mode)
    voice, judge = _who(client)
    if mode is Mode.DRILL and not steps:
        return None
    given: dict[str, object] = {"case": case.slug, "level": level, "mode": mode, "voice": voice, "judge": judge}
    given |= {"minutes": minutes} if mode is Mode.FULL else {}
    given |= {"steps": steps} if mode is Mode.DRILL else {}
    return NewSession.model_validate(given)


def _length(mode: Mode) -> tuple[int | None, list[Step]]:
    if mode is Mode.FULL:
        minutes = st.segmented_control(
            "Length in minutes",
            LENGTHS,
            default=USUAL,
            format_func=str,
            required=True,
            key="length",
        )
        return minutes, []
    if mode is Mode.QUICK:
        return None, []
    steps = st.pills(
        "Steps",
        list(ALL_STEPS),
        selection_mode="multi",
        default=[Step.MODEL],
        format_func=lambda s: f"{s.value} {s.title}",
        key="steps",
    )
    st.caption(f"About {sum(s.box_minutes for s in steps)} minutes." if steps else "Choose at least one step.")
    return None, steps


def _who(client: Client) -> tuple[str, str]:
    models = client.models()
    voice, judge = _pick("Interviewer", models.voices, "voice"), _pick("Judge", models.judges, "judge")
    if models.fault:
        st.caption(f"Only what is built in can be chosen: {models.fault}.")
    return voice, judge


def _pick(label: str, choices: tuple[Choice, ...], key: str) -> str:
    """Let one be chosen, if there is a choice."""
    titles = {choice.name: choice.title for choice in choices}
    if len(titles) == 1:
        return next(iter(titles))
    return st.selectbox(label, list(titles), format_func=titles.__getitem__, key=key, persist_state="session")
