import random
from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.case import Criterion
from app.domain.framework import ALL_STEPS, Step
from app.domain.scoring import CUTS, Recommendation, Scorecard, StepScore, recommend, scorecard
from app.domain.transcript import Evidence
from app.domain.verdict import Outcome, Verdict

HERE = (Evidence(1, 0, 4, "here"),)


def verdict(criterion: str, outcome: Outcome, assisted: bool = False) -> Verdict:
    met = outcome is Outcome.MET
    return Verdict(criterion, outcome, HERE if met else (), "because", "f" * 16, assisted and met)


def criterion(number: int, step: Step, weight: float = 1.0) -> Criterion:
    return Criterion(f"c{number}", "Names it", step, weight=weight)


@st.composite
def graded(draw: st.DrawFn) -> tuple[list[Criterion], list[Verdict]]:
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from(Step), st.integers(1, 3), st.sampled_from(Outcome), st.booleans()),
            min_size=1,
            max_size=30,
        )
    )
    criteria = [criterion(i, step, weight) for i, (step, weight, _, _) in enumerate(rows)]
    return criteria, [verdict(f"c{i}", outcome, assisted) for i, (_, _, outcome, assisted) in enumerate(rows)]


def changed(
    verdicts: list[Verdict], number: int, change: Callable[[Verdict], Verdict]
) -> tuple[list[Verdict], Verdict]:
    place = number % len(verdicts)
    return [change(v) if i == place else v for i, v in enumerate(verdicts)], verdicts[place]


def scores(card: Scorecard) -> dict[Step, float | None]:
    return {s.step: s.score for s in card.steps}


def not_less(after: float | None, before: float | None) -> bool:
    return before is None or (after is not None and after >= before - 1e-9)


@given(graded(), st.integers(0))
def test_meeting_one_more_criterion_never_scores_less(rows: tuple[list[Criterion], list[Verdict]], number: int) -> None:
    criteria, verdicts = rows
    more, _ = changed(verdicts, number, lambda v: verdict(v.criterion, Outcome.MET))
    before, after = scorecard(criteria, verdicts), scorecard(criteria, more)

    assert not_less(after.overall, before.overall)
    assert all(not_less(scores(after)[step], score) for step, score in scores(before).items())


@given(graded(), st.integers(0))
def test_missing_one_more_criterion_never_scores_more(rows: tuple[list[Criterion], list[Verdict]], number: int) -> None:
    criteria, verdicts = rows
    fewer, _ = changed(verdicts, number, lambda v: verdict(v.criterion, Outcome.UNMET))
    before, after = scorecard(criteria, verdicts), scorecard(criteria, fewer)

    assert not_less(before.overall, after.overall) or before.overall is None
    assert all(not_less(score, scores(after)[step]) for step, score in scores(before).items() if score is not None)


@given(graded(), st.integers(0))
def test_a_hint_never_scores_more(rows: tuple[list[Criterion], list[Verdict]], number: int) -> None:
    criteria, verdicts = rows
    helped, old = changed(verdicts, number, lambda v: replace(v, assisted=True))
    assume(old.outcome is Outcome.MET)

    assert not_less(scorecard(criteria, verdicts).overall, scorecard(criteria, helped).overall)


@given(graded(), st.integers(0))
def test_a_verdict_that_cannot_be_given_never_becomes_a_zero(
    rows: tuple[list[Criterion], list[Verdict]], number: int
) -> None:
    criteria, verdicts = rows
    less, old = changed(verdicts, number, lambda v: verdict(v.criterion, Outcome.CANNOT_ASSESS))
    step = next(c.step for c in criteria if c.id == old.criterion)
    rest = [v for v, c in zip(less, criteria, strict=True) if c.step is step and v.outcome is not Outcome.CANNOT_ASSESS]
    before, after = scorecard(criteria, verdicts), scorecard(criteria, less)
    assert step is not None

    if not rest:
        assert scores(after)[step] is None
    elif any(v.outcome is Outcome.MET for v in rest):
        assert (scores(after)[step] or 0) > 0
    if old.outcome is Outcome.UNMET:
        assert scores(after)[step] is None or not_less(scores(after)[step], scores(before)[step])
    others = {s: x for s, x in scores(after).items() if s is not step}
    assert others == {s: x for s, x in scores(before).items() if s is not step}


