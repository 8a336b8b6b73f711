"""Texts to vectors: the protocol, and static embeddings that come with the installation and need no network."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from app.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Turn texts into vectors whose dot product says how near they are."""

    @property
    def name(self) -> str:
        """Name model and version; vectors compare only under one name."""
        ...

    @property
    def dimensions(self) -> int:
        """Give the length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Returns:
            Shape (len(texts), dimensions); every row has length 1, or is all zeros for a text with nothing to embed.
        """
        ...


class WordLlamaEmbedder:
    """Static embeddings: the mean of word-piece vectors. Loaded at the first text, never downloaded."""

    dimensions = 256

    def __init__(self) -> None:
        self._lock = Lock()
        self._model: Any = None

    @property
    def name(self) -> str:
        """Name model and version."""
        return f"wordllama-l2-supercat-{self.dimensions}/{_installed_version()}"

    @property
    def loaded(self) -> bool:
        """Say whether the weights are in memory."""
        return self._model is not None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Raises:
            ConfigurationError: the weights that belong to the installation are missing.
        """
        import numpy as np

        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        # Lone surrogates, which JSON can carry, cannot be tokenised.
        clean = {i: t.encode(errors="replace").decode() for i, t in enumerate(texts) if t.strip()}
        if not clean:
            return vectors
        means = np.asarray(self._weights().embed(list(clean.values()), norm=False), dtype=np.float32)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        usable = np.isfinite(lengths) & (lengths > 0)
        vectors[list(clean)] = np.divide(means, lengths, out=np.zeros_like(means), where=usable)
        return vectors

    def _weights(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = _load_wordllama(self.dimensions)
            return self._model


@cache
def _installed_version() -> str:
    return version("wordllama")


def _load_wordllama(dimensions: int) -> Any:
    with _root_logger_kept():
        import wordllama  # pyright: ignore[reportMissingTypeStubs]
    # The weights are found in the package by themselves; its tokenizer only if the package is named as the cache.
    package = Path(wordllama.__file__).parent
    try:
        return wordllama.WordLlama.load(cache_dir=package, dim=dimensions, disable_download=True)
    except FileNotFoundError as error:
        raise ConfigurationError(f"the embeddings are not complete in {package}: reinstall wordllama") from error


@contextmanager
def _root_logger_kept() -> Generator[None]:
    """Keep an import from configuring the root logger: `basicConfig` leaves one alone that has a handler."""
    guard = logging.NullHandler()
    logging.getLogger().addHandler(guard)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(guard)
