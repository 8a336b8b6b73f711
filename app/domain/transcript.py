"""Turns of speech and verbatim quotes from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.framework import Step

ANSWER_BYTES = 20_000
"""Longest answer, in UTF-8 bytes."""


class Speaker(StrEnum):
    """Who speaks a turn."""

    CANDIDATE = "candidate"
    INTERVIEWER = "interviewer"


class MoveKind(StrEnum):
    """What the interviewer does with a turn."""

    OPEN = "open"
    ANSWER = "answer"
    PROBE = "probe"
    HINT = "hint"
    CURVEBALL = "curveball"
    REDIRECT = "redirect"
    ADVANCE = "advance"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance."""

    index: int
    """Its place in the transcript, from 0."""
    speaker: Speaker
    text: str
    step: Step | None = None
    """The step under way when it was spoken; None when nobody knows."""
    move: MoveKind | None = None
    criterion: str | None = None
    """The criterion that an interviewer's turn aims at."""
    at: float = 0.0
    """Seconds on the session's clock."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote from a candidate's turn: `turns[turn].text[start:end] == quote`."""

    turn: int
    start: int
    end: int
    quote: str

    def stands_in(self, turns: Sequence[Turn]) -> bool:
        """Say whether the quote really is the candidate's own words at that place."""
        return any(
            t.index == self.turn
            and t.speaker is Speaker.CANDIDATE
            and bool(self.quote.strip())
            and t.text[self.start : self.end] == self.quote
            for t in turns
        )
