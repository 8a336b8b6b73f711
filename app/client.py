"""The typed client of the HTTP API, for the page and for scripts."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from httpx_sse import EventSource, ServerSentEvent, SSEError
from pydantic import BaseModel, TypeAdapter, ValidationError

from app import wire
from app.domain.framework import Step
from app.errors import (
    Conflict,
    InputError,
    InterviewerError,
    NotFound,
    ServerError,
    SevenstepError,
    TooLarge,
    Unreachable,
)
from app.grading.report import Report

Spoken = wire.Delta | wire.Withdrawn | wire.TurnView | wire.SessionView
"""What a reply consists of: pieces of text that may be taken back, the whole turn, the session after it."""

_TIMEOUT = httpx.Timeout(10.0, read=300.0)
"""Reading takes as long as a model may take to think, or to grade; the server gives signs of life in between."""
_JSON = {"Content-Type": "application/json"}
_KINDS: dict[str, type[SevenstepError]] = {
    kind.code: kind for kind in (InputError, NotFound, Conflict, TooLarge, InterviewerError)
}
_EVENTS: dict[str, type[Spoken]] = {
    "delta": wire.Delta,
    "withdrawn": wire.Withdrawn,
    "turn": wire.TurnView,
    "state": wire.SessionView,
}
_Model = TypeVar("_Model", bound=BaseModel)


class Client:
    """Call every route of the API. Thread-safe.

    Any method raises `Unreachable` when there is no connection, and what the server says as the error of `app.errors`
    that it is there: `NotFound`, `Conflict`, `TooLarge`, `InputError`, `InterviewerError`, else `ServerError`.
    """

    def __init__(self, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Name the server; nothing is sent.

        Args:
            base_url: with the path under which the API is mounted: `http://127.0.0.1:8501/api`.
            transport: another way than the network, for tests.
        """
        self.base_url = base_url.rstrip("/")
        # Without the environment's proxies, which would not find a server on this machine.
        self._http = httpx.Client(base_url=self.base_url, transport=transport, timeout=_TIMEOUT, trust_env=False)

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Give the client, to be closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of connections."""
        self.close()

    def create(self, new: wire.NewSession) -> wire.SessionView:
        """Start an interview; it has its opening, or a `cause` why the interviewer could not speak."""
        return _parsed(wire.SessionView, self._send("POST", "/sessions", content=_dumped(new), headers=_JSON))

    def sessions(self) -> list[wire.SessionSummary]:
        """Give all sessions, the one that was active last first."""
        return _read(_session_list(), self._send("GET", "/sessions").content)

    def session(self, session_id: str) -> wire.SessionView:
        """Give a session."""
        return _parsed(wire.SessionView, self._send("GET", f"/sessions/{_quoted(session_id)}"))

    def delete(self, session_id: str) -> None:
        """Remove a session with everything in it."""
        self._send("DELETE", f"/sessions/{_quoted(session_id)}")

    def answer(self, session_id: str, answer_id: str, text: str, seen: int | None = None) -> Iterator[Spoken]:
        """Send an answer and give the reply as it comes; nothing is sent before the first piece is asked for.

        Args:
            session_id: of the session.
            answer_id: unique in the session; sent twice, it is one answer, and has the same reply again.
            text: of the answer.
            seen: number of turns on the screen, to notice a second window.

        Yields:
            Pieces of text, `Withdrawn` where those so far are taken back; then the turn, then the session after it.
        """
        body = _dumped(wire.Answer(answer_id=answer_id, text=text, seen=seen))
        return self._reply(f"/sessions/{_quoted(session_id)}/answers", body)

    def retry(self, session_id: str) -> Iterator[Spoken]:
        """Let the interviewer try again to say what comes next, and give it as `answer` does."""
        return self._reply(f"/sessions/{_quoted(session_id)}/retry", b"")

    def change_voice(self, session_id: str, voice: str) -> wire.SessionView:
        """Go on with another voice; what is still to be said, `retry` says."""
        body = _dumped(wire.VoiceChange(voice=voice))
        path = f"/sessions/{_quoted(session_id)}/voice"
        return _parsed(wire.SessionView, self._send("POST", path, content=body, headers=_JSON))

    def pause(self, session_id: str) -> wire.SessionView:
        """Stop the session's clock."""
        return self._change(session_id, "pause")

    def resume(self, session_id: str) -> wire.SessionView:
        """Start the session's clock again."""
        return self._change(session_id, "resume")

    def finish(self, session_id: str) -> wire.SessionView:
        """End the session."""
        return self._change(session_id, "finish")

    def report(self, session_id: str) -> Report:
        """Give the report of a finished session, which is graded first if it has not been."""
        response = self._send("GET", f"/sessions/{_quoted(session_id)}/report")
        return _read(wire.report_adapter(), response.content)

    def report_as(self, session_id: str, form: str) -> str:
        """Give the report as a document.

        Args:
            session_id: of a finished session.
            form: `md` or `html`; `json` gives the report's JSON.
        """
        return self._send("GET", f"/sessions/{_quoted(session_id)}/report", params={"format": form}).text

    def cases(self) -> list[wire.CaseSummary]:
        """Give all cases."""
        return _read(_case_list(), self._send("GET", "/cases").content)

    def case(self, slug: str, session: str | None = None) -> wire.CaseView:
        """Give a case; with a finished session on it, also criteria and reference solution."""
        params = {} if session is None else {"session": session}
        return _parsed(wire.CaseView, self._send("GET", f"/cases/{_quoted(slug)}", params=params))

    def notes(self) -> list[wire.NoteSummary]:
        """Give all notes: the seven steps in order, then the concepts."""
        return _read(_note_list(), self._send("GET", "/library/notes").content)

    def note(self, note_id: str) -> wire.NoteView:
        """Give a note."""
        return _parsed(wire.NoteView, self._send("GET", f"/library/notes/{_quoted(note_id)}"))

    def search(self, query: str, step: Step | None = None, limit: int = 10) -> list[wire.Found]:
        """Look something up in the notes.

        Args:
            query: any text; an empty one finds nothing.
            step: only what belongs to this step.
            limit: at most so many.
        """
        params = {"q": query, "limit": str(limit)} | ({} if step is None else {"step": str(step.value)})
        return _read(_found_list(), self._send("GET", "/library/search", params=params).content)

    def models(self) -> wire.ModelList:
        """Give the voices and judges on offer, and the models that are kept."""
        return _parsed(wire.ModelList, self._send("GET", "/models"))

    def use_model(self, use: wire.ModelUse) -> wire.ModelList:
        """Keep a model under a name, use it for what it says, and give all models."""
        return _parsed(wire.ModelList, self._send("POST", "/models/use", content=_dumped(use), headers=_JSON))

    def test_model(self, name: str) -> wire.ModelTest:
        """Make one real call to a model; what goes wrong with it is in the result."""
        body = _dumped(wire.ModelName(name=name))
        return _parsed(wire.ModelTest, self._send("POST", "/models/test", content=body, headers=_JSON))

    def health(self) -> wire.Health:
        """Say how the server is, also when it is degraded."""
        with _connected(self.base_url):
            response = self._http.get("/health")
        if response.status_code not in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE):
            raise _error(response)
        return _parsed(wire.Health, response)

    def _change(self, session_id: str, what: str) -> wire.SessionView:
        return _parsed(wire.SessionView, self._send("POST", f"/sessions/{_quoted(session_id)}/{what}"))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        with _connected(self.base_url):
            response = self._http.request(method, path, **options)
        if not response.is_success:
            raise _error(response)
        return response

    def _reply(self, path: str, body: bytes) -> Iterator[Spoken]:
        with _connected(self.base_url), self._http.stream("POST", path, content=body, headers=_JSON) as response:
            if not response.is_success:
                response.read()
                raise _error(response)
            for event in EventSource(response).iter_sse():
                piece = _piece(event)
                if piece is None:
                    continue
                yield piece
                if isinstance(piece, wire.SessionView):
                    return
        raise Unreachable("the connection ended in the middle of the reply: nothing is lost, ask for it again")


