"""What a visitor's browser tab has open: a session as it was last seen, and the answer on its way."""

import time
from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import uuid4

import streamlit as st

from app.client import Client
from app.domain.session import Status
from app.domain.transcript import Speaker
from app.wire import SessionView


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that is not known to have arrived."""

    id: str
    text: str
    seen: int
    """Number of turns that were on the screen when it was sent."""

    def arrived_in(self, view: SessionView) -> bool:
        """Say whether a session holds it."""
        if view.pending == self.id:
            return True
        turn = view.turns[self.seen] if self.seen < len(view.turns) else None
        return turn is not None and turn.speaker is Speaker.CANDIDATE and turn.text.strip() == self.text.strip()


class Remedy(Enum):
    """What a visitor can do about a notice."""

    NONE = auto()
    RELOAD = auto()
    RESEND = auto()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that went wrong, in words."""

    text: str
    remedy: Remedy = Remedy.NONE


@dataclass(slots=True)
class Desk:
    """One open session."""

    view: SessionView
    """What is on the screen."""
    clock: SessionView = field(init=False)
    """The session as it was last asked for, for its times only."""
    read_at: float = field(init=False)
    """When that was, on the monotonic clock."""
    fresh: bool = True
    """The view was read so recently that it need not be read again."""
    outgoing: Draft | None = None
    """To be sent in this run of the script."""
    draft: Draft | None = None
    """The last one sent, until it is known to have arrived."""
    in_flight: bool = False
    """It is being sent; still set in the next run if that was cut short."""
    restore: bool = False
    """Its text has to go back to the answer box."""
    notice: Notice | None = None
    tried: set[int] = field(default_factory=set[int])
    """Numbers of turns at which the interviewer was asked to try again."""
    waits: set[int] = field(default_factory=set[int])
    """Numbers of turns at which the visitor chose to wait for the interviewer."""

    def __post_init__(self) -> None:
        """Read the clock."""
        self.tick(self.view)

    @property
    def session(self) -> str:
        """Give the session's id."""
        return self.view.id

    @property
    def running(self) -> bool:
        """Say whether the session's clock runs."""
        return self.view.status in (Status.AWAITING_ANSWER, Status.AWAITING_INTERVIEWER)

    @property
    def behind(self) -> bool:
        """Say whether the session has moved on in another window."""
        seen, now = self.view, self.clock
        return (
            len(now.turns) > len(seen.turns) + (self.draft is not None)
            or (now.status, seen.status).count(Status.PAUSED) == 1
        )

    def take(self, view: SessionView) -> None:
        """Put a session that has just been read on the screen."""
        self.view, self.fresh = view, True
        self.tick(view)
        if self.draft and self.draft.arrived_in(view):
            self.draft = None

    def tick(self, view: SessionView) -> None:
        """Set the clock by a session that has just been read."""
        self.clock, self.read_at = view, time.monotonic()

    def write(self, text: str) -> None:
        """Take what was typed, to be sent; the same text is the same answer."""
        same = self.draft is not None and self.draft.text == text
        answer_id = self.draft.id if self.draft and same else uuid4().hex
        self.outgoing = Draft(answer_id, text, len(self.view.turns))
        self.notice = None


def open_desk(client: Client, session_id: str) -> Desk:
    """Give the desk of a session, the one that is open if it is the same."""
    kept = st.session_state.get("desk")
    if isinstance(kept, Desk) and kept.session == session_id:
        return kept
    desk = Desk(client.session(session_id))
    st.session_state["desk"] = desk
    return desk


def begin_desk(view: SessionView) -> None:
    """Keep the desk of a new session; if its interviewer could not speak, the visitor decides what comes next."""
    desk = Desk(view)
    if view.cause:
        desk.tried.add(len(view.turns))
    st.session_state["desk"] = desk
