"""A candidate who reads answers from a file, and a clock that runs as fast as people speak."""

from collections import defaultdict, deque
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Discriminator, RootModel, Tag

from app.content.files import load_yaml
from app.content.schema import Strict
from app.domain.framework import Step
from app.domain.transcript import ANSWER_BYTES
from app.errors import ContentError, InputError

NOTHING_LEFT = "I have nothing to add."
WORDS_PER_MINUTE = 130
"""Of people who think while they speak."""


def _sayable(text: str) -> str:
    if not text.strip():
        raise ValueError("the answer is empty")
    if len(text.encode("utf-8", "replace")) > ANSWER_BYTES:
        raise ValueError(f"the answer is over {ANSWER_BYTES // 1000} kB")
    return text


def _which(answer: object) -> str:
    return "(plain)" if isinstance(answer, str) else "(tied)"


Words = Annotated[str, AfterValidator(_sayable)]


class TiedAnswer(Strict):
    """An answer for one step."""

    step: Step
    text: Words


Answer = Annotated[Annotated[Words, Tag("(plain)")] | Annotated[TiedAnswer, Tag("(tied)")], Discriminator(_which)]


class CandidateFile(RootModel[list[Answer]]):
    """A list of answers, in order."""


class ScriptedCandidate:
    """Give answers in order: those tied to the present step first, then the plain ones."""

    def __init__(self, answers: Iterable[str | TiedAnswer]) -> None:
        """Sort the answers."""
        self._tied: dict[Step, deque[str]] = defaultdict(deque)
        self._plain: deque[str] = deque()
        for answer in answers:
            if isinstance(answer, str):
                self._plain.append(answer)
            else:
                self._tied[answer.step].append(answer.text)

    @classmethod
    def read(cls, path: Path) -> "ScriptedCandidate":
        """Read a candidate file.

        Raises:
            InputError: it is missing or malformed; the message names line and field.
        """
        try:
            return cls(load_yaml(path).parse(CandidateFile).root)
        except (ContentError, OSError) as error:
            raise InputError(f"the candidate file cannot be used: {str(error).splitlines()[0]}") from error

    def answer(self, step: Step) -> str:
        """Give the next answer in a step."""
        if self._tied[step]:
            return self._tied[step].popleft()
        return self._plain.popleft() if self._plain else NOTHING_LEFT


class SpeakingClock:
    """Pass time by what is said, so that an interview read from a file takes as long as a spoken one."""

    def __init__(self, start: float) -> None:
        """Start at a time.

        Args:
            start: seconds since the epoch.
        """
        self._now = start

    def __call__(self) -> float:
        """Give the time."""
        return self._now

    def spoke(self, text: str) -> None:
        """Pass the time that it takes to say something."""
        self._now += 60.0 * len(text.split()) / WORDS_PER_MINUTE
