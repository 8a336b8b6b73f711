"""Lints that need the examiner: nothing that the interviewer is given to say may give a criterion away."""

from collections.abc import Callable, Iterator

from app.domain.case import Case, Criterion, Rubric
from app.grading.examiner import Examiner
from app.interview.guard import leaks


def spoilers(case: Case, examiner: Examiner) -> Iterator[str]:
    """Give a line for each probe, hint or opening that the examiner would accept as evidence.

    A probe or a step's opening may not show any criterion of its step; a hint may not show its own; the case's opening may show
    none at all.
    """
    rubric = Rubric(f"{case.slug}/all", case.opening, case.criteria, f"{case.hash}/all")

    def shown(text: str) -> set[str]:
        return set(leaks(text, rubric, examiner.shows))

    for found in sorted(shown(case.opening)):
        yield f"{case.slug}: opening: gives away {found!r}"
    for step, asks in case.asks.items():
        here = {c.id for c in case.criteria if c.step is step}
        for i, ask in enumerate(asks):
            for found in sorted(shown(ask) & here):
                yield f"{case.slug}: steps.{step}.ask.{i}: gives away {found!r}"
    for criterion in case.criteria:
        yield from _of_criterion(case, criterion, shown)


def _of_criterion(case: Case, criterion: Criterion, shown: Callable[[str], set[str]]) -> Iterator[str]:
    here = {c.id for c in case.criteria if c.step is criterion.step}
    for i, probe in enumerate(criterion.probes):
        for found in sorted(shown(probe) & here):
            yield f"{case.slug}: {criterion.id}.probes.{i}: gives away {found!r}"
    if criterion.id in shown(criterion.hint):
        yield f"{case.slug}: {criterion.id}.hint: gives away the criterion"
    if criterion.id not in shown(criterion.answer):
        yield f"{case.slug}: {criterion.id}.answer: does not show the criterion"
