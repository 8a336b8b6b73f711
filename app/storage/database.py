"""Open the database, bring it up to date, and lend connections to it."""

import json
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import ConfigurationError, InputError
from app.storage import sqlite
from app.storage.faults import busy, explain
from app.storage.tables import REVISION

BUSY_SECONDS = 5.0
"""How long to wait for others who are writing."""
_BAD_URL = (
    "the database URL is not valid: write it as sqlite:////directory/file.sqlite3 "
    "or postgresql+psycopg://user:password@host/name"
)
_MIGRATING = Lock()
"""Alembic keeps its context in globals."""


class Database:
    """An open database, for any number of threads."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._reader = engine
        self._writer = engine.execution_options(writes=True)
        self.where = where
        """Its name in messages."""

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """Lend a connection for reading.

        Raises:
            ConfigurationError: the database does not work.
            Conflict: others keep it busy.
        """
        with self._explained(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Lend a connection for one transaction, committed at the end, rolled back on any error.

        Raises:
            ConfigurationError: the database does not work, is read-only or full.
            Conflict: others keep it busy.
            sqlalchemy.exc.IntegrityError: a row clashes; the caller knows what that means.
        """
        with self._explained(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._reader.dispose()

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise explain(error, self.where) from error
        except PoolTimeout as error:
            raise busy(self.where) from error
        except UnicodeEncodeError as error:
            raise InputError(f"{error.object!r} is not valid Unicode text and cannot be an id") from error


def sqlite_url(path: Path) -> str:
    """Give the URL of a SQLite file; unlike pasting them together, right for any character in the path."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def open_database(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Database:
    """Open a database, creating or migrating it as needed.

    Args:
        url: in SQLAlchemy's form; a SQLite file and its directory are created.
        busy_seconds: how long to wait for others who are writing to the same SQLite file.

    Raises:
        ConfigurationError: the URL is not valid, or the database cannot be reached, read, written, or is not ours.
        Conflict: others keep it busy.
        DataVersionError: it was written by a newer version of the program.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # Without the URL itself: there may be a password in it.
        raise ConfigurationError(_BAD_URL) from error
    path = sqlite.file_of(parsed)
    if path is not None:
        sqlite.prepare(path)
    with ExitStack() as stack:
        where = str(path) if path else parsed.render_as_string(hide_password=True)
        database = Database(_engine(parsed, busy_seconds), where)
        stack.callback(database.close)
        _bring_up_to_date(database)
        stack.pop_all()
    return database


def _engine(url: URL, busy_seconds: float) -> Engine:
    options: dict[str, Any] = {"json_serializer": partial(json.dumps, allow_nan=False), "json_deserializer": _load}
    try:
        if not sqlite.is_sqlite(url):
            return create_engine(url, pool_pre_ping=True, **options)
        engine = create_engine(url, **options, **sqlite.engine_options(sqlite.file_of(url), busy_seconds))
    except ArgumentError as error:
        raise ConfigurationError(_BAD_URL) from error
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"the database needs the Python package {error.name!r}: install it") from error
    sqlite.attach(engine, busy_seconds)
    return engine


def _load(stored: str) -> Any:
    try:
        return json.loads(stored)
    except ValueError as error:
        raise ConfigurationError(
            f"the database is damaged, {stored[:40]!r} is not JSON: restore a copy of it"
        ) from error


def _bring_up_to_date(database: Database) -> None:
    with database.reading() as connection:
        if _revision(connection) == REVISION:
            return
    with _MIGRATING, database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7337)"))
        # Asked again, for another process may have been first.
        present = _revision(connection)
        if present == REVISION:
            return
        if present is None and connection.dialect.name == "sqlite" and inspect(connection).get_table_names():
            raise ConfigurationError(f"database {database.where} belongs to another program: choose another file")
        from app.storage.upgrade import upgrade

        upgrade(connection, present, database.where)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
