"""What comes before a reply: the plan of a new session, and the commit of an answer."""

from secrets import randbelow

from app import wire
from app.api.services import Services
from app.domain.events import Plan
from app.domain.framework import ALL_STEPS, Mode
from app.domain.session import SessionState, Status
from app.errors import Conflict
from app.interview.interviewer import SHORTEST

USUAL_MINUTES, QUICK_MINUTES = 45, 20


def create(services: Services, new: wire.NewSession) -> SessionState:
    """Commit a new session."""
    return services.interviewer.create(plan_of(new))


def plan_of(new: wire.NewSession) -> Plan:
    """Fill in what a request leaves open."""
    steps = ALL_STEPS if new.steps is None else tuple(sorted(set(new.steps)))
    minutes = new.minutes
    if minutes is None:
        boxes = sum(step.box_minutes for step in steps)
        minutes = {Mode.QUICK: QUICK_MINUTES, Mode.DRILL: max(boxes, SHORTEST)}.get(new.mode, USUAL_MINUTES)
    seed = randbelow(2**31) if new.seed is None else new.seed
    return Plan(new.case, new.level, minutes, new.mode, steps, new.voice, new.judge, seed)


def accept(services: Services, session_id: str, answer: wire.Answer) -> SessionState:
    """Commit an answer, unless it has been committed before.

    Raises:
        Conflict: it does not fit, or the session ended before the answer had a reply.
    """
    state = services.interviewer.accept(session_id, answer.answer_id, answer.text, answer.seen)
    _refuse_if_over(state, answer.answer_id)
    return state


def pending(services: Services, session_id: str) -> str | None:
    """Give the answer that a retry is about; None when it is about the opening, or everything has been said."""
    state = services.interviewer.state(session_id)
    _refuse_if_over(state, state.pending)
    return state.pending


def _refuse_if_over(state: SessionState, answer_id: str | None) -> None:
    unsaid = not state.turns or (answer_id is not None and answer_id == state.pending)
    if state.status is Status.FINISHED and unsaid:
        raise Conflict("the interview was finished before the interviewer had replied: nothing more will be said")
