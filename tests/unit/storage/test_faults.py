import sqlite3

import pytest
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from app.errors import ConfigurationError, Conflict, InputError, SevenstepError
from app.storage.faults import explain


class SqliteError(sqlite3.OperationalError):
    def __init__(self, code: int) -> None:
        super().__init__("it went wrong")
        self.sqlite_errorcode = code


class ServerError(Exception):
    def __init__(self, state: str) -> None:
        super().__init__("it went wrong\nDETAIL: more")
        self.sqlstate = state


@pytest.mark.parametrize(
    ("cause", "kind", "words"),
    [
        (SqliteError(sqlite3.SQLITE_BUSY), Conflict, "busy"),
        (SqliteError(sqlite3.SQLITE_BUSY_SNAPSHOT), Conflict, "busy"),
        (SqliteError(sqlite3.SQLITE_FULL), ConfigurationError, "free some disk space"),
        (SqliteError(sqlite3.SQLITE_IOERR_WRITE), ConfigurationError, "check that the disk"),
        (SqliteError(sqlite3.SQLITE_READONLY), ConfigurationError, "write permission"),
        (SqliteError(sqlite3.SQLITE_CANTOPEN), ConfigurationError, "write permission"),
        (SqliteError(sqlite3.SQLITE_CORRUPT), ConfigurationError, "restore a copy"),
        (SqliteError(sqlite3.SQLITE_ERROR), ConfigurationError, "it went wrong"),
        (ServerError("40P01"), Conflict, "busy"),
        (ServerError("53100"), ConfigurationError, "free some disk space"),
        (ServerError("08006"), ConfigurationError, "can be reached"),
    ],
)
def test_an_error_is_explained_in_one_line_with_the_name_of_the_database(
    cause: Exception, kind: type[SevenstepError], words: str
) -> None:
    explained = explain(OperationalError("SELECT 1", {}, cause), "/data/s.sqlite3")

    assert type(explained) is kind
    assert words in str(explained)
    assert "/data/s.sqlite3" in str(explained)
    assert "\n" not in str(explained)
    assert "SELECT" not in str(explained)


def test_a_value_that_the_database_refuses_is_the_users_fault() -> None:
    error: DBAPIError = DataError("INSERT", {}, ServerError("22001"))

    assert type(explain(error, "db")) is InputError
