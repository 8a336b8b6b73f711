import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.bootstrap import Application
from app.content.library import Library
from app.domain.ports import Clock
from app.settings import Settings

_CONNECT = socket.socket.connect
_LOOK_UP = socket.getaddrinfo


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name in ("localhost", "None")


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but this machine can be reached, so that no test needs, or finds, a network."""

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise AssertionError(f"the network was touched: {address}")
        _CONNECT(self, address)

    def look_up(host: object, *args: Any, **options: Any) -> Any:
        if not _is_here(host):
            raise AssertionError(f"the network was touched: {host}")
        return _LOOK_UP(host, *args, **options)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application with what is slow to build; tests share its parts and copy its index."""
    application = Application(Settings(data_dir=tmp_path_factory.mktemp("built"), _env_file=None))  # pyright: ignore[reportCallIssue]
    application.sync_index()
    application.index.close()
    yield application
    application.close()


@pytest.fixture
def data_dir(built: Application, tmp_path: Path) -> Path:
    """A data directory in which the index is built and nobody has had an interview yet."""
    directory = tmp_path / "data"
    copytree(built.settings.index_dir, directory / "index")
    return directory


@pytest.fixture
def make_application(built: Application, data_dir: Path) -> Iterator[Callable[..., Application]]:
    made: list[Application] = []

    def make(clock: Clock | None = None, **settings: Any) -> Application:
        chosen = Settings(data_dir=data_dir, _env_file=None, **settings)
        application = Application(chosen, clock) if clock else Application(chosen)
        for part in ("library", "embedder", "chunks"):
            application.__dict__[part] = getattr(built, part)
        made.append(application)
        return application

    yield make
    for application in made:
        application.close()


@pytest.fixture
def library(built: Application) -> Library:
    return built.library


class SpeakingModel:
    """An OpenAI-compatible server that says what it is told to: texts, or statuses of failures."""

    USUAL = "Let us go on with that. What would you do first?"

    def __init__(self) -> None:
        self.says: list[str | int] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        app = Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def start(self) -> None:
        self._thread.start()
        end = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < end
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()

    async def _complete(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers["authorization"])
        said = self.says.pop(0) if self.says else self.USUAL
        if isinstance(said, int):
            return JSONResponse({"error": {"message": "no such luck"}}, said)
        return StreamingResponse(self._events(said), media_type="text/event-stream")

    def _events(self, text: str) -> Iterator[str]:
        words = text.split(" ")
        for place, word in enumerate(words):
            yield self._event({"delta": {"content": word if not place else f" {word}"}, "finish_reason": None})
        yield self._event({"delta": {}, "finish_reason": "stop"})
        yield self._event(None, {"prompt_tokens": 1000, "completion_tokens": len(words), "total_tokens": 0})
        yield "data: [DONE]\n\n"

    def _event(self, choice: dict[str, Any] | None, usage: dict[str, int] | None = None) -> str:
        choices = [{"index": 0, **choice}] if choice else []
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": self.asked[-1]["model"]}
        return f"data: {json.dumps({**chunk, 'choices': choices, 'usage': usage})}\n\n"


@pytest.fixture
def speaking_model() -> Iterator[SpeakingModel]:
    model = SpeakingModel()
    model.start()
    yield model
    model.stop()