@given(graded())
def test_nothing_assessed_is_none_everywhere(rows: tuple[list[Criterion], list[Verdict]]) -> None:
    criteria, verdicts = rows
    card = scorecard(criteria, [verdict(v.criterion, Outcome.CANNOT_ASSESS) for v in verdicts])

    assert (card.overall, card.standard_error, card.recommendation, card.borderline) == (None, None, None, False)
    assert card.withheld
    assert all(s.score is None and s.weight == 0 for s in card.steps)


@given(graded())
def test_no_verdict_at_all_is_the_same_as_none_that_could_be_given(
    rows: tuple[list[Criterion], list[Verdict]],
) -> None:
    criteria, verdicts = rows

    assert scorecard(criteria, []) == scorecard(
        criteria, [verdict(v.criterion, Outcome.CANNOT_ASSESS) for v in verdicts]
    )


@given(graded(), st.randoms(use_true_random=False))
def test_the_order_of_the_verdicts_is_irrelevant(
    rows: tuple[list[Criterion], list[Verdict]], chance: random.Random
) -> None:
    criteria, verdicts = rows
    shuffled = list(verdicts)
    chance.shuffle(shuffled)

    assert scorecard(criteria, shuffled) == scorecard(criteria, iter(verdicts))


@given(graded())
def test_scores_are_weighted_shares_and_stay_in_bounds(rows: tuple[list[Criterion], list[Verdict]]) -> None:
    criteria, verdicts = rows
    by_id = {v.criterion: v for v in verdicts}
    card = scorecard(criteria, verdicts)

    for step in card.steps:
        given_here = [(c, by_id[c.id]) for c in criteria if c.step is step.step]
        assessed = [(c, v) for c, v in given_here if v.outcome is not Outcome.CANNOT_ASSESS]
        gained = sum(c.weight * (0.5 if v.assisted else 1) for c, v in assessed if v.outcome is Outcome.MET)
        assert step.met + step.unmet + step.not_assessed == len(given_here)
        assert step.weight == sum(c.weight for c, _ in assessed)
        if assessed:
            assert step.score == pytest.approx(5 * gained / step.weight)
    assert card.overall is None or 0 <= card.overall <= 5 + 1e-9
    assert (card.standard_error is None) == (card.overall is None)


@given(graded())
def test_the_overall_score_lies_between_the_steps(rows: tuple[list[Criterion], list[Verdict]]) -> None:
    card = scorecard(*rows)
    found = [s.score for s in card.steps if s.score is not None]

    if card.overall is not None:
        assert min(found) - 1e-9 <= card.overall <= max(found) + 1e-9


@given(graded())
def test_verdicts_on_other_criteria_are_ignored(rows: tuple[list[Criterion], list[Verdict]]) -> None:
    criteria, verdicts = rows

    assert scorecard(criteria, [*verdicts, verdict("stranger", Outcome.MET)]) == scorecard(criteria, verdicts)


def test_a_criterion_met_after_a_hint_counts_half() -> None:
    criteria = [criterion(0, Step.DATA), criterion(1, Step.DATA, 3)]
    card = scorecard(criteria, [verdict("c0", Outcome.MET), verdict("c1", Outcome.MET, assisted=True)])

    assert scores(card) == {Step.DATA: 5 * (1 + 1.5) / 4}
    assert (card.steps[0].met, card.steps[0].assisted) == (2, 1)


def test_the_overall_score_weighs_the_steps_by_their_time() -> None:
    criteria = [criterion(0, Step.FRAME), criterion(1, Step.MODEL)]
    card = scorecard(criteria, [verdict("c0", Outcome.MET), verdict("c1", Outcome.UNMET)])

    assert card.overall == pytest.approx(5 * 4 / (4 + 9))


