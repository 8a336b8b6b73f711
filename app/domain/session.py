"""Fold a session's events to its present state. Pure: the same events give the same state, anywhere, at any time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from types import MappingProxyType
from typing import Any

from app.domain import events as ev
from app.domain.events import Assumption, Covered, Intent, Plan
from app.domain.framework import Step, time_boxes
from app.domain.transcript import MoveKind, Speaker, Turn

IDLE_LIMIT = 600.0
"""Seconds: a longer silence stops the clock by itself, so a closed tab does not use up the interview."""


class Status(StrEnum):
    """What the session waits for."""

    AWAITING_ANSWER = "awaiting_answer"
    AWAITING_INTERVIEWER = "awaiting_interviewer"
    PAUSED = "paused"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class SessionState:
    """Everything that the events say about a session."""

    id: str
    plan: Plan
    case_hash: str
    started_at: float
    seq: int = 0
    """Number of events folded."""
    status: Status = Status.AWAITING_INTERVIEWER
    turns: tuple[Turn, ...] = ()
    step: Step = Step.CLARIFY
    elapsed: float = 0.0
    """Seconds on the session's clock at the last event."""
    last_at: float = 0.0
    """Time of the last event; seconds since the epoch."""
    spent: Mapping[Step, float] = field(default_factory=lambda: MappingProxyType({}))
    """Seconds used in each step, up to the last event."""
    answers: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Turn index by answer id."""
    covered: Mapping[str, Covered] = field(default_factory=lambda: MappingProxyType({}))
    probed: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Probes used, by criterion."""
    hinted: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Turn index of the hint, by criterion."""
    facts: tuple[str, ...] = ()
    """Ids of the facts told."""
    assumptions: tuple[Assumption, ...] = ()
    curveballs: tuple[str, ...] = ()
    redirects: int = 0
    """Redirects in a row."""
    warnings: tuple[str, ...] = ()
    wordings: frozenset[str] = frozenset()
    focus: str | None = None
    """The criterion that the last question aimed at."""
    question: str | None = None
    """The last question put, bare."""
    open_topic: str | None = None
    """What the candidate was told to settle for themselves."""
    intent: Intent | None = None
    """Of the last answer."""
    stuck: int = 0
    """Answers in a row that had nothing in them."""
    cause: str | None = None
    """Why the interviewer could not speak."""
    finished: str | None = None
    """Why the session ended."""

    @property
    def boxes(self) -> dict[Step, float]:
        """Give the time box of each step, in seconds."""
        return time_boxes(self.plan.minutes, self.plan.steps)

    @property
    def length(self) -> float:
        """Give the length of the whole interview, in seconds."""
        return self.plan.minutes * 60.0

    @property
    def last_answer(self) -> Turn | None:
        """Give the candidate's last turn."""
        return next((t for t in reversed(self.turns) if t.speaker is Speaker.CANDIDATE), None)

    @property
    def pending(self) -> str | None:
        """Give the id of an answer that has had no reply yet."""
        if not self.turns or self.turns[-1].speaker is not Speaker.CANDIDATE:
            return None
        return next(i for i, turn in self.answers.items() if turn == self.turns[-1].index)

    @property
    def reached(self) -> tuple[Step, ...]:
        """Give the steps in which the candidate said something."""
        return tuple(sorted({t.step for t in self.turns if t.speaker is Speaker.CANDIDATE and t.step}))

    def clock(self, now: float) -> float:
        """Give the seconds on the session's clock at a time."""
        return self.elapsed + self._running(now)

    def step_clock(self, now: float) -> float:
        """Give the seconds used in the present step at a time."""
        return self.spent.get(self.step, 0.0) + self._running(now)

    def _running(self, now: float) -> float:
        if self.status is not Status.AWAITING_ANSWER:
            # Paused, over, or the interviewer's own time, which a slow model must not take from the candidate.
            return 0.0
        return min(max(now - self.last_at, 0.0), IDLE_LIMIT)


def fold(session_id: str, events: Iterable[ev.Event]) -> SessionState:
    """Fold events to a state.

    Raises:
        ValueError: the events do not begin with `Started`, or one of them is of an unknown kind.
    """
    iterator = iter(events)
    first = next(iterator, None)
    if not isinstance(first, ev.Started):
        raise ValueError(f"session {session_id} does not begin with a start")
    state = SessionState(
        id=session_id,
        plan=first.plan,
        case_hash=first.case_hash,
        started_at=first.at,
        last_at=first.at,
        seq=1,
        step=first.plan.steps[0],
    )
    return reduce(apply, iterator, state)


