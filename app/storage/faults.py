"""Say in one line what a database's error means and what to do about it."""

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError

from app.errors import ConfigurationError, Conflict, InputError, SevenstepError

_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PERMISSION = "give yourself write permission on it and its directory, or choose another"
_SQLITE_ADVICE = {
    sqlite3.SQLITE_FULL: "has no room left: free some disk space and try again; what was saved before is safe",
    sqlite3.SQLITE_IOERR: "cannot be read or written: check that the disk is there and has room, then try again",
    sqlite3.SQLITE_READONLY: f"cannot be written: {_PERMISSION}",
    sqlite3.SQLITE_PERM: f"cannot be written: {_PERMISSION}",
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened: {_PERMISSION}",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database: choose another file, or move this one away",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore a copy of it, or move it away to begin anew",
}
_POSTGRES_BUSY = {"40001", "40P01", "55P03"}
"""Serialisation failure, deadlock, lock not available."""
_POSTGRES_FULL = "53100"


def explain(error: DBAPIError, where: str) -> SevenstepError:
    """Give the error of ours that says what `error` means.

    Args:
        error: anything but an `IntegrityError`, which means something else to each caller.
        where: the database's name in messages.
    """
    first = str(error.orig).strip().split("\n", maxsplit=1)[0]
    if isinstance(error, DataError):
        return InputError(f"the database cannot store this: {first}")
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    # The low byte is the primary code, the rest says more.
    primary = None if code is None else int(code) & 0xFF
    if primary in _SQLITE_BUSY or state in _POSTGRES_BUSY:
        return busy(where)
    if state == _POSTGRES_FULL:
        return ConfigurationError(f"database {where} {_SQLITE_ADVICE[sqlite3.SQLITE_FULL]}")
    if primary in _SQLITE_ADVICE:
        return ConfigurationError(f"database {where} {_SQLITE_ADVICE[primary]} ({first})")
    return ConfigurationError(
        f"database {where} does not work ({first}): check that it can be reached and is Sevenstep's"
    )


def busy(where: str) -> Conflict:
    """Say that others keep the database from being used just now."""
    return Conflict(
        f"database {where} is busy: something else has been writing to it for too long; try again in a moment"
    )
