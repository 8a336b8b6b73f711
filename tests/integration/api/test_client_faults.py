import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app.client import Client
from app.errors import InputError, ServerError, Unreachable

Fake = Callable[[Callable[[Request], Response]], Client]


@pytest.fixture
def fake(serve: Callable[..., Any]) -> Iterator[Fake]:
    """Give a client of a server that gives the same answer to everything."""
    clients: list[Client] = []

    def make(answer: Callable[[Request], Response]) -> Client:
        async def endpoint(request: Request) -> Response:
            return answer(request)

        app = Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST", "DELETE"])])
        clients.append(Client(serve(app).url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def test_no_server_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    with Client(address) as client:
        for call in (client.sessions, client.health, lambda: list(client.answer("s", "a", "x"))):
            with pytest.raises(Unreachable, match="check that the server is running") as told:
                call()
            assert address in str(told.value) and "\n" not in str(told.value)


def test_a_connection_that_breaks_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                connection.recv(1000)
                connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        with Client(f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
            with pytest.raises(Unreachable):
                client.sessions()
            with pytest.raises(Unreachable):
                list(client.retry("s"))


def test_a_reply_that_ends_in_the_middle_is_unreachable(fake: Fake) -> None:
    def answer(_: Request) -> Response:
        return StreamingResponse(iter(['event: delta\ndata: {"text": "So"}\n\n']), media_type="text/event-stream")

    heard = fake(answer).retry("s")

    assert getattr(next(heard), "text", None) == "So"
    with pytest.raises(Unreachable, match="nothing is lost"):
        next(heard)


def test_another_server_is_not_taken_for_ours(fake: Fake) -> None:
    page = fake(lambda _: PlainTextResponse("<html>", status_code=404))
    with pytest.raises(ServerError, match="check the address"):
        page.sessions()
    with pytest.raises(ServerError, match="check the address"):
        list(page.retry("s"))
    with pytest.raises(ServerError, match="check the address"):
        page.health()
    assert_raises_server_error(fake(lambda _: JSONResponse({"id": 1})))
    assert_raises_server_error(fake(lambda _: PlainTextResponse("hello")))


def assert_raises_server_error(client: Client) -> None:
    for call in (client.sessions, client.health, lambda: client.report("s"), lambda: list(client.retry("s"))):
        with pytest.raises(ServerError):
            call()


@pytest.mark.parametrize(("status", "kind"), [(418, InputError), (500, ServerError)])
def test_an_unknown_problem_is_told_apart_by_its_status(fake: Fake, status: int, kind: type[Exception]) -> None:
    problem = {"type": "teapot", "title": "T", "status": status, "detail": "short and stout"}
    client = fake(lambda _: JSONResponse(problem, status))

    with pytest.raises(kind, match="short and stout"):
        client.sessions()


def test_what_an_older_client_does_not_know_is_passed_over(fake: Fake) -> None:
    client = fake(lambda _: JSONResponse({"voices": [], "judges": [], "news": 1}))
    assert client.models().voices == ()
