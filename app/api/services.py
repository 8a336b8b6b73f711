"""What the routes work with, and the dependencies that hand it to them."""

from collections.abc import AsyncIterator
from threading import Lock, RLock
from typing import Annotated

from fastapi import Depends, Request

from app.api.replies import Piece, Replies
from app.bootstrap import Application
from app.content.library import Library
from app.domain.ports import Retriever, SessionStore, VerdictStore
from app.grading.reporter import Reporter
from app.interview.interviewer import Interviewer
from app.models.hub import ModelHub


class Services:
    """Give what the application consists of, each part built once even when many threads ask for it."""

    def __init__(self, application: Application, shared: bool = False) -> None:
        """Take the application; nothing is built.

        Args:
            application: what is served.
            shared: others than this machine's user can reach it.
        """
        self.application = application
        self.shared = shared
        self.replies = Replies(self._speak)
        self.saving = Lock()
        """Held while the file of models is changed."""
        self._building = RLock()

    @property
    def library(self) -> Library:
        """Give the content."""
        with self._building:
            return self.application.library

    @property
    def sessions(self) -> SessionStore:
        """Give the sessions."""
        with self._building:
            return self.application.sessions

    @property
    def verdicts(self) -> VerdictStore:
        """Give the verdicts."""
        with self._building:
            return self.application.verdicts

    @property
    def interviewer(self) -> Interviewer:
        """Give the interviewer."""
        with self._building:
            return self.application.interviewer

    @property
    def reporter(self) -> Reporter:
        """Give the reports."""
        with self._building:
            return self.application.reporter

    @property
    def retriever(self) -> Retriever:
        """Give the search."""
        with self._building:
            return self.application.retriever

    @property
    def models(self) -> ModelHub:
        """Give the models."""
        with self._building:
            return self.application.models

    def count_chunks(self) -> int:
        """Bring the search index in step and count what is in it."""
        with self._building:
            report = self.application.sync_index()
        return report.added + report.unchanged

    def check_database(self) -> None:
        """Ask the database something."""
        with self._building:
            database = self.application.database
        with database.reading() as connection:
            connection.exec_driver_sql("SELECT 1")

    def _speak(self, session_id: str, answer_id: str | None) -> AsyncIterator[Piece]:
        return self.interviewer.reply(session_id, answer_id)


def _services(request: Request) -> Services:
    return request.app.state.services


Has = Annotated[Services, Depends(_services)]
"""Of a route: what it works with."""
