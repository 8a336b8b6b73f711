"""The one place that builds things. What is slow to load is loaded when it is first used."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from app.content.files import content_root
from app.content.library import Library
from app.content.notes import Note
from app.domain.chat import ChatModel
from app.domain.ports import Clock, Judge, SessionStore, VerdictStore
from app.errors import ConfigurationError
from app.grading.examiner import Examiner
from app.grading.reporter import Reporter
from app.grading.text import Glossary
from app.interview.briefing import Briefing
from app.interview.interviewer import Interviewer
from app.interview.scripted import ScriptedVoice
from app.interview.voice import Voice
from app.retrieval.chunks import Chunk, Document, chunk_documents
from app.retrieval.embeddings import Embedder, WordLlamaEmbedder
from app.retrieval.index import ChunkIndex, SyncReport
from app.retrieval.search import HybridRetriever
from app.settings import Settings, load_settings

if TYPE_CHECKING:
    from app.models.hub import ModelHub
    from app.storage.database import Database

NO_MODEL = "no model is chosen for the interviewer: choose one with `sevenstep model use`, or take the scripted voice"


class Application:
    """Everything the doors need, built from the settings."""

    def __init__(self, settings: Settings | None = None, clock: Clock = time.time) -> None:
        """Take the settings; nothing is built yet."""
        self.settings = settings or load_settings()
        self.clock = clock

    @cached_property
    def library(self) -> Library:
        """Give the content."""
        return Library(content_root(self.settings.content_dir))

    @cached_property
    def embedder(self) -> Embedder:
        """Give the sentence vectors."""
        return WordLlamaEmbedder()

    @cached_property
    def glossary(self) -> Glossary:
        """Give the terms that mean the same."""
        return Glossary(self.library.terms)

    @cached_property
    def examiner(self) -> Examiner:
        """Give the built-in judge."""
        return Examiner(self.glossary, self.library.terms_hash, self.embedder)

    @cached_property
    def chunks(self) -> list[Chunk]:
        """Give everything that can be found by searching."""
        return chunk_documents(documents(self.library))

    @cached_property
    def index(self) -> ChunkIndex:
        """Give the index, which may not be in step with the content yet."""
        return ChunkIndex(self.embedder, self.settings.index_dir, self.settings.chroma_url)

    def sync_index(self) -> SyncReport:
        """Bring the index in step with the content."""
        return self.index.sync(self.chunks)

    @cached_property
    def retriever(self) -> HybridRetriever:
        """Give the search over an index that is in step with the content."""
        self.sync_index()
        return HybridRetriever(self.index, self.embedder, self.chunks)

    @cached_property
    def database(self) -> Database:
        """Give the open database."""
        from app.storage.database import open_database, sqlite_url

        where = self.settings.database
        return open_database(where if isinstance(where, str) else sqlite_url(where))

    @cached_property
    def sessions(self) -> SessionStore:
        """Give the sessions."""
        from app.storage.sessions import SqlSessionStore

        return SqlSessionStore(self.database)

    @cached_property
    def verdicts(self) -> VerdictStore:
        """Give the verdicts."""
        from app.storage.verdicts import SqlVerdictStore

        return SqlVerdictStore(self.database)

    @cached_property
    def models(self) -> ModelHub:
        """Give the chat models."""
        from app.models.hub import hub_of

        s = self.settings
        return hub_of(s.profiles_file, s.model, s.base_url, s.context, s.api_key)

    @cached_property
    def voices(self) -> dict[str, Voice]:
        """Give the voices by name; which model the one called `model` is, is asked at every turn."""
        from app.interview.model_voice import ModelVoice

        return {
            "scripted": ScriptedVoice(self.library.phrases),
            "model": ModelVoice(self._interviewing_model, self.library.prompts, self._no_model),
        }

    def _no_model(self) -> str | None:
        return None if self.models.profile_for("interviewer") else NO_MODEL

    def _interviewing_model(self) -> ChatModel:
        profile = self.models.profile_for("interviewer")
        if profile is None:
            raise ConfigurationError(NO_MODEL)
        return self.models.open(profile)

    @cached_property
    def interviewer(self) -> Interviewer:
        """Give the interviewer."""
        briefing = Briefing(self.library, self.examiner, self.retriever, self.glossary, self.embedder)
        return Interviewer(self.library, briefing, self.examiner, self.sessions, self.voices, self.clock)

    @cached_property
    def reporter(self) -> Reporter:
        """Give the reports."""
        return Reporter(self.library, self.sessions, self.verdicts, {"examiner": self._examiner_judge})

    def _examiner_judge(self) -> Judge:
        return self.examiner

    def close(self) -> None:
        """Let go of files and connections."""
        if "models" in self.__dict__:
            self.models.close()
        if "index" in self.__dict__:
            self.index.close()
        if "database" in self.__dict__:
            self.database.close()


def documents(library: Library) -> list[Document]:
    """Give everything in the content that can be found by searching."""
    notes: list[Note] = [*library.framework.values(), *library.concepts.values()]
    found = [
        Document(
            f"{'framework' if n.kind == 'framework' else 'concepts'}/{n.id}",
            n.title,
            "framework" if n.kind == "framework" else "concept",
            n.steps,
            None,
            n.text,
            n.asks,
        )
        for n in notes
    ]
    return found + [Document(f"cases/{c.slug}", c.title, "reference", (), c.slug, c.reference) for c in library.cases]
