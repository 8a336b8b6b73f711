import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from app.domain.events import EVENT_KINDS, Answered, Event, Paused, Resumed, Started
from app.domain.ports import SessionRow, SessionStore
from app.domain.session import Status
from app.domain.verdict import Fingerprint, Outcome, Verdict
from app.errors import ConfigurationError, Conflict, DataVersionError, InputError, NotFound
from app.storage import tables
from app.storage.database import Database
from app.storage.sessions import SqlSessionStore
from app.storage.verdicts import SqlVerdictStore


def test_it_is_a_session_store(sessions: SqlSessionStore) -> None:
    store: SessionStore = sessions

    assert store.rows() == []


def test_events_of_every_kind_come_back_the_same(sessions: SqlSessionStore, every_kind: list[Event]) -> None:
    assert {type(event) for event in every_kind} == set(EVENT_KINDS.values())

    sessions.create("s1", every_kind[:2])
    sessions.append("s1", 2, every_kind[2:5], Status.AWAITING_ANSWER)
    sessions.append("s1", 5, every_kind[5:], Status.FINISHED)

    assert sessions.events("s1") == every_kind


def test_half_a_surrogate_pair_in_an_answer_is_kept(sessions: SqlSessionStore, start: Started) -> None:
    answer = Answered(1001.0, "a-1", "cut \ud83d short")

    sessions.create("s1", [start, answer])

    assert sessions.events("s1") == [start, answer]


def test_an_id_that_is_not_text_is_the_users_fault(sessions: SqlSessionStore, start: Started) -> None:
    with pytest.raises(InputError, match="not valid Unicode"):
        sessions.create("\ud83d", [start])
    with pytest.raises(InputError, match="not valid Unicode"):
        sessions.events("\ud83d")


def test_a_list_shows_the_latest_first_with_its_status(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("old", [start])
    sessions.create("new", [replace(start, at=2000.0)])
    sessions.append("old", 1, [Paused(3000.5)], Status.PAUSED)

    assert sessions.rows() == [
        SessionRow("old", start.plan, "paused", 1000.25, 3000.5),
        SessionRow("new", start.plan, "awaiting_interviewer", 2000.0, 2000.0),
    ]


def test_an_id_is_taken_once(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("s1", [start])

    with pytest.raises(Conflict, match="already is a session 's1'"):
        sessions.create("s1", [replace(start, at=5.0)])

    assert sessions.events("s1") == [start]


def test_a_session_must_begin_with_its_start(sessions: SqlSessionStore) -> None:
    with pytest.raises(ValueError, match="begin"):
        sessions.create("s1", [Paused(1.0)])

    assert sessions.rows() == []


def test_a_second_writer_is_refused_and_nothing_of_it_is_kept(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("s1", [start])
    sessions.append("s1", 1, [Paused(1001.0)], Status.PAUSED)

    with pytest.raises(Conflict, match="this session has moved on"):
        sessions.append("s1", 1, [Answered(1002.0, "a-1", "hello")], Status.AWAITING_INTERVIEWER)

    assert sessions.events("s1") == [start, Paused(1001.0)]
    assert sessions.rows()[0].status == "paused"
    assert sessions.rows()[0].updated_at == 1001.0


def test_a_writer_who_is_ahead_is_refused(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("s1", [start])

    with pytest.raises(Conflict, match="moved on"):
        sessions.append("s1", 2, [Paused(1001.0)], Status.PAUSED)


def test_the_primary_key_is_the_last_defence(sessions: SqlSessionStore, database: Database, start: Started) -> None:
    sessions.create("s1", [start])
    with database.writing() as connection:
        row: dict[str, Any] = {
            "session_id": "s1",
            "seq": 2,
            "kind": "paused",
            "at": 1.0,
            "answer_id": None,
            "payload": {},
        }
        connection.execute(insert(tables.events), row)

    with pytest.raises(Conflict, match="moved on"):
        sessions.append("s1", 2, [Resumed(1001.0)], Status.AWAITING_ANSWER)


@pytest.mark.parametrize("later", [False, True])
def test_an_answer_id_is_taken_once_in_a_session(sessions: SqlSessionStore, start: Started, later: bool) -> None:
    sessions.create("s1", [start])
    first, second = Answered(1001.0, "a-1", "one"), Answered(1002.0, "a-1", "two")

    with pytest.raises(Conflict, match="'a-1' is already in this session"):
        if later:
            sessions.append("s1", 1, [first], Status.AWAITING_INTERVIEWER)
            sessions.append("s1", 2, [second], Status.AWAITING_INTERVIEWER)
        else:
            sessions.append("s1", 1, [first, second], Status.AWAITING_INTERVIEWER)

    assert sessions.events("s1") == ([start, first] if later else [start])


def test_the_database_itself_refuses_a_second_answer_of_one_id(
    sessions: SqlSessionStore, file: Path, start: Started
) -> None:
    sessions.create("s1", [start, Answered(1001.0, "a-1", "one")])

    with closing(sqlite3.connect(file)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO events VALUES ('s1', 2, 'answered', 1.0, 'a-1', '{}')")


def test_two_sessions_may_have_the_same_answer_id(sessions: SqlSessionStore, start: Started) -> None:
    answer = Answered(1001.0, "a-1", "one")

    sessions.create("s1", [start, answer])
    sessions.create("s2", [start, answer])

    assert sessions.events("s2") == [start, answer]


def test_a_session_that_does_not_exist_is_not_found(sessions: SqlSessionStore) -> None:
    with pytest.raises(NotFound, match="'gone'"):
        sessions.events("gone")
    with pytest.raises(NotFound, match="'gone'"):
        sessions.append("gone", 0, [Paused(1.0)], Status.PAUSED)
    with pytest.raises(NotFound, match="'gone'"):
        sessions.delete("gone")


def test_appending_nothing_is_a_mistake(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("s1", [start])

    with pytest.raises(ValueError, match="nothing"):
        sessions.append("s1", 1, [], Status.PAUSED)


def test_a_deleted_session_takes_its_events_and_verdicts_along(
    sessions: SqlSessionStore, verdicts: SqlVerdictStore, database: Database, start: Started
) -> None:
    fingerprint = Fingerprint("examiner/1", "m", "p", "r", "s")
    for session_id in ("s1", "s2"):
        sessions.create(session_id, [start, Answered(1001.0, "a-1", "one")])
        verdicts.save(session_id, fingerprint, [Verdict("c1", Outcome.UNMET, (), "", fingerprint.digest)])

    sessions.delete("s1")

    with pytest.raises(NotFound):
        sessions.events("s1")
    with database.reading() as connection:
        for table in (tables.events, tables.verdicts):
            left = select(func.count()).select_from(table).where(table.c.session_id == "s1")
            assert connection.execute(left).scalar() == 0
    assert len(sessions.events("s2")) == 2
    assert len(verdicts.verdicts("s2")) == 1


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ("kind = 'sneezed'", DataVersionError, "session 's1', event 1: unknown kind of event 'sneezed'"),
        ("payload = '{\"mood\": 1}'", DataVersionError, "session 's1', event 1: unknown field paused.mood"),
        ("payload = '{'", ConfigurationError, "not JSON"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(
    sessions: SqlSessionStore, file: Path, start: Started, change: str, error: type[Exception], words: str
) -> None:
    sessions.create("s1", [start, Paused(1001.0)])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"UPDATE events SET {change} WHERE seq = 1")
        connection.commit()

    with pytest.raises(error, match=words):
        sessions.events("s1")
