"""Framework and concept notes, and the documents that retrieval is built from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.content.files import load_front_matter
from app.content.schema import NoteHead
from app.domain.case import Case
from app.domain.framework import Step
from app.errors import ContentError


@dataclass(frozen=True, slots=True)
class Note:
    """A framework or concept note."""

    id: str
    title: str
    kind: str
    """`framework` or `concept`."""
    steps: tuple[Step, ...]
    tags: tuple[str, ...]
    related: tuple[str, ...]
    asks: Mapping[str, tuple[str, ...]]
    """Ways of looking for what a section says, by the slug of its heading."""
    text: str
    """Markdown, without the front matter."""
    path: Path


def load_notes(directory: Path, kind: str) -> dict[str, Note]:
    """Read every `*.md` of a directory.

    Raises:
        ContentError: a line for each fault; an id that is not its file's name (concepts), or stands twice, is one.
    """
    notes: dict[str, Note] = {}
    for path in sorted(directory.glob("*.md")):
        located, body = load_front_matter(path)
        head = located.parse(NoteHead)
        if head.id in notes or (kind == "concept" and head.id != path.stem):
            raise ContentError(located.fault(("id",), "must be the file's name, and stand once"))
        steps = tuple(head.steps) or ((head.step,) if head.step else ())
        asks = {slug: tuple(texts) for slug, texts in head.asks.items()}
        notes[head.id] = Note(head.id, head.title, kind, steps, tuple(head.tags), tuple(head.related), asks, body, path)
    return notes


_STEP_HEADING = re.compile(r"^## ([1-7]) ", re.MULTILINE)


def reference_steps(case: Case) -> list[Step]:
    """Give the steps for which the reference solution has a heading, in the order of the text."""
    return [Step(int(number)) for number in _STEP_HEADING.findall(case.reference)]


def reference_section(case: Case, step: Step) -> str:
    """Give what the reference solution says on one step, without the heading; empty if nothing."""
    parts = re.split(r"^## ", case.reference, flags=re.MULTILINE)
    for part in parts:
        if part.startswith(f"{int(step)} "):
            return part.split("\n", 1)[1].strip() if "\n" in part else ""
    return ""


def dangling(notes: Iterable[Note], known: frozenset[str]) -> list[str]:
    """Word a fault for each related note that does not exist."""
    return [f"{n.path}: related: no note {r!r}" for n in notes for r in n.related if r not in known]
