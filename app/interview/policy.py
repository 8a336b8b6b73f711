"""Decide what the interviewer does next. Pure: state, time and what was heard in; one move out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from app.domain.case import Case, Criterion, Curveball
from app.domain.events import Intent, Plan
from app.domain.framework import Level, Step
from app.domain.session import SessionState
from app.domain.transcript import MoveKind

PROBES_EACH = 2
"""Probes on one criterion at most."""
REDIRECTS_IN_ROW = 2
STUCK_IN_ROW = 3
"""Empty answers in one step after which the interview moves on."""
HEAVY = 3
"""Weight from which a criterion is probed a second time at once."""
CURVEBALLS = 2
"""Curveballs in one interview at most."""
CURVEBALL_AFTER = 2
"""Questions in a step before a curveball is thrown in it."""
WARNINGS: tuple[tuple[str, float], ...] = (("last-minutes", 5 * 60.0), ("ten-minutes", 10 * 60.0))
"""Time warnings, by the seconds that are left, nearest first."""
WARN_FROM = 30
"""Interviews shorter than this, in minutes, get only the last warning."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision rests on."""

    state: SessionState
    """With the last answer folded in."""
    now: float
    """Seconds since the epoch."""
    case: Case
    criteria: Sequence[Criterion]
    """Those asked for at this level in these steps."""
    intent: Intent
    told: bool = False
    """The candidate asked something to which there is an answer, or an open question to hand back."""
    nearness: Mapping[str, float] = field(default_factory=dict[str, float])
    """How near each criterion is to what was just said; for choosing among equals."""


@dataclass(frozen=True, slots=True)
class Move:
    """What to do next, before anybody words it."""

    kind: MoveKind
    step: Step
    """The step under way after it."""
    criterion: str | None = None
    probe: int | None = None
    curveball: str | None = None
    ask: str | None = None
    """The one question to be put, None if there is none."""
    warning: str | None = None
    why: str = ""
    """`time`, `covered`, `asked`, `stuck`, `end`: what led to an advance or a close."""


def next_move(s: Situation) -> Move:
    """Decide.

    Args:
        s: the situation, in a session that waits for the interviewer.
    """
    state = s.state
    if not state.turns:
        return Move(MoveKind.OPEN, state.step, ask=None)
    if state.clock(s.now) >= state.length:
        return Move(MoveKind.CLOSE, state.step, why="time")
    rules = (_react, _advance_if_due, _curveball, _follow_up, _fresh_probe)
    move = next((found for rule in rules if (found := rule(s))), None) or _advance(s, "covered")
    return _with_warning(s, move)


def is_open(state: SessionState, criterion: Criterion) -> bool:
    """Say whether a criterion may still be asked for."""
    return (
        criterion.id not in state.covered
        and criterion.id not in state.hinted
        and len(state.probed.get(criterion.id, ())) < len(criterion.probes)
        and asked_for(state, criterion) < PROBES_EACH
    )


def asked_for(state: SessionState, criterion: Criterion) -> int:
    """Give how often a criterion was asked for, by probe or curveball."""
    kinds = (MoveKind.PROBE, MoveKind.CURVEBALL)
    return sum(t.criterion == criterion.id and t.move in kinds for t in state.turns)


def questions_for(step: Step, minutes: int) -> int:
    """Give how many questions a step may have, its opening included."""
    return max(2, ceil(step.box_minutes * minutes / 45) + 1)


def deadline(state: SessionState) -> float:
    """Give the clock time, in seconds, by which the present step ends; what one step saves, the next may use."""
    return sum(seconds for step, seconds in state.boxes.items() if step <= state.step)


def _react(s: Situation) -> Move | None:
    state = s.state
    if s.intent in (Intent.INSTRUCTION, Intent.OFF_TOPIC, Intent.KEYWORDS) and state.redirects < REDIRECTS_IN_ROW:
        return Move(MoveKind.REDIRECT, state.step, state.focus)
    if s.intent is Intent.REPEAT and state.question:
        return Move(MoveKind.ANSWER, state.step, state.focus, ask=state.question, why="repeat")
    if s.intent is Intent.QUESTION and s.told:
        return Move(MoveKind.ANSWER, state.step, state.focus)
    if s.intent is Intent.MOVE_ON:
        return _advance(s, "asked")
    if s.intent is Intent.STUCK:
        return _help(s)
    return None


