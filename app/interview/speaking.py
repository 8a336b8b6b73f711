"""Have a voice word a turn under the eyes of the guard."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from app.domain.case import Rubric
from app.domain.transcript import MoveKind
from app.errors import InterviewerError
from app.grading.examiner import Examiner
from app.interview.briefing import Prepared
from app.interview.guard import Draft, check, check_so_far
from app.interview.scripted import plain
from app.interview.voice import Brief, Utterance, Voice

ATTEMPTS = 2
"""Wordings that a voice may try before the curated text is spoken as it is."""
PIECE = 24
"""Characters sent at once of a text that is there already."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of what is being said."""

    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was said so far of this turn is taken back; another wording follows."""

    fault: str


@dataclass(frozen=True, slots=True)
class Worded:
    """A turn that has passed the guard."""

    utterance: Utterance
    guard: str
    """`passed`, or what was found and done."""


class Mouth:
    """Word turns with any of the voices."""

    def __init__(self, voices: Mapping[str, Voice], examiner: Examiner) -> None:
        """Take the voices by name, and the examiner, who knows what would be a leak."""
        self.voices = voices
        self._examiner = examiner

    async def word(self, prepared: Prepared) -> AsyncIterator[Delta | Withdrawn | Worded]:
        """Word a turn: pieces as they come, taken back where the guard steps in, and at the end the whole.

        No word that makes a fault is ever given out: each is checked with all before it.

        Raises:
            InterviewerError: there is no such voice, or it fell silent.
            ModelError: the model behind it cannot be used.
        """
        voice = self.voices.get(prepared.state.plan.voice)
        if voice is None:
            raise InterviewerError(f"there is no voice {prepared.state.plan.voice!r} here")
        fault: str | None = None
        for attempt in range(ATTEMPTS):
            brief = replace(prepared.brief, attempt=attempt, fault=fault)
            screen = _Screen(self, prepared)
            async for piece in self._attempt(voice, brief, screen):
                yield piece
            if screen.utterance and not screen.fault:
                yield Worded(screen.utterance, f"passed after {fault}" if fault else "passed")
                return
            fault = screen.fault or "empty"
            if screen.given_out:
                yield Withdrawn(fault)
        utterance = plain(prepared.brief)
        for piece in pieces_of(utterance.text):
            yield piece
        yield Worded(utterance, f"curated text after {fault}")

    async def _attempt(self, voice: Voice, brief: Brief, screen: "_Screen") -> AsyncIterator[Delta]:
        async with aclosing(voice.say(brief)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Utterance):
                    screen.finish(piece)
                    break
                for word in screen.feed(piece):
                    yield Delta(word)
                if screen.fault:
                    return
        if screen.fault is None and screen.utterance:
            for rest in pieces_of(screen.rest()):
                yield rest

    def draft(self, prepared: Prepared, text: str, own: str) -> Draft:
        """Put together what the guard reads."""
        state, brief = prepared.state, prepared.brief
        uncovered = tuple(c for c in prepared.rubric.criteria if c.id not in state.covered)

        def shows(wanted: Rubric, words: str) -> list[str]:
            # With the whole rubric, which the examiner has compiled.
            ids = {c.id for c in wanted.criteria}
            return [i for i in self._examiner.shows(prepared.rubric, words) if i in ids]

        rubric = replace(prepared.rubric, criteria=uncovered)
        return Draft(text, own, brief.move.kind, state.turns, rubric, shows, _given(brief), _owed(brief))


class _Screen:
    """Hold back what the guard has not read yet, word by word."""

    def __init__(self, mouth: Mouth, prepared: Prepared) -> None:
        self._mouth = mouth
        self._prepared = prepared
        self._text = ""
        self.given_out = ""
        self.fault: str | None = None
        self.utterance: Utterance | None = None

    def feed(self, piece: str) -> list[str]:
        """Take a piece, and give what of it may be heard: whole words with which there is no fault yet."""
        self._text += piece
        end = self._text.rfind(" ") + 1
        if end <= len(self.given_out):
            return []
        candidate = self._text[:end]
        self.fault = check_so_far(self._mouth.draft(self._prepared, candidate, candidate))
        if self.fault:
            return []
        word, self.given_out = candidate[len(self.given_out) :], candidate
        return [word]

    def finish(self, utterance: Utterance) -> None:
        """Check the whole."""
        self.fault = check(self._mouth.draft(self._prepared, utterance.text, utterance.own))
        self.utterance = utterance

    def rest(self) -> str:
        """Give what has not been given out of the whole."""
        whole = self.utterance.text if self.utterance else ""
        return whole[len(self.given_out) :] if whole.startswith(self.given_out.rstrip()) else ""


def _given(brief: Brief) -> str:
    """Give the curated text of a turn."""
    move, case, state = brief.move, brief.case, brief.state
    left = max(1, round((state.length - state.clock(brief.now)) / 60))
    parts = [
        case.opening,
        move.ask or "",
        f"{state.plan.minutes} {left}",
        *(f"{r.topic} {r.text}" for r in brief.replies),
    ]
    parts += [c.text for c in case.curveballs if c.id == move.curveball]
    parts += [c.hint for c in case.criteria if c.id == move.criterion and move.kind == "hint"]
    return ". ".join(parts)


def _owed(brief: Brief) -> str:
    """Give what a turn must tell."""
    parts = [r.text for r in brief.replies]
    if brief.move.kind is MoveKind.OPEN:
        parts.append(brief.case.opening)
    parts += [c.text for c in brief.case.curveballs if c.id == brief.move.curveball]
    return " ".join(parts)


def pieces_of(text: str) -> list[Delta]:
    """Cut a text that is there already into pieces."""
    return [Delta(text[i : i + PIECE]) for i in range(0, len(text), PIECE)]
