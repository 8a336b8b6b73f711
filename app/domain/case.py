"""One design problem and everything an interviewer brings to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.framework import Level, Step


@dataclass(frozen=True, slots=True)
class Criterion:
    """One atomic, binary observable."""

    id: str
    statement: str
    """What two people reading a transcript could agree on, verb first."""
    step: Step | None = None
    """The step it belongs to; None in a rubric that knows no steps."""
    level: Level = Level.MID
    """The lowest level that must show it."""
    weight: float = 1.0
    topic: str = ""
    """A noun phrase that names the subject without the answer."""
    cues: tuple[str, ...] = ()
    """Phrases in which candidates really say it."""
    probes: tuple[str, ...] = ()
    hint: str = ""
    answer: str = ""
    """What a strong candidate says."""
    concepts: tuple[str, ...] = ()
    """Ids of concept notes worth reading."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """A question and the criteria by which answers to it are judged."""

    id: str
    question: str
    criteria: tuple[Criterion, ...]
    hash: str
    """Of everything in it that may influence a verdict."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the interviewer knows and tells only when asked."""

    id: str
    topic: str
    asks: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Curveball:
    """A changed constraint, thrown late."""

    id: str
    step: Step
    text: str
    ask: str
    criterion: str
    """The staff criterion that a good reaction shows."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Public further reading, by title and publisher."""

    title: str
    publisher: str


@dataclass(frozen=True, slots=True)
class Case:
    """One design problem, with its hidden facts, criteria, curveballs, reference solution and diagram."""

    slug: str
    title: str
    summary: str
    difficulty: int
    """1 approachable, 2 usual, 3 hard."""
    tags: tuple[str, ...]
    opening: str
    facts: tuple[Fact, ...]
    curveballs: tuple[Curveball, ...]
    asks: Mapping[Step, tuple[str, ...]]
    """How the interviewer opens each step."""
    criteria: tuple[Criterion, ...]
    reading: tuple[Reading, ...] = ()
    reference: str = field(default="", repr=False)
    """The reference solution, Markdown."""
    diagram: str = field(default="", repr=False)
    """The architecture, Graphviz DOT."""
    drawing: str = field(default="", repr=False)
    """The same diagram, rendered as SVG."""
    hash: str = ""
    """Of all the files that the case is read from."""

    def criterion(self, criterion_id: str) -> Criterion:
        """Find a criterion by its id."""
        return next(c for c in self.criteria if c.id == criterion_id)

    def for_level(self, level: Level, steps: tuple[Step, ...] | None = None) -> tuple[Criterion, ...]:
        """Give the criteria that an interview at `level` over `steps` asks for, in order."""
        return tuple(
            c
            for c in self.criteria
            if level.includes(c.level) and (steps is None or (c.step is not None and c.step in steps))
        )
