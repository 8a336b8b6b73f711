import asyncio
import logging
import socket
import traceback
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from time import monotonic

import pytest

from app.domain.chat import Completion, Message, Role, Sampling
from app.errors import (
    ContextTooLong,
    CutOff,
    ModelError,
    ModelUnreachable,
    RateLimited,
    Refused,
    Unauthorised,
    UnknownModel,
    UnusableReply,
)
from app.models.gateway import LangChainModel
from app.models.replies import Patience
from evals import doubles
from evals.doubles import Act, Double

PROMPT = [Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "What is drift?")]
SAMPLING = Sampling(40, temperature=0.5, seed=7)
QUICK = Patience(connect=1.0, first_token=1.5, between=0.5, whole=5.0, retries=1)
FAULTS: dict[str, tuple[Act, type[ModelError], str]] = {
    "401": (doubles.WITHOUT_KEY, Unauthorised, "refuses the key: set SEVENSTEP_API_KEY"),
    "403": (doubles.failing(403), Unauthorised, "refuses the key"),
    "404": (doubles.WITHOUT_MODEL, UnknownModel, "has no model 'scripted-double'"),
    "429": (doubles.limited(0.05), RateLimited, "wants fewer calls"),
    "500": (doubles.OVERLOADED, ModelUnreachable, "failed with status 500"),
    "400": (doubles.failing(400, "unknown option"), UnusableReply, "status 400 (unknown option)"),
    "context": (doubles.TOO_LONG, ContextTooLong, "does not fit into the context of scripted-double"),
    "filtered": (doubles.FILTERED, Refused, "will not answer this prompt"),
    "filtered at the end": (Act("Some", finish="content_filter"), Refused, "will not answer this prompt"),
    "hangs": (doubles.HANGS, ModelUnreachable, "sent nothing for"),
    "stalls": (doubles.STALLS, CutOff, "stopped in the middle"),
    "cut": (doubles.CUT, CutOff, "broke off in the middle"),
    "unfinished": (doubles.UNFINISHED, CutOff, "broke off in the middle"),
    "error event": (doubles.BROKEN_STREAM, CutOff, "the model runner has crashed"),
    "malformed": (doubles.MALFORMED, UnusableReply, "something that is no reply"),
    "no choices": (doubles.NO_CHOICES, UnusableReply, "something that is no reply"),
    "web page": (doubles.WEB_PAGE, UnusableReply, "something that is no reply"),
    "runs away": (doubles.RUNNING_AWAY, UnusableReply, "does not honour max_tokens"),
    "huge": (doubles.HUGE, UnusableReply, "does not honour max_tokens"),
    "huge word": (doubles.HUGE_WORD, UnusableReply, "does not honour max_tokens"),
}
WHOLE = {"stalls": ModelUnreachable, "hangs": ModelUnreachable, "cut": ModelUnreachable}
STREAM_ONLY = ("unfinished", "error event", "runs away", "huge", "huge word")
Make = Callable[..., LangChainModel]


async def heard(model: LangChainModel, sampling: Sampling = SAMPLING) -> tuple[str, Completion]:
    pieces = [piece async for piece in model.stream(PROMPT, sampling)]
    assert isinstance(pieces[-1], Completion)
    return "".join(p for p in pieces if isinstance(p, str)), pieces[-1]


async def test_a_reply_comes_in_pieces_and_then_whole(model: LangChainModel, double: Double) -> None:
    double.then(Act("What would you measure first?"))
    text, whole = await heard(model)
    assert text == whole.text == "What would you measure first?"
    assert (whole.model, whole.cut_off) == (doubles.MODEL, False)
    assert whole.usage and whole.usage.completion == 5


async def test_the_server_is_told_what_was_asked_for_and_always_a_limit(model: LangChainModel, double: Double) -> None:
    double.always = Act('{"a": 1}')
    await heard(model)
    await model.complete(PROMPT, Sampling(9))
    await model.complete(PROMPT, Sampling(11), {"type": "object"})
    first = double.calls[0]
    assert first.messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is drift?"},
    ]
    assert (first.options["temperature"], first.options["seed"], first.options["model"]) == (0.5, 7, "scripted-double")
    assert [c.limit for c in double.calls] == [40, 9, 11]
    assert "max_completion_tokens" not in first.options