def _help(s: Situation) -> Move | None:
    focus = _focus(s)
    if s.state.stuck >= STUCK_IN_ROW:
        return _advance(s, "stuck")
    if focus and focus.id not in s.state.covered and focus.id not in s.state.hinted:
        return Move(MoveKind.HINT, s.state.step, focus.id)
    return None


def _focus(s: Situation) -> Criterion | None:
    return next((c for c in s.criteria if c.id == s.state.focus and c.step is s.state.step), None)


def _advance_if_due(s: Situation) -> Move | None:
    if s.state.clock(s.now) >= deadline(s.state):
        return _advance(s, "time")
    if _asked_in_step(s) >= questions_for(s.state.step, s.state.plan.minutes):
        return _advance(s, "covered")
    return None


def _asked_in_step(s: Situation) -> int:
    kinds = (MoveKind.OPEN, MoveKind.PROBE, MoveKind.HINT, MoveKind.CURVEBALL, MoveKind.ADVANCE)
    return sum(t.step is s.state.step and t.move in kinds for t in s.state.turns)


def _advance(s: Situation, why: str) -> Move:
    later = [step for step in s.state.plan.steps if step > s.state.step]
    if not later:
        return Move(MoveKind.CLOSE, s.state.step, why="end" if why == "covered" else why)
    asks = s.case.asks[later[0]]
    return Move(MoveKind.ADVANCE, later[0], ask=asks[s.state.plan.seed % len(asks)], why=why)


def planned_curveballs(case: Case, plan: Plan) -> tuple[Curveball, ...]:
    """Choose the curveballs of an interview: at staff level only, spread over the case's list by the plan's seed."""
    fitting = [c for c in case.curveballs if c.step in plan.steps]
    if plan.level is not Level.STAFF or not fitting:
        return ()
    half = max(1, len(fitting) // CURVEBALLS)
    places = {(plan.seed + i * half) % len(fitting) for i in range(CURVEBALLS)}
    return tuple(fitting[i] for i in sorted(places))


def _curveball(s: Situation) -> Move | None:
    state = s.state
    due = (c for c in planned_curveballs(s.case, state.plan) if c.step is state.step and c.id not in state.curveballs)
    ball = next(due, None)
    if ball is None or _asked_in_step(s) < CURVEBALL_AFTER:
        return None
    return Move(MoveKind.CURVEBALL, s.state.step, ball.criterion, curveball=ball.id, ask=ball.ask)


def _follow_up(s: Situation) -> Move | None:
    """Stay on the criterion that the last question aimed at, if it matters and was missed."""
    focus = _focus(s)
    if focus is None or focus.id in s.state.covered or focus.id in s.state.hinted:
        return None
    if asked_for(s.state, focus) >= PROBES_EACH:
        return Move(MoveKind.HINT, s.state.step, focus.id)
    return _probe(s, focus) if focus.weight >= HEAVY and is_open(s.state, focus) else None


def _fresh_probe(s: Situation) -> Move | None:
    open_here = [c for c in s.criteria if c.step is s.state.step and is_open(s.state, c)]
    if not open_here:
        return None
    order = {c.id: i for i, c in enumerate(s.criteria)}
    best = min(
        open_here,
        key=lambda c: (asked_for(s.state, c), -c.weight, -s.nearness.get(c.id, 0.0), order[c.id]),
    )
    return _probe(s, best)


def _probe(s: Situation, criterion: Criterion) -> Move:
    used = s.state.probed.get(criterion.id, ())
    number = next(i for i in range(len(criterion.probes)) if i not in used)
    return Move(MoveKind.PROBE, s.state.step, criterion.id, number, ask=criterion.probes[number])


def _with_warning(s: Situation, move: Move) -> Move:
    if move.kind in (MoveKind.CLOSE, MoveKind.OPEN):
        return move
    left = s.state.length - s.state.clock(s.now)
    for name, seconds in WARNINGS if s.state.plan.minutes >= WARN_FROM else WARNINGS[:1]:
        if name in s.state.warnings:
            break
        if left <= seconds:
            return replace(move, warning=name)
    return move
