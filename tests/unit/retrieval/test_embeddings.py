import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import wordllama

from app.errors import ConfigurationError
from app.retrieval.embeddings import Embedder, WordLlamaEmbedder


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return WordLlamaEmbedder()


def test_rows_are_float32_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed(["negative sampling", "a much longer text about something else entirely", "x"])

    assert vectors.shape == (3, embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0"])
def test_an_empty_text_is_a_zero_row_among_others(embedder: Embedder, text: str) -> None:
    vectors = embedder.embed([text, "drift", text])

    assert not vectors[0].any()
    assert not vectors[2].any()
    assert np.array_equal(vectors[1], embedder.embed(["drift"])[0])


@pytest.mark.parametrize("text", ["\ud83d", "\x00", "\u200b", "🦜", "日本語", "a" * 50_000, "?!"])
def test_odd_texts_never_give_nan(embedder: Embedder, text: str) -> None:
    vectors = embedder.embed([text])

    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors) == pytest.approx(1.0, abs=1e-5) or not vectors.any()


def test_no_texts_give_no_rows_and_load_nothing() -> None:
    embedder = WordLlamaEmbedder()

    assert embedder.embed([]).shape == (0, embedder.dimensions)
    assert embedder.embed([""]).shape == (1, embedder.dimensions)
    assert not embedder.loaded


def test_near_meanings_have_near_vectors(embedder: Embedder) -> None:
    question, near, far = embedder.embed(["cheap cars", "inexpensive automobiles", "a recipe for onion soup"])

    assert question @ near > question @ far + 0.2


def test_the_name_says_model_size_and_version(embedder: Embedder) -> None:
    assert embedder.name.startswith("wordllama-l2-supercat-256/")
    assert embedder.name.rpartition("/")[2][0].isdigit()


def test_loading_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert WordLlamaEmbedder().embed(["offline"]).any()


def test_threads_load_the_weights_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    load = wordllama.WordLlama.load
    monkeypatch.setattr(wordllama.WordLlama, "load", lambda **how: calls.append(how) or load(**how))
    embedder = WordLlamaEmbedder()

    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda _: embedder.embed(["drift"])[0], range(16)))

    assert len(calls) == 1
    assert calls[0]["disable_download"] is True
    assert all(np.array_equal(row, rows[0]) for row in rows)


def test_missing_weights_are_the_installations_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(**_: object) -> NoReturn:
        raise FileNotFoundError(tmp_path)

    monkeypatch.setattr(wordllama.WordLlama, "load", missing)

    with pytest.raises(ConfigurationError, match="reinstall wordllama"):
        WordLlamaEmbedder().embed(["drift"])


def test_loading_leaves_the_root_logger_as_it_was() -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))

    WordLlamaEmbedder().embed(["drift"])

    assert (root.level, list(root.handlers)) == before
