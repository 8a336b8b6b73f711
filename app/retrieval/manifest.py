"""A note beside an index that says what is in it, so that "nothing has changed" needs no database."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from pathlib import Path

from app.errors import ConfigurationError

WAIT_FOR_WRITER = 120.0
"""Seconds to wait for another process that is writing the same index."""
_SQLITE_MAGIC = b"SQLite format 3\x00"

Promise = Mapping[str, str | int]
"""What an index must have been made from."""


class Manifest:
    """The note of one index directory. It is absent while the index is written, so a crash leaves no false one."""

    def __init__(self, directory: Path, database: Path) -> None:
        """Name the place; nothing is read.

        Args:
            directory: of the index.
            database: the file that an unharmed index has.
        """
        self.directory = directory
        self._path = directory / "manifest.json"
        self._database = database

    @property
    def exists(self) -> bool:
        """Say whether an index was once finished here."""
        return self._path.exists()

    def holds(self, promise: Promise) -> bool:
        """Say whether the index was made from exactly this and still looks whole.

        Raises:
            ConfigurationError: the index fits but cannot be opened, because Chroma opens it only for writing.
        """
        try:
            found = json.loads(self._path.read_bytes())
            with self._database.open("rb") as database:
                whole = database.read(len(_SQLITE_MAGIC)) == _SQLITE_MAGIC
        except (OSError, ValueError):
            return False
        if found != promise or not whole:
            return False
        if not (_may_write(self._database) and _may_write(self._database.parent)):
            raise _unwritable(self.directory, "it is read-only, and Chroma opens an index only for writing")
        return True

    def write(self, promise: Promise) -> None:
        """Say what the index is now made from."""
        try:
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(promise, indent=2) + "\n", encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            raise _unwritable(self.directory, error.strerror) from error

    def remove(self) -> None:
        """Say that nothing is known of the index."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.directory, error.strerror) from error


def digest_of(hashes: Mapping[str, str]) -> str:
    """Hash ids and content hashes of all chunks, in whatever order they come."""
    return sha256(json.dumps(sorted(hashes.items())).encode()).hexdigest()


@contextmanager
def only_writer(directory: Path) -> Generator[None]:
    """Make the directory, and keep other processes from writing in it meanwhile.

    Raises:
        ConfigurationError: the directory cannot be written, or another process does not finish.
    """
    with ExitStack() as held:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            # SQLite's own locks work on every system, and the system frees them when a process dies.
            lock = sqlite3.connect(directory / "writer.sqlite3", WAIT_FOR_WRITER, isolation_level=None)
            held.enter_context(closing(lock)).execute("BEGIN EXCLUSIVE")
        except OSError as error:
            raise _unwritable(directory, error.strerror) from error
        except sqlite3.OperationalError as error:
            raise _unwritable(directory, str(error)) from error
        yield


def _may_write(path: Path) -> bool:
    # Files are opened as the effective user, where a system tells it from the real one.
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _unwritable(directory: Path, reason: str | None) -> ConfigurationError:
    return ConfigurationError(
        f"cannot write the search index in {directory}: {reason}; make it writable, or choose another data directory"
    )
