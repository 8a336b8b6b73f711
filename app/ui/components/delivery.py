"""Sending answers and hearing replies, with everything that can go wrong."""

from collections.abc import Iterator

import streamlit as st

from app.client import Client, Spoken
from app.domain.session import Status
from app.domain.transcript import Speaker
from app.errors import Conflict, InputError, InterviewerError, SevenstepError
from app.ui.components import conversation
from app.ui.desk import Desk, Notice, Remedy
from app.wire import Delta, SessionView, Withdrawn

SCRIPTED = "scripted"
"""The voice that needs no model."""
SAVED = "Everything that was said is saved."


def send(client: Client, desk: Desk) -> None:
    """Send the answer that is to go out, show the reply as it comes, and begin the next run."""
    draft, desk.outgoing = desk.outgoing, None
    if draft is None:
        return
    desk.draft, desk.in_flight = draft, True
    conversation.bubble(Speaker.CANDIDATE, draft.text)
    try:
        _hear(desk, client.answer(desk.session, draft.id, draft.text, draft.seen))
    except SevenstepError as error:
        _failed(client, desk, error)
    desk.in_flight = False
    st.rerun()


def ask_again(client: Client, desk: Desk) -> None:
    """Let the interviewer say what comes next, once for a turn, and begin the next run."""
    desk.tried.add(len(desk.view.turns))
    try:
        _hear(desk, client.retry(desk.session))
        desk.notice = None
    except SevenstepError as error:
        # Why the interviewer could not speak is in the session; what else went wrong is only known here.
        if not isinstance(error, InterviewerError | Conflict):
            desk.notice = Notice(_sentence(error))
        _look(client, desk)
    st.rerun()


def recover(desk: Desk) -> None:
    """Notice that the last run was cut short while an answer was being sent."""
    if desk.in_flight:
        desk.in_flight = False
        if desk.draft:
            desk.restore, desk.notice = True, Notice("Your last answer was not sent. It is back in the box below.")


def troubles(client: Client, desk: Desk) -> None:
    """Show what went wrong, and what can be done about it."""
    view = desk.view
    if view.status is Status.AWAITING_INTERVIEWER:
        _silent(client, desk)
    elif desk.notice:
        with st.container(key="trouble"):
            st.warning(_plain(desk.notice.text))
            if desk.notice.remedy is Remedy.RELOAD:
                st.button("Reload", icon=":material/refresh:", key="reload", on_click=_reload, args=(desk,))
            elif desk.notice.remedy is Remedy.RESEND and desk.draft:
                st.button("Send it again", icon=":material/send:", key="resend", on_click=_resend, args=(desk,))


def _silent(client: Client, desk: Desk) -> None:
    """Say why the interviewer is silent, and offer the ways on; none is ever taken unasked."""
    view, turn = desk.view, len(desk.view.turns)
    cause = view.cause or (desk.notice.text if desk.notice else "the reply has not come")
    cause = cause.removeprefix("the interviewer could not answer: ")
    with st.container(key="trouble"):
        if turn in desk.waits:
            st.info(f"Waiting for the interviewer: {_plain(cause)} {SAVED} Retry when you think it is well again.")
        else:
            st.error(f"The interviewer could not answer: {_plain(cause)} {SAVED}")
        with st.container(horizontal=True, key="ways"):
            st.button("Retry", icon=":material/refresh:", key="retry", on_click=_retry, args=(desk,))
            if turn not in desk.waits:
                st.button("Wait", icon=":material/hourglass_empty:", key="wait", on_click=desk.waits.add, args=(turn,))
            if view.voice != SCRIPTED:
                st.button(
                    "Go on with the built-in interviewer",
                    icon=":material/swap_horiz:",
                    key="switch",
                    on_click=_switch,
                    args=(client, desk),
                )


def _retry(desk: Desk) -> None:
    turn = len(desk.view.turns)
    desk.tried.discard(turn)
    desk.waits.discard(turn)


def _switch(client: Client, desk: Desk) -> None:
    try:
        desk.take(client.change_voice(desk.session, SCRIPTED))
    except SevenstepError as error:
        desk.notice = Notice(_sentence(error))
    else:
        # So that the new voice is asked in this run.
        _retry(desk)
        desk.notice = None


def _hear(desk: Desk, spoken: Iterator[Spoken]) -> None:
    with conversation.speaker(Speaker.INTERVIEWER):
        place = st.empty()
        place.html(conversation.thinking())
        text = ""
        for piece in spoken:
            if isinstance(piece, Delta):
                text += piece.text
                place.html(conversation.words(text))
            elif isinstance(piece, Withdrawn):
                text = ""
                place.html(conversation.thinking())
            elif isinstance(piece, SessionView):
                desk.take(piece)
                desk.draft = None


def _failed(client: Client, desk: Desk, error: SevenstepError) -> None:
    if isinstance(error, InterviewerError):
        desk.draft = None
        _look(client, desk)
        desk.tried.add(len(desk.view.turns))
        return
    desk.restore = True
    if isinstance(error, Conflict):
        desk.notice = Notice(f"{_sentence(error)} Your text is still in the box below.", Remedy.RELOAD)
    elif isinstance(error, InputError):
        desk.notice = Notice(f"{_sentence(error)} Your text is still in the box below.")
    else:
        desk.notice = Notice(f"{_sentence(error)} Your text is still in the box below.", Remedy.RESEND)
        _look(client, desk)
        if desk.draft is None:
            desk.restore, desk.notice = False, None


def _look(client: Client, desk: Desk) -> None:
    try:
        desk.take(client.session(desk.session))
    except SevenstepError:
        # What went wrong is on the screen already.
        desk.fresh = True


def _reload(desk: Desk) -> None:
    desk.notice = None


def _resend(desk: Desk) -> None:
    if desk.draft:
        desk.outgoing, desk.notice = desk.draft, None


def _sentence(error: SevenstepError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _plain(text: str) -> str:
    """Keep Markdown from reading anything into a message."""
    text = " ".join(text.split())
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#$:~|" else c for c in ended)
