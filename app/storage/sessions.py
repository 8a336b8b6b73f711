"""Sessions as append-only events in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.domain.events import Answered, Event, Plan
from app.domain.ports import SessionRow
from app.domain.session import fold
from app.errors import Conflict, DataVersionError, NotFound
from app.storage.codec import decode, decode_event, encode, encode_event
from app.storage.database import Database
from app.storage.tables import events as events_table
from app.storage.tables import sessions as sessions_table

_MOVED_ON = "this session has moved on since you last saw it: reload it and go on from there"


class SqlSessionStore:
    """Keep sessions as append-only events; any number of threads and processes may write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, session_id: str, events: Sequence[Event]) -> None:
        """Commit a new session.

        Raises:
            Conflict: the id is taken.
            ValueError: the events do not begin with `Started`.
        """
        state = fold(session_id, events)
        row = {
            "id": session_id,
            "case": state.plan.case,
            "level": state.plan.level.value,
            "plan": encode(state.plan),
            "status": state.status.value,
            "created_at": events[0].at,
            "updated_at": events[-1].at,
        }
        try:
            with self._database.writing() as connection:
                connection.execute(insert(sessions_table), row)
                _insert(connection, session_id, 0, events)
        except IntegrityError as error:
            raise Conflict(f"there already is a session {session_id!r}: choose another id") from error

    def append(self, session_id: str, after: int, events: Sequence[Event], status: str) -> None:
        """Commit events in one transaction, as number `after` and on.

        Raises:
            Conflict: somebody else has appended since, or an answer is already there.
            NotFound: there is no such session.
            ValueError: there are no events.
        """
        if not events:
            raise ValueError("nothing to append")
        try:
            with self._database.writing() as connection:
                # First, because on a server it makes other writers to this session wait.
                touched = connection.execute(
                    update(sessions_table)
                    .where(sessions_table.c.id == session_id)
                    .values(status=str(status), updated_at=events[-1].at)
                )
                if not touched.rowcount:
                    raise _not_found(session_id)
                if _count(connection, session_id) != after:
                    raise Conflict(_MOVED_ON)
                _insert(connection, session_id, after, events)
        except IntegrityError as error:
            raise Conflict(_MOVED_ON) from error

    def events(self, session_id: str, after: int = 0) -> list[Event]:
        """Give the events in order, without the first `after`.

        Raises:
            DataVersionError: one of them was written by another version of the program.
            NotFound: there is no such session.
        """
        columns = events_table.c
        query = select(events_table).where(columns.session_id == session_id, columns.seq >= after).order_by(columns.seq)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
            if not rows and not _count(connection, session_id):
                raise _not_found(session_id)
        return [_event(session_id, row["seq"], row["kind"], row["at"], row["payload"]) for row in rows]

    def rows(self) -> list[SessionRow]:
        """Give all sessions, the one that was active last first."""
        columns = sessions_table.c
        query = select(columns.id, columns.plan, columns.status, columns.created_at, columns.updated_at).order_by(
            columns.updated_at.desc(), columns.created_at.desc(), columns.id
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [SessionRow(row.id, decode(Plan, row.plan), row.status, row.created_at, row.updated_at) for row in rows]

    def delete(self, session_id: str) -> None:
        """Remove a session with its events and verdicts.

        Raises:
            NotFound: there is no such session.
        """
        with self._database.writing() as connection:
            # Events and verdicts go with it by their foreign keys.
            gone = connection.execute(delete(sessions_table).where(sessions_table.c.id == session_id))
            if not gone.rowcount:
                raise _not_found(session_id)


def _not_found(session_id: str) -> NotFound:
    return NotFound(f"there is no session {session_id!r}")


def _count(connection: Connection, session_id: str) -> int:
    query = select(func.count()).select_from(events_table).where(events_table.c.session_id == session_id)
    return connection.execute(query).scalar_one()


def _insert(connection: Connection, session_id: str, after: int, events: Sequence[Event]) -> None:
    _refuse_known_answers(connection, session_id, [e.answer_id for e in events if isinstance(e, Answered)])
    connection.execute(insert(events_table), [_row(session_id, after + i, event) for i, event in enumerate(events)])


def _refuse_known_answers(connection: Connection, session_id: str, answer_ids: list[str]) -> None:
    if not answer_ids:
        return
    known = select(events_table.c.answer_id).where(
        events_table.c.session_id == session_id, events_table.c.answer_id.in_(answer_ids)
    )
    taken = set(connection.execute(known).scalars())
    for answer_id in answer_ids:
        if answer_id in taken:
            raise Conflict(f"answer {answer_id!r} is already in this session: reload it and go on from there")
        taken.add(answer_id)


def _row(session_id: str, seq: int, event: Event) -> dict[str, Any]:
    payload = encode_event(event)
    return {
        "session_id": session_id,
        "seq": seq,
        "kind": payload.pop("kind"),
        "at": payload.pop("at"),
        "answer_id": event.answer_id if isinstance(event, Answered) else None,
        "payload": payload,
    }


def _event(session_id: str, seq: int, kind: str, at: float, payload: dict[str, Any]) -> Event:
    try:
        return decode_event({**payload, "kind": kind, "at": at})
    except DataVersionError as error:
        raise DataVersionError(f"session {session_id!r}, event {seq}: {error}") from error
