import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

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
