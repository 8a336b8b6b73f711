"""A short catalogue of well-known instruct models, and how to fetch one from the Hugging Face hub."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from app.errors import ConfigurationError, NotFound, ServerError, Unreachable

HUB = "https://huggingface.co"
SPARE_BYTES = 200_000_000
"""Disk space that a download leaves free."""
ANSWER_SECONDS = 10.0
"""How long the hub may take to say what it has."""

Progress = Callable[[int, int], None]
"""Hears how many bytes of how many are there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalogue, in 4-bit weights (Q4_K_M)."""

    name: str
    repo: str
    file: str
    size: float
    """Gigabytes to fetch, about; the hub says exactly how many."""
    memory: int
    """Gigabytes of memory that a machine should have for it."""
    licence: str


def _entry(name: str, size: float, memory: int, licence: str, prefix: str = "") -> Entry:
    whole = prefix + name
    return Entry(name, f"bartowski/{whole}-GGUF", f"{whole}-Q4_K_M.gguf", size, memory, licence)


CATALOGUE = (
    _entry("SmolLM2-1.7B-Instruct", 1.06, 4, "Apache-2.0"),
    _entry("Qwen2.5-3B-Instruct", 1.93, 4, "Qwen Research (not for commercial use)"),
    _entry("Qwen2.5-7B-Instruct", 4.68, 8, "Apache-2.0"),
    _entry("Llama-3.1-8B-Instruct", 4.92, 8, "Llama 3.1 Community", prefix="Meta-"),
    _entry("Qwen2.5-14B-Instruct", 8.99, 16, "Apache-2.0"),
)


def entry_named(name: str) -> Entry:
    """Find a model of the catalogue; case does not matter.

    Raises:
        NotFound: there is none of that name.
    """
    found = next((e for e in CATALOGUE if e.name.casefold() == name.casefold()), None)
    if found is None:
        known = ", ".join(e.name for e in CATALOGUE)
        raise NotFound(f"there is no model {name!r} in the catalogue: choose one of {known}")
    return found


def pull(name: str, directory: Path, progress: Progress) -> Path:
    """Fetch a model of the catalogue, going on where an earlier attempt broke off.

    Returns:
        The file; it is there only if it is whole and its checksum is the hub's.

    Raises:
        NotFound: there is none of that name.
        Unreachable: the hub does not answer, or the connection broke; what was fetched is kept.
        ServerError: the hub does not have the file, or sent another one; that is not kept.
        ConfigurationError: there is no room for it, or the directory cannot be written.
    """
    entry = entry_named(name)
    path = directory / entry.file
    if path.is_file():
        return path
    offer = _ask(entry)
    # The name carries the checksum, so that two versions are never mixed.
    part = directory / f"{entry.file}.{offer.sha256[:12]}.part"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _make_room(part, offer)
        _fetch(part, offer, progress)
        _check(part, offer)
        part.replace(path)
    except OSError as error:
        raise _explain(error, directory) from error
    return path


def gguf_fault(path: Path) -> str | None:
    """Say what is wrong with a model file, None if nothing is."""
    if not path.is_file():
        return f"there is no model file {path}: fetch one with `sevenstep model pull`, or give the right path"
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}): change its permissions"
    if magic != b"GGUF":
        return f"{path} is not a GGUF file: fetch one with `sevenstep model pull`"
    return None


@dataclass(frozen=True, slots=True)
class _Offer:
    """What the hub has."""

    file: str
    hub: str
    url: str
    size: int
    sha256: str


def _ask(entry: Entry) -> _Offer:
    hub = _hub()
    _be_quiet()
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    library: Any = import_module("huggingface_hub")
    url = hf_hub_url(entry.repo, entry.file, endpoint=hub)
    # A connection left over from an earlier call may be dead by now.
    library.close_session()
    try:
        found = library.get_hf_file_metadata(url, timeout=ANSWER_SECONDS, endpoint=hub)
    except HfHubHTTPError as error:
        raise ServerError(f"{hub} does not give {entry.file}: it answers {error.response.status_code}") from error
    except (_connection_fault(), OSError) as error:
        raise Unreachable(
            f"{hub} does not answer: is there a network? HF_ENDPOINT may name another hub that you can reach"
        ) from error
    if found.commit_hash is None or found.size is None or not re.fullmatch(r"[0-9a-f]{64}", found.etag or ""):
        raise ServerError(f"{hub} names no size and checksum for {entry.file}: is HF_ENDPOINT a Hugging Face hub?")
    url = hf_hub_url(entry.repo, entry.file, revision=found.commit_hash, endpoint=hub)
    return _Offer(entry.file, hub, url, found.size, found.etag or "")


def _hub() -> str:
    hub = os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB
    try:
        parts = urlsplit(hub)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError("HF_ENDPOINT is no address of a hub: it looks like https://huggingface.co")
    return hub


def _make_room(part: Path, offer: _Offer) -> None:
    for old in part.parent.glob(f"{offer.file}.*.part"):
        if old != part or old.stat().st_size > offer.size:
            old.unlink()
    needed = offer.size - _length(part) + SPARE_BYTES
    free = shutil.disk_usage(part.parent).free
    if free < needed:
        raise ConfigurationError(
            f"{offer.file} needs {needed / 1e9:.1f} GB, and {part.parent} has {free / 1e9:.1f} GB free:"
            " make room, or set SEVENSTEP_DATA_DIR to another disk"
        )


def _fetch(part: Path, offer: _Offer, progress: Progress) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    library: Any = import_module("huggingface_hub.file_download")

    class Bar(_Bar):
        hear = staticmethod(progress)

    try:
        # `hf_hub_download` begins anew each time it is called; this goes on where the file ends.
        with part.open("ab") as file:
            library.http_get(
                offer.url,
                file,
                resume_size=_length(part),
                headers=library.build_hf_headers(),
                expected_size=offer.size,
                tqdm_class=Bar,
            )
    except HfHubHTTPError as error:
        message = (
            f"{offer.hub} answers {error.response.status_code} in the middle: pull again later to go on from there"
        )
        raise Unreachable(message) from error
    except _connection_fault() as error:
        raise Unreachable(f"the connection to {offer.hub} broke: pull again to go on from there") from error


def _check(part: Path, offer: _Offer) -> None:
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != offer.sha256:
        part.unlink()
        raise ServerError(f"what came is not {offer.file} (its checksum is wrong), so it was removed: pull it again")


def _explain(error: OSError, directory: Path) -> Exception:
    if error.errno is None:
        return Unreachable("fewer or more bytes came than the hub promised: pull again")
    if error.errno == errno.ENOSPC:
        return ConfigurationError(f"{directory} is full: make room, then pull again to go on from there")
    return ConfigurationError(
        f"{directory} cannot be written ({error.strerror}): set SEVENSTEP_DATA_DIR to one that can"
    )


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _be_quiet() -> None:
    """Keep the hub's library from talking: to the terminal, and about who uses it."""
    from huggingface_hub import constants
    from huggingface_hub.utils import logging

    constants.HF_HUB_DISABLE_TELEMETRY = True
    logging.set_verbosity_error()


def _connection_fault() -> type[Exception]:
    """Give the base of what the hub's own HTTP client raises, whichever client that is."""
    from huggingface_hub.errors import HfHubHTTPError

    return HfHubHTTPError.__bases__[0]


class _Bar:
    """What the hub's library takes for a progress bar."""

    hear: Progress

    def __init__(self, total: int | None = None, initial: int = 0, **_: object) -> None:
        self._total, self._done = total or 0, initial

    def __enter__(self) -> _Bar:
        self.hear(self._done, self._total)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Leave nothing behind."""

    def update(self, count: int) -> None:
        self._done += count
        self.hear(self._done, self._total)
