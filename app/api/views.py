"""Put together what the API shows of sessions and cases."""

from collections.abc import Iterable
from typing import Any

from app import wire
from app.api.models import price
from app.api.services import Services
from app.content.library import Library
from app.domain.case import Case
from app.domain.events import Event, Spoke
from app.domain.framework import Level
from app.domain.ports import SessionRow
from app.domain.session import SessionState, Status, fold
from app.domain.transcript import Turn
from app.errors import ConfigurationError, Conflict, NotFound


def show_session(services: Services, session_id: str) -> wire.SessionView:
    """Show a session as it is now."""
    events = services.sessions.events(session_id)
    state = fold(session_id, events)
    plan, now = state.plan, services.application.clock()
    elapsed = state.clock(now)
    used = {step: state.spent.get(step, 0.0) for step in plan.steps} | {state.step: state.step_clock(now)}
    return wire.SessionView(
        id=state.id,
        case=plan.case,
        title=_title(services.library, plan.case),
        level=plan.level,
        mode=plan.mode,
        minutes=plan.minutes,
        steps=plan.steps,
        status=state.status,
        step=state.step,
        turns=_turns(state, events),
        elapsed=elapsed,
        left=max(state.length - elapsed, 0.0),
        seconds=used,
        boxes=state.boxes,
        pending=state.pending,
        cause=state.cause,
        finished=state.finished,
        assumptions=tuple(wire.AssumptionView(topic=a.topic, text=a.text, by=a.by) for a in state.assumptions),
        voice=plan.voice,
        judge=plan.judge,
        **_spent(services, events),
        created_at=state.started_at,
        now=now,
    )


def list_sessions(services: Services) -> list[wire.SessionSummary]:
    """Show all sessions, with the scores of those that are graded."""
    return [_summary(services, row) for row in services.sessions.rows()]


def show_case(services: Services, slug: str, session_id: str | None) -> wire.CaseView:
    """Show a case, with what would spoil it only to those who have finished an interview on it."""
    case = services.library.case(slug)
    shown = wire.CaseView(**summarise_case(case).model_dump(), opening=case.opening)
    if session_id is None:
        return shown
    state = services.interviewer.state(session_id)
    if state.plan.case != slug:
        raise Conflict(f"session {session_id!r} is about another case, {state.plan.case!r}")
    if state.status is not Status.FINISHED:
        raise Conflict("criteria and reference solution are shown when the interview is finished")
    return shown.model_copy(
        update={
            "criteria": _criteria(case, state),
            "reference": case.reference,
            "diagram": case.diagram,
            "drawing": case.drawing or None,
        }
    )


def summarise_case(case: Case) -> wire.CaseSummary:
    """Show a case in a list."""
    return wire.CaseSummary(
        slug=case.slug,
        title=case.title,
        summary=case.summary,
        difficulty=case.difficulty,
        tags=case.tags,
        counts={level: len(case.for_level(level)) for level in Level},
    )


def _criteria(case: Case, state: SessionState) -> tuple[wire.CriterionView, ...]:
    return tuple(
        wire.CriterionView(
            id=c.id,
            statement=c.statement,
            topic=c.topic,
            step=c.step,
            level=c.level,
            weight=c.weight,
            strong_answer=c.answer,
        )
        for c in case.for_level(state.plan.level, state.plan.steps)
    )


def _turns(state: SessionState, events: Iterable[Event]) -> tuple[wire.TurnView, ...]:
    spoken = iter([event for event in events if isinstance(event, Spoke)])
    return tuple(_turn(turn, next(spoken) if turn.move else None) for turn in state.turns)


def _turn(turn: Turn, spoke: Spoke | None) -> wire.TurnView:
    return wire.TurnView(
        index=turn.index,
        speaker=turn.speaker,
        step=turn.step,
        move=turn.move,
        text=turn.text,
        at=turn.at,
        voice=spoke.voice if spoke else None,
        model=spoke.model if spoke else None,
    )


def _spent(services: Services, events: Iterable[Event]) -> dict[str, Any]:
    """Give tokens and cost of what was said."""
    spoken = [(e.model or "", *e.tokens) for e in events if isinstance(e, Spoke) and e.tokens]
    if not spoken:
        return {}
    tokens = {"tokens_in": sum(n for _, n, _ in spoken), "tokens_out": sum(n for _, _, n in spoken)}
    try:
        profiles = services.models.profiles
    except ConfigurationError:
        # The interview is shown all the same.
        return tokens
    costs = [price(profiles, *spent) for spent in spoken]
    return {**tokens, "cost": None if None in costs else sum(c for c in costs if c is not None)}


def _title(library: Library, slug: str) -> str:
    try:
        return library.case(slug).title
    except NotFound:
        # The session outlives a case that was taken away.
        return slug


def _summary(services: Services, row: SessionRow) -> wire.SessionSummary:
    card = services.reporter.scorecard(row.id, row.plan) if row.status == Status.FINISHED else None
    plan = row.plan
    return wire.SessionSummary(
        id=row.id,
        case=plan.case,
        title=_title(services.library, plan.case),
        level=plan.level,
        mode=plan.mode,
        minutes=plan.minutes,
        steps=plan.steps,
        status=Status(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        overall=card.overall if card else None,
        recommendation=card.recommendation if card else None,
    )
