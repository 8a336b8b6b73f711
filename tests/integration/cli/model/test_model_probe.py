import asyncio
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from pydantic import SecretStr

from app.errors import Unauthorised, UnusableReply
from app.models.gateway import LangChainModel
from app.models.probe import Probe, probe
from app.models.profiles import Endpoint, Profile
from evals.doubles import Act, Call, Double

REPLY = "How many people will watch each day, and how soon must the first list be on the screen?"


@pytest.fixture
def double() -> Iterator[Double]:
    with Double(answer=answer) as server:
        yield server


def answer(call: Call) -> str:
    return '{"verdict": "alpha"}' if call.options.keys() & {"response_format", "tools"} else REPLY


def tried(double: Double, clock: Callable[[], float] | None = None, key: str = "") -> Probe:
    async def scene() -> Probe:
        endpoint = Endpoint(Profile("p", "m", double.address), double.address, SecretStr(key))
        model = LangChainModel(endpoint)
        try:
            return await (probe(model, endpoint, clock) if clock else probe(model, endpoint))
        finally:
            await model.aclose()

    return asyncio.run(scene())


def test_a_model_is_measured_and_every_call_has_a_limit(double: Double) -> None:
    ticks = count(100.0, 0.5)

    found = tried(double, lambda: next(ticks))

    assert found.text == REPLY
    assert found.first_token == 0.5
    assert found.tokens_per_second == pytest.approx((double.calls[0].sent - 1) / 0.5)
    assert (found.json, found.seed, found.context) == ("schema", True, None)
    assert all(call.limit for call in double.calls)
    assert double.calls[0].options["stream"]


def test_two_replies_to_one_seed_are_compared(double: Double) -> None:
    replies = count()
    double.answer = lambda call: f"reply {next(replies)}" if "seed" in call.options else answer(call)

    assert tried(double).seed is False
    seeded = [c.options for c in double.calls if "seed" in c.options]
    assert [(o["seed"], o["temperature"]) for o in seeded] == [(7, 0.9), (7, 0.9)]


def test_json_by_a_tool_call_is_told_from_json_by_a_constraint(double: Double) -> None:
    double.knows = ("tools",)

    assert tried(double).json == "tool"


def test_a_server_that_ignores_the_constraint_is_not_believed(double: Double) -> None:
    double.answer = lambda call: '{"verdict": "alpha"}' if "of this schema" in call.prompt else REPLY

    assert tried(double).json == "plain"


def test_a_model_that_gives_no_json_is_said_to(double: Double) -> None:
    double.answer = lambda _: REPLY

    assert tried(double).json is None


def test_thoughts_count_as_tokens_of_the_whole_time(double: Double) -> None:
    double.then(Act(f"<think>{'hm ' * 100}</think>Yes, and why?"))
    ticks = count(0.0, 10.0)

    found = tried(double, lambda: next(ticks))

    assert found.text == "Yes, and why?"
    assert found.tokens_per_second == pytest.approx(double.calls[0].sent / 20.0)


def test_a_reply_of_one_token_has_no_speed(double: Double) -> None:
    double.then(Act("Yes"))

    assert tried(double).tokens_per_second is None


def test_an_empty_reply_is_a_fault(double: Double) -> None:
    double.then(Act(""))

    with pytest.raises(UnusableReply):
        tried(double)


def test_a_refused_key_is_a_fault_that_does_not_say_it() -> None:
    with Double(key="right") as server, pytest.raises(Unauthorised) as caught:
        tried(server, key="sk-canary-wrong")

    assert "canary" not in str(caught.value)