def _piece(event: ServerSentEvent) -> Spoken | None:
    if event.event == "error":
        raise _raised(_read(_adapter(wire.Problem), event.data))
    kind = _EVENTS.get(event.event)
    return None if kind is None else _read(_adapter(kind), event.data)


@contextmanager
def _connected(base_url: str) -> Generator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise Unreachable(
            f"{base_url} takes too long to answer: check that the server is well, then try again"
        ) from error
    except SSEError as error:
        raise ServerError(f"{base_url} does not answer as Sevenstep does: check the address") from error
    except httpx.TransportError as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Unreachable(f"{base_url} cannot be reached ({reason}): check that the server is running") from error


def _error(response: httpx.Response) -> SevenstepError:
    try:
        problem = wire.Problem.model_validate_json(response.content)
    except ValidationError:
        return ServerError(
            f"{response.url} answered {response.status_code}, which is not Sevenstep's: check the address"
        )
    return _raised(problem)


def _raised(problem: wire.Problem) -> SevenstepError:
    kind = _KINDS.get(problem.type) or (InputError if 400 <= problem.status < 500 else ServerError)
    return kind(problem.detail)


@cache
def _adapter(kind: type[_Model]) -> TypeAdapter[_Model]:
    return TypeAdapter[_Model](kind)


@cache
def _session_list() -> TypeAdapter[list[wire.SessionSummary]]:
    return TypeAdapter(list[wire.SessionSummary])


@cache
def _note_list() -> TypeAdapter[list[wire.NoteSummary]]:
    return TypeAdapter(list[wire.NoteSummary])


@cache
def _found_list() -> TypeAdapter[list[wire.Found]]:
    return TypeAdapter(list[wire.Found])


@cache
def _case_list() -> TypeAdapter[list[wire.CaseSummary]]:
    return TypeAdapter(list[wire.CaseSummary])


_Read = TypeVar("_Read")


def _read(adapter: TypeAdapter[_Read], content: bytes | str) -> _Read:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ServerError(
            f"the server's answer cannot be read ({where}: {fault['msg']}): server and client must be of one version"
        ) from error


def _parsed(kind: type[_Model], response: httpx.Response) -> _Model:
    return _read(_adapter(kind), response.content)


def _dumped(body: BaseModel) -> bytes:
    # In ASCII, because a text may hold half a surrogate pair, which UTF-8 cannot write.
    return json.dumps(body.model_dump(mode="json", exclude_unset=True)).encode("ascii")


def _quoted(part: str) -> str:
    return quote(part, safe="") or "-"