def test_two_verdicts_on_one_criterion_are_refused() -> None:
    twice = [verdict("c0", Outcome.MET), verdict("c0", Outcome.UNMET)]

    with pytest.raises(ValueError, match="two verdicts on 'c0'"):
        scorecard([criterion(0, Step.DATA)], twice)


def full(met: dict[Step, tuple[int, int]]) -> Scorecard:
    """Score an interview in which so many of so many criteria of each step were met."""
    criteria: list[Criterion] = []
    verdicts: list[Verdict] = []
    for step, (good, whole) in met.items():
        for i in range(whole):
            criteria.append(replace(criterion(0, step), id=f"{step}-{i}"))
            verdicts.append(verdict(f"{step}-{i}", Outcome.MET if i < good else Outcome.UNMET))
    return scorecard(criteria, verdicts)


def spread(steps: tuple[StepScore, ...], sizes: dict[Step, int]) -> float:
    """Work out the standard error by hand, for criteria of equal weight."""
    whole = sum(s.step.box_minutes for s in steps)
    variance = 0.0
    for s in steps:
        n = sizes[s.step]
        p = ((s.score or 0) / 5 * n + 0.5) / (n + 1)
        variance += (s.step.box_minutes / whole) ** 2 * p * (1 - p) / n
    return 5 * sqrt(variance)


@given(st.lists(st.integers(0, 8), min_size=7, max_size=7))
def test_borderline_is_exactly_within_one_standard_error_of_a_cut(good: list[int]) -> None:
    card = full({step: (n, 8) for step, n in zip(ALL_STEPS, good, strict=True)})
    error = spread(card.steps, dict.fromkeys(ALL_STEPS, 8))
    assert card.overall is not None

    assert card.standard_error == pytest.approx(error)
    distance = min(abs(card.overall - cut) for cut, _ in CUTS)
    assume(abs(distance - error) > 1e-6)
    assert card.borderline == (distance <= error)


def test_few_criteria_do_not_look_certain() -> None:
    few, many = full(dict.fromkeys(ALL_STEPS, (2, 2))), full(dict.fromkeys(ALL_STEPS, (30, 30)))

    assert few.overall == many.overall == 5
    assert (few.standard_error or 0) > (many.standard_error or 0) > 0


@pytest.mark.parametrize("reached", range(8))
def test_a_recommendation_needs_five_steps(reached: int) -> None:
    criteria = [criterion(i, step) for i, step in enumerate(ALL_STEPS)]
    verdicts = [verdict(c.id, Outcome.MET if i < reached else Outcome.CANNOT_ASSESS) for i, c in enumerate(criteria)]
    card = scorecard(criteria, verdicts)

    assert (card.recommendation is None) == (reached < 5) == (card.withheld is not None)
    if 0 < reached < 5:
        assert f"Only {reached} of the 7 steps" in (card.withheld or "")
        assert not card.borderline


def test_a_drill_gets_scores_and_no_recommendation() -> None:
    criteria = [criterion(i, step) for i, step in enumerate(ALL_STEPS)]
    card = scorecard(criteria, [verdict(c.id, Outcome.MET) for c in criteria], full_interview=False)

    assert (card.overall, card.recommendation) == (5, None)
    assert "drill" in (card.withheld or "")


@pytest.mark.parametrize(
    ("overall", "word"),
    [
        (0.0, Recommendation.STRONG_NO),
        (1.49, Recommendation.STRONG_NO),
        (1.5, Recommendation.NO),
        (2.74, Recommendation.NO),
        (2.75, Recommendation.YES),
        (3.99, Recommendation.YES),
        (4.0, Recommendation.STRONG_YES),
        (5.0, Recommendation.STRONG_YES),
    ],
)
def test_the_cuts_belong_to_the_better_word(overall: float, word: Recommendation) -> None:
    assert recommend(overall) is word
