import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import Application
from app.domain.chat import Completion, Message, Sampling
from app.domain.events import Event, Faltered, Plan, Spoke
from app.domain.session import SessionState, Status
from app.interview import model_voice
from app.interview.candidate import ScriptedCandidate, SpeakingClock
from app.models.gateway import LangChainModel
from app.models.inprocess import LocalServer
from app.models.profiles import Profile, Profiles, save_profiles
from app.settings import Settings

ROOT = Path(__file__).parents[2]
CANDIDATES = ROOT / "evals" / "candidates"
MODELS = Path(os.environ.get("SEVENSTEP_TEST_MODELS", ROOT / ".venv" / "models"))
KEY = "SMALL_MODEL_API_KEY"
T0 = 1_700_000_000.0


@dataclass
class Ear:
    """A model that tells what it was asked, and what it said."""

    inner: LangChainModel
    prompts: list[list[Message]] = field(default_factory=list[list[Message]])
    whole: list[Completion] = field(default_factory=list[Completion])

    @property
    def context(self) -> int | None:
        return self.inner.context

    def count(self, messages: Sequence[Message]) -> int:
        return self.inner.count(messages)

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[str | Completion]:
        self.prompts.append(list(messages))
        async for piece in self.inner.stream(messages, sampling):
            if isinstance(piece, Completion):
                self.whole.append(piece)
            yield piece


@dataclass
class Hall:
    """An application whose interviewer speaks through the small model."""

    application: Application
    clock: SpeakingClock
    ear: Ear | None = None

    def start(self, plan: Plan) -> SessionState:
        return self.reply(self.application.interviewer.create(plan))

    def reply(self, state: SessionState) -> SessionState:
        async def hear() -> list[Any]:
            return [piece async for piece in self.application.interviewer.reply(state.id)]

        return asyncio.run(hear())[-1]

    def answer(self, state: SessionState, text: str) -> SessionState:
        state = self.application.interviewer.accept(state.id, f"a{len(state.turns)}", text)
        self.clock.spoke(text)
        state = self.reply(state)
        self.clock.spoke(state.turns[-1].text)
        return state

    def hold(self, plan: Plan, candidate: ScriptedCandidate, answers: int) -> SessionState:
        state = self.start(plan)
        for _ in range(answers):
            if state.status is Status.FINISHED:
                break
            state = self.answer(state, candidate.answer(state.step))
        return self.application.interviewer.finish(state.id)

    def events(self, state: SessionState) -> list[Event]:
        return list(self.application.sessions.events(state.id))

    def spoken(self, state: SessionState) -> list[Spoke]:
        events = self.events(state)
        assert not any(isinstance(e, Faltered) for e in events)
        return [e for e in events if isinstance(e, Spoke)]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Two threads of a small model on a busy machine spend their time waiting for each other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sched_getaffinity", lambda _: {0})
        yield


@pytest.fixture(scope="session")
def gguf() -> Path:
    found = sorted(MODELS.glob("*.gguf"))
    if not found:
        pytest.fail(f"there is no model in {MODELS}: run `make test`, which fetches it", pytrace=False)
    return found[0]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    application = Application(Settings(data_dir=tmp_path_factory.mktemp("shared"), _env_file=None))  # pyright: ignore[reportCallIssue]
    application.sync_index()
    yield application
    application.close()


@pytest.fixture
def make_hall(shared: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Hall]]:
    """Open an application that takes its model from a file of profiles."""
    made: list[Application] = []
    # The small model seldom has anything to say that the guard lets pass; the way there is what is tested.
    monkeypatch.setattr(model_voice, "REPLY_TOKENS", 24)

    def make(profile: Profile, listen: bool = False) -> Hall:
        clock = SpeakingClock(T0)
        application = Application(Settings(data_dir=tmp_path, _env_file=None), clock)  # pyright: ignore[reportCallIssue]
        for part in ("library", "embedder", "chunks", "retriever"):
            application.__dict__[part] = getattr(shared, part)
        save_profiles(application.settings.profiles_file, Profiles().with_profile(profile, "both"))
        made.append(application)
        hall = Hall(application, clock)
        if listen:
            hall.ear = Ear(application.models.open(profile))
            monkeypatch.setattr(application, "_interviewing_model", lambda: hall.ear)
        return hall

    yield make
    for application in made:
        application.close()


@pytest.fixture
def serve(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Profile]]:
    """Serve the model, and give the profile by which it is reached over HTTP."""
    servers: list[LocalServer] = []

    def start(context: int | None = None) -> Profile:
        server = LocalServer(Profile("served", str(gguf), context=context), slots=1)
        servers.append(server)
        endpoint = server.endpoint()
        monkeypatch.setenv(KEY, endpoint.key.get_secret_value())
        return Profile("http", "smollm2", endpoint.base_url, key_from=KEY, context=context)

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def candidate() -> Callable[[], ScriptedCandidate]:
    return lambda: ScriptedCandidate.read(CANDIDATES / "video-recommendation" / "middling.yaml")
