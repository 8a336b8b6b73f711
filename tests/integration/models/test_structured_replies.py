import json
from collections.abc import Sequence
from typing import Any

import pytest

from app.domain.chat import Completion, Message, Role, Sampling
from app.errors import CutOff, ModelUnreachable, UnusableReply
from app.models.gateway import LangChainModel
from evals import doubles
from evals.doubles import Act, Double

PROMPT = [Message(Role.USER, "Is it met?")]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"enum": ["met", "unmet"]}, "quote": {"type": "string"}},
    "required": ["verdict", "quote"],
    "additionalProperties": False,
}
GOOD = '{"verdict": "met", "quote": "two towers"}'
WRONG = '{"verdict": "perhaps"}'


async def ask(model: LangChainModel) -> Completion:
    return await model.complete(PROMPT, Sampling(60, 0.0), SCHEMA)


def ways(double: Double) -> list[str]:
    options = [c.options for c in double.calls]
    return ["schema" if "response_format" in o else "tool" if "tools" in o else "plain" for o in options]


@pytest.mark.parametrize(
    ("knows", "first", "later"),
    [
        (("schema", "tools"), ["schema"], "schema"),
        (("tools",), ["schema", "tool"], "tool"),
        ((), ["schema", "tool", "plain"], "plain"),
    ],
)
async def test_the_strictest_way_that_the_server_knows_is_found_once(
    model: LangChainModel, double: Double, knows: Sequence[str], first: list[str], later: str
) -> None:
    double.knows = tuple(knows)
    double.always = Act(GOOD)
    replies = [await ask(model), await ask(model)]
    assert [json.loads(r.text) for r in replies] == [json.loads(GOOD)] * 2
    assert ways(double) == [*first, later]


async def test_the_schema_is_what_was_asked_for(model: LangChainModel, double: Double) -> None:
    double.always = Act(GOOD)
    await ask(model)
    assert double.calls[0].options["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize(
    "text",
    [
        f"Sure! Here it is:\n```json\n{GOOD}\n```\nAnything else?",
        f"```\n{GOOD}\n```",
        f"The verdict: {GOOD} That is all.",
        f"<think>{WRONG}</think>{GOOD}",
    ],
)
async def test_json_is_found_among_words(model: LangChainModel, double: Double, text: str) -> None:
    double.knows = ()
    double.always = Act(text)
    assert json.loads((await ask(model)).text) == json.loads(GOOD)


@pytest.mark.parametrize("text", [WRONG, "It is met.", "{", "", '["met"]', "[" * 50, "}{"])
async def test_a_reply_that_cannot_be_used_is_repaired_once(model: LangChainModel, double: Double, text: str) -> None:
    double.knows = ()
    double.then(Act("refused"), Act("refused"), Act(text), Act(GOOD))
    assert json.loads((await ask(model)).text) == json.loads(GOOD)
    repair = double.calls[-1].messages
    assert [m["role"] for m in repair] == ["user", "assistant", "user"]
    assert "cannot be used" in repair[-1]["content"]


async def test_a_server_that_ignores_the_schema_is_asked_in_other_ways(model: LangChainModel, double: Double) -> None:
    double.then(Act("It is met."), Act("It is met.", prose=True), Act(GOOD))
    assert json.loads((await ask(model)).text) == json.loads(GOOD)
    assert ways(double) == ["schema", "tool", "plain"]


@pytest.mark.parametrize("act", [Act(WRONG), doubles.EMPTY, doubles.MALFORMED, doubles.NO_CHOICES, doubles.WEB_PAGE])
async def test_a_model_that_never_gives_json_is_an_error_after_one_repair(
    model: LangChainModel, double: Double, act: Act
) -> None:
    double.always = act
    with pytest.raises(UnusableReply, match="scripted-double gives no JSON that can be used") as told:
        await ask(model)
    assert "\n" not in str(told.value)
    assert len(double.calls) <= 4


async def test_a_way_that_fails_later_is_found_anew(model: LangChainModel, double: Double) -> None:
    double.then(Act(GOOD), Act(WRONG), Act(GOOD))
    await ask(model)
    with pytest.raises(UnusableReply):
        await ask(model)
    assert json.loads((await ask(model)).text) == json.loads(GOOD)


async def test_a_reply_that_reaches_the_limit_is_cut_off(model: LangChainModel, double: Double) -> None:
    double.always = doubles.ENDLESS
    with pytest.raises(CutOff):
        await ask(model)


async def test_a_server_that_fails_is_not_asked_in_other_ways(model: LangChainModel, double: Double) -> None:
    double.always = doubles.OVERLOADED
    with pytest.raises(ModelUnreachable):
        await ask(model)
    assert set(ways(double)) == {"schema"}
