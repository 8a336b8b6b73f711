"""What is special about a database in a SQLite file."""

import os
import time
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_BUSY, OperationalError
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, event

from app.errors import ConfigurationError

_MAGIC = b"SQLite format 3\0"


def is_sqlite(url: URL) -> bool:
    """Say whether the database is SQLite's."""
    return url.get_backend_name() == "sqlite"


def file_of(url: URL) -> Path | None:
    """Give the file that the database is in, None if it is in memory or on a server."""
    if not is_sqlite(url) or not url.database or url.database.startswith((":memory:", "file:")):
        return None
    return Path(url.database).absolute()


def prepare(path: Path) -> None:
    """Create the directory, and find out early what SQLite would say late or darkly.

    Raises:
        ConfigurationError: there cannot be a database there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"directory {path.parent} for the database cannot be created ({error.strerror}): choose another directory"
        ) from error
    if path.is_dir():
        raise ConfigurationError(f"database {path} is a directory: name a file in it")
    # The directory too: the write-ahead log is a file next to the database.
    for needed in (path.parent, path):
        if needed.exists() and not os.access(needed, os.R_OK | os.W_OK, effective_ids=_effective()):
            raise ConfigurationError(
                f"{needed} cannot be written: give yourself write permission on it, or put the database elsewhere"
            )
    # SQLite itself would write over a file of a few bytes.
    if path.is_file():
        with path.open("rb") as file:
            begin = file.read(len(_MAGIC))
        if begin not in (b"", _MAGIC):
            raise ConfigurationError(
                f"database {path} is not a SQLite database: choose another file, or move this one away"
            )


def engine_options(path: Path | None, busy_seconds: float) -> dict[str, Any]:
    """Give the options with which to create the engine."""
    # One connection is the database if it lives in memory; a file has room for a connection in every thread.
    size, overflow = (1, 0) if path is None else (5, -1)
    return {
        "connect_args": {"timeout": busy_seconds, "check_same_thread": False},
        "poolclass": QueuePool,
        "pool_size": size,
        "max_overflow": overflow,
    }


def attach(engine: Engine, busy_seconds: float) -> None:
    """Set up every connection and begin every transaction in our way."""
    event.listen(engine, "connect", partial(_set_up, busy_seconds))
    event.listen(engine, "begin", _begin)


def _effective() -> bool:
    return os.access in os.supports_effective_ids


def _set_up(busy_seconds: float, connection: Any, _record: object) -> None:
    # Transactions are begun below, not by the driver, which would begin them only at the first write.
    connection.isolation_level = None
    _use_wal(connection, time.monotonic() + busy_seconds)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: Any, deadline: float) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself for others who are switching."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except OperationalError as error:
            if error.sqlite_errorcode & 0xFF != SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer is refused without waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
