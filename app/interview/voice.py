"""What a voice is told for one turn, and what it gives back."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from app.domain.case import Case, Criterion
from app.domain.chat import Usage
from app.domain.events import Intent
from app.domain.ports import Passage
from app.domain.session import SessionState
from app.interview.facts import Reply
from app.interview.policy import Move


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a voice may know for one turn."""

    move: Move
    state: SessionState
    now: float
    case: Case
    intent: Intent
    replies: tuple[Reply, ...] = ()
    left_open: str | None = None
    more_questions: bool = False
    new: tuple[Criterion, ...] = ()
    """Criteria that the last answer covered for the first time."""
    early: tuple[Criterion, ...] = ()
    """Criteria of the coming step that are covered already."""
    quote: str | None = None
    """A fragment of the candidate's last answer."""
    shown: str | None = None
    """A fragment of the evidence for the weightiest of `new` in the present step."""
    passages: tuple[Passage, ...] = ()
    attempt: int = 0
    """How often the guard has turned a wording of this turn down."""
    fault: str | None = None
    """What it found the last time."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a voice wants to say."""

    text: str
    own: str
    """The part that the voice chose itself: no facts, no curated statements."""
    wording: tuple[str, ...] = ()
    """Keys of the wordings used."""
    model: str | None = None
    prompt: str | None = None
    """Hash of the prompt or phrase book."""
    usage: Usage | None = None
    """Tokens that it took."""


class Voice(Protocol):
    """Word a move."""

    name: str

    def unready(self) -> str | None:
        """Say why no interview can begin with it, None if one can."""
        ...

    def say(self, brief: Brief) -> AsyncGenerator[str | Utterance]:
        """Give pieces of text as they come, and at the end the whole utterance.

        Raises:
            InterviewerError: the voice cannot speak; nothing is lost and the turn can be tried again.
        """
        ...
