import logging
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import app
from app.domain.events import Started
from app.errors import ConfigurationError, DataVersionError
from app.storage.database import Database, open_database, sqlite_url
from app.storage.sessions import SqlSessionStore
from app.storage.tables import REVISION, metadata

ROOT = Path(app.__file__).parents[1]
NOBODY = 65534


@pytest.fixture
def readable_only() -> Iterator[Path]:
    """A directory that may be read but not written, also when the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        yield directory
        os.seteuid(os.getuid())
        directory.chmod(0o755)


def give_up_writing(directory: Path) -> None:
    directory.chmod(0o555)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_new_database_is_created_with_its_directory(file: Path, url: str, start: Started) -> None:
    database = open_database(url)
    SqlSessionStore(database).create("s1", [start])
    database.close()

    assert file.is_file()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]


def test_the_migrations_give_the_tables_that_the_program_expects(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        assert compare_metadata(context, metadata) == []


def test_a_reopened_database_still_has_everything(url: str, start: Started) -> None:
    first = open_database(url)
    SqlSessionStore(first).create("s1", [start])
    first.close()

    second = open_database(url)

    assert SqlSessionStore(second).events("s1") == [start]
    second.close()


def test_a_sqlite_file_is_set_up_for_safety(database: Database) -> None:
    with database.reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


@pytest.mark.parametrize("name", ["with space", "per%41cent", "quest?ion#mark", "müsli+@:"])
def test_any_path_can_be_opened(tmp_path: Path, name: str) -> None:
    file = tmp_path / name / "s.sqlite3"

    open_database(sqlite_url(file)).close()

    assert file.is_file()


def test_a_database_in_memory_is_one_for_all_threads(start: Started) -> None:
    database = open_database("sqlite://")
    store = SqlSessionStore(database)

    with ThreadPoolExecutor(4) as pool:
        for creating in [pool.submit(store.create, f"s{number}", [start]) for number in range(8)]:
            creating.result()

    assert len(store.rows()) == 8
    database.close()


def test_threads_that_open_a_new_database_at_once_all_succeed(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for database in list(pool.map(open_database, [url] * 4)):
            database.close()


def test_processes_that_open_a_new_database_at_once_all_succeed(url: str) -> None:
    code = f"from app.storage.database import open_database; open_database({url!r}).close(); print('ok')"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]

    assert [process.communicate()[0] for process in processes] == [b"ok\n", b"ok\n"]


def test_opening_an_up_to_date_database_is_fast_and_needs_no_alembic(url: str) -> None:
    open_database(url).close()
    code = (
        "import sys, time; from app.storage.database import open_database; started = time.perf_counter()\n"
        f"open_database({url!r}).close(); print(time.perf_counter() - started < 0.1, 'alembic' in sys.modules)"
    )
    # The best of three, for the machine may be busy.
    answers = {subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True) for _ in range(3)}

    assert "True False\n" in answers


def test_migrating_prints_nothing_and_leaves_logging_alone(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = (list(logging.root.handlers), logging.root.level)

    open_database(url).close()

    assert capfd.readouterr() == ("", "")
    assert (list(logging.root.handlers), logging.root.level) == before


def test_a_database_of_a_newer_version_is_refused_and_left_alone(file: Path, url: str) -> None:
    open_database(url).close()
    execute(file, "UPDATE alembic_version SET version_num = '0999'")

    with pytest.raises(DataVersionError, match="written by a newer version of Sevenstep") as raised:
        open_database(url)

    assert str(file) in str(raised.value)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0999",)]


@pytest.mark.parametrize(
    "content", [b"x", b"hello, this is text\n" * 500, b"\0" * 8192, b"SQLite format 3\0" + b"no" * 4096]
)
def test_a_file_that_is_not_a_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match="is not a SQLite database") as raised:
        open_database(sqlite_url(file))

    assert str(file) in str(raised.value)
    assert file.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite3"
    execute(file, "CREATE TABLE collections (id TEXT)")

    with pytest.raises(ConfigurationError, match="belongs to another program"):
        open_database(sqlite_url(file))

    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("collections",)]


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX permissions")
def test_a_directory_that_cannot_be_written_is_named(readable_only: Path) -> None:
    give_up_writing(readable_only)

    with pytest.raises(ConfigurationError, match="write permission") as raised:
        open_database(sqlite_url(readable_only / "s.sqlite3"))

    assert str(readable_only) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX permissions")
def test_a_directory_that_cannot_be_created_is_named(readable_only: Path) -> None:
    give_up_writing(readable_only)

    with pytest.raises(ConfigurationError, match="cannot be created") as raised:
        open_database(sqlite_url(readable_only / "deeper" / "s.sqlite3"))

    assert str(readable_only / "deeper") in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs POSIX permissions")
def test_a_file_that_cannot_be_written_is_named(readable_only: Path) -> None:
    file = readable_only / "s.sqlite3"
    open_database(sqlite_url(file)).close()
    file.chmod(0o444)
    readable_only.chmod(0o777)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)

    with pytest.raises(ConfigurationError, match="write permission") as raised:
        open_database(sqlite_url(file))

    assert str(file) in str(raised.value)


def test_a_directory_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a directory") as raised:
        open_database(sqlite_url(tmp_path))

    assert str(tmp_path) in str(raised.value)


def test_a_file_in_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    with pytest.raises(ConfigurationError, match="cannot be created") as raised:
        open_database(sqlite_url(tmp_path / "data" / "s.sqlite3"))

    assert str(tmp_path / "data") in str(raised.value)


@pytest.mark.parametrize("url", ["", "nonsense", "postgres://me:secret@host/name", "sqlite://host/file"])
def test_a_wrong_url_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="URL is not valid") as raised:
        open_database(url)

    assert "secret" not in str(raised.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ConfigurationError, match="'psycopg'"):
        open_database("postgresql+psycopg://me:secret@127.0.0.1:1/name")


def test_opening_leaves_no_lock_behind(url: str, file: Path) -> None:
    database = open_database(url)
    started = time.monotonic()

    execute(file, "CREATE TABLE scratch (id TEXT)")

    assert time.monotonic() - started < 4
    database.close()
