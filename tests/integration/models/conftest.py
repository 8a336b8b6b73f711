import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree

import pytest
from pydantic import SecretStr

from app.bootstrap import Application
from app.domain.events import Event, Plan, Spoke
from app.domain.framework import Level, Mode, Step
from app.domain.session import SessionState
from app.domain.transcript import Turn
from app.interview.interviewer import Piece
from app.models.gateway import LangChainModel
from app.models.hub import ModelHub
from app.models.profiles import Endpoint, Profile
from app.models.replies import Patience
from app.settings import Settings
from evals.doubles import Double

CANARY = "sk-canary-0123456789abcdef"
QUICK = Patience(connect=1.0, first_token=1.5, between=0.5, whole=5.0, retries=1)
HURRIED = Patience(connect=1.0, first_token=0.8, between=0.5, whole=4.0, retries=0)
T0 = 1_700_000_000.0
PLAN = Plan(
    "video-recommendation", Level.SENIOR, 9, mode=Mode.DRILL, steps=(Step.MODEL, Step.MONITOR), voice="model", seed=5
)
Make = Callable[..., LangChainModel]


@pytest.fixture
def double() -> Iterator[Double]:
    """A scripted server."""
    with Double() as server:
        yield server


@pytest.fixture
async def make_model(double: Double) -> AsyncIterator[Make]:
    """Make models behind the scripted server, with little patience."""
    made: list[LangChainModel] = []

    def make(patience: Patience = QUICK, calls_at_once: int = 4, address: str | None = None) -> LangChainModel:
        profile = Profile("double", "scripted-double", address or double.address)
        made.append(LangChainModel(Endpoint(profile, profile.base_url, SecretStr(CANARY)), calls_at_once, patience))
        return made[-1]

    yield make
    for model in made:
        await model.aclose()


@pytest.fixture
def model(make_model: Make) -> LangChainModel:
    return make_model()


class HurriedHub(ModelHub):
    """Opens models that have little patience."""

    def open(self, profile: Profile) -> LangChainModel:
        return LangChainModel(self.endpoint(profile), patience=HURRIED)


@dataclass
class Room:
    """An application whose interviewer speaks through the scripted server, and the time in it."""

    application: Application
    double: Double
    now: float = T0
    heard: list[Piece] = field(default_factory=list[Piece])
    """The last reply, piece by piece, as far as it came."""

    def start(self, plan: Plan = PLAN) -> SessionState:
        return self.application.interviewer.create(plan)

    def reply(self, state: SessionState) -> SessionState:
        self.heard = []
        asyncio.run(self._hear(state.id))
        after = self.heard[-1]
        assert isinstance(after, SessionState)
        return after

    def accept(self, state: SessionState, text: str, seconds: float = 30.0) -> SessionState:
        self.now += seconds
        return self.application.interviewer.accept(state.id, f"a{len(state.turns)}", text)

    def state(self, state: SessionState) -> SessionState:
        return self.application.interviewer.state(state.id)

    def events(self, state: SessionState) -> list[Event]:
        return list(self.application.sessions.events(state.id))

    def spoke(self, state: SessionState) -> Spoke:
        return [e for e in self.events(state) if isinstance(e, Spoke)][-1]

    def turn(self) -> Turn:
        return next(piece for piece in self.heard if isinstance(piece, Turn))

    async def _hear(self, session_id: str) -> None:
        async for piece in self.application.interviewer.reply(session_id):
            self.heard.append(piece)


@pytest.fixture(scope="module")
def house(built: Application, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    data: Path = tmp_path_factory.mktemp("models") / "data"
    copytree(built.settings.index_dir, data / "index")
    with Double() as server:
        chosen = Settings(data_dir=data, model="scripted-double", base_url=server.address, _env_file=None)  # pyright: ignore[reportCallIssue]
        application = Application(chosen, lambda: room.now)
        for part in ("library", "embedder", "chunks"):
            application.__dict__[part] = getattr(built, part)
        environment = Profile("environment", "scripted-double", server.address)
        application.__dict__["models"] = HurriedHub(
            chosen.profiles_file, environment, SecretStr(CANARY), {}, server.address
        )
        room = Room(application, server)
        yield room
        application.close()


@pytest.fixture
def room(house: Room) -> Room:
    """The application with a server that behaves."""
    house.double.acts.clear()
    house.double.calls.clear()
    house.double.always, house.double.key = None, None
    return house
