"""Where one is in an interview: the steps, the time, and the buttons that stop it."""

import time
from collections.abc import Callable

import streamlit as st

from app.client import Client
from app.domain.framework import Level, Mode, Step
from app.domain.session import Status
from app.errors import Conflict, SevenstepError
from app.ui import places
from app.ui.desk import Desk, Notice, Remedy
from app.ui.markup import markup
from app.wire import SessionView

TICK_SECONDS = 1.0
SYNC_SECONDS = 20.0
"""How often the server is asked for its clock, which stops by itself after a long silence."""
MODES = {Mode.FULL: "Full interview", Mode.QUICK: "Quick interview", Mode.DRILL: "Drill"}
LEVELS = {level: level.capitalize() for level in Level}


def heading(view: SessionView) -> None:
    """Say what the interview is about."""
    st.html(markup("heading", view=view, mode=MODES[view.mode], level=LEVELS[view.level]))


def strip(client: Client, desk: Desk) -> None:
    """Show time and step in one line that stays in view, with the buttons."""
    view = desk.view
    with st.container(horizontal=True, key="strip", vertical_alignment="center"):
        _ticking(_strip_clock, client, desk)
        if view.status is Status.FINISHED:
            if st.button("See the report", type="primary", icon=":material/fact_check:", key="to-report"):
                places.go(places.report(), desk.session)
            return
        if view.status is Status.PAUSED:
            st.button(
                "Resume", icon=":material/play_arrow:", key="resume", on_click=_change, args=(desk, client.resume)
            )
        else:
            st.button("Pause", icon=":material/pause:", key="pause", on_click=_change, args=(desk, client.pause))
        with st.popover("Finish", icon=":material/flag:"):
            st.markdown("**End the interview now?** You get the report on what was said so far; you cannot come back.")
            if st.button("End it and see the report", type="primary", key="finish"):
                _finish(client, desk)


def rail(client: Client, desk: Desk) -> None:
    """Show the steps with their times, and what was agreed."""
    _ticking(_rail_clock, client, desk)
    view = desk.view
    with st.expander(f"Assumptions written down ({len(view.assumptions)})", expanded=bool(view.assumptions)):
        st.html(markup("assumptions", assumptions=view.assumptions))
    if view.tokens_in or view.tokens_out:
        st.html(markup("spent", view=view))


def times(desk: Desk) -> dict[str, object]:
    """Give the times at this moment: `used` by step, `elapsed` and `left`, in seconds."""
    clock = desk.clock
    since = time.monotonic() - desk.read_at if desk.running and not desk.behind else 0.0
    used = {step: clock.seconds.get(step, 0.0) for step in clock.steps}
    used[clock.step] = used.get(clock.step, 0.0) + since
    elapsed = clock.elapsed + since
    # From whole seconds, so that what is used and what is left add up on the screen.
    return {"used": used, "elapsed": elapsed, "left": max(clock.minutes * 60 - int(elapsed), 0)}


def _ticking(show: Callable[[Client, Desk], None], client: Client, desk: Desk) -> None:
    st.fragment(show, run_every=TICK_SECONDS if desk.running else None)(client, desk)


def _strip_clock(client: Client, desk: Desk) -> None:
    _sync(client, desk)
    st.html(markup("strip", **_shown(desk)))


def _rail_clock(client: Client, desk: Desk) -> None:
    st.html(markup("rail", **_shown(desk)))


def _shown(desk: Desk) -> dict[str, object]:
    view = desk.view
    steps: tuple[Step, ...] = view.steps
    return {
        **times(desk),
        "view": view,
        "steps": steps,
        "place": steps.index(view.step) if view.step in steps else 0,
        "behind": desk.behind,
        "finished": view.status is Status.FINISHED,
        "paused": view.status is Status.PAUSED,
    }


def _sync(client: Client, desk: Desk) -> None:
    if desk.running and time.monotonic() - desk.read_at > SYNC_SECONDS:
        try:
            desk.tick(client.session(desk.session))
        except SevenstepError:
            # The clock goes on by itself; whoever answers next is told.
            desk.read_at += SYNC_SECONDS
            desk.clock = desk.clock.model_copy(update=_moved(desk.clock, SYNC_SECONDS))


def _moved(clock: SessionView, by: float) -> dict[str, object]:
    seconds = {**clock.seconds, clock.step: clock.seconds.get(clock.step, 0.0) + by}
    return {"elapsed": clock.elapsed + by, "seconds": seconds}


def _change(desk: Desk, call: Callable[[str], SessionView]) -> None:
    try:
        desk.take(call(desk.session))
    except SevenstepError as error:
        remedy = Remedy.RELOAD if isinstance(error, Conflict) else Remedy.NONE
        desk.notice = Notice(str(error), remedy)
    else:
        desk.notice = None


def _finish(client: Client, desk: Desk) -> None:
    _change(desk, client.finish)
    if desk.view.status is Status.FINISHED:
        places.go(places.report(), desk.session)
    st.rerun()