async def test_tokens_in_the_cache_are_counted(model: LangChainModel) -> None:
    await heard(model)
    _, again = await heard(model)
    assert again.usage and again.usage.cached == again.usage.prompt > 0


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_of_the_server_is_an_error_of_ours_in_one_clear_line(
    model: LangChainModel, double: Double, name: str
) -> None:
    act, kind, message = FAULTS[name]
    double.always = act
    with pytest.raises(ModelError) as told:
        await heard(model)
    assert type(told.value) is kind
    line = str(told.value)
    assert message in line and "\n" not in line and len(line) < 400
    assert double.address in line
    assert told.value.__cause__ is not None or kind in (CutOff, Refused, UnusableReply)


@pytest.mark.parametrize("name", [n for n in FAULTS if n not in STREAM_ONLY])
async def test_the_same_fault_of_a_call_that_is_not_streamed(model: LangChainModel, double: Double, name: str) -> None:
    act, kind, _ = FAULTS[name]
    double.always = act
    with pytest.raises(ModelError) as told:
        await model.call(PROMPT, SAMPLING)
    assert type(told.value) is WHOLE.get(name, kind)


async def test_nobody_at_the_address_says_so(make_model: Make) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        with pytest.raises(ModelUnreachable, match="does not answer: start the server there"):
            await heard(make_model(address=address))


