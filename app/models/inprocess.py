"""A GGUF file, served by llama.cpp inside this process."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from secrets import token_urlsafe
from threading import Lock
from typing import Any

from pydantic import SecretStr

from app.errors import ConfigurationError
from app.models.profiles import Endpoint, Profile

CONTEXT = 8192
"""Tokens for each slot, unless the profile says otherwise."""
SLOT_MEMORY = 6_000_000_000
"""Bytes of memory from which a further slot is worth having."""
MOST_SLOTS = 4
_QUIET = 0


class LocalServer:
    """One model in memory, loaded at the first call and shared by all sessions."""

    def __init__(self, profile: Profile, slots: int | None = None) -> None:
        """Take the profile of a GGUF file; nothing is loaded.

        Args:
            profile: names the file.
            slots: conversations served at once; by default as the machine allows.
        """
        self._profile = profile
        self.slots = slots or _slots()
        self._server: Any = None
        self._key = token_urlsafe(24)
        self._lock = Lock()

    def endpoint(self) -> Endpoint:
        """Give where the model is served, after loading it.

        Raises:
            ConfigurationError: the extra is not installed, or the file is missing or no model.
        """
        with self._lock:
            if self._server is None:
                self._server = self._load()
            return Endpoint(self._profile, f"{self._server.listening_address}/v1", SecretStr(self._key))

    @property
    def context(self) -> int:
        """Give the tokens of one conversation."""
        return self._profile.context or CONTEXT

    def close(self) -> None:
        """Unload the model."""
        with self._lock:
            self._server = None

    def _load(self) -> Any:
        path = Path(self._profile.model).expanduser()
        if not path.is_file():
            raise ConfigurationError(f"there is no model file {path}: fetch one with `sevenstep model pull`")
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ConfigurationError(f"{path} is not a GGUF file: fetch one with `sevenstep model pull`")
        try:
            xllamacpp: Any = import_module("xllamacpp")
        except ImportError as error:
            message = "running a model in this process needs an extra: install it with pip install 'sevenstep[local]'"
            raise ConfigurationError(message) from error
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_parallel = self.slots
        params.n_ctx = self.context * self.slots
        # One core is left to everything else: with all of them, a busy machine brings generation to a standstill.
        params.cpuparams.n_threads = max(1, len(os.sched_getaffinity(0)) - 1)
        params.model_alias = {path.stem}
        params.port = 0
        params.verbosity = _QUIET
        params.api_keys = [self._key]
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            raise ConfigurationError(f"{path} cannot be loaded: {error}") from error


def _slots() -> int:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return max(1, min(MOST_SLOTS, pages * size // SLOT_MEMORY))