def apply(state: SessionState, event: ev.Event) -> SessionState:
    """Give the state after one more event."""
    try:
        handler = _HANDLERS[type(event)]
    except KeyError as error:
        raise ValueError(f"session {state.id}: unknown event {event!r}") from error
    return handler(replace(_tick(state, event.at), seq=state.seq + 1), event)


def _tick(state: SessionState, at: float) -> SessionState:
    passed = state.step_clock(at) - state.spent.get(state.step, 0.0)
    if not passed:
        return replace(state, last_at=max(at, state.last_at))
    spent = {**state.spent, state.step: state.spent.get(state.step, 0.0) + passed}
    return replace(state, elapsed=state.elapsed + passed, spent=MappingProxyType(spent), last_at=max(at, state.last_at))


def _answered(state: SessionState, event: ev.Answered) -> SessionState:
    turn = Turn(len(state.turns), Speaker.CANDIDATE, event.text, state.step, at=state.elapsed)
    return replace(
        state,
        turns=(*state.turns, turn),
        answers=MappingProxyType({**state.answers, event.answer_id: turn.index}),
        status=Status.AWAITING_INTERVIEWER,
        cause=None,
    )


def _heard(state: SessionState, event: ev.Heard) -> SessionState:
    covered = {**{c.criterion: c for c in event.covered}, **state.covered}
    return replace(
        state,
        intent=event.intent,
        covered=MappingProxyType(covered),
        assumptions=(*state.assumptions, event.assumption) if event.assumption else state.assumptions,
        open_topic=None,
        stuck=state.stuck + 1 if event.intent is Intent.STUCK else 0,
    )


def _spoke(state: SessionState, event: ev.Spoke) -> SessionState:
    turn = Turn(
        len(state.turns), Speaker.INTERVIEWER, event.text, event.step, event.move, event.criterion, state.elapsed
    )
    probed, hinted = dict(state.probed), dict(state.hinted)
    if event.criterion and event.probe is not None:
        probed[event.criterion] = (*probed.get(event.criterion, ()), event.probe)
    if event.criterion and event.move is MoveKind.HINT:
        hinted.setdefault(event.criterion, turn.index)
    keeps_question = event.asked is None and event.move in (MoveKind.ANSWER, MoveKind.REDIRECT)
    return replace(
        state,
        turns=(*state.turns, turn),
        status=Status.AWAITING_ANSWER,
        step=event.step,
        probed=MappingProxyType(probed),
        hinted=MappingProxyType(hinted),
        facts=(*state.facts, *(f for f in event.facts if f not in state.facts)),
        assumptions=(*state.assumptions, *event.assumptions),
        curveballs=(*state.curveballs, event.curveball) if event.curveball else state.curveballs,
        redirects=state.redirects + 1 if event.move is MoveKind.REDIRECT else 0,
        warnings=(*state.warnings, event.warning) if event.warning else state.warnings,
        wordings=state.wordings | frozenset(event.wording),
        focus=state.focus if keeps_question else event.criterion,
        question=state.question if keeps_question else event.asked,
        open_topic=event.open_topic,
        stuck=0 if event.move is MoveKind.ADVANCE else state.stuck,
        cause=None,
    )


def _faltered(state: SessionState, event: ev.Faltered) -> SessionState:
    return replace(state, status=Status.AWAITING_INTERVIEWER, cause=event.cause)


def _switched(state: SessionState, event: ev.Switched) -> SessionState:
    return replace(state, plan=replace(state.plan, voice=event.voice), cause=None)


def _paused(state: SessionState, event: ev.Paused) -> SessionState:
    return replace(state, status=Status.PAUSED)


def _resumed(state: SessionState, event: ev.Resumed) -> SessionState:
    waiting = not state.turns or state.turns[-1].speaker is Speaker.CANDIDATE
    return replace(state, status=Status.AWAITING_INTERVIEWER if waiting else Status.AWAITING_ANSWER)


def _finished(state: SessionState, event: ev.Finished) -> SessionState:
    return replace(state, status=Status.FINISHED, finished=event.reason)


_HANDLERS: dict[type[ev.Event], Callable[[SessionState, Any], SessionState]] = {
    ev.Answered: _answered,
    ev.Heard: _heard,
    ev.Spoke: _spoke,
    ev.Faltered: _faltered,
    ev.Switched: _switched,
    ev.Paused: _paused,
    ev.Resumed: _resumed,
    ev.Finished: _finished,
}
