"""`start`: the page and the API in one process, on one port."""

import errno
import os
import socket
import threading
import webbrowser
from collections.abc import AsyncGenerator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap import Application
from app.cli.output import note, show, show_json
from app.errors import InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

GRACE_SECONDS = 3
"""How long open connections may take to end when the server stops."""
WEBSOCKET_BYTES = 64 * 1024 * 1024
"""Largest message of the page's own connection."""


def serve(host: str | None, port: int | None, browser: bool, as_json: bool) -> None:
    """Serve until interrupted.

    Raises:
        InputError: the port is in use, or the address is not one of this machine.
        ConfigurationError: content, index or database cannot be used.
    """
    application = Application()
    chosen = host or application.settings.host
    listener = _listen(chosen, application.settings.port if port is None else port)
    with closing(application), closing(listener):
        _prepare(application)
        address = _address(chosen, listener.getsockname()[1])
        _announce(address, as_json)
        if browser:
            threading.Timer(1.0, webbrowser.open, (address,)).start()
        _run(asgi(application, chosen, address), application.settings.log_level, listener)


def port_is_free(host: str, port: int) -> bool:
    """Say whether one could listen there."""
    try:
        _listen(host, port).close()
    except InputError:
        return False
    return True


def asgi(application: Application, host: str, address: str) -> "ASGIApp":
    """Give page and API as one ASGI application.

    Args:
        application: what the API serves.
        host: that the server listens on; requests for another are refused.
        address: where the page finds the API.
    """
    from contextlib import asynccontextmanager

    import streamlit as st
    from starlette.routing import Mount

    import app.ui
    from app.api import create_app

    os.environ["SEVENSTEP_API_URL"] = f"{address}/api"
    api = create_app(application, host=host)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncGenerator[None]:
        async with api.router.lifespan_context(api):
            yield

    page = Path(app.ui.__file__).parent / "page.py"
    return st.App(page, routes=[Mount("/api", api)], lifespan=lifespan)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise InputError(
                f"port {port} is in use: stop what listens there, or choose another with --port"
            ) from error
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot listen on {host}:{port}: {reason}") from error
    return listener


def _prepare(application: Application) -> None:
    note("Reading cases and notes …")
    chunks = len(application.chunks)
    note(f"Bringing the search index in step ({chunks} passages) …")
    report = application.sync_index()
    if report.rebuilt:
        note(f"The search index was built anew, because {report.rebuilt}.")
    note(f"Opening the sessions in {application.database.where} …")


def _announce(address: str, as_json: bool) -> None:
    if as_json:
        show_json({"page": address, "api": f"{address}/api"})
    else:
        show(f"Sevenstep is at {address}  (stop it with Ctrl-C)")


def _run(page: "ASGIApp", log_level: str, listener: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(
        page,
        log_level=log_level.lower(),
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=WEBSOCKET_BYTES,
    )
    # Interrupting is how it is meant to end.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _address(host: str, port: int) -> str:
    """Give the address at which this machine's browser finds the page."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
