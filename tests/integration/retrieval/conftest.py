import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.framework import Step
from app.retrieval import Chunk, ChunkIndex, Document, WordLlamaEmbedder, chunk_documents

WEIGHTS = WordLlamaEmbedder()


class CountingEmbedder:
    """The real one, which also tells what it was asked for."""

    dimensions = WEIGHTS.dimensions

    def __init__(self, name: str = "counted/1") -> None:
        self.name = name
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts.extend(texts)
        return WEIGHTS.embed(texts)


def framework(number: int, title: str, text: str) -> Document:
    return Document(f"framework/step-{number}", title, "framework", (Step(number),), None, text)


def concept(id_: str, title: str, steps: Sequence[int], text: str) -> Document:
    return Document(f"concepts/{id_}", title, "concept", tuple(Step(s) for s in steps), None, text)


def reference(slug: str, text: str) -> Document:
    return Document(f"cases/{slug}", f"Reference for {slug}", "reference", (), slug, text)


DOCUMENTS = (
    framework(3, "Prepare data", "## What this step is for\nSay where examples and labels come from.\n"),
    framework(7, "Monitor and maintain", "## What this step is for\nSay who is woken up when quality sinks.\n"),
    concept(
        "cold-start",
        "Cold start",
        (1, 4),
        "## What it is\nA person who has just signed up has no history to learn from, and a film that nobody has seen "
        "has no views.\n\n## Ways out\nAsk for interests, or fall back on what is popular nearby.\n",
    ),
    concept(
        "drift",
        "Drift",
        (7,),
        "## What it is\nThe world moves away from the training set.\n\n"
        "## How to see it\nCompare histograms by the Kolmogorov statistic or the stability index.\n",
    ),
    concept("caching", "Caching", (6,), "## What it is\nKeep answers that will be asked for again in memory.\n"),
    reference(
        "video",
        "# Video\n\n## 3 Prepare data\nJoin impressions with watch time to label a film.\n\n"
        "## 6 Deploy and serve\nKeep popular films of the day in memory for people who just signed up.\n",
    ),
    reference("fraud", "# Fraud\n\n## 3 Prepare data\nLabel payments by chargebacks, which arrive late.\n"),
)


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    return list(DOCUMENTS)


@pytest.fixture
def chunks() -> list[Chunk]:
    return chunk_documents(DOCUMENTS)


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def embedder_named() -> Callable[[str], CountingEmbedder]:
    return CountingEmbedder


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def open_index(directory: Path) -> Iterator[Callable[..., ChunkIndex]]:
    """Open the index as a new start of the program would."""
    opened: list[ChunkIndex] = []

    def open_(embedder: Any = None) -> ChunkIndex:
        for index in opened:
            index.close()
        opened.append(ChunkIndex(embedder or CountingEmbedder(), directory))
        return opened[-1]

    yield open_
    for index in opened:
        index.close()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the network was touched")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
