import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain.chat import Message, Role, Sampling
from app.domain.events import Plan
from app.domain.framework import Level, Mode, Step
from app.domain.session import Status
from app.domain.transcript import MoveKind
from app.errors import ContextTooLong, Unauthorised
from app.interview.candidate import ScriptedCandidate
from app.models.profiles import Profile

DRILL = Plan(
    "video-recommendation",
    Level.MID,
    5,
    mode=Mode.DRILL,
    steps=(Step.EVALUATE, Step.MONITOR),
    voice="model",
    seed=1,
)
FULL = Plan("video-recommendation", Level.SENIOR, 45, voice="model", seed=2)
LONG = (
    "I would look at it from the side of the person who opens the home page in the evening and wants something that "
    "fits the mood, then from the side of the people who upload, and at last from the side of the company, which has "
    "to pay for all of it. Each of them would tell you a different story about what a good page is, and I would write "
    "these stories down before I touch any data, so that we can come back to them when two numbers disagree later on. "
    "After that I would go through what we can observe at all, how late it arrives, and how far it can be trusted. "
) * 6
Candidate = Callable[[], ScriptedCandidate]
Serve = Callable[..., Profile]


def test_a_whole_interview_with_a_model_in_this_process(
    make_hall: Callable[..., Any], gguf: Path, candidate: Candidate
) -> None:
    hall = make_hall(Profile("small", str(gguf)))
    state = hall.hold(DRILL, candidate(), answers=20)
    spoken = hall.spoken(state)
    report = hall.application.reporter.report(state.id)

    assert (state.finished, spoken[-1].move) == ("closed", MoveKind.CLOSE)
    assert {e.voice for e in spoken} == {"model"}
    assert all(e.text and e.guard.split(" after ")[0] in ("passed", "curated text") for e in spoken)
    assert any(e.model and e.tokens for e in spoken)
    assert report.finished == "closed"


def test_an_interview_over_http_reuses_what_the_server_has_read(
    make_hall: Callable[..., Any], serve: Serve, candidate: Candidate
) -> None:
    hall = make_hall(serve(), listen=True)
    state = hall.hold(FULL, candidate(), answers=6)
    report = hall.application.reporter.report(state.id)
    usage = [c.usage for c in hall.ear.whole[2:]]

    assert len(hall.spoken(state)) == 7 and state.status is Status.FINISHED
    assert report.finished == "candidate"
    assert len(usage) >= 3 and all(usage)
    reuse = sum(u.cached for u in usage) / sum(u.prompt for u in usage)
    assert reuse >= 0.6, f"only {reuse:.2f} of the prompt tokens were cached"


def test_a_conversation_longer_than_the_context_goes_on_with_a_summary(
    make_hall: Callable[..., Any], serve: Serve
) -> None:
    hall = make_hall(serve(context=2048), listen=True)
    state = hall.start(FULL)
    for number in range(3):
        state = hall.answer(state, f"To come to point {number}. {LONG}")
    prompt = "\n".join(m.content for m in hall.ear.prompts[-1])

    assert len(hall.spoken(state)) == 4
    assert hall.ear.inner.count([Message(Role.USER, t.text) for t in state.turns]) > 2048
    assert "turns are left out for length" in prompt and "You have asked: " in prompt
    assert "point 0" not in prompt and "point 2" in prompt
    assert all(c.usage.prompt + 220 <= 2048 for c in hall.ear.whole)


def test_the_servers_own_refusals_are_understood(
    make_hall: Callable[..., Any], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = serve(context=2048)
    models = make_hall(profile).application.models
    model = models.open(profile)
    with pytest.raises(ContextTooLong):
        asyncio.run(model.complete([Message(Role.USER, "word " * 4000)], Sampling(5)))
    monkeypatch.setenv("SMALL_MODEL_API_KEY", "wrong")
    other = Profile("other", "smollm2", profile.base_url, key_from="SMALL_MODEL_API_KEY")
    with pytest.raises(Unauthorised, match="set SMALL_MODEL_API_KEY"):
        asyncio.run(models.open(other).complete([Message(Role.USER, "Hello")], Sampling(5)))


def test_a_constrained_reply_is_json_of_the_schema(make_hall: Callable[..., Any], serve: Serve) -> None:
    profile = serve()
    model = make_hall(profile).application.models.open(profile)
    schema = {
        "type": "object",
        "properties": {"verdict": {"enum": ["met", "unmet"]}},
        "required": ["verdict"],
        "additionalProperties": False,
    }
    asked = [Message(Role.USER, 'Is it met? Reply {"verdict": "met"} or {"verdict": "unmet"}.')]
    reply = asyncio.run(model.complete(asked, Sampling(60, 0.0, seed=1), schema))
    assert model.structured == "schema" and '"verdict"' in reply.text
