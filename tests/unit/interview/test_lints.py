from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.domain.case import Case, Criterion, Rubric
from app.domain.framework import Step
from app.grading.examiner import Examiner
from app.interview import lints
from app.interview.lints import lint_case

Lint = Callable[[Case, Rubric, Examiner], Iterator[str]]


def with_criterion(case: Case, name: str, **changes: Any) -> Case:
    return replace(
        case, criteria=tuple(replace(c, **changes) if c.id == name else c for c in case.criteria), hash="planted"
    )


def found(case: Case, examiner: Examiner, lint: Lint) -> list[str]:
    rubric = Rubric(f"{case.slug}/lint", case.opening, case.criteria, f"{case.hash}/{hash(case.criteria)}")
    return list(lint(case, rubric, examiner))


def add(case: Case, criterion: Criterion) -> Case:
    return replace(case, criteria=(*case.criteria, criterion), hash="planted")


SPLIT = "We split by time, train on earlier weeks and test on the following week"
PLANTED: dict[str, tuple[Lint, Callable[[Case], Case], str]] = {
    "two things in one statement": (
        lints.statements,
        lambda c: with_criterion(c, "negatives", statement="Says which examples are negatives and names their number"),
        "negatives.statement: two things in one",
    ),
    "two statements in one": (
        lints.statements,
        lambda c: with_criterion(c, "negatives", statement="Says which examples are negatives; counts them"),
        "negatives.statement: two things in one",
    ),
    "a vague statement": (
        lints.statements,
        lambda c: with_criterion(c, "negatives", statement="Discusses negatives in an appropriate way"),
        "negatives.statement: ",
    ),
    "an opening that gives away": (
        lints.spoilers,
        lambda c: replace(c, opening=f"{c.opening} {SPLIT}.", hash="planted"),
        "opening: gives away 'split-by-time'",
    ),
    "a step's question that gives away": (
        lints.spoilers,
        lambda c: replace(c, asks={**c.asks, Step.DATA: (f"{SPLIT}, do you agree?",)}, hash="planted"),
        "steps.3.ask.0: gives away 'split-by-time'",
    ),
    "a probe that gives away its own": (
        lints.spoilers,
        lambda c: with_criterion(
            c, "split-by-time", probes=("Would you split by time and test on the following week?",)
        ),
        "split-by-time.probes.0: gives away 'split-by-time'",
    ),
    "a probe that gives away a neighbour": (
        lints.spoilers,
        lambda c: with_criterion(c, "negatives", probes=("Would you split by time and test on the following week?",)),
        "negatives.probes.0: gives away 'split-by-time'",
    ),
    "a hint that gives away": (
        lints.spoilers,
        lambda c: with_criterion(c, "split-by-time", hint=f"{SPLIT}."),
        "split-by-time.hint: gives away the criterion",
    ),
    "an answer that does not show": (
        lints.answers,
        lambda c: with_criterion(c, "split-by-time", answer="I would think about it very carefully."),
        "split-by-time.answer: does not show the criterion",
    ),
    "a curveball that gives away": (
        lints.spoilers,
        lambda c: replace(
            c,
            curveballs=(
                replace(c.curveballs[0], text=c.criterion(c.curveballs[0].criterion).answer),
                *c.curveballs[1:],
            ),
            hash="planted",
        ),
        "curveballs.living-room: gives away 'several-interests'",
    ),
    "a probe that echoes its answer": (
        lints.echoes,
        lambda c: with_criterion(c, "ab-test", probes=(c.criterion("ab-test").answer.rstrip(".") + "?",)),
        "ab-test.probes.0: says almost what its answer says",
    ),
    "a stray cue": (
        lints.stray_cues,
        lambda c: with_criterion(c, "negatives", cues=(*c.criterion("negatives").cues, "split by time")),
        "negatives.cues: 'split by time' fits 'split-by-time' better",
    ),
    "a common cue": (
        lints.common_cues,
        lambda c: with_criterion(c, "negatives", cues=(*c.criterion("negatives").cues, "the video")),
        "negatives.cues: 'the video' comes down to one common word",
    ),
    "twins": (
        lints.twins,
        lambda c: add(c, replace(c.criterion("split-by-time"), id="split-again")),
        "split-again.statement: says the same as 'split-by-time'",
    ),
    "a solution that does not solve": (
        lints.solutions,
        lambda c: replace(
            c, reference="\n".join(f"## {i} Step\n\nWe would see.\n" for i in range(1, 8)), hash="planted"
        ),
        "reference.md: meets 0 of",
    ),
    "criteria that anything meets": (
        lints.solutions,
        lambda c: replace(
            c,
            criteria=tuple(replace(x, cues=(*x.cues, "good data", "deep learning models")) for x in c.criteria),
            hash="planted",
        ),
        "criteria: an answer without content meets",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(video: Case, examiner: Examiner, name: str) -> None:
    lint, change, said = PLANTED[name]
    before, after = found(video, examiner, lint), found(change(video), examiner, lint)

    assert not any(said in fault for fault in before)
    assert any(said in fault for fault in after), after


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_among_those_of_the_case(video: Case, examiner: Examiner, name: str) -> None:
    _, change, said = PLANTED[name]
    planted = replace(change(video), hash=f"planted: {name}")

    assert any(fault.startswith(f"{video.slug}: {said}") for fault in lint_case(planted, examiner))


def test_the_real_cases_have_no_fault(case: Case, examiner: Examiner) -> None:
    assert lint_case(case, examiner) == []
