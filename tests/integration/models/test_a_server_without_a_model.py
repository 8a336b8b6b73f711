"""A server that is named without a model: `OPENAI_BASE_URL` alone."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.models.hub import hub_of

Serve = Callable[[object], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[ThreadingHTTPServer] = []

    def start(answer: object) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/v1"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def listing(*names: str) -> object:
    return {"object": "list", "data": [{"id": name} for name in names]}


def test_the_only_model_of_a_server_is_used(serve: Serve, tmp_path: Path) -> None:
    url = serve(listing("the-one"))
    hub = hub_of(tmp_path / "models.json", None, url, None, SecretStr(""))

    profile = hub.profile_for("interviewer")
    assert profile and (profile.model, profile.base_url) == ("the-one", url)


@pytest.mark.parametrize("answer", [listing("one", "two"), listing(), {"error": "no"}, ["?"]])
def test_nothing_is_guessed(serve: Serve, tmp_path: Path, answer: object) -> None:
    hub = hub_of(tmp_path / "models.json", None, serve(answer), None, SecretStr(""))

    assert hub.profile_for("interviewer") is None


def test_a_server_that_is_away_is_asked_again_later(serve: Serve, tmp_path: Path) -> None:
    hub = hub_of(tmp_path / "models.json", None, "http://127.0.0.1:9/v1", None, SecretStr(""))

    assert hub.profile_for("interviewer") is None
    assert hub.profile_for("interviewer") is None
