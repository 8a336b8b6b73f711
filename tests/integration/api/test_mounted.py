from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from app import wire
from app.api import create_app
from app.client import Client

ROUTES = {
    "/sessions": {"get", "post"},
    "/sessions/{session_id}": {"get", "delete"},
    "/sessions/{session_id}/answers": {"post"},
    "/sessions/{session_id}/retry": {"post"},
    "/sessions/{session_id}/voice": {"post"},
    "/sessions/{session_id}/pause": {"post"},
    "/sessions/{session_id}/resume": {"post"},
    "/sessions/{session_id}/finish": {"post"},
    "/sessions/{session_id}/report": {"get"},
    "/cases": {"get"},
    "/cases/{slug}": {"get"},
    "/library/notes": {"get"},
    "/library/notes/{note_id}": {"get"},
    "/library/search": {"get"},
    "/models": {"get"},
    "/models/use": {"post"},
    "/models/test": {"post"},
    "/health": {"get"},
}


@pytest.fixture
def root(application: Any, serve: Callable[..., Any]) -> str:
    """A server that has the API under /api beside something else."""
    api = create_app(application)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with api.router.lifespan_context(api):
            yield

    async def page(_: Any) -> PlainTextResponse:
        return PlainTextResponse("the page")

    return serve(Starlette(routes=[Mount("/api", api), Route("/", page)], lifespan=lifespan)).url


def test_an_interview_works_under_the_mount(root: str, new: wire.NewSession) -> None:
    with Client(f"{root}/api/") as client:
        session = client.create(new)
        pieces = list(client.answer(session.id, "a", "How many users are there?"))
        assert isinstance(pieces[-1], wire.SessionView)
    assert httpx.get(root).text == "the page"


def test_the_schema_names_the_mount_and_every_route(root: str) -> None:
    schema = httpx.get(f"{root}/api/openapi.json").json()

    assert [server["url"] for server in schema["servers"]] == ["/api"]
    assert {path: set(methods) for path, methods in schema["paths"].items()} == ROUTES
    answers = schema["paths"]["/sessions/{session_id}/answers"]["post"]["responses"]
    assert set(answers["200"]["content"]) == {"text/event-stream"}
    assert set(schema["paths"]["/sessions/{session_id}/report"]["get"]["responses"]["200"]["content"]) == {
        "application/json",
        "text/markdown",
        "text/html",
    }
    problem = {"$ref": "#/components/schemas/Problem"}
    for methods in schema["paths"].values():
        for route in methods.values():
            assert "422" not in route["responses"]
            assert route["responses"]["4XX"]["content"] == {"application/problem+json": {"schema": problem}}
            assert route["responses"]["5XX"]["content"] == {"application/problem+json": {"schema": problem}}


def test_stopping_the_server_closes_the_application(
    application: Any, serve: Callable[..., Any], new: wire.NewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    close = application.close
    monkeypatch.setattr(application, "close", lambda: (closed.append(True), close()))
    server = serve(create_app(application))
    with Client(server.url) as client:
        client.create(new)
    server.stop()

    assert closed == [True]
