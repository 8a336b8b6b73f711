from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app import wire
from app.api.gate import BODY_BYTES
from app.client import Client, Spoken
from app.domain.session import Status
from app.domain.transcript import Speaker
from app.errors import Conflict, InputError, NotFound, TooLarge

Last = Callable[[Iterator[Spoken]], wire.SessionView]
TEXT = "First I would like to know who the users are and what the business wants."


def texts(view: wire.SessionView) -> list[str]:
    return [t.text for t in view.turns if t.speaker is Speaker.CANDIDATE]


def test_a_reply_comes_in_pieces_then_the_turn_then_the_state(client: Client, session: wire.SessionView) -> None:
    *pieces, turn, state = list(client.answer(session.id, "a", TEXT, seen=1))

    assert len(pieces) > 1
    assert isinstance(turn, wire.TurnView) and isinstance(state, wire.SessionView)
    assert "".join(p.text for p in pieces if isinstance(p, wire.Delta)) == turn.text
    assert (turn.index, turn.speaker, turn.voice) == (2, Speaker.INTERVIEWER, "scripted")
    assert state.turns[-1] == turn
    assert state.model_copy(update={"now": 0}) == client.session(session.id).model_copy(update={"now": 0})


def test_events_arrive_in_more_than_one_chunk(client: Client, session: wire.SessionView) -> None:
    body = {"answer_id": "a", "text": TEXT}
    with httpx.stream("POST", f"{client.base_url}/sessions/{session.id}/answers", json=body) as response:
        chunks = list(response.iter_raw())

    assert response.headers["content-type"].startswith("text/event-stream")
    assert len(chunks) > 2
    assert b"event: state" not in chunks[0]


def test_the_same_answer_twice_is_one_answer_with_the_same_reply(
    client: Client, session: wire.SessionView, last: Last
) -> None:
    first = list(client.answer(session.id, "a", TEXT))
    again = list(client.answer(session.id, "a", TEXT))
    other = last(client.answer(session.id, "b", "And how many of them are there?"))
    once_more = list(client.answer(session.id, "a", TEXT))

    assert first[:-1] == again[:-1] == once_more[:-1]
    assert texts(other) == [TEXT, "And how many of them are there?"]


def test_the_same_answer_twice_at_once_is_one_answer(client: Client, session: wire.SessionView) -> None:
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: list(client.answer(session.id, "a", TEXT)), range(4)))

    assert len({str(reply[:-1]) for reply in replies}) == 1
    assert texts(client.session(session.id)) == [TEXT]
    assert len(client.session(session.id).turns) == 3


@pytest.mark.parametrize("seen", [1, None])
def test_of_two_answers_at_once_exactly_one_is_accepted(
    client: Client, session: wire.SessionView, voice: Any, wait_until: Callable[..., None], seen: int | None
) -> None:
    voice.may_speak.clear()

    def send(name: str) -> str:
        try:
            list(client.answer(session.id, name, f"{TEXT} ({name})", seen))
        except Conflict:
            return "refused"
        return name

    with ThreadPoolExecutor(3) as pool:
        sent = [pool.submit(send, name) for name in ("a", "b", "c")]
        wait_until(lambda: sum(future.done() for future in sent) == 2)
        voice.may_speak.set()
        results = sorted(future.result() for future in sent)

    assert results.count("refused") == 2
    assert texts(client.session(session.id)) == [f"{TEXT} ({results[0]})"]


def test_a_second_window_is_told_that_the_interview_has_moved_on(client: Client, session: wire.SessionView) -> None:
    list(client.answer(session.id, "a", TEXT, seen=len(session.turns)))

    with pytest.raises(Conflict, match="moved on in another window"):
        list(client.answer(session.id, "b", "From the second window.", seen=len(session.turns)))
    assert texts(client.session(session.id)) == [TEXT]


def test_a_long_answer_is_refused_and_nothing_is_lost(client: Client, session: wire.SessionView, last: Last) -> None:
    with pytest.raises(TooLarge, match=r"200 kB.*20 kB"):
        list(client.answer(session.id, "a", "x" * 200_000))

    assert client.session(session.id).turns == session.turns
    assert texts(last(client.answer(session.id, "a", TEXT))) == [TEXT]


