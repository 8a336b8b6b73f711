from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.events import (
    Answered,
    Assumption,
    Covered,
    Event,
    Faltered,
    Finished,
    Heard,
    Intent,
    Paused,
    Plan,
    Resumed,
    Source,
    Spoke,
    Started,
    Switched,
)
from app.domain.framework import Level, Mode, Step
from app.domain.transcript import Evidence, MoveKind
from app.storage.database import Database, open_database, sqlite_url
from app.storage.sessions import SqlSessionStore
from app.storage.verdicts import SqlVerdictStore


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sevenstep.sqlite3"


@pytest.fixture
def url(file: Path) -> str:
    return sqlite_url(file)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def sessions(database: Database) -> SqlSessionStore:
    return SqlSessionStore(database)


@pytest.fixture
def verdicts(database: Database) -> SqlVerdictStore:
    return SqlVerdictStore(database)


@pytest.fixture
def start() -> Started:
    return Started(1000.25, Plan("video-feed", Level.SENIOR, 45), "c0ffee")


@pytest.fixture
def every_kind() -> list[Event]:
    """One event of every kind, with every field filled."""
    plan = Plan("video-feed", Level.STAFF, 20, Mode.DRILL, (Step.DATA, Step.SERVE), "model", "model", seed=2**70)
    settled = Assumption("traffic", "100M a day", "candidate", 1)
    return [
        Started(1000.25, plan, "c0ffee"),
        Answered(1001.1, "a-1", 'Łódź “quoted” 👩🏽‍🚀\n\ttab \\ "x" \x00 nul'),
        Heard(1001.2, Intent.QUESTION, (Covered("negatives", Evidence(1, 2, 5, "ódź")),), settled),
        Spoke(
            1002.0000001,
            "And the labels?",
            MoveKind.PROBE,
            Step.DATA,
            "labels",
            1,
            ("users",),
            (settled,),
            "late-labels",
            "half",
            "And the labels?",
            "traffic",
            (Source("concepts/drift#what", "Drift", 0.1 + 0.2),),
            "model",
            "retried",
            ("probe.1",),
            "qwen",
            "beef",
        ),
        Faltered(1003.0, "connection refused"),
        Switched(1003.5, "scripted"),
        Paused(1004.0),
        Resumed(1005.0),
        Finished(1006.0, "closed"),
    ]
