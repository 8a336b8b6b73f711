"""Lints that need the examiner: they read the content as the grader and the candidate will meet it."""

import re
from collections.abc import Callable, Iterator
from itertools import combinations

from app.content.notes import reference_section
from app.domain.case import Case, Criterion, Rubric
from app.domain.framework import ALL_STEPS
from app.domain.transcript import Speaker, Turn
from app.domain.verdict import Outcome
from app.grading.examiner import Examiner
from app.interview.guard import leaks

REFERENCE_SHARE = 0.9
"""Share of its own criteria that a reference solution must meet at staff level."""
WEAK_SHARE = 0.1
"""Share that an answer without content may meet at most."""
GIVEN_AWAY = 0.72
"""Cosine from which a probe says what its answer says, in other words."""
TWINS = 0.86
"""Cosine from which two statements of a case are the same."""
COMMON = 4
"""Other criteria whose answers contain a word, from which it is too common to be a cue by itself."""
WEAK_ANSWER = (
    "First I would understand the problem and talk to the stakeholders. Then I would collect a lot of good "
    "data and clean it very carefully. I would try several state-of-the-art deep learning models and choose "
    "the best one. I would tune it until the quality is high. Then I would deploy it to the cloud so that it "
    "scales, and make sure that everything works well for the users. In my experience communication matters "
    "most, and we would keep improving the system."
)
"""Says nothing that a criterion could ask for."""
_SECOND_VERB = re.compile(
    r",? (?:and|as well as|plus) (?:also )?(?:says?|names?|states?|proposes?|asks?|explains?|chooses?|gives?"
    r"|describes?|defines?|compares?|estimates?|lists?|uses?|picks?)\b|;",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:discuss(?:es)?|good|proper(?:ly)?|appropriate(?:ly)?|adequate(?:ly)?|reasonable|relevant|robust"
    r"|best practices?|understands?|is aware|knows about|considers?)\b",
    re.IGNORECASE,
)


def lint_case(case: Case, examiner: Examiner) -> list[str]:
    """Give a line for each fault, as `slug: field: what is wrong`."""
    rubric = Rubric(f"{case.slug}/all", case.opening, case.criteria, f"{case.hash}/all")
    lints = (statements, spoilers, answers, echoes, stray_cues, common_cues, twins, solutions)
    return [f"{case.slug}: {fault}" for lint in lints for fault in lint(case, rubric, examiner)]


def statements(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find statements that two people could not answer with one yes or no."""
    for criterion in case.criteria:
        if _SECOND_VERB.search(criterion.statement):
            yield f"{criterion.id}.statement: two things in one"
        if found := _VAGUE.search(criterion.statement):
            yield f"{criterion.id}.statement: {found.group()!r} cannot be observed"


def spoilers(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find what the interviewer says that the examiner would accept as evidence.

    A probe or a step's opening may not show any criterion of its step; a hint may not show its own; the case's opening
    may show none at all.
    """

    def shown(text: str) -> set[str]:
        return set(leaks(text, rubric, examiner.shows))

    for found in sorted(shown(case.opening)):
        yield f"opening: gives away {found!r}"
    for step, asks in case.asks.items():
        here = {c.id for c in case.criteria if c.step is step}
        for i, ask in enumerate(asks):
            for found in sorted(shown(ask) & here):
                yield f"steps.{step}.ask.{i}: gives away {found!r}"
    for ball in case.curveballs:
        if ball.criterion in shown(f"{ball.text} {ball.ask}"):
            yield f"curveballs.{ball.id}: gives away {ball.criterion!r}"
    for criterion in case.criteria:
        yield from _spoilers_of(case, criterion, shown)


def _spoilers_of(case: Case, criterion: Criterion, shown: Callable[[str], set[str]]) -> Iterator[str]:
    here = {c.id for c in case.criteria if c.step is criterion.step}
    for i, probe in enumerate(criterion.probes):
        for found in sorted(shown(probe) & here):
            yield f"{criterion.id}.probes.{i}: gives away {found!r}"
    if criterion.id in shown(criterion.hint):
        yield f"{criterion.id}.hint: gives away the criterion"


def answers(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find answers in which none of the criterion's own cues is said."""
    for criterion in case.criteria:
        if criterion.id not in examiner.cued(rubric, criterion.answer):
            yield f"{criterion.id}.answer: does not show the criterion by any of its cues"


def echoes(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find probes that say in other words what their answer says."""
    for criterion in case.criteria:
        for i, near in enumerate(examiner.similarities(criterion.answer, criterion.probes)):
            if near >= GIVEN_AWAY:
                yield f"{criterion.id}.probes.{i}: says almost what its answer says ({near:.2f})"


def stray_cues(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find cues that show another criterion of the same step better than their own."""
    steps = {c.id: c.step for c in case.criteria}
    for criterion in case.criteria:
        for cue in criterion.cues:
            strengths = examiner.strengths(rubric, cue)
            rivals = {i: s for i, s in strengths.items() if i != criterion.id and steps[i] is criterion.step}
            if rivals and max(rivals.values()) > strengths.get(criterion.id, 0.0):
                rival = max(rivals, key=lambda i: rivals[i])
                yield f"{criterion.id}.cues: {cue!r} fits {rival!r} better"


def common_cues(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find cues of one word that stands in the answers to many other criteria."""
    said = {c.id: examiner.stems(c.answer) for c in case.criteria}
    for criterion in case.criteria:
        for cue in criterion.cues:
            stems = examiner.stems(cue)
            others = [i for i, words in said.items() if i != criterion.id and stems <= words]
            if len(stems) == 1 and len(others) >= COMMON:
                yield f"{criterion.id}.cues: {cue!r} comes down to one common word, {next(iter(stems))!r}"


def twins(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find criteria that are one and the same."""
    for one, other in combinations(case.criteria, 2):
        near = examiner.similarities(one.statement, (other.statement,))[0]
        if near >= TWINS:
            yield f"{other.id}.statement: says the same as {one.id!r} ({near:.2f})"


def solutions(case: Case, rubric: Rubric, examiner: Examiner) -> Iterator[str]:
    """Find a reference solution that does not meet its own criteria, and criteria that an empty answer meets."""
    steps = [Turn(i, Speaker.CANDIDATE, reference_section(case, s), s) for i, s in enumerate(ALL_STEPS)]
    missed = [v.criterion for v in examiner.grade(rubric, steps) if v.outcome is not Outcome.MET]
    if len(missed) > (1 - REFERENCE_SHARE) * len(case.criteria):
        yield f"reference.md: meets {len(case.criteria) - len(missed)} of {len(case.criteria)} criteria, not {missed}"
    weak = [Turn(0, Speaker.CANDIDATE, WEAK_ANSWER, ALL_STEPS[0])]
    met = [v.criterion for v in examiner.grade(rubric, weak) if v.outcome is Outcome.MET]
    if len(met) > WEAK_SHARE * len(case.criteria):
        yield f"criteria: an answer without content meets {met}"