@pytest.mark.parametrize("size", [BODY_BYTES + 1, 30 * BODY_BYTES])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_a_huge_request_is_refused_before_it_is_read(
    client: Client, session: wire.SessionView, size: int, declared: bool
) -> None:
    body = b'{"answer_id": "a", "text": "' + b"x" * size + b'"}'
    content = body if declared else (body[i : i + 65536] for i in range(0, len(body), 65536))
    url = f"{client.base_url}/sessions/{session.id}/answers"

    response = httpx.post(url, content=content, headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["type"]) == (413, "too-large")
    assert client.session(session.id).turns == session.turns


@pytest.mark.parametrize("text", ["", " \n\t ", "\x00\x07\x1b", "\u200b\u202e"])
def test_an_empty_answer_is_refused(client: Client, session: wire.SessionView, text: str) -> None:
    with pytest.raises(InputError, match="the answer is empty"):
        list(client.answer(session.id, "a", text))
    assert client.session(session.id).turns == session.turns


def test_half_a_surrogate_pair_is_dropped(client: Client, session: wire.SessionView, last: Last) -> None:
    assert texts(last(client.answer(session.id, "a", "A ranker\ud83d."))) == ["A ranker."]


def test_control_characters_are_dropped(client: Client, session: wire.SessionView, last: Last) -> None:
    state = last(client.answer(session.id, "a", "Two \x1b[31mstages\x00,\r\nthen\ta ranker 👩🏽‍🚀.\x07"))

    (text,) = texts(state)
    assert text.startswith("Two [31mstages,\nthen\ta ranker ")
    assert not any(c < " " and c not in "\n\t" for c in text)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the request: field required"),
        (b"{", "the request's body is not valid JSON"),
        (b"[]", "the request: input should be a valid dictionary"),
        (b'{"answer_id": "a"}', "text: field required"),
        (b'{"answer_id": "a", "text": 3}', "text: input should be a valid string"),
        (b'{"answer_id": "a", "text": "x", "step": 1}', "step: extra inputs are not permitted"),
        (b'{"answer_id": "", "text": "x"}', "answer_id must have 1 to 100 characters"),
        (b'{"answer_id": "a", "text": "x", "\\ud800\\n": 1}', "the request: input should be a valid string"),
        (b'{"answer_id": "\\ud800", "text": "x"}', "'"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong_in_one_line(
    client: Client, session: wire.SessionView, body: bytes, detail: str
) -> None:
    url = f"{client.base_url}/sessions/{session.id}/answers"
    response = httpx.post(url, content=body, headers={"content-type": "application/json"})

    assert response.headers["content-type"] == "application/problem+json"
    problem = wire.Problem.model_validate_json(response.content)
    assert (response.status_code, problem.status, problem.type) == (422, 422, "bad-input")
    assert problem.detail.startswith(detail)
    assert "\n" not in problem.detail


def test_an_unknown_session_is_not_found(client: Client) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: client.session("nobody"),
        lambda: client.delete("nobody"),
        lambda: client.pause("nobody"),
        lambda: client.resume("nobody"),
        lambda: client.finish("nobody"),
        lambda: client.report("nobody"),
        lambda: list(client.retry("nobody")),
        lambda: list(client.answer("nobody", "a", TEXT)),
        lambda: client.session("../cases"),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()


def test_a_finished_session_takes_no_answers(client: Client, session: wire.SessionView) -> None:
    before = list(client.answer(session.id, "a", TEXT))
    finished = client.finish(session.id)

    with pytest.raises(Conflict, match="the interview is finished"):
        list(client.answer(session.id, "b", TEXT))
    with pytest.raises(Conflict, match="cannot be paused"):
        client.pause(session.id)
    assert (finished.status, finished.finished) == (Status.FINISHED, "candidate")
    assert client.finish(session.id).turns == finished.turns
    assert list(client.answer(session.id, "a", TEXT))[:-1] == before[:-1]


def test_a_deleted_session_is_gone(client: Client, session: wire.SessionView) -> None:
    client.delete(session.id)

    assert client.sessions() == []
    with pytest.raises(NotFound):
        client.session(session.id)
