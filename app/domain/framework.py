"""The seven steps, the levels, and how the time of an interview is divided."""

from collections.abc import Iterable
from enum import IntEnum, StrEnum

from app.errors import InputError


class Step(IntEnum):
    """One of the seven steps, in their order."""

    CLARIFY = 1
    FRAME = 2
    DATA = 3
    MODEL = 4
    EVALUATE = 5
    SERVE = 6
    MONITOR = 7

    @property
    def title(self) -> str:
        """Give the step's name as people read it."""
        return _TITLES[self]

    @property
    def spoken(self) -> str:
        """Give the step's name as an interviewer says it in a sentence."""
        return _SPOKEN[self]

    @property
    def box_minutes(self) -> int:
        """Give the step's share of a 45-minute interview, in minutes."""
        return _BOXES[self]


_TITLES = {
    Step.CLARIFY: "Clarify requirements",
    Step.FRAME: "Frame as an ML task",
    Step.DATA: "Prepare data",
    Step.MODEL: "Develop the model",
    Step.EVALUATE: "Evaluate",
    Step.SERVE: "Deploy and serve",
    Step.MONITOR: "Monitor and maintain",
}
_SPOKEN = {
    Step.CLARIFY: "the requirements",
    Step.FRAME: "the framing as a learning problem",
    Step.DATA: "the data",
    Step.MODEL: "the model",
    Step.EVALUATE: "evaluation",
    Step.SERVE: "serving",
    Step.MONITOR: "life after launch",
}
_BOXES = {
    Step.CLARIFY: 5,
    Step.FRAME: 4,
    Step.DATA: 8,
    Step.MODEL: 9,
    Step.EVALUATE: 6,
    Step.SERVE: 8,
    Step.MONITOR: 5,
}
ALL_STEPS: tuple[Step, ...] = tuple(Step)
LENGTHS = (20, 30, 45, 60)
"""The interview lengths on offer, in minutes."""


class Level(StrEnum):
    """The level interviewed for; each includes what the levels before it must show."""

    MID = "mid"
    SENIOR = "senior"
    STAFF = "staff"

    @property
    def rank(self) -> int:
        """Give the level's place in the order, from 0."""
        return list(Level).index(self)

    def includes(self, other: "Level") -> bool:
        """Say whether an interview at this level asks for what belongs to `other`."""
        return other.rank <= self.rank


class Mode(StrEnum):
    """How much of the framework an interview covers."""

    FULL = "full"
    DRILL = "drill"
    QUICK = "quick"


def parse_step(value: int) -> Step:
    """Turn a number into a step.

    Raises:
        InputError: the number is not 1 to 7.
    """
    try:
        return Step(value)
    except ValueError as error:
        raise InputError(f"there is no step {value}: steps are numbered 1 to 7") from error


def parse_level(value: str) -> Level:
    """Turn a word into a level.

    Raises:
        InputError: the word is not a level.
    """
    try:
        return Level(value.strip().casefold())
    except ValueError as error:
        raise InputError(f"there is no level {value!r}: choose mid, senior or staff") from error


def time_boxes(minutes: int, steps: Iterable[Step]) -> dict[Step, float]:
    """Divide an interview's time over its steps.

    Args:
        minutes: length of the whole interview.
        steps: the steps that it covers.

    Returns:
        Seconds for each step, in proportion to the boxes of a 45-minute interview.
    """
    chosen = sorted(set(steps))
    whole = sum(step.box_minutes for step in chosen)
    return {step: minutes * 60 * step.box_minutes / whole for step in chosen}
