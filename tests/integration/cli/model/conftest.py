import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from app.models.catalogue import CATALOGUE

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """Answers paths on loopback, and remembers what it was asked."""

    routes: dict[str, object]
    """Path to JSON, to a status, to bytes, or to what answers."""
    key: str | None = None
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    keys: list[str | None] = field(default_factory=list[str | None])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scene: Server

    def _answer(self) -> None:
        self.scene.asked.append((self.command, self.path))
        self.scene.keys.append(self.headers.get("Authorization"))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = self.scene.routes.get(self.path, 404)
        if self.scene.key and self.headers.get("Authorization") != f"Bearer {self.scene.key}":
            found = 401
        if callable(found):
            return found(self)
        status = found if isinstance(found, int) else 200
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_HEAD = _answer

    def log_message(self, format: str, *args: object) -> None: ...


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None: ...


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start small servers, which end with the test."""
    with ExitStack() as stack:

        def start(routes: dict[str, object], key: str | None = None) -> Server:
            scene = Server(routes, key)
            server = _Quiet(("127.0.0.1", 0), type("Handler", (_Handler,), {"scene": scene}))
            thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            scene.port = server.server_address[1]
            return scene

        yield start


def listing(*names: str, owner: str = "tests", **more: object) -> dict[str, object]:
    """What `/v1/models` says."""
    return {"object": "list", "data": [{"id": n, "object": "model", "owned_by": owner, **more} for n in names]}


@dataclass
class Hub:
    """A Hugging Face hub that has one file, and can do it wrong."""

    server: Server
    content: bytes
    sent: bytes
    sha256: str
    cut_after: int | None = None
    """Bytes of one answer after which the connection is closed; the next request fails."""
    broken: bool = False
    ranges: list[str | None] = field(default_factory=list[str | None])

    @property
    def address(self) -> str:
        return self.server.base_url.removesuffix("/v1")

    def head(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("X-Repo-Commit", COMMIT)
        handler.send_header("X-Linked-Etag", f'"{self.sha256}"')
        handler.send_header("X-Linked-Size", str(len(self.content)))
        handler.send_header("Content-Length", str(len(self.content)))
        handler.end_headers()

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.ranges.append(asked)
        handler.close_connection = True
        if self.broken:
            handler.send_response(503)
            handler.send_header("Content-Length", "0")
            return handler.end_headers()
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        body = self.sent[start:]
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(body)))
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.sent) - 1}/{len(self.sent)}")
        handler.end_headers()
        if self.cut_after is not None:
            self.broken = True
        handler.wfile.write(body[: self.cut_after])


COMMIT = "0123456789abcdef0123456789abcdef01234567"
ENTRY = CATALOGUE[0]


@pytest.fixture
def hub(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that has the first model of the catalogue, a file of 40 kB."""
    content = b"GGUF" + bytes(range(250)) * 160
    made = Hub(serve({}), content, content, hashlib.sha256(content).hexdigest())
    made.server.routes |= {
        f"/{ENTRY.repo}/resolve/main/{ENTRY.file}": made.head,
        f"/{ENTRY.repo}/resolve/{COMMIT}/{ENTRY.file}": made.get,
    }
    monkeypatch.setenv("HF_ENDPOINT", made.address)
    return made
