"""What the inner rooms need from the outer ones, as protocols."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.case import Rubric
from app.domain.events import Event, Plan
from app.domain.framework import Step
from app.domain.transcript import Turn
from app.domain.verdict import Fingerprint, Verdict


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk of knowledge found by a search."""

    id: str
    """Stable: the document and the heading, `concepts/drift#what-it-is`."""
    title: str
    text: str
    kind: str
    """`framework`, `concept` or `reference`."""
    steps: tuple[Step, ...]
    case: str | None
    """Slug of the case that a reference passage belongs to."""
    score: float
    """Higher is nearer; comparable within one search only."""


class Retriever(Protocol):
    """Find framework, concept and reference material."""

    def search(self, query: str, *, step: Step | None = None, case: str | None = None, limit: int = 5) -> list[Passage]:
        """Give the nearest passages, best first.

        Args:
            query: any text; an empty one finds nothing.
            step: only passages of this step.
            case: also this case's reference solution; without it, no reference solution is ever returned.
            limit: at most so many.
        """
        ...


class Judge(Protocol):
    """Give verdicts."""

    def fingerprint(self, rubric: Rubric) -> Fingerprint:
        """Say what its verdicts on this rubric depend on."""
        ...

    def grade(self, rubric: Rubric, turns: Sequence[Turn]) -> list[Verdict]:
        """Give one verdict for every criterion of the rubric, in its order, from the candidate's turns alone."""
        ...


@dataclass(frozen=True, slots=True)
class SessionRow:
    """What a list of sessions shows."""

    id: str
    plan: Plan
    status: str
    created_at: float
    """Seconds since the epoch, UTC."""
    updated_at: float


class SessionStore(Protocol):
    """Keep sessions as append-only events."""

    def create(self, session_id: str, events: Sequence[Event]) -> None:
        """Commit a new session.

        Raises:
            Conflict: the id is taken.
        """
        ...

    def append(self, session_id: str, after: int, events: Sequence[Event], status: str) -> None:
        """Commit events in one transaction, as number `after` and on.

        Args:
            session_id: an existing session.
            after: how many events the writer has seen.
            events: at least one.
            status: the state that they lead to, for lists.

        Raises:
            Conflict: somebody else has appended since.
            NotFound: there is no such session.
        """
        ...

    def events(self, session_id: str, after: int = 0) -> list[Event]:
        """Give the events in order, without the first `after`.

        Raises:
            NotFound: there is no such session.
        """
        ...

    def rows(self) -> list[SessionRow]:
        """Give all sessions, latest first."""
        ...

    def delete(self, session_id: str) -> None:
        """Remove a session with its events and verdicts.

        Raises:
            NotFound: there is no such session.
        """
        ...


class VerdictStore(Protocol):
    """Keep verdicts, one for a session, criterion and fingerprint."""

    def save(self, session_id: str, fingerprint: Fingerprint, verdicts: Iterable[Verdict]) -> None:
        """Commit verdicts; those already kept stay as they are."""
        ...

    def verdicts(self, session_id: str, fingerprint: str | None = None) -> list[Verdict]:
        """Give the kept verdicts of a session, of one fingerprint (by digest) if named."""
        ...

    def fingerprint(self, session_id: str) -> Fingerprint | None:
        """Give the fingerprint under which the session was graded, None if it was not."""
        ...


class Clock(Protocol):
    """Tell the time, so that tests and scripted candidates can have their own."""

    def __call__(self) -> float:
        """Give seconds since the epoch, UTC."""
        ...
