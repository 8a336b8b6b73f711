"""The routes. Those that are `def` run in the thread pool, since they read and write the database."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from sse_starlette import EventSourceResponse

from app import wire
from app.api import health, library, models, turns, views
from app.api.services import Has
from app.api.streams import stream
from app.domain.framework import Step
from app.errors import SevenstepError
from app.grading.report import Report

router = APIRouter()

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: `delta` {text}*, `withdrawn` {fault} where all deltas so far are taken back, then "
        "`turn` (TurnView) and `state` (SessionView); or `error` (Problem)",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
_REPORTS: dict[int | str, dict[str, Any]] = {
    200: {"model": Report, "content": {"text/markdown": {}, "text/html": {}}},
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Of reports: they quote what anybody may have typed, and need no script."""
_UNHEALTHY: dict[int | str, dict[str, Any]] = {503: {"model": wire.Health, "description": "Degraded"}}


Words = Annotated[str, Query(max_length=1000)]
Limit = Annotated[int, Query(ge=1, le=50)]


class ReportForm(StrEnum):
    """How a report is wanted."""

    JSON = "json"
    MD = "md"
    HTML = "html"


@router.post("/sessions", status_code=201)
async def create_session(new: wire.NewSession, has: Has) -> wire.SessionView:
    """Start an interview and speak its opening; if that fails, the session is there and says why in `cause`."""
    session = await run_in_threadpool(turns.create, has, new)
    reply = has.replies.start(session.id, None)
    try:
        async for _ in reply.listen():
            pass
    except SevenstepError:
        # The session waits, with the cause.
        pass
    return await run_in_threadpool(views.show_session, has, session.id)


@router.get("/sessions")
def list_sessions(has: Has) -> list[wire.SessionSummary]:
    """List all sessions, the one that was active last first."""
    return views.list_sessions(has)


@router.get("/sessions/{session_id}")
def get_session(session_id: str, has: Has) -> wire.SessionView:
    """Show a session."""
    return views.show_session(has, session_id)


@router.delete("/sessions/{session_id}", status_code=204)
def delete_session(session_id: str, has: Has) -> None:
    """Remove a session with everything in it."""
    has.sessions.delete(session_id)


@router.post("/sessions/{session_id}/answers", response_class=EventSourceResponse, responses=_EVENTS)
async def post_answer(session_id: str, answer: wire.Answer, has: Has) -> EventSourceResponse:
    """Commit an answer, then stream the reply. The same `answer_id` again is one answer, with the same reply."""
    await run_in_threadpool(turns.accept, has, session_id, answer)
    return stream(has, session_id, has.replies.start(session_id, answer.answer_id))


@router.post("/sessions/{session_id}/retry", response_class=EventSourceResponse, responses=_EVENTS)
async def retry_reply(session_id: str, has: Has) -> EventSourceResponse:
    """Let the interviewer try again to say what comes next, and stream it as for an answer."""
    pending = await run_in_threadpool(turns.pending, has, session_id)
    return stream(has, session_id, has.replies.start(session_id, pending))


@router.post("/sessions/{session_id}/voice")
def change_voice(session_id: str, change: wire.VoiceChange, has: Has) -> wire.SessionView:
    """Go on with another voice; what is still to be said, a retry says."""
    has.interviewer.switch(session_id, change.voice)
    return views.show_session(has, session_id)


@router.post("/sessions/{session_id}/pause")
def pause_session(session_id: str, has: Has) -> wire.SessionView:
    """Stop the clock."""
    has.interviewer.pause(session_id)
    return views.show_session(has, session_id)


@router.post("/sessions/{session_id}/resume")
def resume_session(session_id: str, has: Has) -> wire.SessionView:
    """Start the clock again."""
    has.interviewer.resume(session_id)
    return views.show_session(has, session_id)


@router.post("/sessions/{session_id}/finish")
def finish_session(session_id: str, has: Has) -> wire.SessionView:
    """End the session."""
    has.interviewer.finish(session_id)
    return views.show_session(has, session_id)


@router.get("/sessions/{session_id}/report", response_model=Report, responses=_REPORTS)
def get_report(
    session_id: str, has: Has, form: Annotated[ReportForm, Query(alias="format")] = ReportForm.JSON
) -> Response:
    """Give the report of a finished session, which is graded first if it has not been."""
    report = has.reporter.report(session_id)
    if form is ReportForm.JSON:
        return Response(wire.report_adapter().dump_json(report), media_type="application/json")
    from app.grading.render import as_html, as_markdown

    if form is ReportForm.MD:
        return Response(as_markdown(report), media_type="text/markdown")
    return HTMLResponse(as_html(report), headers={"Content-Security-Policy": _POLICY})


@router.get("/cases")
def list_cases(has: Has) -> list[wire.CaseSummary]:
    """List all cases."""
    return [views.summarise_case(case) for case in has.library.cases]


@router.get("/cases/{slug}")
def get_case(slug: str, has: Has, session: str | None = None) -> wire.CaseView:
    """Show a case; criteria and reference solution only with `session`, a finished one on it."""
    return views.show_case(has, slug, session)


@router.get("/library/notes")
def list_notes(has: Has) -> list[wire.NoteSummary]:
    """List all notes: the seven steps in order, then the concepts."""
    return library.list_notes(has)


@router.get("/library/notes/{note_id}")
def get_note(note_id: str, has: Has) -> wire.NoteView:
    """Show a note."""
    return library.show_note(has, note_id)


@router.get("/library/search")
def search_notes(has: Has, q: Words, step: Step | None = None, limit: Limit = 10) -> list[wire.Found]:
    """Look something up in the notes, best first; reference solutions are never found."""
    return library.search(has, q, step, limit)


@router.get("/models")
def list_models(has: Has) -> wire.ModelList:
    """List the voices and judges on offer, and the models that are kept by name; never a key."""
    return models.list_models(has)


@router.post("/models/use")
def use_model(use: wire.ModelUse, has: Has) -> wire.ModelList:
    """Keep a model under a name, and use it; the key stays in the environment variable that is named."""
    return models.use_model(has, use)


@router.post("/models/test")
async def test_model(named: wire.ModelName, has: Has) -> wire.ModelTest:
    """Make one real call to a model, and say how fast it was, or what went wrong."""
    return await models.test_model(has, named.name)


@router.get("/health", responses=_UNHEALTHY)
def get_health(has: Has, response: Response) -> wire.Health:
    """Say how the server is; 503 when it is degraded."""
    found = health.examine(has)
    if found.status != "ok":
        response.status_code = 503
    return found
