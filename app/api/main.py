"""The API as an ASGI application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from app import __version__, wire
from app.api import gate, problems
from app.api.routes import router
from app.api.services import Services
from app.bootstrap import Application

_PROBLEM = {"model": wire.Problem, "description": "What is wrong, in one line"}


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Describe the API; FastAPI cannot be told that problems have a media type of their own."""
        schema = super().openapi()
        for methods in schema["paths"].values():
            for route in methods.values():
                for status in ("4XX", "5XX"):
                    content = route["responses"][status]["content"]
                    if "application/json" in content:
                        content[problems.MEDIA_TYPE] = content.pop("application/json")
        return schema


def create_app(application: Application, host: str | None = None) -> FastAPI:
    """Build the API. It may be mounted anywhere; the outer application then has to run its lifespan.

    Args:
        application: nothing of it is built before the first request; it is closed at the end.
        host: the address that the server listens on, if it is not the one in the settings.
    """
    listens_on = host or application.settings.host
    services = Services(application, shared=listens_on.casefold() not in gate.LOOPBACK)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await services.replies.close()
            await run_in_threadpool(application.close)

    app = _Api(
        title="Sevenstep",
        version=__version__,
        lifespan=lifespan,
        # The usual pages for reading the schema load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        responses={"4XX": _PROBLEM, "5XX": _PROBLEM},
    )
    app.state.services = services
    app.include_router(router)
    problems.install(app)
    # The last one added is the first one passed.
    app.add_middleware(gate.BodyLimit)
    app.add_middleware(gate.Origins, host=listens_on)
    app.add_middleware(gate.LastResort)
    return app
