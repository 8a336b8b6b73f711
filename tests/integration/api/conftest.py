import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp

from app import wire
from app.api import create_app
from app.bootstrap import Application
from app.client import Client, Spoken
from app.domain.session import Status
from app.errors import InterviewerError
from app.interview.candidate import ScriptedCandidate, SpeakingClock
from app.interview.scripted import ScriptedVoice
from app.interview.voice import Brief, Utterance

CASE = "video-recommendation"
CANDIDATES = Path(__file__).parents[3] / "evals" / "candidates"


class Server:
    """A real server on a loopback port, in a thread."""

    def __init__(self, app: ASGIApp) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=3))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def start(self) -> None:
        self._thread.start()
        _wait_until(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()
        assert not self._thread.is_alive()


class MoodyVoice:
    """The scripted voice, which can be told to wait, to fail and to crash."""

    name = "scripted"

    def __init__(self) -> None:
        self.inner: ScriptedVoice | None = None
        self.may_speak = threading.Event()
        self.may_speak.set()
        self.asked = threading.Event()
        self.errors: list[Exception] = []
        self.times = 0
        self.stopped = 0

    def unready(self) -> str | None:
        return None

    async def say(self, brief: Brief) -> AsyncIterator[str | Utterance]:
        assert self.inner
        self.times += 1
        self.asked.set()
        try:
            while not self.may_speak.is_set():
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.errors:
            raise self.errors.pop(0)
        async for piece in self.inner.say(brief):
            yield piece

    def fail(self, cause: str = "the model did not answer") -> None:
        self.errors.append(InterviewerError(cause))


def _wait_until(true: Callable[[], Any], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


def _last(pieces: Iterator[Spoken]) -> wire.SessionView:
    state = list(pieces)[-1]
    assert isinstance(state, wire.SessionView)
    return state


@pytest.fixture
def wait_until() -> Callable[..., None]:
    return _wait_until


@pytest.fixture
def last() -> Callable[[Iterator[Spoken]], wire.SessionView]:
    """Hear a reply to its end, and give the state."""
    return _last


@pytest.fixture
def serve() -> Iterator[Callable[[ASGIApp], Server]]:
    running: list[Server] = []

    def start(app: ASGIApp) -> Server:
        running.append(Server(app))
        running[-1].start()
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> MoodyVoice:
    """Of all applications made after it."""
    moody = MoodyVoice()

    def make(*args: Any) -> MoodyVoice:
        moody.inner = ScriptedVoice(*args)
        return moody

    monkeypatch.setattr("app.bootstrap.ScriptedVoice", make)
    return moody


@pytest.fixture
def clock() -> SpeakingClock:
    return SpeakingClock(1_700_000_000.0)


@pytest.fixture
def application(make_application: Callable[..., Application], clock: SpeakingClock, voice: MoodyVoice) -> Application:
    return make_application(clock)


@pytest.fixture
def server(serve: Callable[[ASGIApp], Server], application: Application) -> Server:
    return serve(create_app(application))


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.url) as client:
        yield client


@pytest.fixture
def new() -> wire.NewSession:
    return wire.NewSession(case=CASE, level="senior", minutes=45, seed=1)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def session(client: Client, new: wire.NewSession) -> wire.SessionView:
    return client.create(new)


@pytest.fixture
def interviewed(client: Client, clock: SpeakingClock) -> Callable[[wire.SessionView], wire.SessionView]:
    """Answer from the middling candidate's file until the interviewer closes."""

    def interview(view: wire.SessionView) -> wire.SessionView:
        candidate = ScriptedCandidate.read(CANDIDATES / CASE / "middling.yaml")
        for number in range(100):
            if view.status is not Status.AWAITING_ANSWER:
                break
            clock.spoke(view.turns[-1].text)
            text = candidate.answer(view.step)
            clock.spoke(text)
            view = _last(client.answer(view.id, f"a{number}", text, seen=len(view.turns)))
        return view

    return interview
