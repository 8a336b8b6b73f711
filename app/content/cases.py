"""Read a case from its directory."""

from collections.abc import Mapping
from pathlib import Path

from app.content.files import Located, digest, load_yaml, read_text
from app.content.schema import CaseFile, CriterionFile, CriterionUse, GenericCriteriaFile, GenericCriterionFile
from app.domain.case import Case, Criterion, Curveball, Fact, Reading
from app.domain.framework import Level, Step
from app.errors import ContentError


def load_generic(path: Path) -> dict[str, Criterion]:
    """Read knowledge/framework/criteria.yaml.

    Raises:
        ContentError: a line for each fault.
    """
    parsed = load_yaml(path).parse(GenericCriteriaFile)
    return {c.id: _full(c, c.step) for c in parsed.criteria}


def load_case(directory: Path, generic: Mapping[str, Criterion]) -> Case:
    """Read knowledge/cases/<slug>/.

    Raises:
        ContentError: a line for each fault.
    """
    located = load_yaml(directory / "case.yaml")
    parsed = located.parse(CaseFile)
    criteria = _criteria(located, parsed, generic)
    faults = [*_slug_faults(located, parsed, directory), *_curveball_faults(located, parsed, criteria)]
    if faults:
        raise ContentError("\n".join(faults))
    reference = read_text(directory / "reference.md")
    diagram = read_text(directory / "architecture.dot")
    drawing = directory / "architecture.svg"
    return Case(
        slug=parsed.slug,
        title=parsed.title,
        summary=parsed.summary,
        difficulty=parsed.difficulty,
        tags=tuple(parsed.tags),
        opening=parsed.opening.strip(),
        facts=tuple(Fact(f.id, f.topic, tuple(f.asks), f.answer) for f in parsed.facts),
        curveballs=tuple(Curveball(c.id, c.step, c.text, c.ask, c.criterion) for c in parsed.curveballs),
        asks={s.step: tuple(s.ask) for s in parsed.steps},
        criteria=criteria,
        reading=tuple(Reading(r.title, r.publisher) for r in parsed.reading),
        reference=reference,
        diagram=diagram,
        drawing=read_text(drawing) if drawing.exists() else "",
        hash=digest(read_text(located.path), *map(repr, criteria), reference, diagram),
    )


def _criteria(located: Located, parsed: CaseFile, generic: Mapping[str, Criterion]) -> tuple[Criterion, ...]:
    found: list[Criterion] = []
    faults: list[str] = []
    for s, step in enumerate(parsed.steps):
        for c, entry in enumerate(step.criteria):
            if isinstance(entry, CriterionFile):
                found.append(_full(entry, step.step))
            elif entry.use not in generic:
                faults.append(located.fault(("steps", s, "criteria", c, "use"), f"no generic criterion {entry.use!r}"))
            elif generic[entry.use].step is not step.step:
                faults.append(located.fault(("steps", s, "criteria", c, "use"), f"{entry.use!r} is of another step"))
            else:
                found.append(_taken_up(entry, generic[entry.use]))
    if faults:
        raise ContentError("\n".join(faults))
    return tuple(found)


def _full(entry: CriterionFile | GenericCriterionFile, step: Step) -> Criterion:
    return Criterion(
        id=entry.id,
        statement=entry.statement,
        step=step,
        level=entry.level,
        weight=float(entry.weight),
        topic=entry.topic,
        cues=tuple(entry.cues),
        probes=tuple(entry.probes),
        hint=entry.hint,
        answer=entry.answer,
        concepts=tuple(entry.concepts),
    )


def _taken_up(entry: CriterionUse, base: Criterion) -> Criterion:
    return Criterion(
        id=base.id,
        statement=entry.statement or base.statement,
        step=base.step,
        level=entry.level or base.level,
        weight=float(entry.weight or base.weight),
        topic=entry.topic or base.topic,
        cues=(*(entry.cues or base.cues), *entry.more_cues),
        probes=tuple(entry.probes or base.probes),
        hint=entry.hint or base.hint,
        answer=entry.answer or base.answer,
        concepts=tuple(base.concepts if entry.concepts is None else entry.concepts),
    )


def _slug_faults(located: Located, parsed: CaseFile, directory: Path) -> list[str]:
    if parsed.slug == directory.name:
        return []
    return [located.fault(("slug",), f"must be the name of its directory, {directory.name!r}")]


def _curveball_faults(located: Located, parsed: CaseFile, criteria: tuple[Criterion, ...]) -> list[str]:
    by_id = {c.id: c for c in criteria}
    faults: list[str] = []
    for i, ball in enumerate(parsed.curveballs):
        where = ("curveballs", i, "criterion")
        target = by_id.get(ball.criterion)
        if target is None:
            faults.append(located.fault(where, f"no criterion {ball.criterion!r} in this case"))
        elif target.level is not Level.STAFF:
            faults.append(located.fault(where, f"{ball.criterion!r} must be a staff criterion"))
        elif target.step is not ball.step:
            faults.append(located.fault(where, f"{ball.criterion!r} belongs to step {target.step}, not {ball.step}"))
    return faults
