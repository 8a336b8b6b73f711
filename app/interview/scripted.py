"""The voice that needs no model: curated text, with lead-ins that refer to what was said."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from app.content.phrases import PhraseBook, Wording
from app.domain.case import Criterion
from app.domain.events import Intent
from app.domain.framework import Mode, Step
from app.domain.transcript import MoveKind
from app.interview.patterns import STUCK
from app.interview.voice import Brief, Utterance

SILENT_EVERY = 4
"""One follow-up in so many goes straight to the question, as people do."""


@dataclass
class _Draft:
    """A turn in the making."""

    book: PhraseBook
    brief: Brief
    parts: list[str] = field(default_factory=list[str])
    own: list[str] = field(default_factory=list[str])
    keys: list[str] = field(default_factory=list[str])

    def phrase(self, name: str, *, must: bool = False, given: Sequence[str] = (), **values: str) -> bool:
        """Add a wording that was not used before.

        Args:
            name: kind of phrase.
            must: use one a second time rather than none.
            given: names of values that are curated text, which the guard need not judge.
            values: its variables.

        Returns:
            Whether there was one.
        """
        wording = self._choose(self.book.named(name), must)
        if wording is None:
            return False
        self.keys.append(wording.key)
        self.parts.append(_capital(wording.fill(values)))
        self.own.append(wording.fill({**values, **dict.fromkeys(given, "")}))
        return True

    def plain(self, text: str) -> None:
        """Add curated text."""
        self.parts.append(text)

    def asking(self) -> bool:
        """Say whether a question has been put already."""
        return any("?" in part for part in self.parts)

    def done(self) -> Utterance:
        """Join the parts."""
        text = " ".join(p.strip() for p in self.parts if p.strip())
        return Utterance(text, " ".join(self.own), tuple(self.keys), prompt=self.book.hash)

    def _choose(self, wordings: Sequence[Wording], must: bool) -> Wording | None:
        used = self.brief.state.wordings | set(self.keys)
        fresh = [w for w in wordings if w.key not in used]
        if not fresh and not must:
            return None
        pool = fresh or list(wordings)
        return pool[self.dice(pool[0].key) % len(pool)]

    def dice(self, salt: str) -> int:
        """Throw dice that fall the same way for the same session, turn and attempt."""
        state = self.brief.state
        seed = f"{state.plan.seed}/{len(state.turns)}/{self.brief.attempt}/{salt}"
        return int.from_bytes(sha256(seed.encode()).digest()[:4])


def plain(brief: Brief) -> Utterance:
    """Give a move in curated text alone, for when the guard turns down everything else."""
    move, case = brief.move, brief.case
    parts = [r.text or f"Let us take that as given: {r.topic}." for r in brief.replies]
    if move.kind is MoveKind.OPEN:
        parts.append(case.opening)
    if move.kind is MoveKind.HINT:
        parts += [case.criterion(move.criterion or "").hint, "What would you say now?"]
    if move.kind is MoveKind.CURVEBALL:
        parts.append(next(c.text for c in case.curveballs if c.id == move.curveball))
    if move.kind is MoveKind.REDIRECT or (move.kind is MoveKind.ANSWER and not parts and not move.ask):
        parts.append(f"We were talking about {brief.state.step.spoken}.")
    if move.kind is MoveKind.CLOSE:
        parts.append("That is the end of our interview. Thank you.")
    return Utterance(" ".join([*parts, *([move.ask] if move.ask else [])]), "")


class ScriptedVoice:
    """Speak the curated probes, with a lead-in that refers to what was said."""

    name = "scripted"

    def __init__(self, book: PhraseBook) -> None:
        """Take the phrase book."""
        self._book = book

    def unready(self) -> str | None:
        """Be ready."""
        return None

    async def say(self, brief: Brief) -> AsyncGenerator[str | Utterance]:
        """Give the whole turn at once."""
        yield self.compose(brief)

    def compose(self, brief: Brief) -> Utterance:
        """Word a move; pure."""
        draft = _Draft(self._book, brief)
        if brief.move.kind not in (MoveKind.OPEN, MoveKind.CLOSE):
            _tell(draft)
            _warn(draft)
        _SPEAK[brief.move.kind](draft)
        return draft.done()


def _tell(draft: _Draft) -> None:
    brief = draft.brief
    for i, reply in enumerate(brief.replies):
        if reply.fact or reply.text:
            name = "tell-again" if reply.again else "tell-next" if i else "tell"
            draft.phrase(name, must=True, given=("answer",), topic=reply.topic, answer=reply.text)
        else:
            draft.phrase("accept", must=True, given=("proposal",), proposal=reply.topic)
    if brief.left_open:
        draft.phrase("left-open", must=True)
    if brief.more_questions:
        draft.phrase("more-questions")


def _warn(draft: _Draft) -> None:
    name = draft.brief.move.warning
    if name:
        state = draft.brief.state
        left = max(1, round((state.length - state.clock(draft.brief.now)) / 60))
        draft.phrase(f"warn-{name}", must=True, minutes=str(left))


def _open(draft: _Draft) -> None:
    plan = draft.brief.state.plan
    minutes, opening = str(plan.minutes), draft.brief.case.opening
    if plan.mode is Mode.DRILL:
        steps = _listed([s.spoken for s in plan.steps])
        draft.phrase("open-drill", must=True, given=("opening",), minutes=minutes, opening=opening, steps=steps)
        if plan.steps[0] is not Step.CLARIFY:
            draft.plain(draft.brief.move.ask or "")
    else:
        draft.phrase("open", must=True, given=("opening",), minutes=minutes, opening=opening)


def _answer(draft: _Draft) -> None:
    if draft.brief.move.why == "repeat":
        draft.phrase("repeat", must=True, given=("question",), question=draft.brief.move.ask or "")
    elif not draft.brief.left_open:
        draft.phrase("carry-on")


def _probe(draft: _Draft) -> None:
    if not draft.brief.replies:
        _acknowledge(draft)
    draft.plain(draft.brief.move.ask or "")


def _acknowledge(draft: _Draft) -> None:
    brief = draft.brief
    state, move = brief.state, brief.move
    ahead = [c for c in brief.new if c.step is not None and c.step > state.step]
    here = [c for c in brief.new if c.step is state.step]
    if brief.intent is Intent.STUCK:
        if _admits(brief):
            draft.phrase("no-worry")
        return
    if ahead and not here:
        later = min(c.step for c in ahead if c.step is not None)
        if draft.phrase("ack-ahead", later=later.spoken, here=state.step.spoken):
            return
    if state.focus and state.focus == move.criterion and not here:
        draft.phrase("another-side")
        return
    if here:
        _acknowledge_covered(draft, max(here, key=lambda c: c.weight))
        return
    missed = state.focus is not None and state.focus not in state.covered
    if missed and draft.dice("leave") % 2 and draft.phrase("leave-it"):
        return
    if brief.quote and draft.dice("silent") % SILENT_EVERY:
        draft.phrase("ack-quote", given=("quote",), quote=brief.quote)


def _acknowledge_covered(draft: _Draft, criterion: Criterion) -> None:
    shown = draft.brief.shown
    kind = draft.dice("kind") % SILENT_EVERY
    if shown and kind < 2 and draft.phrase("ack-topic-quote", given=("quote",), topic=criterion.topic, quote=shown):
        return
    if shown and kind == 2 and draft.phrase("ack-quote", given=("quote",), quote=shown):
        return
    if kind:
        draft.phrase("ack-covered", topic=criterion.topic)


def _hint(draft: _Draft) -> None:
    move = draft.brief.move
    criterion = draft.brief.case.criterion(move.criterion or "")
    if _admits(draft.brief) and draft.dice("worry") % 2:
        draft.phrase("no-worry")
    draft.phrase("hint", must=True, given=("hint",), hint=criterion.hint)


def _curveball(draft: _Draft) -> None:
    ball = next(c for c in draft.brief.case.curveballs if c.id == draft.brief.move.curveball)
    draft.phrase("curveball", must=True, given=("text", "ask"), text=ball.text, ask=ball.ask)


def _redirect(draft: _Draft) -> None:
    kind = {Intent.INSTRUCTION: "instruction", Intent.KEYWORDS: "keywords"}.get(draft.brief.intent, "off-topic")
    draft.phrase(f"redirect-{kind}", must=True, here=draft.brief.state.step.spoken)


def _advance(draft: _Draft) -> None:
    brief = draft.brief
    here = [c for c in brief.new if c.step is brief.state.step]
    if here and brief.move.why != "asked" and not brief.replies:
        _acknowledge_covered(draft, max(here, key=lambda c: c.weight))
    draft.phrase(f"advance-{brief.move.why}", must=True, next=brief.move.step.spoken)
    if brief.early:
        draft.phrase("credit-early", topic=max(brief.early, key=lambda c: c.weight).topic)
    draft.plain(brief.move.ask or "")


def _close(draft: _Draft) -> None:
    draft.phrase("close-time" if draft.brief.move.why == "time" else "close-end", must=True)


_SPEAK = {
    MoveKind.OPEN: _open,
    MoveKind.ANSWER: _answer,
    MoveKind.PROBE: _probe,
    MoveKind.HINT: _hint,
    MoveKind.CURVEBALL: _curveball,
    MoveKind.REDIRECT: _redirect,
    MoveKind.ADVANCE: _advance,
    MoveKind.CLOSE: _close,
}


def _admits(brief: Brief) -> bool:
    """Say whether the candidate said to be stuck, rather than next to nothing."""
    answer = brief.state.last_answer
    return brief.intent is Intent.STUCK and answer is not None and bool(STUCK.search(answer.text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
