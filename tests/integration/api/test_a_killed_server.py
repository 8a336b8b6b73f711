import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import wire
from app.client import Client, Spoken
from app.domain.session import Status
from app.domain.transcript import Speaker
from app.errors import Unreachable

Last = Callable[[Iterator[Spoken]], wire.SessionView]
Run = Callable[..., "tuple[subprocess.Popen[str], Client]"]
ROOT = Path(__file__).parents[3]
TEXT = "First I would like to know who the users are and what the business wants."


@pytest.fixture
def run(data_dir: Path) -> Iterator[Run]:
    """Start the server as a process of its own, as often as wanted, on the same data."""
    with_clients: list[tuple[subprocess.Popen[str], Client]] = []

    def start(*marker: Path) -> tuple[subprocess.Popen[str], Client]:
        command = [sys.executable, str(Path(__file__).with_name("rehearsal.py")), str(data_dir), *map(str, marker)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
        assert process.stdout
        with_clients.append((process, Client(f"http://127.0.0.1:{int(process.stdout.readline())}")))
        return with_clients[-1]

    yield start
    for process, client in with_clients:
        client.close()
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def test_an_answer_survives_a_server_killed_during_the_reply(
    run: Run, new: wire.NewSession, tmp_path: Path, wait_until: Callable[..., None], last: Last
) -> None:
    marker = tmp_path / "speaking"
    process, client = run(marker)
    session = client.create(new)
    broken: list[Exception] = []

    def answer() -> None:
        try:
            list(client.answer(session.id, "a", TEXT, seen=1))
        except Unreachable as error:
            broken.append(error)

    answering = threading.Thread(target=answer)
    answering.start()
    wait_until(marker.exists)
    process.kill()
    answering.join(20)
    assert broken

    _, client = run()
    waiting = client.session(session.id)
    assert (waiting.status, waiting.pending) == (Status.AWAITING_INTERVIEWER, "a")
    assert [t.text for t in waiting.turns if t.speaker is Speaker.CANDIDATE] == [TEXT]
    after = last(client.retry(session.id))
    assert [t.speaker for t in after.turns] == [Speaker.INTERVIEWER, Speaker.CANDIDATE, Speaker.INTERVIEWER]
    assert last(client.answer(session.id, "a", TEXT)).turns == after.turns
    assert len(last(client.answer(session.id, "b", "And what may it cost?", seen=3)).turns) == 5


def test_two_servers_share_one_database(run: Run, new: wire.NewSession, last: Last) -> None:
    (_, one), (_, other) = run(), run()
    session = one.create(new)

    assert len(last(other.answer(session.id, "a", TEXT, seen=1)).turns) == 3
    assert len(last(one.answer(session.id, "b", "And what may it cost?", seen=3)).turns) == 5
    assert len(last(other.answer(session.id, "b", "And what may it cost?")).turns) == 5
    assert other.finish(session.id).status is Status.FINISHED
    assert one.report(session.id) == other.report(session.id)


def test_a_server_stopped_in_the_usual_way_ends(run: Run, new: wire.NewSession, last: Last) -> None:
    process, client = run()
    session = client.create(new)
    process.terminate()

    assert process.wait(20) is not None
    with pytest.raises(Unreachable):
        client.session(session.id)
