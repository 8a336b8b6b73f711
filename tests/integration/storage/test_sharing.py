"""Many writers, sudden death, and a disk without room."""

import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

import app
from app.domain.events import Answered, Started
from app.domain.session import Status
from app.domain.verdict import Fingerprint, Outcome, Verdict
from app.errors import ConfigurationError, Conflict
from app.storage.database import Database, open_database
from app.storage.sessions import SqlSessionStore
from app.storage.verdicts import SqlVerdictStore

ROOT = Path(app.__file__).parents[1]
ROUNDS = 15


def answer(name: str) -> Answered:
    return Answered(1001.0, name, f"said by {name}")


def test_of_two_appenders_exactly_one_wins_each_place(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("s1", [start])
    barrier = Barrier(2)

    def race(name: str) -> list[int]:
        won: list[int] = []
        for seq in range(1, ROUNDS + 1):
            barrier.wait()
            try:
                sessions.append("s1", seq, [answer(f"{name}-{seq}")], Status.AWAITING_INTERVIEWER)
                won.append(seq)
            except Conflict:
                pass
            barrier.wait()
        return won

    with ThreadPoolExecutor(2) as pool:
        left, right = pool.map(race, ("left", "right"))

    assert sorted(left + right) == list(range(1, ROUNDS + 1))
    events = sessions.events("s1")
    assert events == [
        start,
        *(answer(f"left-{seq}" if seq in left else f"right-{seq}") for seq in range(1, ROUNDS + 1)),
    ]


def test_of_many_posts_of_one_answer_exactly_one_is_kept(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("s1", [start])

    def post(_: int) -> str:
        try:
            sessions.append("s1", 1, [answer("a-1")], Status.AWAITING_INTERVIEWER)
        except Conflict:
            return "refused"
        return "kept"

    with ThreadPoolExecutor(12) as pool:
        assert Counter(pool.map(post, range(12))) == {"kept": 1, "refused": 11}


def test_many_sessions_are_written_and_read_at_once(sessions: SqlSessionStore, start: Started) -> None:
    def interview(number: int) -> int:
        sessions.create(f"s{number}", [start])
        for seq in range(1, 6):
            sessions.append(f"s{number}", seq, [answer(f"a-{seq}")], Status.AWAITING_INTERVIEWER)
            sessions.rows()
        return len(sessions.events(f"s{number}"))

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(interview, range(20))) == [6] * 20


def test_graders_that_save_the_same_verdicts_at_once_keep_each_once(
    sessions: SqlSessionStore, verdicts: SqlVerdictStore, start: Started
) -> None:
    sessions.create("s1", [start])
    fingerprint = Fingerprint("examiner/1", "m", "p", "r", "s")
    given = [Verdict(f"c{n}", Outcome.UNMET, (), "", fingerprint.digest) for n in range(5)]

    with ThreadPoolExecutor(6) as pool:
        for saving in [pool.submit(verdicts.save, "s1", fingerprint, given) for _ in range(6)]:
            saving.result()

    assert verdicts.verdicts("s1") == given


def test_graders_of_many_sessions_share_one_new_fingerprint(
    sessions: SqlSessionStore, verdicts: SqlVerdictStore, start: Started
) -> None:
    fingerprint = Fingerprint("examiner/1", "m", "p", "r", "s")
    ids = [f"s{number}" for number in range(8)]
    for session_id in ids:
        sessions.create(session_id, [start])

    def grade(session_id: str) -> None:
        verdicts.save(session_id, fingerprint, [Verdict("c1", Outcome.UNMET, (), "", fingerprint.digest)])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(grade, ids))

    assert [verdicts.fingerprint(session_id) for session_id in ids] == [fingerprint] * 8


def test_a_database_that_somebody_else_keeps_locked_is_a_conflict(file: Path, url: str, start: Started) -> None:
    database = open_database(url, busy_seconds=0.2)
    sessions = SqlSessionStore(database)
    sessions.create("s1", [start])
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Conflict, match="busy") as raised:
            sessions.append("s1", 1, [answer("a-1")], Status.AWAITING_INTERVIEWER)
        assert str(file) in str(raised.value)
        assert sessions.events("s1") == [start]  # reading goes on meanwhile

        other.execute("ROLLBACK")
    sessions.append("s1", 1, [answer("a-1")], Status.AWAITING_INTERVIEWER)
    database.close()


def test_a_disk_without_room_is_named_and_loses_nothing_of_before(
    sessions: SqlSessionStore, database: Database, file: Path, start: Started
) -> None:
    sessions.create("s1", [start])
    with database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")

    long = Answered(1001.0, "a-1", "word " * 20_000)
    with pytest.raises(ConfigurationError, match="free some disk space") as raised:
        sessions.append("s1", 1, [long], Status.AWAITING_INTERVIEWER)

    assert str(file) in str(raised.value)
    assert sessions.events("s1") == [start]
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    sessions.append("s1", 1, [long], Status.AWAITING_INTERVIEWER)
    assert sessions.events("s1") == [start, long]


WRITER = """
import sys
from app.domain.events import Answered, Plan, Started
from app.domain.framework import Level
from app.storage.database import open_database
from app.storage.sessions import SqlSessionStore

store = SqlSessionStore(open_database(sys.argv[1]))
store.create("s1", [Started(1.0, Plan("feed", Level.MID, 45), "abc")])
for seq in range(1, 100_000):
    store.append("s1", seq, [Answered(float(seq), f"a-{seq}", "word " * 500)], "awaiting_interviewer")
    print(seq, flush=True)
"""


@pytest.mark.parametrize("after", [1, 7])
def test_a_process_that_is_killed_after_an_append_loses_nothing(url: str, after: int) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = [int(writer.stdout.readline()) for _ in range(after)]
    writer.kill()
    said += [int(line) for line in writer.communicate()[0].splitlines()]
    assert writer.returncode < 0

    database = open_database(url)
    events = SqlSessionStore(database).events("s1")

    # All that it said it had saved, and at most the one that it was about to say.
    assert len(events) - 1 in (said[-1], said[-1] + 1)
    assert [event.at for event in events[1:]] == [float(seq) for seq in range(1, len(events))]
    SqlSessionStore(database).append("s1", len(events), [answer("after")], Status.AWAITING_INTERVIEWER)
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.close()
