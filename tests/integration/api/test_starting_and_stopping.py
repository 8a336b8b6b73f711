from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import wire
from app.api import create_app
from app.client import Client, Spoken
from app.domain.session import Status
from app.errors import InterviewerError, ServerError, Unreachable

Last = Callable[[Iterator[Spoken]], wire.SessionView]
TEXT = "First I would like to know who the users are and what the business wants."


def test_first_requests_at_once_build_everything_once(
    client: Client, new: wire.NewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.storage import database

    opened: list[str] = []
    open_database = database.open_database
    monkeypatch.setattr(database, "open_database", lambda url: (opened.append(url), open_database(url))[1])  # pyright: ignore[reportUnknownLambdaType]

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda i: client.create(new) if i % 2 else client.sessions(), range(6)))

    assert len(made) == 6 and len(opened) == 1
    assert len(client.sessions()) == 3


def test_stopping_the_server_does_not_lose_the_answer_it_thinks_about(
    client: Client,
    session: wire.SessionView,
    server: Any,
    serve: Callable[..., Any],
    make_application: Callable[..., Any],
    voice: Any,
    wait_until: Callable[..., None],
    last: Last,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.api.replies.GRACE", 0.1)
    voice.asked.clear()
    voice.may_speak.clear()
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(lambda: list(client.answer(session.id, "a", TEXT)))
        wait_until(voice.asked.is_set)
        server.stop()
        with pytest.raises((Unreachable, InterviewerError)):
            reply.result()
    voice.may_speak.set()

    with Client(serve(create_app(make_application())).url) as again:
        waiting = again.session(session.id)
        assert (waiting.status, waiting.pending) == (Status.AWAITING_INTERVIEWER, "a")
        assert len(last(again.retry(session.id)).turns) == 3


def test_a_damaged_database_is_said_to_be_so(
    data_dir: Path, make_application: Callable[..., Any], serve: Callable[..., Any]
) -> None:
    (data_dir / "sevenstep.sqlite3").write_bytes(b"not a database at all, and long enough to be looked at" * 100)
    with Client(serve(create_app(make_application())).url) as client:
        health = client.health()
        with pytest.raises(ServerError, match="is not a SQLite database"):
            client.sessions()

        assert health.status == "degraded" and "is not a SQLite database" in health.database
        assert health.index.fault is None and health.cases >= 3
        assert httpx.get(f"{client.base_url}/health").status_code == 503
