"""A server to be killed: `rehearsal.py DATA_DIR [MARKER]`.

It prints its port. With a marker, its voice makes that file instead of answering, and then thinks for long.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn

import app.bootstrap
from app.api import create_app
from app.interview.scripted import ScriptedVoice
from app.interview.voice import Brief, Utterance
from app.settings import Settings


class ThinkingVoice(ScriptedVoice):
    async def say(self, brief: Brief) -> AsyncIterator[str | Utterance]:
        marker = Path(sys.argv[2])
        if brief.state.turns:
            marker.touch()
            await asyncio.sleep(600)
        async for piece in super().say(brief):
            yield piece


def main() -> None:
    if len(sys.argv) > 2:
        app.bootstrap.ScriptedVoice = ThinkingVoice  # pyright: ignore[reportAttributeAccessIssue]
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    api = create_app(app.bootstrap.Application(Settings(data_dir=Path(sys.argv[1]))))
    uvicorn.Server(uvicorn.Config(api, log_config=None)).run(sockets=[listener])


main()
