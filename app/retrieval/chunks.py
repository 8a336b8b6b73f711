"""Markdown documents to chunks: one for each `##` section, more for a long one."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from math import ceil
from typing import Literal

from app.domain.framework import Step
from app.errors import ContentError

Kind = Literal["framework", "concept", "reference"]

CHUNKER_VERSION = 2
"""Raise it when the same document would give other chunks."""
LONG_SECTION = 1200
"""Characters; a longer section is split at paragraphs, then sentences."""
_SLACK = 1.2
"""How much longer than an even share a part may be, so that no part is left tiny."""
_LEAD = "lead"
"""Names the text before the first heading."""
_INDENT = "\u2420"
"""Stands for a space at the start of a line: the splitter strips lines, and would flatten nested lists and code."""
_SPACES = str.maketrans(dict.fromkeys(("\u00a0", "\u202f", _INDENT), " "))
"""The splitter drops what Python does not call printable, so that `5 billion` with a fixed space would be one word."""


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown text of the knowledge base, without its front matter."""

    id: str
    """Stable and unique: `concepts/drift`."""
    title: str
    kind: Kind
    steps: tuple[Step, ...]
    """Steps of chunks whose heading names none."""
    case: str | None
    """Slug of the case that a reference solution belongs to."""
    text: str = field(repr=False)
    asks: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]], repr=False)
    """Ways of looking for what a section says, by the slug of its heading."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A section of a document, or part of a long one: what is embedded, indexed and found."""

    id: str
    """The document and the heading: `concepts/drift#what-it-is`, `…#what-it-is-2`."""
    title: str
    """`Drift: What it is`."""
    text: str = field(repr=False)
    kind: Kind
    steps: tuple[Step, ...]
    case: str | None
    asks: tuple[str, ...] = field(default=(), repr=False)
    """Ways of looking for it; they help to find it, and are never shown."""

    @property
    def searchable(self) -> str:
        """Give the text as it is looked up by words."""
        return "\n\n".join((self.title, self.text, *self.asks))

    @property
    def document(self) -> str:
        """Give the id of the document that it is a part of."""
        return self.id.partition("#")[0]

    def content_hash(self, embedder: str) -> str:
        """Hash everything that the chunk's entries in an index are made from.

        Args:
            embedder: name of the embedder.
        """
        parts = [CHUNKER_VERSION, embedder, self.title, self.text, self.kind, list(self.steps), self.case, *self.asks]
        return sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def may_be_shown(self, step: Step | None, case: str | None) -> bool:
        """Say whether a search for this step and case may find it; a case's own text needs the case to be named."""
        return (self.case is None or self.case == case) and (step is None or step in self.steps)


def chunk_documents(documents: Iterable[Document]) -> list[Chunk]:
    """Split documents into chunks, in order.

    Raises:
        ContentError: two documents share an id, or a reference solution does not name its case.
    """
    seen: set[str] = set()
    chunks: list[Chunk] = []
    for document in documents:
        if document.id in seen:
            raise ContentError(f"two documents have the id {document.id!r}: ids must differ")
        if document.kind == "reference" and not document.case:
            raise ContentError(f"{document.id}: a reference solution must name its case")
        seen.add(document.id)
        chunks.extend(_chunk(document))
    return chunks


def _chunk(document: Document) -> Iterator[Chunk]:
    """Split a document; what is asked of a section is asked of each of its parts.

    Raises:
        ContentError: the document has asks for a section that it has not.
    """
    slugs: set[str] = set()
    sections = list(_sections(document.text))
    if strange := document.asks.keys() - {_slug(heading) for heading, _ in sections}:
        raise ContentError(f"{document.id}: asks: there is no section {sorted(strange)[0]!r}")
    for heading, section in sections:
        for part in _parts(section):
            yield Chunk(
                id=f"{document.id}#{_unused(_slug(heading), slugs)}",
                title=f"{document.title}: {heading}" if heading else document.title,
                text=part,
                kind=document.kind,
                steps=_steps(document, heading),
                case=document.case,
                asks=document.asks.get(_slug(heading), ()),
            )


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Give heading and text of each section; the heading is empty for what stands before the first."""
    from langchain_text_splitters import MarkdownHeaderTextSplitter

    splitter = MarkdownHeaderTextSplitter([("#", "title"), ("##", "heading")], return_each_line=True)
    text = text.translate(_SPACES).expandtabs(4)
    blocks = splitter.split_text(re.sub(r"(?m)^ +(?=\S)", lambda m: _INDENT * len(m[0]), text))
    for heading, group in groupby(blocks, key=lambda block: str(block.metadata.get("heading", ""))):
        yield heading, "\n\n".join(block.page_content for block in group).replace(_INDENT, " ")


def _parts(section: str) -> list[str]:
    if len(section) <= LONG_SECTION:
        return [section]
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    even = len(section) / ceil(len(section) / LONG_SECTION)
    splitter = RecursiveCharacterTextSplitter(
        separators=["\n\n", "\n", ". ", " ", ""],
        keep_separator="end",
        chunk_size=min(LONG_SECTION, ceil(even * _SLACK)),
        chunk_overlap=0,
    )
    return splitter.split_text(section)


def _steps(document: Document, heading: str) -> tuple[Step, ...]:
    """Read the step from a reference's heading, `3 Prepare data`; else take the document's."""
    numbered = re.match(r"([1-7])[.):]?\s", heading) if document.kind == "reference" else None
    return (Step(int(numbered[1])),) if numbered else document.steps


def _slug(heading: str) -> str:
    plain = unicodedata.normalize("NFKD", heading.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or _LEAD


def _unused(slug: str, slugs: set[str]) -> str:
    number, candidate = 1, slug
    while candidate in slugs:
        number += 1
        candidate = f"{slug}-{number}"
    slugs.add(candidate)
    return candidate
