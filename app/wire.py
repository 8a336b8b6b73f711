"""What goes over the wire: the request and response types that server and client share.

None of them holds anything that would spoil an interview that is under way: no criterion, no fact that was not asked
for, no source. The report is `app.grading.report.Report` as it is.
"""

from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from app.domain.framework import Level, Mode, Step
from app.domain.scoring import Recommendation
from app.domain.session import Status
from app.domain.transcript import MoveKind, Speaker
from app.grading.report import Report


class Request(BaseModel):
    """Refuse what is not known, so that a typing error is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Response(BaseModel):
    """Pass over what is not known, so that an older client can read a newer server."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NewSession(Request):
    """Ask for an interview."""

    case: str
    level: Level
    minutes: int | None = None
    """By default 45; 20 for a quick one, and for a drill what its steps take in 45 minutes."""
    mode: Mode = Mode.FULL
    steps: list[Step] | None = None
    """For drills; all by default."""
    voice: str = "scripted"
    judge: str = "examiner"
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """The same seed and answers give the same interview; chosen at random by default."""


class Answer(Request):
    """Say something."""

    answer_id: str
    """Chosen by the caller, unique in the session: what is sent twice with the same one is one answer."""
    text: str
    seen: int | None = None
    """Number of turns on the caller's screen; a session that has moved on elsewhere then refuses the answer."""


class TurnView(Response):
    """One utterance."""

    index: int
    speaker: Speaker
    step: Step | None
    move: MoveKind | None
    text: str
    at: float
    """Seconds on the session's clock."""
    voice: str | None
    """That spoke it; None for the candidate."""
    model: str | None
    """That worded it, if one did."""


class AssumptionView(Response):
    """What was settled because the case does not say."""

    topic: str
    text: str
    by: str
    """`interviewer` or `candidate`."""


class SessionView(Response):
    """Everything about a session that its candidate may see."""

    id: str
    case: str
    title: str
    level: Level
    mode: Mode
    minutes: int
    steps: tuple[Step, ...]
    status: Status
    step: Step
    """The one under way."""
    turns: tuple[TurnView, ...]
    elapsed: float
    """Seconds on the session's clock, at `now`."""
    left: float
    """Seconds; 0 when time is up."""
    seconds: dict[Step, float]
    """Used in each of the session's steps, at `now`."""
    boxes: dict[Step, float]
    """Planned for each of the session's steps, in seconds."""
    pending: str | None
    """Id of an answer that has had no reply yet."""
    cause: str | None
    """Why the interviewer could not speak; `retry` lets them try again."""
    finished: str | None
    """Why the session ended: `closed` by the interviewer, `candidate` finished early."""
    assumptions: tuple[AssumptionView, ...]
    voice: str
    judge: str
    created_at: float
    """Seconds since the epoch, UTC."""
    now: float
    """The server's time; seconds since the epoch, UTC."""


class SessionSummary(Response):
    """A session in a list."""

    id: str
    case: str
    title: str
    level: Level
    mode: Mode
    minutes: int
    steps: tuple[Step, ...]
    status: Status
    created_at: float
    """Seconds since the epoch, UTC."""
    updated_at: float
    overall: float | None = None
    """0 to 5; None when it is not finished, not graded yet, or nothing was assessed."""
    recommendation: Recommendation | None = None


class CaseSummary(Response):
    """A case in a list."""

    slug: str
    title: str
    summary: str
    difficulty: int
    """1 approachable, 2 usual, 3 hard."""
    tags: tuple[str, ...]
    counts: dict[Level, int]
    """Criteria that an interview at a level asks for."""


class CriterionView(Response):
    """A criterion, for those who have finished an interview on its case."""

    id: str
    statement: str
    topic: str
    step: Step | None
    level: Level
    weight: float
    strong_answer: str


class CaseView(CaseSummary):
    """A case. The last three are only there for a finished session on it."""

    opening: str
    criteria: tuple[CriterionView, ...] | None = None
    """Those that the session was about."""
    reference: str | None = None
    """The reference solution, Markdown."""
    diagram: str | None = None
    """The architecture, DOT."""


class IndexHealth(Response):
    """How the search index is."""

    chunks: int
    fault: str | None = None


class Health(Response):
    """How the server is."""

    status: str
    """`ok` or `degraded`."""
    version: str
    index: IndexHealth
    database: str
    """`ok`, or what is wrong with it."""
    cases: int


class Choice(Response):
    """A voice or a judge that can be chosen."""

    name: str
    title: str
    built_in: bool
    """Works without any language model."""


class ModelList(Response):
    """The voices and judges on offer."""

    voices: tuple[Choice, ...]
    judges: tuple[Choice, ...]


class Withdrawn(Response):
    """What was said so far of this turn is taken back; another wording follows."""

    fault: str


class Delta(Response):
    """A piece of what is being said."""

    text: str


class Problem(Response):
    """An error, as `application/problem+json` (RFC 9457)."""

    type: str
    """The error's code: `not-found`, `conflict`, …"""
    title: str
    status: int
    detail: str
    reference: str | None = None
    """Under which the server's log says more."""


@cache
def report_adapter() -> TypeAdapter[Report]:
    """Give what reads and writes reports as JSON."""
    return TypeAdapter(Report)
