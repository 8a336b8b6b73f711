"""Every case is interviewed by its three scripted candidates: the better one must come out better."""

import asyncio
from pathlib import Path

import pytest

from app.bootstrap import Application
from app.content.files import content_root
from app.content.library import Library
from app.domain.events import Plan
from app.domain.framework import Level
from app.domain.session import SessionState, Status
from app.domain.transcript import Speaker
from app.grading.report import Report
from app.interview.candidate import ScriptedCandidate, SpeakingClock
from app.settings import Settings

CANDIDATES = Path(__file__).resolve().parents[2] / "evals" / "candidates"
SLUGS = Library(content_root()).slugs
APART = 1.0
"""Points between the weakest and the strongest."""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Application:
    application = Application(Settings(data_dir=tmp_path_factory.mktemp("cases")), SpeakingClock(1_000_000.0))
    application.sync_index()
    return application


def interviewed(hall: Application, slug: str, quality: str) -> Report:
    return asyncio.run(_interview(hall, slug, quality))


async def _interview(hall: Application, slug: str, quality: str) -> Report:
    candidate = ScriptedCandidate.read(CANDIDATES / slug / f"{quality}.yaml")
    clock = hall.clock
    assert isinstance(clock, SpeakingClock)
    state = await _reply(hall, hall.interviewer.create(Plan(slug, Level.STAFF, 45)))
    while state.status is Status.AWAITING_ANSWER:
        clock.spoke(state.turns[-1].text)
        text = candidate.answer(state.step)
        clock.spoke(text)
        state = await _reply(hall, hall.interviewer.accept(state.id, str(len(state.turns)), text))
    return hall.reporter.report(state.id)


async def _reply(hall: Application, state: SessionState) -> SessionState:
    async for piece in hall.interviewer.reply(state.id, state.pending):
        if isinstance(piece, SessionState):
            state = piece
    return state


@pytest.mark.parametrize("slug", SLUGS)
def test_the_better_candidate_comes_out_better(hall: Application, slug: str) -> None:
    weak, middling, strong = (interviewed(hall, slug, q) for q in ("weak", "middling", "strong"))

    scores = [r.scorecard.overall or 0.0 for r in (weak, middling, strong)]
    assert scores == sorted(scores), scores
    assert scores[2] - scores[0] >= APART, scores
    for report in (weak, middling, strong):
        _sound(report)


def _sound(report: Report) -> None:
    spoken = {t.index: t for t in report.turns}
    for step in report.steps:
        for criterion in step.criteria:
            for e in criterion.evidence:
                assert spoken[e.turn].speaker is Speaker.CANDIDATE
                assert spoken[e.turn].text[e.start : e.end] == e.quote
    asked = [t for t in report.turns if t.speaker is Speaker.INTERVIEWER]
    assert all(t.text.count("?") <= 1 for t in asked)
    assert len({t.text for t in asked}) == len(asked)
