import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import streamlit as st
import uvicorn
from streamlit.testing.v1 import AppTest

import app.ui
from app import wire
from app.api import create_app
from app.bootstrap import Application
from app.client import Client
from app.errors import InterviewerError
from app.interview.candidate import ScriptedCandidate
from app.interview.scripted import ScriptedVoice
from app.interview.voice import Brief, Utterance

CASE = "video-recommendation"
MIDDLING = Path(__file__).parents[3] / "evals" / "candidates" / CASE / "middling.yaml"
PAGE = Path(app.ui.__file__).parent / "page.py"


class Line(httpx.HTTPTransport):
    """The line to the API, which can be cut: before anything is sent, or after the server has heard it."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.cut_after: str | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("connection refused", request=request)
        response = super().handle_request(request)
        if self.cut_after and request.url.path.endswith(self.cut_after):
            self.cut_after = None
            response.read()
            response.close()
            raise httpx.ReadError("connection reset", request=request)
        return response


class FailingVoice:
    """The scripted voice, which fails as often as it is told to."""

    name = "scripted"

    def __init__(self) -> None:
        self.inner: ScriptedVoice | None = None
        self.failures = 0

    def unready(self) -> str | None:
        return None

    async def say(self, brief: Brief) -> AsyncIterator[str | Utterance]:
        assert self.inner
        if self.failures:
            self.failures -= 1
            raise InterviewerError("the model did not answer within 60 s")
        async for piece in self.inner.say(brief):
            yield piece


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> FailingVoice:
    failing = FailingVoice()

    def make(*args: Any) -> FailingVoice:
        failing.inner = ScriptedVoice(*args)
        return failing

    monkeypatch.setattr("app.bootstrap.ScriptedVoice", make)
    return failing


@pytest.fixture
def address(make_application: Callable[..., Application], voice: FailingVoice) -> Iterator[str]:
    """Of a real server."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(make_application()), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """Somebody else's client: another window, or the test itself."""
    with Client(address) as client:
        yield client


@pytest.fixture
def line(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The page's line to the server."""
    line = Line()
    made: list[Client] = []

    def make(url: str) -> Client:
        made.append(Client(url, transport=line))
        return made[-1]

    monkeypatch.setenv("SEVENSTEP_API_URL", address)
    monkeypatch.setattr("app.ui.connection.Client", make)
    yield line
    for client in made:
        client.close()
    st.cache_resource.clear()


@pytest.fixture
def visit(line: Line) -> Callable[..., AppTest]:
    """Open the page as a browser would."""

    def open_page(session_id: str | None = None, page: str = "practice", **named: str) -> AppTest:
        if page == "practice":
            tab = AppTest.from_file(PAGE, default_timeout=30)
        else:
            tab = AppTest.from_string(f"from app.ui import {page}\n{page}.show()", default_timeout=30)
        if session_id:
            tab.query_params["session"] = session_id
        for name, value in named.items():
            tab.query_params[name] = value
        return tab.run()

    return open_page


@pytest.fixture
def session(client: Client) -> wire.SessionView:
    """A quick interview that has just been opened."""
    new = wire.NewSession.model_validate({"case": CASE, "level": "senior", "mode": "quick", "seed": 1})
    return client.create(new)


@pytest.fixture
def answer(client: Client) -> Callable[[str, int], wire.SessionView]:
    """Answer some questions as the middling candidate, past the page."""

    def say(session_id: str, times: int) -> wire.SessionView:
        candidate = ScriptedCandidate.read(MIDDLING)
        view = client.session(session_id)
        for number in range(times):
            text = candidate.answer(view.step)
            *_, last = client.answer(session_id, f"past-{number}", text)
            assert isinstance(last, wire.SessionView)
            view = last
        return view

    return say


def _text(tab: AppTest) -> str:
    return "\n".join(element.proto.body for element in tab.get("html"))


@pytest.fixture
def text() -> Callable[[AppTest], str]:
    """Give all HTML on a page."""
    return _text
