"""Every error as `application/problem+json`, in one clear line and without internals."""

import logging
from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from app.errors import (
    ConfigurationError,
    Conflict,
    InputError,
    InterviewerError,
    NotFound,
    SevenstepError,
    TooLarge,
)
from app.wire import Problem

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_TITLES: tuple[tuple[type[SevenstepError], str], ...] = (
    (NotFound, "There is no such thing"),
    (Conflict, "Not possible at this moment"),
    (TooLarge, "Too large"),
    (InputError, "The request cannot be used"),
    (ConfigurationError, "The installation is at fault"),
    (InterviewerError, "The interviewer could not speak"),
    (SevenstepError, "It did not work"),
)
_OF_STATUS: dict[int, type[SevenstepError]] = {404: NotFound, 413: TooLarge, 422: InputError}


def problem_of(error: Exception) -> Problem:
    """Put any error into words; what was not foreseen is logged in full and shown as a reference only."""
    if isinstance(error, SevenstepError):
        if not isinstance(error, InputError):
            log.warning("%s: %s", type(error).__name__, error)
        title = next(title for kind, title in _TITLES if isinstance(error, kind))
        return Problem(type=error.code, title=title, status=error.status, detail=_line(str(error)))
    reference = token_hex(4)
    log.error("unforeseen error, reference %s", reference, exc_info=error)
    detail = f"something went wrong that should not have: try again; the server's log has it under {reference}"
    return Problem(type="server", title="It did not work", status=500, detail=detail, reference=reference)


def respond(problem: Problem) -> Response:
    """Give a problem as a response."""
    return Response(problem.model_dump_json(exclude_none=True), problem.status, media_type=MEDIA_TYPE)


def _line(text: str) -> str:
    """Give a text as one line that can be written as UTF-8, whatever the request had put into it."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())


def explain_validation(errors: Sequence[Any]) -> str:
    """Give the first fault of a request as one line."""
    fault = errors[0]
    where = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path"))
    if fault["type"] == "json_invalid":
        return "the request's body is not valid JSON"
    message = str(fault["msg"])
    return f"{where or 'the request'}: {message[:1].lower()}{message[1:]}"


def install(app: FastAPI) -> None:
    """Have the app answer every error with a problem."""
    app.add_exception_handler(SevenstepError, _answer)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)


async def _answer(_: Request, error: Exception) -> Response:
    return respond(problem_of(error))


async def _answer_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return respond(problem_of(InputError(explain_validation(error.errors()))))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = _OF_STATUS.get(error.status_code)
    if kind is NotFound:
        return respond(problem_of(NotFound(f"there is nothing at {request.url.path}")))
    if kind:
        return respond(problem_of(kind(error.detail)))
    problem = Problem(type="bad-input", title=error.detail, status=error.status_code, detail=error.detail)
    response = respond(problem)
    response.headers.update(error.headers or {})
    return response
