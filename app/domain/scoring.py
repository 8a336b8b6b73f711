"""Verdicts become numbers here, in one pure function, and nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from app.domain.case import Criterion
from app.domain.framework import Step
from app.domain.verdict import Outcome, Verdict

ASSISTED_CREDIT = 0.5
"""What a criterion that was met after a hint counts for."""
FULL_MARK = 5.0
STEPS_FOR_RECOMMENDATION = 5
"""With fewer steps reached, no recommendation is given."""


class Recommendation(StrEnum):
    """The four words, and the two ways of not giving one."""

    STRONG_NO = "strong no"
    NO = "no"
    YES = "yes"
    STRONG_YES = "strong yes"


CUTS: tuple[tuple[float, Recommendation], ...] = (
    (1.5, Recommendation.STRONG_NO),
    (2.75, Recommendation.NO),
    (4.0, Recommendation.YES),
)
"""Below the first number the first word holds, and so on; from the last number up it is a strong yes."""


@dataclass(frozen=True, slots=True)
class StepScore:
    """The score of one step."""

    step: Step
    score: float | None
    """0 to 5; None when nothing in the step was assessed."""
    met: int
    assisted: int
    """Those of `met` that needed a hint."""
    unmet: int
    not_assessed: int
    weight: float
    """Weight of the assessed criteria."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The numbers of one interview or one answer."""

    steps: tuple[StepScore, ...]
    overall: float | None
    """0 to 5; None when nothing was assessed."""
    standard_error: float | None
    """Of `overall`, from the spread of the criteria within the steps."""
    recommendation: Recommendation | None
    """None when withheld."""
    borderline: bool
    """Within one standard error of a cut."""
    withheld: str | None
    """Why there is no recommendation, in words."""


def credit(verdict: Verdict) -> float | None:
    """Give what a verdict counts for: 1, 0.5 if assisted, 0, or None when not assessed."""
    if verdict.outcome is Outcome.CANNOT_ASSESS:
        return None
    if verdict.outcome is Outcome.UNMET:
        return 0.0
    return ASSISTED_CREDIT if verdict.assisted else 1.0


def share(criteria: Iterable[Criterion], verdicts: Mapping[str, Verdict]) -> float | None:
    """Give the weighted share of credit (0 to 1) over the criteria that were assessed, None if none was."""
    whole = gained = 0.0
    for criterion in criteria:
        value = credit(verdicts[criterion.id]) if criterion.id in verdicts else None
        if value is not None:
            whole += criterion.weight
            gained += criterion.weight * value
    return gained / whole if whole else None


def scorecard(criteria: Sequence[Criterion], verdicts: Iterable[Verdict], full_interview: bool = True) -> Scorecard:
    """Compute the scorecard.

    Args:
        criteria: those of the interview's level and steps. Verdicts on others are ignored.
        verdicts: in any order, at most one for a criterion.
        full_interview: False for drills, for which no recommendation is ever given.

    Returns:
        Step scores from 0 to 5, their weighted mean with its standard error, and the recommendation.

    Raises:
        ValueError: two verdicts on one criterion.
    """
    by_id = _index(verdicts)
    steps = tuple(
        _step_score(step, [c for c in criteria if c.step is step], by_id)
        for step in sorted({c.step for c in criteria if c.step is not None})
    )
    scored = [s for s in steps if s.score is not None]
    overall = _mean(scored)
    error = _standard_error(criteria, by_id, scored)
    withheld = _withheld(len(scored), full_interview)
    if withheld or overall is None:
        return Scorecard(steps, overall, error, None, False, withheld)
    near = error is not None and any(abs(overall - cut) <= error for cut, _ in CUTS)
    return Scorecard(steps, overall, error, recommend(overall), near, None)


def recommend(overall: float) -> Recommendation:
    """Give the word for an overall score of 0 to 5."""
    return next((word for cut, word in CUTS if overall < cut), Recommendation.STRONG_YES)


def _index(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    by_id: dict[str, Verdict] = {}
    for verdict in verdicts:
        if verdict.criterion in by_id:
            raise ValueError(f"two verdicts on {verdict.criterion!r}")
        by_id[verdict.criterion] = verdict
    return by_id


def _step_score(step: Step, criteria: Sequence[Criterion], verdicts: Mapping[str, Verdict]) -> StepScore:
    given = [(c, verdicts[c.id]) for c in criteria if c.id in verdicts]
    met = [v for _, v in given if v.outcome is Outcome.MET]
    unmet = sum(v.outcome is Outcome.UNMET for _, v in given)
    fraction = share(criteria, verdicts)
    return StepScore(
        step=step,
        score=None if fraction is None else FULL_MARK * fraction,
        met=len(met),
        assisted=sum(v.assisted for v in met),
        unmet=unmet,
        not_assessed=len(criteria) - len(met) - unmet,
        weight=sum(c.weight for c, v in given if v.outcome is not Outcome.CANNOT_ASSESS),
    )


def _mean(scored: Sequence[StepScore]) -> float | None:
    whole = sum(s.step.box_minutes for s in scored)
    return sum((s.score or 0.0) * s.step.box_minutes for s in scored) / whole if whole else None


def _standard_error(
    criteria: Sequence[Criterion], verdicts: Mapping[str, Verdict], scored: Sequence[StepScore]
) -> float | None:
    """Treat each step's criteria as a weighted sample of what could have been asked in it.

    The variance of a weighted share p is p(1-p)·Σw²/(Σw)²; steps add with the squares of their shares of the mean. A
    share of exactly 0 or 1 is shrunk by one pseudo-observation, so that few criteria do not look certain.
    """
    whole = sum(s.step.box_minutes for s in scored)
    if not whole:
        return None
    variance = 0.0
    for score in scored:
        weights = [
            c.weight
            for c in criteria
            if c.step is score.step and c.id in verdicts and verdicts[c.id].outcome is not Outcome.CANNOT_ASSESS
        ]
        n, p = len(weights), (score.score or 0.0) / FULL_MARK
        shrunk = (p * n + 0.5) / (n + 1)
        spread = shrunk * (1 - shrunk) * sum(w * w for w in weights) / sum(weights) ** 2
        variance += (score.step.box_minutes / whole) ** 2 * spread
    return FULL_MARK * sqrt(variance)


def _withheld(reached: int, full_interview: bool) -> str | None:
    if not full_interview:
        return "A drill covers only some steps, so it gets scores but no recommendation."
    if reached < STEPS_FOR_RECOMMENDATION:
        return (
            f"Only {reached} of the 7 steps were reached; a recommendation needs at least {STEPS_FOR_RECOMMENDATION}."
        )
    return None
