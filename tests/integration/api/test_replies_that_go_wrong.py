import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app import wire
from app.client import Client, Spoken
from app.domain.session import Status
from app.domain.transcript import MoveKind, Speaker
from app.errors import Conflict, InterviewerError, NotFound, ServerError

Last = Callable[[Iterator[Spoken]], wire.SessionView]
TEXT = "First I would like to know who the users are and what the business wants."


def test_a_failed_reply_leaves_the_answer_and_a_retry_goes_on(
    client: Client, session: wire.SessionView, voice: Any, last: Last
) -> None:
    voice.fail("the model did not answer")
    with pytest.raises(InterviewerError, match="the model did not answer"):
        list(client.answer(session.id, "a", TEXT))
    waiting = client.session(session.id)
    with pytest.raises(Conflict, match="has yet to reply"):
        list(client.answer(session.id, "b", "Are you there?"))
    after = last(client.retry(session.id))

    assert (waiting.status, waiting.pending) == (Status.AWAITING_INTERVIEWER, "a")
    assert waiting.cause is not None and "the model did not answer" in waiting.cause
    assert (after.status, after.pending, after.cause) == (Status.AWAITING_ANSWER, None, None)
    assert [t.speaker for t in after.turns] == [Speaker.INTERVIEWER, Speaker.CANDIDATE, Speaker.INTERVIEWER]


def test_a_failed_reply_is_a_problem_in_the_stream(client: Client, session: wire.SessionView, voice: Any) -> None:
    voice.fail()
    body = {"answer_id": "a", "text": TEXT}
    response = httpx.post(f"{client.base_url}/sessions/{session.id}/answers", json=body)

    event, data = response.text.strip().splitlines()
    problem = wire.Problem.model_validate_json(data.removeprefix("data: "))
    assert (response.status_code, event) == (200, "event: error")
    assert (problem.type, problem.status) == ("interviewer", 503)


def test_an_opening_that_fails_leaves_a_session_that_can_be_retried(
    client: Client, new: wire.NewSession, voice: Any, last: Last
) -> None:
    voice.fail("the model did not answer")
    waiting = client.create(new)
    voice.fail("nor now")
    with pytest.raises(InterviewerError, match="nor now"):
        list(client.retry(waiting.id))
    after = last(client.retry(waiting.id))

    assert (waiting.turns, waiting.status) == ((), Status.AWAITING_INTERVIEWER)
    assert waiting.cause is not None and "the model did not answer" in waiting.cause
    assert [t.move for t in after.turns] == [MoveKind.OPEN]


def test_a_crash_is_told_without_internals_and_nothing_is_lost(
    client: Client, session: wire.SessionView, voice: Any, last: Last, caplog: pytest.LogCaptureFixture
) -> None:
    voice.errors.append(RuntimeError("secret of the house"))
    with caplog.at_level(logging.ERROR), pytest.raises(ServerError, match="try again") as told:
        list(client.answer(session.id, "a", TEXT))

    (record,) = [r for r in caplog.records if r.name.startswith("app.api")]
    assert "secret" not in str(told.value)
    assert record.getMessage().rsplit(" ", maxsplit=1)[1] in str(told.value)
    assert record.exc_info is not None
    assert len(last(client.retry(session.id)).turns) == 3


def test_a_crash_of_a_route_is_a_problem_with_a_reference(
    client: Client, session: wire.SessionView, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("app.api.views.show_session", crash)
    response = httpx.get(f"{client.base_url}/sessions/{session.id}")

    problem = wire.Problem.model_validate_json(response.content)
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert problem.reference and problem.reference in caplog.text
    assert "secret" not in response.text and "secret" in caplog.text


def test_a_retry_with_nothing_to_retry_says_the_last_words_again(client: Client, session: wire.SessionView) -> None:
    reply = list(client.answer(session.id, "a", TEXT))

    assert list(client.retry(session.id))[:-1] == reply[:-1]
    assert len(client.session(session.id).turns) == 3


def test_a_dropped_connection_does_not_stop_the_reply(
    client: Client, session: wire.SessionView, voice: Any, wait_until: Callable[..., None]
) -> None:
    voice.asked.clear()
    voice.may_speak.clear()
    body = {"answer_id": "a", "text": TEXT}
    with httpx.stream("POST", f"{client.base_url}/sessions/{session.id}/answers", json=body) as response:
        assert response.status_code == 200
        wait_until(voice.asked.is_set)
    voice.may_speak.set()

    wait_until(lambda: client.session(session.id).status is Status.AWAITING_ANSWER)
    assert len(client.session(session.id).turns) == 3


def test_a_reply_that_nobody_waits_for_any_more_is_stopped_and_can_be_asked_for_again(
    client: Client,
    session: wire.SessionView,
    voice: Any,
    wait_until: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.api.replies.ALONE", 0.1)
    voice.asked.clear()
    voice.may_speak.clear()
    body = {"answer_id": "a", "text": TEXT}
    with httpx.stream("POST", f"{client.base_url}/sessions/{session.id}/answers", json=body):
        wait_until(voice.asked.is_set)
    wait_until(lambda: voice.stopped)
    state = client.session(session.id)
    assert (state.status, state.pending, len(state.turns)) == (Status.AWAITING_INTERVIEWER, "a", 2)
    voice.may_speak.set()

    assert list(client.retry(session.id))
    assert client.session(session.id).status is Status.AWAITING_ANSWER


def test_who_asks_again_meanwhile_joins_the_reply_under_way(
    client: Client, session: wire.SessionView, voice: Any, wait_until: Callable[..., None]
) -> None:
    voice.may_speak.clear()
    voice.times = 0
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(lambda: list(client.answer(session.id, "a", TEXT))) for _ in range(2)]
        wait_until(lambda: client.session(session.id).pending == "a")
        retries = [pool.submit(lambda: list(client.retry(session.id))) for _ in range(2)]
        wait_until(lambda: voice.times)
        voice.may_speak.set()
        replies = [future.result()[:-1] for future in (*answers, *retries)]

    assert all(reply == replies[0] for reply in replies)
    assert voice.times == 1
    assert len(client.session(session.id).turns) == 3


def test_other_sessions_go_on_while_one_waits(client: Client, new: wire.NewSession, voice: Any, last: Last) -> None:
    slow, other = client.create(new), client.create(new)
    voice.may_speak.clear()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: last(client.answer(slow.id, "a", TEXT)))
        assert client.session(other.id) == other
        assert client.pause(other.id).status is Status.PAUSED
        assert client.health().status == "ok"
        voice.may_speak.set()
        assert len(waiting.result().turns) == 3


@pytest.mark.parametrize(("end", "error"), [("finish", Conflict), ("delete", NotFound)])
def test_a_session_that_ends_during_a_reply_says_so(
    client: Client,
    session: wire.SessionView,
    voice: Any,
    wait_until: Callable[..., None],
    end: str,
    error: type[Exception],
) -> None:
    voice.asked.clear()
    voice.may_speak.clear()
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(lambda: list(client.answer(session.id, "a", TEXT)))
        wait_until(voice.asked.is_set)
        getattr(client, end)(session.id)
        voice.may_speak.set()
        with pytest.raises(error):
            reply.result()
    if end == "finish":
        assert [t.text for t in client.session(session.id).turns][1:] == [TEXT]
        with pytest.raises(Conflict, match="finished before the interviewer had replied"):
            list(client.retry(session.id))
        assert client.report(session.id).finished == "candidate"
