"""What goes over the wire: the request and response types that server and client share.

None of them holds anything that would spoil an interview that is under way: no criterion, no fact that was not asked
for, no source. None holds a model's key. The report is `app.grading.report.Report` as it is.
"""

from functools import cache
from typing import Annotated, Literal

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


class VoiceChange(Request):
    """Go on with another voice."""

    voice: str


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
    tokens_in: int = 0
    """Of the prompts of all turns that a model worded, as its server counted them."""
    tokens_out: int = 0
    """Of the replies."""
    cost: float | None = None
    """Dollars; None when no model spoke, or the price of one that did is not known."""
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
    """A case. The last four are only there for a finished session on it."""

    opening: str
    criteria: tuple[CriterionView, ...] | None = None
    """Those that the session was about."""
    reference: str | None = None
    """The reference solution, Markdown."""
    diagram: str | None = None
    """The architecture, DOT."""
    drawing: str | None = None
    """The same, as SVG."""


class NoteSummary(Response):
    """A framework or concept note in a list."""

    id: str
    title: str
    kind: str
    """`framework` for one of the seven steps, else `concept`."""
    steps: tuple[Step, ...]
    tags: tuple[str, ...]


class NoteView(NoteSummary):
    """A note."""

    text: str
    """Markdown."""
    related: tuple[NoteSummary, ...]
    """Those that it names itself; for a step, the notes on what belongs to it."""


class Found(Response):
    """A passage of a note that a search found."""

    note: NoteSummary
    heading: str
    """Of the section; empty for what stands before the first."""
    text: str
    """Markdown."""
    score: float
    """Higher is nearer; comparable within one search only."""


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


Role = Literal["interviewer", "judge", "both", "none"]
"""What a model is used for."""


class ModelUse(Request):
    """Keep a model under a name, and use it. One of the same name is replaced."""

    name: str
    model: str
    """Its name at the server, or the path of a GGUF file."""
    base_url: str | None = None
    """Of an OpenAI-compatible server, with `/v1`; None for OpenAI itself or a GGUF file."""
    key_from: str | None = None
    """Name of the environment variable that holds the key. A key itself is never taken."""
    context: Annotated[int, Field(ge=1024)] | None = None
    """Tokens; by default what the server says."""
    price_in: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Dollars for a million tokens of prompt."""
    price_out: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Dollars for a million tokens of reply."""
    role: Role = "interviewer"


class ModelName(Request):
    """Name a model that is kept."""

    name: str


class ModelView(Response):
    """A model that is kept under a name; never its key."""

    name: str
    model: str
    where: str
    """In words: an address, or `in this process`."""
    in_process: bool
    base_url: str | None
    key_from: str | None
    key_missing: bool
    """The variable that should hold the key is not set."""
    context: int | None
    price_in: float | None
    price_out: float | None
    interviewer: bool
    judge: bool
    fixed: bool
    """Set by the environment, so it cannot be changed here, and wins over what is chosen here."""


class ModelList(Response):
    """The voices and judges on offer, and the models that are kept."""

    voices: tuple[Choice, ...]
    judges: tuple[Choice, ...]
    models: tuple[ModelView, ...] = ()
    fault: str | None = None
    """Why the models cannot be listed."""


class ModelTest(Response):
    """What one real call to a model gave."""

    name: str
    first_token: float | None = None
    """Seconds until the first piece of the reply."""
    tokens_per_second: float | None = None
    """Of the reply, after its first piece."""
    tokens: int | None = None
    """Of the reply, as the server counted them."""
    text: str = ""
    """How the reply begins."""
    problem: "Problem | None" = None
    """What went wrong."""


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
