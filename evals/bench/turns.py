"""Everything in a turn but a model: from the posted answer to the committed reply."""

import asyncio
from contextlib import closing
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from app.bootstrap import Application
from app.domain.events import Plan
from app.domain.framework import Level
from app.domain.session import SessionState, Status
from app.settings import Settings

TURNS = 60
ROUNDS = 5
"""Sessions; the figures for single turns are medians over them."""
ANSWER = (
    "I would look at the logs of the last four weeks first, because they tell us what people did, and ask the "
    "team that runs the present system about what hurts. For this part I lean towards the plain option, measure "
    "it for two weeks, and write down what would change my mind. The alternative costs more and I am not yet "
    "convinced that it pays. One thing that I want to keep in view is {word}, since it tends to decide such "
    "projects in the end."
)
WORDS = ("seasonality", "on-call load", "ownership", "legacy clients", "release cadence", "vendor risk", "hiring")


def measure() -> list[str]:
    """Give median and 95th percentile of a turn, and how a late turn compares with an early one."""
    rounds = [_session() for _ in range(ROUNDS)]
    times = [t for one in rounds for t in one]
    early = median(t for one in rounds for t in one[3:7])
    late = median(t for one in rounds for t in one[-4:])
    return [
        f"a turn without a model, {ROUNDS} sessions of {TURNS} turns: "
        f"p50 {1000 * median(times):.1f} ms, p95 {1000 * quantiles(times, n=20)[18]:.1f} ms (goal: p95 at most 50 ms)",
        f"turn {TURNS} against turn 5 (medians of the 4 turns around each): "
        f"{1000 * late:.1f} / {1000 * early:.1f} ms, ratio {late / early:.2f} (goal: at most 1.30)",
    ]


def _session() -> list[float]:
    with (
        TemporaryDirectory() as directory,
        closing(Application(Settings(data_dir=Path(directory), _env_file=None))) as application,  # pyright: ignore[reportCallIssue]
    ):
        return asyncio.run(_run(application))


async def _run(application: Application) -> list[float]:
    interviewer = application.interviewer
    state = interviewer.create(Plan("video-recommendation", Level.STAFF, 180))
    state = await _reply(application, state, None)
    times: list[float] = []
    for number, word in zip(range(TURNS + 1), cycle(WORDS), strict=False):
        if state.status is not Status.AWAITING_ANSWER:
            raise RuntimeError(f"the interview ended after {number} turns")
        begin = perf_counter()
        interviewer.accept(state.id, str(number), ANSWER.format(word=f"{word} {number}"))
        state = await _reply(application, state, str(number))
        times.append(perf_counter() - begin)
    # The first turn loads embeddings and index.
    return times[1:]


async def _reply(application: Application, state: SessionState, answer_id: str | None) -> SessionState:
    async for piece in application.interviewer.reply(state.id, answer_id):
        if isinstance(piece, SessionState):
            state = piece
    return state
