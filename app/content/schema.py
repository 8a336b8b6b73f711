"""The shapes of the content files. Validation that needs only one file happens here."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from app.domain.framework import Level, Step


def _kebab(value: str) -> str:
    if not value or any(not (c.isdigit() or ("a" <= c <= "z") or c == "-") for c in value):
        raise ValueError("must be lower-case words joined by hyphens")
    return value


def _one_question(value: str) -> str:
    if value.count("?") != 1 or not value.rstrip().endswith("?"):
        raise ValueError("must have exactly one question mark, at its end")
    return value


def _at_most_one_question(value: str) -> str:
    if value.count("?") > 1:
        raise ValueError("must not ask more than one question")
    return value


def _no_question(value: str) -> str:
    if "?" in value:
        raise ValueError("must be a statement, without a question mark")
    return value


Id = Annotated[str, AfterValidator(_kebab)]
Text = Annotated[str, Field(min_length=3)]
Question = Annotated[str, Field(min_length=8, max_length=400), AfterValidator(_one_question)]
Statement = Annotated[str, Field(min_length=8, max_length=400), AfterValidator(_no_question)]


class Strict(BaseModel):
    """Refuse unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CriterionFile(Strict):
    """A criterion as written in full."""

    id: Id
    statement: Statement
    level: Level
    weight: Annotated[int, Field(ge=1, le=3)]
    topic: Annotated[str, Field(min_length=3, max_length=60)]
    cues: Annotated[list[Text], Field(min_length=3)]
    probes: Annotated[list[Question], Field(min_length=1, max_length=2)]
    hint: Statement
    answer: Text
    concepts: list[Id] = []


class GenericCriterionFile(CriterionFile):
    """A criterion that cases can take up."""

    step: Step


class CriterionUse(Strict):
    """A generic criterion taken up by a case, with what the case words differently."""

    use: Id
    statement: Statement | None = None
    level: Level | None = None
    weight: Annotated[int, Field(ge=1, le=3)] | None = None
    topic: Annotated[str, Field(min_length=3, max_length=60)] | None = None
    cues: Annotated[list[Text], Field(min_length=3)] | None = None
    more_cues: list[Text] = []
    probes: Annotated[list[Question], Field(min_length=1, max_length=2)] | None = None
    hint: Statement | None = None
    answer: Text | None = None
    concepts: list[Id] | None = None


class GenericCriteriaFile(Strict):
    """knowledge/framework/criteria.yaml."""

    version: int
    criteria: list[GenericCriterionFile]

    @model_validator(mode="after")
    def _unique(self) -> Self:
        no_twins("criterion", (c.id for c in self.criteria))
        return self


class FactFile(Strict):
    """A fact of a case."""

    id: Id
    topic: Annotated[str, Field(min_length=3, max_length=80)]
    asks: Annotated[list[Text], Field(min_length=2)]
    answer: Statement


class CurveballFile(Strict):
    """A curveball of a case."""

    id: Id
    step: Step
    text: Statement
    ask: Question
    criterion: Id


def _which(entry: Any) -> str:
    return "(use)" if isinstance(entry, CriterionUse) or (isinstance(entry, dict) and "use" in entry) else "(own)"


CriterionEntry = Annotated[
    Annotated[CriterionFile, Tag("(own)")] | Annotated[CriterionUse, Tag("(use)")], Discriminator(_which)
]


class StepFile(Strict):
    """One step of a case."""

    step: Step
    ask: Annotated[list[Question], Field(min_length=1)]
    criteria: list[CriterionEntry]


class ReadingFile(Strict):
    """Further reading."""

    title: Text
    publisher: Text


class CaseFile(Strict):
    """knowledge/cases/<slug>/case.yaml."""

    slug: Id
    version: int
    title: Text
    summary: Statement
    difficulty: Annotated[int, Field(ge=1, le=3)]
    tags: Annotated[list[Id], Field(min_length=1)]
    opening: Annotated[str, Field(min_length=20, max_length=600), AfterValidator(_at_most_one_question)]
    facts: Annotated[list[FactFile], Field(min_length=12)]
    curveballs: Annotated[list[CurveballFile], Field(min_length=3)]
    steps: list[StepFile]
    reading: Annotated[list[ReadingFile], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if [s.step for s in self.steps] != list(Step):
            raise ValueError("steps must be the seven, in order")
        no_twins("fact", (f.id for f in self.facts))
        no_twins("curveball", (c.id for c in self.curveballs))
        ids = [c.id if isinstance(c, CriterionFile) else c.use for s in self.steps for c in s.criteria]
        no_twins("criterion", ids)
        return self


class NoteHead(Strict):
    """Front matter of a framework or concept note."""

    id: Id
    title: Text
    step: Step | None = None
    steps: list[Step] = []
    minutes: int | None = None
    tags: list[Id] = []
    related: list[Id] = []
    asks: dict[Id, list[Text]] = {}
    """Ways of looking for what a section says, by the section's slug."""


class TermsFile(Strict):
    """knowledge/framework/terms.yaml: ways of writing one thing."""

    version: int
    terms: dict[str, list[str]]


class AssumptionFile(Strict):
    """Something to settle when a case does not say it."""

    id: Id
    topic: Annotated[str, Field(min_length=3, max_length=80)]
    asks: Annotated[list[Text], Field(min_length=2)]
    answer: Statement


class AssumptionsFile(Strict):
    """knowledge/framework/assumptions.yaml."""

    version: int
    assumptions: list[AssumptionFile]


class PhrasesHead(Strict):
    """Front matter of a prompt file."""

    version: int
    variables: list[str] = []
    about: str = ""


def no_twins(what: str, ids: Iterable[str]) -> None:
    """Refuse an id that stands twice.

    Raises:
        ValueError: naming it.
    """
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ValueError(f"{what} {one!r} stands twice")
        seen.add(one)
