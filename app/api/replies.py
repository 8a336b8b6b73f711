"""Replies under way. One that nobody listens to any more gets a while to end, then it is stopped, with its model."""

import asyncio
from collections.abc import AsyncIterator, Callable

from app.errors import InterviewerError
from app.interview.interviewer import Piece

Speak = Callable[[str, str | None], AsyncIterator[Piece]]

GRACE = 5.0
"""Seconds that replies have to end in when the server stops; an answer whose reply is cut off waits for a retry."""


ALONE = 20.0
"""Seconds that a reply may go on when the last listener has left; then the answer waits for a retry."""


class Reply:
    """One reply, which any number of listeners hear from its beginning."""

    def __init__(self, pieces: AsyncIterator[Piece]) -> None:
        """Begin to work it out."""
        self._listeners = 0
        self._leaving: asyncio.TimerHandle | None = None
        self._said: list[Piece] = []
        self._more = asyncio.Event()
        self.task = asyncio.get_running_loop().create_task(self._run(pieces))
        self.task.add_done_callback(self._tell)

    async def listen(self) -> AsyncIterator[Piece]:
        """Give its pieces as they come.

        Raises:
            SevenstepError: the reply failed.
        """
        self._come()
        try:
            heard = 0
            while True:
                more = self._more
                while heard < len(self._said):
                    yield self._said[heard]
                    heard += 1
                if self.task.done():
                    break
                await more.wait()
        finally:
            self._leave()
        if self.task.cancelled():
            raise InterviewerError(
                "the server was stopped in the middle of the reply: nothing is lost, ask for it again"
            )
        self.task.result()

    def _come(self) -> None:
        self._listeners += 1
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _leave(self) -> None:
        self._listeners -= 1
        if not self._listeners and not self.task.done():
            # A reload comes back at once; a closed page does not, and its model need not go on.
            self._leaving = asyncio.get_running_loop().call_later(ALONE, self.task.cancel)

    async def _run(self, pieces: AsyncIterator[Piece]) -> None:
        async for piece in pieces:
            self._said.append(piece)
            self._tell(self.task)

    def _tell(self, _: "asyncio.Task[None]") -> None:
        self._more.set()
        self._more = asyncio.Event()


class Replies:
    """The replies under way in this process. What they lead to is in the database, so no other process needs them."""

    def __init__(self, speak: Speak) -> None:
        """Take what gives a reply to an answer of a session."""
        self._speak = speak
        self._running: dict[tuple[str, str | None], Reply] = {}

    def start(self, session_id: str, answer_id: str | None) -> Reply:
        """Begin a reply, or join the one that is under way."""
        key = (session_id, answer_id)
        running = self._running.get(key)
        if running is not None and not running.task.done():
            return running
        reply = self._running[key] = Reply(self._speak(session_id, answer_id))
        reply.task.add_done_callback(lambda _: self._ended(key, reply))
        return reply

    async def close(self) -> None:
        """Let the replies under way end, for a while."""
        tasks = [reply.task for reply in self._running.values()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, key: tuple[str, str | None], reply: Reply) -> None:
        if self._running[key] is reply:
            del self._running[key]
        if not reply.task.cancelled():
            # Looked at, because with no listener left nobody else does; the session itself keeps the cause.
            reply.task.exception()
