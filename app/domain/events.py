"""What can happen in a session. A session is nothing but these, in order, and none is ever changed."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.framework import ALL_STEPS, Level, Mode, Step
from app.domain.transcript import Evidence, MoveKind


class Intent(StrEnum):
    """What the candidate does with an answer, as far as the interviewer can tell."""

    STATEMENT = "statement"
    QUESTION = "question"
    STUCK = "stuck"
    KEYWORDS = "keywords"
    """Words without sentences."""
    OFF_TOPIC = "off_topic"
    INSTRUCTION = "instruction"
    """An attempt to give the interviewer orders."""
    MOVE_ON = "move_on"
    REPEAT = "repeat"
    """Asks to hear the question again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was agreed before the interview began."""

    case: str
    level: Level
    minutes: int
    mode: Mode = Mode.FULL
    steps: tuple[Step, ...] = ALL_STEPS
    voice: str = "scripted"
    judge: str = "examiner"
    seed: int = 0
    """Chooses among wordings, so that two interviews differ and one replays."""

    @property
    def whole(self) -> bool:
        """Say whether it covers the whole framework, so that a recommendation can come of it."""
        return self.mode is not Mode.DRILL and self.steps == ALL_STEPS


@dataclass(frozen=True, slots=True)
class Covered:
    """A criterion that the examiner saw met in an answer."""

    criterion: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Assumption:
    """What was settled because the case does not say; never contradicted later."""

    topic: str
    text: str
    by: str
    """`interviewer`, or `candidate` when it was left to them."""
    turn: int
    """Where it was asked."""


@dataclass(frozen=True, slots=True)
class Source:
    """A chunk of knowledge that was retrieved for a turn."""

    id: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Event:
    """Carry what all events share."""

    at: float
    """Seconds since the epoch, UTC."""


@dataclass(frozen=True, slots=True)
class Started(Event):
    """Begin the session."""

    plan: Plan
    case_hash: str


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """Record what the candidate said; committed before anything slow happens."""

    answer_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Heard(Event):
    """Record how the examiner took the last answer."""

    intent: Intent
    covered: tuple[Covered, ...] = ()
    assumption: Assumption | None = None
    """One that the candidate made because it was left to them."""


@dataclass(frozen=True, slots=True)
class Spoke(Event):
    """Record what the interviewer said, and why."""

    text: str
    move: MoveKind
    step: Step
    """The step under way after it."""
    criterion: str | None = None
    probe: int | None = None
    """Which of the criterion's probes it was."""
    facts: tuple[str, ...] = ()
    """Ids of the facts told in it."""
    assumptions: tuple[Assumption, ...] = ()
    curveball: str | None = None
    warning: str | None = None
    """A time warning given in it, by name."""
    asked: str | None = None
    """The bare question, without what was said around it; for asking again."""
    open_topic: str | None = None
    """What the candidate was told to settle for themselves."""
    sources: tuple[Source, ...] = ()
    voice: str = "scripted"
    guard: str = "passed"
    """`passed`, or what the guard found and what was done about it."""
    wording: tuple[str, ...] = ()
    """Keys of the wordings used, so that none is used twice."""
    model: str | None = None
    prompt: str | None = None
    """Hash of the prompt or phrase book that it was worded from."""
    tokens: tuple[int, int] | None = None
    """Tokens of prompt and reply, as the model's server counted them."""


@dataclass(frozen=True, slots=True)
class Faltered(Event):
    """Record that the interviewer could not speak; the session waits."""

    cause: str


@dataclass(frozen=True, slots=True)
class Switched(Event):
    """Record that the candidate chose another voice to go on with."""

    voice: str


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """Stop the clock."""


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """Start the clock again."""


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """End the session."""

    reason: str
    """`closed` by the interviewer, `candidate` finished early."""


_KINDS = (Started, Answered, Heard, Spoke, Faltered, Switched, Paused, Resumed, Finished)
EVENT_KINDS: dict[str, type[Event]] = {kind.__name__.casefold(): kind for kind in _KINDS}
"""Names under which events are stored."""


def kind_of(event: Event) -> str:
    """Give the name under which an event is stored."""
    return type(event).__name__.casefold()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its place in the session."""

    seq: int
    event: Event = field(repr=False)
