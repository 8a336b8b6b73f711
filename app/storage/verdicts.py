"""Verdicts in SQL, one for a session, criterion and fingerprint."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.domain.verdict import Fingerprint, Verdict
from app.errors import Conflict, NotFound
from app.storage.codec import decode, encode
from app.storage.database import Database
from app.storage.tables import fingerprints as fingerprints_table
from app.storage.tables import sessions as sessions_table
from app.storage.tables import verdicts as verdicts_table

_ATTEMPTS = 3
_IN_COLUMNS = ("criterion", "fingerprint", "outcome")
"""Fields of a verdict that have a column of their own."""


class SqlVerdictStore:
    """Keep verdicts; the first one for a session, criterion and fingerprint stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, session_id: str, fingerprint: Fingerprint, verdicts: Iterable[Verdict]) -> None:
        """Commit verdicts; those already kept stay as they are.

        Raises:
            Conflict: others keep saving the same verdicts.
            NotFound: there is no such session.
            ValueError: a verdict bears another fingerprint.
        """
        given = tuple(verdicts)
        for verdict in given:
            if verdict.fingerprint != fingerprint.digest:
                raise ValueError(
                    f"verdict on {verdict.criterion!r} bears another fingerprint than {fingerprint.digest}"
                )
        if not given:
            return
        clash: IntegrityError | None = None
        for _ in range(_ATTEMPTS):
            try:
                with self._database.writing() as connection:
                    _save(connection, session_id, fingerprint, given)
                return
            except IntegrityError as error:
                # Another process was first with one of the rows; the next attempt sees it.
                clash = error
        raise Conflict("somebody else is saving the same verdicts: try again in a moment") from clash

    def verdicts(self, session_id: str, fingerprint: str | None = None) -> list[Verdict]:
        """Give the kept verdicts of a session in the order of saving, of one fingerprint (by digest) if named.

        Raises:
            DataVersionError: one of them was written by another version of the program.
        """
        columns = verdicts_table.c
        query = select(columns.criterion, columns.fingerprint, columns.outcome, columns.payload).where(
            columns.session_id == session_id
        )
        if fingerprint is not None:
            query = query.where(columns.fingerprint == fingerprint)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(columns.place)).all()
        return [decode(Verdict, {**payload, **dict(zip(_IN_COLUMNS, own, strict=True))}) for *own, payload in rows]

    def fingerprint(self, session_id: str) -> Fingerprint | None:
        """Give the fingerprint under which the session was graded last, None if it was not."""
        query = (
            select(fingerprints_table.c.payload)
            .join(sessions_table, sessions_table.c.fingerprint == fingerprints_table.c.digest)
            .where(sessions_table.c.id == session_id)
        )
        with self._database.reading() as connection:
            payload = connection.execute(query).scalar()
        return None if payload is None else decode(Fingerprint, payload)


def _save(connection: Connection, session_id: str, fingerprint: Fingerprint, given: Sequence[Verdict]) -> None:
    digest = fingerprint.digest
    found = connection.execute(select(fingerprints_table.c.digest).where(fingerprints_table.c.digest == digest)).first()
    if found is None:
        connection.execute(insert(fingerprints_table), {"digest": digest, "payload": encode(fingerprint)})
    # On a server this makes other writers to this session wait.
    touched = connection.execute(
        update(sessions_table).where(sessions_table.c.id == session_id).values(fingerprint=digest)
    )
    if not touched.rowcount:
        raise NotFound(f"there is no session {session_id!r}")
    place, kept = _kept(connection, session_id, digest)
    rows: list[dict[str, Any]] = []
    for verdict in given:
        if verdict.criterion not in kept:
            kept.add(verdict.criterion)
            rows.append(_row(session_id, place + len(rows), verdict))
    if rows:
        connection.execute(insert(verdicts_table), rows)


def _kept(connection: Connection, session_id: str, digest: str) -> tuple[int, set[str]]:
    """Give how many verdicts the session has, and the criteria that have one under this fingerprint."""
    columns = verdicts_table.c
    of_session = columns.session_id == session_id
    count = connection.execute(select(func.count()).select_from(verdicts_table).where(of_session)).scalar_one()
    criteria = connection.execute(select(columns.criterion).where(of_session, columns.fingerprint == digest)).scalars()
    return count, set(criteria)


def _row(session_id: str, place: int, verdict: Verdict) -> dict[str, Any]:
    payload = encode(verdict)
    own = {name: payload.pop(name) for name in _IN_COLUMNS}
    return {"session_id": session_id, "place": place, **own, "payload": payload}
