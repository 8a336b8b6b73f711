import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.content.library import Library
from app.domain.case import Case
from app.domain.events import Event, Plan, Spoke, Started
from app.domain.framework import Level, Step
from app.domain.ports import Passage, SessionRow
from app.domain.session import SessionState, Status
from app.domain.transcript import Turn
from app.errors import Conflict, InterviewerError, NotFound
from app.grading.examiner import Examiner
from app.grading.text import Glossary
from app.interview.briefing import Briefing
from app.interview.candidate import ScriptedCandidate, SpeakingClock
from app.interview.interviewer import Interviewer
from app.interview.scripted import ScriptedVoice
from app.interview.voice import Brief, Utterance
from app.retrieval.embeddings import WordLlamaEmbedder

T0 = 1_700_000_000.0
CANDIDATES = Path(__file__).parents[3] / "evals" / "candidates"


class MemoryStore:
    """Sessions in a dictionary, with the rules of the real store."""

    def __init__(self) -> None:
        self.kept: dict[str, list[Event]] = {}
        self.statuses: dict[str, str] = {}
        self.before_append: Callable[[], None] | None = None
        """Called once before the next append, to let somebody else be faster."""

    def create(self, session_id: str, events: Sequence[Event]) -> None:
        if session_id in self.kept:
            raise Conflict("the id is taken")
        self.kept[session_id] = list(events)

    def append(self, session_id: str, after: int, events: Sequence[Event], status: str) -> None:
        if self.before_append:
            hook, self.before_append = self.before_append, None
            hook()
        assert events
        if len(self.events(session_id)) != after:
            raise Conflict("somebody else has appended since")
        self.kept[session_id] += events
        self.statuses[session_id] = status

    def events(self, session_id: str, after: int = 0) -> list[Event]:
        if session_id not in self.kept:
            raise NotFound(f"there is no session {session_id!r}")
        return self.kept[session_id][after:]

    def rows(self) -> list[SessionRow]:
        return []

    def delete(self, session_id: str) -> None:
        del self.kept[session_id]


class Shelf:
    """A retriever that finds the same passage for everything, and tells what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Step | None, str | None]] = []

    def search(self, query: str, *, step: Step | None = None, case: str | None = None, limit: int = 5) -> list[Passage]:
        self.asked.append((query, step, case))
        return [Passage("concepts/drift#what", "Drift", "The world moves.", "concept", (), None, 0.123456)][:limit]


class MoodyVoice:
    """The scripted voice, which can be told to fail, or to say something else."""

    name = "scripted"

    def __init__(self, inner: ScriptedVoice) -> None:
        self.inner = inner
        self.failures: list[Exception] = []
        self.says: list[str] = []
        self.streams: list[list[str]] = []
        self.briefs: list[Brief] = []
        self.silent = False
        self.missing: str | None = None

    def unready(self) -> str | None:
        return self.missing

    async def say(self, brief: Brief) -> AsyncGenerator[str | Utterance]:
        self.briefs.append(brief)
        if self.failures:
            raise self.failures.pop(0)
        if self.silent:
            yield "Well"
            return
        if self.streams:
            pieces = self.streams.pop(0)
            for piece in pieces:
                yield piece
            yield Utterance("".join(pieces), "".join(pieces))
            return
        if self.says:
            text = self.says.pop(0)
            yield Utterance(text, text)
            return
        async for piece in self.inner.say(brief):
            yield piece


@dataclass
class Hall:
    """An interviewer with everything real but the store, the search and the time."""

    interviewer: Interviewer
    store: MemoryStore
    voice: MoodyVoice
    shelf: Shelf
    clock: SpeakingClock
    spoken: list[Turn] = field(default_factory=list[Turn])

    def start(self, plan: Plan) -> SessionState:
        return self.reply(self.interviewer.create(plan))

    def reply(self, state: SessionState, answer_id: str | None = None) -> SessionState:
        async def hear() -> list[object]:
            return [piece async for piece in self.interviewer.reply(state.id, answer_id)]

        *_, turn, after = asyncio.run(hear())
        assert isinstance(turn, Turn)
        assert isinstance(after, SessionState)
        self.spoken.append(turn)
        return after

    def answer(self, state: SessionState, text: str, answer_id: str | None = None) -> SessionState:
        name = answer_id or f"a{len(state.turns)}"
        accepted = self.interviewer.accept(state.id, name, text)
        self.clock.spoke(text)
        after = self.reply(accepted, name)
        self.clock.spoke(after.turns[-1].text)
        return after

    def hold(self, plan: Plan, candidate: ScriptedCandidate) -> SessionState:
        """Hold a whole interview."""
        state = self.start(plan)
        for _ in range(300):
            if state.status is not Status.AWAITING_ANSWER:
                break
            state = self.answer(state, candidate.answer(state.step))
        assert state.status is Status.FINISHED
        return state

    def spoke(self, state: SessionState) -> list[Spoke]:
        return [e for e in self.store.events(state.id) if isinstance(e, Spoke)]

    def fail(self, cause: str = "the model did not answer") -> None:
        self.voice.failures.append(InterviewerError(cause))


@pytest.fixture(scope="session")
def make_hall(
    library: Library, examiner: Examiner, glossary: Glossary, embedder: WordLlamaEmbedder
) -> Callable[[], Hall]:
    def make() -> Hall:
        store, shelf, clock = MemoryStore(), Shelf(), SpeakingClock(T0)
        voice = MoodyVoice(ScriptedVoice(library.phrases))
        briefing = Briefing(library, examiner, shelf, glossary, embedder)
        interviewer = Interviewer(
            library,
            briefing,
            examiner,
            store,
            {"scripted": voice, "model": MoodyVoice(ScriptedVoice(library.phrases))},
            clock,
        )
        return Hall(interviewer, store, voice, shelf, clock)

    return make


@pytest.fixture
def hall(make_hall: Callable[[], Hall]) -> Hall:
    return make_hall()


@pytest.fixture
def plan(video: Case) -> Plan:
    return Plan(video.slug, Level.STAFF, 45, seed=3)


@pytest.fixture
def started(plan: Plan) -> Started:
    return Started(T0, plan, "hash")


@pytest.fixture(scope="session")
def candidate() -> Callable[[str, str], ScriptedCandidate]:
    """Read one of the recorded candidates: a case and how strong they are."""

    def read(slug: str, strength: str) -> ScriptedCandidate:
        return ScriptedCandidate.read(CANDIDATES / slug / f"{strength}.yaml")

    return read