async def test_a_proxy_never_stands_between_us_and_our_own_machine(
    make_model: Make, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    double.then(Act("Why?"))
    assert (await heard(make_model()))[0] == "Why?"


@pytest.mark.parametrize("act", [doubles.limited(0.6), doubles.OVERLOADED])
async def test_a_passing_fault_is_tried_again(model: LangChainModel, double: Double, act: Act) -> None:
    double.then(act, Act("Why?"))
    assert (await heard(model))[0] == "Why?"
    first, second = double.calls
    assert second.at - first.at >= (0.6 if act.status == 429 else 0.3)


@pytest.mark.parametrize("retries", [0, 2])
async def test_tries_are_bounded(make_model: Make, double: Double, retries: int) -> None:
    double.always = doubles.limited(0.05)
    with pytest.raises(RateLimited):
        await heard(make_model(replace(QUICK, retries=retries)))
    assert len(double.calls) == retries + 1


async def test_a_server_that_wants_us_to_wait_for_long_is_not_waited_for(make_model: Make, double: Double) -> None:
    double.always = doubles.limited(3600)
    begin = monotonic()
    with pytest.raises(RateLimited):
        await heard(make_model())
    assert (len(double.calls), monotonic() - begin < 1) == (1, True)


async def test_waiting_to_try_again_is_within_the_patience_for_the_first_token(
    make_model: Make, double: Double
) -> None:
    double.always = doubles.limited(30)
    with pytest.raises(ModelUnreachable, match="sent nothing"):
        await heard(make_model(replace(QUICK, first_token=0.3)))


async def test_a_hanging_server_is_not_asked_again_and_its_connection_is_closed(
    model: LangChainModel, double: Double
) -> None:
    double.always = doubles.HANGS
    with pytest.raises(ModelUnreachable):
        await heard(model)
    (call,) = double.calls
    assert await asyncio.to_thread(call.done.wait, 2)
    assert call.end == "left"


@pytest.mark.parametrize("after", [0, 3])
async def test_closing_the_generator_stops_the_server(model: LangChainModel, double: Double, after: int) -> None:
    double.then(Act(endless=True, pause=0.01, deaf=True))
    async with aclosing(model.stream(PROMPT, SAMPLING)) as pieces:
        for _ in range(after + 1):
            await anext(pieces)
    (call,) = double.calls
    assert await asyncio.to_thread(call.done.wait, 2)
    assert call.end == "left" and call.sent < 50


async def test_cancelling_whoever_waits_stops_the_server(model: LangChainModel, double: Double) -> None:
    double.then(doubles.HANGS)
    waiting = asyncio.create_task(heard(model))
    while not double.calls:
        await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await asyncio.to_thread(double.calls[0].done.wait, 2)
    assert double.calls[0].end == "left"
    assert (await heard(model))[1].model == doubles.MODEL


async def test_time_that_the_reader_takes_is_not_the_servers(make_model: Make, double: Double) -> None:
    double.then(Act("one two three"))
    model = make_model(replace(QUICK, between=0.4, whole=1.0))
    got: list[str | Completion] = []
    async for piece in model.stream(PROMPT, SAMPLING):
        got.append(piece)
        await asyncio.sleep(0.5)
    assert len(got) == 4


async def test_a_reply_that_takes_too_long_as_a_whole_is_stopped(make_model: Make, double: Double) -> None:
    double.then(Act(endless=True, deaf=True, pause=0.05))
    with pytest.raises(CutOff):
        await heard(make_model(replace(QUICK, whole=0.6)))


async def test_calls_at_once_are_limited_and_all_get_their_turn(make_model: Make, double: Double) -> None:
    double.always = Act("a b c", pause=0.02)
    model = make_model(calls_at_once=2)
    replies = await asyncio.gather(*(heard(model) for _ in range(7)))
    assert [text for text, _ in replies] == ["a b c"] * 7
    assert double.most_at_once == 2


async def test_a_failed_call_gives_its_place_back(make_model: Make, double: Double) -> None:
    model = make_model(calls_at_once=1)
    double.then(doubles.WITHOUT_KEY, doubles.CUT, Act("Why?"))
    for _ in range(2):
        with pytest.raises(ModelError):
            await heard(model)
    assert (await heard(model))[0] == "Why?"


async def test_an_endless_reply_ends_at_the_limit_and_says_so(model: LangChainModel, double: Double) -> None:
    double.then(doubles.ENDLESS)
    _, whole = await heard(model)
    assert whole.cut_off and double.calls[0].sent == SAMPLING.max_tokens


async def test_an_empty_reply_is_empty(model: LangChainModel, double: Double) -> None:
    double.then(doubles.EMPTY)
    text, whole = await heard(model)
    assert (text, whole.text, whole.cut_off) == ("", "", False)


@pytest.mark.parametrize(
    "act",
    [
        Act("<think>The answer is two towers, say so. </think>\n\nWhat next?"),
        Act("What next?", reasoning="The answer is two towers, say so."),
        Act("<think>two towers</think>What <Thinking>towers towers</THINKING>next?"),
    ],
)
async def test_thoughts_never_reach_the_text(model: LangChainModel, double: Double, act: Act) -> None:
    double.always = act
    text, whole = await heard(model)
    reply, _ = await model.call(PROMPT, SAMPLING)
    assert text == whole.text == reply.text == "What next?"


async def test_a_model_whose_thoughts_have_no_beginning_is_held_back_from_the_second_reply_on(
    model: LangChainModel, double: Double
) -> None:
    double.always = Act("The answer is two towers. </think>\n\nWhat next?")
    first, whole = await heard(model)
    second, again = await heard(model)
    assert "</think>" in first
    assert whole.text == second == again.text == "What next?"


async def test_a_reply_that_is_nothing_but_thoughts_is_empty(model: LangChainModel, double: Double) -> None:
    double.then(Act("<think>" + "hm " * 100))
    text, whole = await heard(model)
    assert (text, whole.text, whole.cut_off) == ("", "", True)


@pytest.mark.parametrize("name", FAULTS)
async def test_the_key_stands_in_no_error_and_no_log(
    make_model: Make, double: Double, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    act, _, _ = FAULTS[name]
    key = make_model()._endpoint.key.get_secret_value()  # pyright: ignore[reportPrivateUsage]
    double.always = replace(act, message=f"{act.message}: your key {key} is bad", headers=act.headers)
    model = make_model(replace(QUICK, retries=0, first_token=0.3))
    with caplog.at_level(logging.DEBUG), pytest.raises(ModelError) as told:
        await heard(model)
    assert key not in str(told.value)
    assert key not in "".join(traceback.format_exception(told.value))
    assert key not in caplog.text and key not in repr(model.__dict__)


async def test_a_key_that_the_server_refuses_and_repeats_is_not_repeated_by_us(
    make_model: Make, double: Double, caplog: pytest.LogCaptureFixture
) -> None:
    double.key = "another"
    model = make_model()
    key = model._endpoint.key.get_secret_value()  # pyright: ignore[reportPrivateUsage]
    with caplog.at_level(logging.DEBUG), pytest.raises(Unauthorised) as told:
        await heard(model)
    logging.getLogger("app").error("failed", exc_info=told.value)
    assert key not in caplog.text
    assert key not in "".join(traceback.format_exception(told.value))


def test_a_model_serves_one_event_loop_after_another(double: Double) -> None:
    from pydantic import SecretStr

    from app.models.profiles import Endpoint, Profile

    profile = Profile("double", "m", double.address)
    model = LangChainModel(Endpoint(profile, profile.base_url, SecretStr("")), patience=QUICK)
    double.always = Act("Why?")
    assert [asyncio.run(heard(model))[0] for _ in range(3)] == ["Why?"] * 3
