from dataclasses import replace

import pytest

from app.domain.events import Started
from app.domain.ports import VerdictStore
from app.domain.transcript import Evidence
from app.domain.verdict import Fingerprint, Outcome, Verdict
from app.errors import Conflict, NotFound
from app.storage.database import Database
from app.storage.sessions import SqlSessionStore
from app.storage.verdicts import SqlVerdictStore

EXAMINER = Fingerprint("examiner/1", "wordllama", "p1", "r1", "0.5")
MODEL = Fingerprint("model/1", "qwen", "p2", "r1", "t=0")


def verdict(criterion: str, fingerprint: Fingerprint = EXAMINER, reason: str = "") -> Verdict:
    evidence = (Evidence(1, 0, 4, "nDCG"), Evidence(3, 9, 10, "é"))
    return Verdict(criterion, Outcome.MET, evidence, reason, fingerprint.digest, assisted=True)


@pytest.fixture(autouse=True)
def session(sessions: SqlSessionStore, start: Started) -> None:
    sessions.create("s1", [start])


def test_it_is_a_verdict_store(verdicts: SqlVerdictStore) -> None:
    store: VerdictStore = verdicts

    assert store.verdicts("s1") == []


def test_verdicts_come_back_the_same_in_the_order_of_saving(verdicts: SqlVerdictStore) -> None:
    given = [
        verdict("zeta"),
        Verdict("alpha", Outcome.UNMET, (), "did not say it", EXAMINER.digest),
        Verdict("mu", Outcome.CANNOT_ASSESS, (), "the model failed", EXAMINER.digest),
    ]

    verdicts.save("s1", EXAMINER, iter(given[:2]))
    verdicts.save("s1", EXAMINER, given[2:])

    assert verdicts.verdicts("s1") == given


def test_a_verdict_saved_twice_stays_as_it_was_first(verdicts: SqlVerdictStore) -> None:
    verdicts.save("s1", EXAMINER, [verdict("c1", reason="first"), verdict("c1", reason="second")])
    verdicts.save("s1", EXAMINER, [verdict("c1", reason="third"), verdict("c2")])

    assert verdicts.verdicts("s1") == [verdict("c1", reason="first"), verdict("c2")]


def test_verdicts_of_two_judges_are_kept_apart(verdicts: SqlVerdictStore) -> None:
    verdicts.save("s1", EXAMINER, [verdict("c1")])
    verdicts.save("s1", MODEL, [verdict("c1", MODEL)])

    assert verdicts.verdicts("s1", EXAMINER.digest) == [verdict("c1")]
    assert verdicts.verdicts("s1", MODEL.digest) == [verdict("c1", MODEL)]
    assert verdicts.verdicts("s1", "no such digest") == []
    assert len(verdicts.verdicts("s1")) == 2


def test_the_fingerprint_is_the_one_of_the_last_grading(
    sessions: SqlSessionStore, verdicts: SqlVerdictStore, start: Started
) -> None:
    sessions.create("s2", [start])
    assert verdicts.fingerprint("s1") is None

    verdicts.save("s1", EXAMINER, [verdict("c1")])
    assert verdicts.fingerprint("s1") == EXAMINER

    verdicts.save("s1", MODEL, [verdict("c1", MODEL)])
    assert verdicts.fingerprint("s1") == MODEL
    assert verdicts.fingerprint("s2") is None

    verdicts.save("s1", EXAMINER, [verdict("c1")])
    assert verdicts.fingerprint("s1") == EXAMINER


def test_saving_no_verdicts_is_no_grading(verdicts: SqlVerdictStore) -> None:
    verdicts.save("s1", EXAMINER, [])

    assert verdicts.fingerprint("s1") is None


def test_verdicts_under_another_fingerprint_are_a_mistake(verdicts: SqlVerdictStore) -> None:
    with pytest.raises(ValueError, match="another fingerprint"):
        verdicts.save("s1", EXAMINER, [verdict("c1"), replace(verdict("c2"), fingerprint=MODEL.digest)])

    assert verdicts.verdicts("s1") == []


def test_a_session_that_does_not_exist_cannot_be_graded(verdicts: SqlVerdictStore) -> None:
    with pytest.raises(NotFound, match="'gone'"):
        verdicts.save("gone", EXAMINER, [verdict("c1")])

    assert verdicts.verdicts("gone") == []
    assert verdicts.fingerprint("gone") is None


def test_a_clash_that_does_not_go_away_is_a_conflict(verdicts: SqlVerdictStore, database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER clash BEFORE INSERT ON verdicts BEGIN SELECT RAISE(ABORT, 'clash'); END"
        )

    with pytest.raises(Conflict, match="saving the same verdicts"):
        verdicts.save("s1", EXAMINER, [verdict("c1")])

    assert verdicts.fingerprint("s1") is None
