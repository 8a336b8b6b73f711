"""What every request passes before its route: where it comes from, how large it is, and what becomes of a crash."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem_of, respond
from app.errors import TooLarge
from app.wire import Problem

BODY_BYTES = 1_000_000
"""Largest request body."""
_TOO_LARGE = f"the request is over {BODY_BYTES // 1_000_000} MB: send less"
_READING = {"GET", "HEAD", "OPTIONS"}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_ANY = {"", "0.0.0.0", "::"}


class Origins:
    """Turn away what a web page from elsewhere makes a browser send."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        """Take the app and the address that the server listens on.

        Args:
            app: that answers.
            host: that it listens on; if that is not every address, a `Host` must name it or the loopback, since a
                foreign name can be made to point here.
        """
        self._app = app
        self._hosts = None if host in _ANY else LOOPBACK | {host.casefold()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] == "http":
            fault = self._fault(scope["method"], Headers(scope=scope))
            if fault:
                problem = Problem(type="forbidden", title="Not from here", status=403, detail=fault)
                return await respond(problem)(scope, receive, send)
        await self._app(scope, receive, send)

    def _fault(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if self._hosts is not None and _name(host) not in self._hosts:
            return f"this server does not answer to the name {host!r}: use http://127.0.0.1"
        if method in _READING:
            return None
        origin = headers.get("origin")
        elsewhere = headers.get("sec-fetch-site") == "cross-site"
        if elsewhere or (origin is not None and origin.partition("://")[2].casefold() != host.casefold()):
            return "pages from other sites cannot change anything here"
        return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class BodyLimit:
    """Refuse large bodies before they are read whole."""

    def __init__(self, app: ASGIApp, limit: int = BODY_BYTES) -> None:
        """Take the app and the limit in bytes."""
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on with its body counted."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._limit:
            return await respond(problem_of(TooLarge(_TOO_LARGE)))(scope, receive, send)
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > self._limit:
                # The one kind of error that FastAPI lets through while it reads a body.
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, counted, send)


class LastResort:
    """Answer crashes as a problem with a reference, the details of which are in the log."""

    def __init__(self, app: ASGIApp) -> None:
        """Take the app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer if nothing else could."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = False

        async def noticed(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception as error:  # The edge of the process: here a crash becomes an answer.
            problem = problem_of(error)
            if begun:
                raise
            await respond(problem)(scope, receive, send)
