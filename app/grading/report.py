"""Grade a session, and put together everything that its report shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.content.notes import Note
from app.domain.case import Case, Criterion, Reading, Rubric
from app.domain.events import Assumption, Event, Source, Spoke
from app.domain.framework import Level, Mode, Step
from app.domain.ports import Judge
from app.domain.scoring import Scorecard, StepScore, scorecard
from app.domain.session import SessionState
from app.domain.transcript import Evidence, Turn
from app.domain.verdict import Fingerprint, Outcome, Verdict

NOT_MEASURED = "The consistency of this judge has not been measured on this installation: it holds no certificate."


@dataclass(frozen=True, slots=True)
class ReadMore:
    """A concept or framework note worth reading."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CriterionReport:
    """One criterion with its verdict, and what would have been said."""

    id: str
    statement: str
    topic: str
    level: Level
    weight: float
    outcome: Outcome
    assisted: bool
    evidence: tuple[Evidence, ...]
    reason: str
    strong_answer: str
    read_more: tuple[str, ...]
    """Ids of notes."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step with its score and its criteria."""

    step: Step
    title: str
    score: StepScore
    seconds: float
    """Used."""
    box: float
    """Seconds that were planned."""
    criteria: tuple[CriterionReport, ...]


@dataclass(frozen=True, slots=True)
class TurnSources:
    """What was retrieved for a turn."""

    turn: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about a finished session."""

    session: str
    case: str
    title: str
    level: Level
    mode: Mode
    minutes: int
    started_at: float
    """Seconds since the epoch, UTC."""
    elapsed: float
    """Seconds on the session's clock."""
    finished: str
    voice: str
    """The voice that spoke, with its model; several, if the candidate went on with another."""
    judge: str
    fingerprint: Fingerprint
    digest: str
    certificate: str
    """What is known of the judge's consistency, in words."""
    scorecard: Scorecard
    steps: tuple[StepReport, ...]
    turns: tuple[Turn, ...]
    sources: tuple[TurnSources, ...]
    assumptions: tuple[Assumption, ...]
    facts: tuple[str, ...]
    """What the candidate asked and was told."""
    facts_unasked: tuple[str, ...]
    """What they could have found out."""
    notes: tuple[ReadMore, ...]
    reading: tuple[Reading, ...]
    reference: str
    """The reference solution, Markdown."""
    diagram: str
    """The architecture, DOT."""
    drawing: str
    """The architecture, SVG; empty if none was rendered."""
    content_changed: bool
    """The case was edited after the session was held."""


def grade_session(state: SessionState, rubric: Rubric, judge: Judge) -> list[Verdict]:
    """Judge a session's transcript.

    A step in which the candidate said nothing is not assessed; one shown only after its hint is assisted.
    """
    by_id = {c.id: c for c in rubric.criteria}
    return [_placed(v, by_id[v.criterion], state) for v in judge.grade(rubric, state.turns)]


def _placed(verdict: Verdict, criterion: Criterion, state: SessionState) -> Verdict:
    if criterion.step is not None and criterion.step not in state.reached:
        reason = "The interview did not reach this step."
        return replace(verdict, outcome=Outcome.CANNOT_ASSESS, evidence=(), reason=reason)
    hint = state.hinted.get(criterion.id)
    if verdict.outcome is Outcome.MET and hint is not None and all(e.turn > hint for e in verdict.evidence):
        return replace(verdict, assisted=True, reason=f"{verdict.reason} It came after a hint, so it counts half.")
    return verdict


def build_report(
    state: SessionState,
    events: Sequence[Event],
    case: Case,
    rubric: Rubric,
    fingerprint: Fingerprint,
    verdicts: Sequence[Verdict],
    notes: Mapping[str, Note],
) -> Report:
    """Put a report together; pure.

    Args:
        state: of a finished session.
        events: from which it was folded.
        case: that it was about.
        rubric: the criteria for its level and steps.
        fingerprint: of the judge.
        verdicts: one for each criterion of the rubric.
        notes: the concept and framework notes by id.
    """
    plan = state.plan
    spoken = [e for e in events if isinstance(e, Spoke)]
    card = scorecard(rubric.criteria, verdicts, full_interview=plan.whole)
    steps = _steps(state, rubric, {v.criterion: v for v in verdicts}, card, notes)
    used = dict.fromkeys(i for s in steps for c in s.criteria for i in c.read_more)
    return Report(
        session=state.id,
        case=case.slug,
        title=case.title,
        level=plan.level,
        mode=plan.mode,
        minutes=plan.minutes,
        started_at=state.started_at,
        elapsed=state.elapsed,
        finished=state.finished or "",
        voice=_voices(spoken) or plan.voice,
        judge=plan.judge,
        fingerprint=fingerprint,
        digest=fingerprint.digest,
        certificate=NOT_MEASURED,
        scorecard=card,
        steps=steps,
        turns=state.turns,
        sources=_sources(events),
        assumptions=state.assumptions,
        facts=tuple(f.answer for f in case.facts if f.id in state.facts),
        facts_unasked=tuple(f.answer for f in case.facts if f.id not in state.facts),
        notes=tuple(ReadMore(i, notes[i].title, notes[i].text) for i in used),
        reading=case.reading,
        reference=case.reference,
        diagram=case.diagram,
        drawing=case.drawing,
        content_changed=case.hash != state.case_hash,
    )


def _steps(
    state: SessionState,
    rubric: Rubric,
    verdicts: Mapping[str, Verdict],
    card: Scorecard,
    notes: Mapping[str, Note],
) -> tuple[StepReport, ...]:
    boxes = state.boxes
    return tuple(
        StepReport(
            score.step,
            score.step.title,
            score,
            state.spent.get(score.step, 0.0),
            boxes.get(score.step, 0.0),
            tuple(_criterion(c, verdicts[c.id], notes) for c in rubric.criteria if c.step is score.step),
        )
        for score in card.steps
    )


def _criterion(criterion: Criterion, verdict: Verdict, notes: Mapping[str, Note]) -> CriterionReport:
    return CriterionReport(
        criterion.id,
        criterion.statement,
        criterion.topic,
        criterion.level,
        criterion.weight,
        verdict.outcome,
        verdict.assisted,
        verdict.evidence,
        verdict.reason,
        criterion.answer,
        tuple(i for i in criterion.concepts if i in notes),
    )


def _sources(events: Iterable[Event]) -> tuple[TurnSources, ...]:
    found: list[TurnSources] = []
    turn = 0
    for event in events:
        if isinstance(event, Spoke):
            found.append(TurnSources(turn, event.sources))
        turn += type(event).__name__ in ("Spoke", "Answered")
    return tuple(found)


def _voices(spoken: Sequence[Spoke]) -> str:
    """Name the voices in the order in which they were first heard."""
    names = (f"{s.voice} ({s.model})" if s.model else s.voice for s in spoken)
    return ", then ".join(dict.fromkeys(names))
