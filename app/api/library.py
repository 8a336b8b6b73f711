"""What the API shows of the notes."""

from collections.abc import Iterable

from app import wire
from app.api.services import Services
from app.content.notes import Note
from app.domain.framework import Step
from app.domain.ports import Passage
from app.errors import NotFound


def list_notes(services: Services) -> list[wire.NoteSummary]:
    """Show all notes, the seven steps first."""
    return [_summary(note) for note in _notes(services).values()]


def show_note(services: Services, note_id: str) -> wire.NoteView:
    """Show a note.

    Raises:
        NotFound: there is none of that name.
    """
    notes = _notes(services)
    note = notes.get(note_id)
    if note is None:
        raise NotFound(f"there is no note {note_id!r}: `GET /library/notes` lists those there are")
    related = _of_step(notes.values(), note) if note.kind == "framework" else [notes[i] for i in note.related]
    return wire.NoteView(**_summary(note).model_dump(), text=note.text, related=tuple(map(_summary, related)))


def search(services: Services, query: str, step: Step | None, limit: int) -> list[wire.Found]:
    """Look something up in the notes. No case is named, so no reference solution is ever found."""
    notes = _notes(services)
    passages = services.retriever.search(query, step=step, limit=limit)
    return [_found(notes[_note_id(p)], p) for p in passages if p.case is None and _note_id(p) in notes]


def _notes(services: Services) -> dict[str, Note]:
    library = services.library
    return {**library.framework, **library.concepts}


def _of_step(notes: Iterable[Note], step: Note) -> list[Note]:
    return [n for n in notes if n.kind == "concept" and n.steps[:1] == step.steps]


def _summary(note: Note) -> wire.NoteSummary:
    return wire.NoteSummary(id=note.id, title=note.title, kind=note.kind, steps=note.steps, tags=note.tags)


def _note_id(passage: Passage) -> str:
    return passage.id.partition("#")[0].rpartition("/")[2]


def _found(note: Note, passage: Passage) -> wire.Found:
    heading = passage.title.removeprefix(note.title).removeprefix(": ")
    return wire.Found(note=_summary(note), heading=heading, text=passage.text, score=passage.score)
