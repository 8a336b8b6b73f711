"""Validate everything under knowledge/ and prompts/, and name every fault rather than the first."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from app.content.drawings import is_current
from app.content.library import Library
from app.content.notes import dangling, reference_steps
from app.content.phrases import KINDS
from app.domain.case import Case
from app.domain.framework import ALL_STEPS, Level
from app.errors import ContentError

COUNTS = {Level.MID: (18, 25), Level.SENIOR: (28, 38), Level.STAFF: (35, 50)}
"""How many criteria an interview at each level has, least and most."""
OWN_CRITERIA = 15
"""Criteria that a case must have for itself alone."""


def check_content(library: Library, slug: str | None = None) -> list[str]:
    """Give a line for each fault, `file:line: field: what is wrong`; none when all is well.

    Args:
        library: what to check.
        slug: check the case of this name alone, beside what all cases share.

    Raises:
        NotFound: there is no such case.
    """
    faults: list[str] = []
    parts: tuple[Callable[[], object], ...] = (
        lambda: library.generic,
        lambda: library.terms,
        lambda: library.assumptions,
        lambda: library.phrases,
        lambda: library.prompts,
        lambda: library.framework,
        lambda: library.concepts,
    )
    for part in parts:
        faults += _faults_of(part)
    if faults:
        return faults
    faults += [*_steps_without_note(library), *_dangling_notes(library), *_missing_phrases(library)]
    for one in (slug,) if slug else library.slugs:
        faults += _faults_of(lambda one=one: library.case(one)) or check_case(library, library.case(one))
    return faults


def check_case(library: Library, case: Case) -> list[str]:
    """Give the faults of one case that was read without any."""
    directory = library.knowledge / "cases" / case.slug
    return [
        *_counts(case, directory / "case.yaml"),
        *_own(library, case, directory / "case.yaml"),
        *_concepts(library, case, directory / "case.yaml"),
        *_reference(case, directory / "reference.md"),
        *_diagram(case, directory / "architecture.dot"),
    ]


def _faults_of(read: Callable[[], object]) -> list[str]:
    try:
        read()
    except ContentError as error:
        return str(error).splitlines()
    return []


def _steps_without_note(library: Library) -> list[str]:
    return [
        f"{library.knowledge / 'framework'}: no note for step {step}"
        for step in ALL_STEPS
        if f"step-{step}" not in library.framework
    ]


def _missing_phrases(library: Library) -> list[str]:
    directory = library.root / "prompts" / "scripted"
    return [f"{directory / name}.md: the file is missing" for name in sorted(KINDS - library.phrases.phrases.keys())]


def _dangling_notes(library: Library) -> list[str]:
    notes = [*library.framework.values(), *library.concepts.values()]
    return dangling(notes, frozenset(library.framework) | frozenset(library.concepts))


def _counts(case: Case, path: Path) -> Iterator[str]:
    for level, (least, most) in COUNTS.items():
        count = len(case.for_level(level))
        if not least <= count <= most:
            yield f"{path}: criteria: a {level} interview has {count}, and should have {least} to {most}"
    here = Counter(c.step for c in case.for_level(Level.MID))
    for step in ALL_STEPS:
        if here[step] < 2:
            yield f"{path}: criteria: step {step} has {here[step]} for mid level, and needs at least 2"


def _own(library: Library, case: Case, path: Path) -> Iterator[str]:
    own = sum(c.id not in library.generic for c in case.criteria)
    if own < OWN_CRITERIA:
        yield f"{path}: criteria: only {own} belong to this case alone, and at least {OWN_CRITERIA} should"


def _concepts(library: Library, case: Case, path: Path) -> Iterator[str]:
    for criterion in case.criteria:
        for concept in criterion.concepts:
            if concept not in library.concepts:
                yield f"{path}: {criterion.id}.concepts: no concept note {concept!r}"


def _reference(case: Case, path: Path) -> Iterator[str]:
    if reference_steps(case) != list(ALL_STEPS):
        yield f"{path}: headings: must have the seven steps, `## 1 …` to `## 7 …`, in order"
    words = len(case.reference.split())
    if not 800 <= words <= 1500:
        yield f"{path}: length: {words} words, and should be 800 to 1,500"


def _diagram(case: Case, path: Path) -> Iterator[str]:
    import pydot

    # The parser prints what it dislikes.
    with redirect_stdout(StringIO()):
        graphs = pydot.graph_from_dot_data(case.diagram)
    if not graphs:
        yield f"{path}: not valid DOT"
    if not is_current(case.diagram, case.drawing):
        yield f"{path.with_suffix('.svg')}: older than its diagram: run `make diagrams`"
