"""Replies as server-sent events."""

from collections.abc import AsyncIterator

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent

from app import wire
from app.api.problems import problem_of
from app.api.replies import Reply
from app.api.services import Services
from app.api.views import show_session
from app.domain.transcript import Turn
from app.interview.speaking import Delta, Withdrawn


def stream(services: Services, session_id: str, reply: Reply) -> EventSourceResponse:
    """Give a reply as it comes: `delta`s, the `turn`, the `state` after it; or an `error`."""
    return EventSourceResponse(_events(services, session_id, reply))


async def _events(services: Services, session_id: str, reply: Reply) -> AsyncIterator[ServerSentEvent]:
    try:
        async for piece in reply.listen():
            if isinstance(piece, Delta):
                yield _event("delta", wire.Delta(text=piece.text))
            elif isinstance(piece, Withdrawn):
                yield _event("withdrawn", wire.Withdrawn(fault=piece.fault))
            elif isinstance(piece, Turn):
                view = await run_in_threadpool(show_session, services, session_id)
                yield _event("turn", view.turns[piece.index])
                yield _event("state", view)
    except (
        Exception
    ) as error:  # The edge of the process: the status is sent, so even a crash must be told in the stream.
        yield _event("error", problem_of(error))


def _event(kind: str, content: BaseModel) -> ServerSentEvent:
    return ServerSentEvent(content.model_dump_json(), event=kind)
