"""The application around a real small model in this process: first token, prefix reuse, many interviews at once."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import httpx

from app.bootstrap import Application
from app.domain.chat import ChatModel, Completion, Message, Sampling, Usage
from app.domain.events import Plan
from app.domain.framework import Level
from app.domain.session import SessionState, Status
from app.interview import model_voice
from app.interview.interviewer import Interviewer
from app.interview.model_voice import ModelVoice
from app.interview.speaking import Delta
from app.models.gateway import LangChainModel
from app.models.inprocess import LocalServer
from app.models.profiles import Endpoint, Profile
from app.settings import Settings
from evals.bench.turns import ANSWER, WORDS

MODEL = Path(__file__).resolve().parents[2] / ".venv" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
"""Fetched by `make test`."""
REPLY_TOKENS = 60
TURNS = 12
SESSIONS = 20
ANSWERS = 1
"""In each session, after its opening."""
SLOTS = 4
POLL_SECONDS = 0.02


class Recorder:
    """A chat model that remembers what it was asked."""

    def __init__(self, inner: ChatModel) -> None:
        """Take the model that really answers."""
        self._inner = inner
        self.calls: list[tuple[list[Message], Sampling]] = []
        self.usages: list[Usage] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[str | Completion]:
        """Pass the call through."""
        self.calls.append((list(messages), sampling))
        async for piece in self._inner.stream(messages, sampling):
            if isinstance(piece, Completion) and piece.usage:
                self.usages.append(piece.usage)
            yield piece


def measure() -> Iterator[str]:
    """Give the ratio of first tokens, the share of the prompt that is reused, and how busy the slots are."""
    if not MODEL.exists():
        yield f"not measured: {MODEL} is missing; `make test` fetches it"
        return
    # The small model never ends by itself; people's questions have about as many tokens.
    model_voice.REPLY_TOKENS = REPLY_TOKENS
    yield from asyncio.run(_one_interview())
    yield from asyncio.run(_many_interviews())


async def _one_interview() -> list[str]:
    with TemporaryDirectory() as directory, closing(_application(directory)) as application:
        ours, theirs = LocalServer(_profile(), slots=1), LocalServer(_profile(), slots=1)
        recorder = Recorder(LangChainModel(ours.endpoint()))
        interviewer = _interviewer(application, recorder)
        state = await _opened(interviewer, 0)
        through: list[float] = []
        raw: list[float] = []
        for number in range(TURNS):
            if state.status is not Status.AWAITING_ANSWER:
                break
            before = len(recorder.calls)
            first, state = await _turn(interviewer, state, number)
            through.append(first)
            raw.append(await _raw(theirs.endpoint(), *recorder.calls[before]))
            for again in recorder.calls[before + 1 :]:
                await _raw(theirs.endpoint(), *again)
        reused = recorder.usages[3:]
        share = sum(u.cached for u in reused) / sum(u.prompt for u in reused)
        ratio = median(a / b for a, b in zip(through[1:], raw[1:], strict=True))
        ours.close()
        theirs.close()
    return [
        f"first token through the application over the raw endpoint, {len(raw)} turns, same prompts: median "
        f"{1000 * median(through[1:]):.0f} / {1000 * median(raw[1:]):.0f} ms, ratio {ratio:.2f} (goal: at most 1.10)",
        f"prompt tokens reused from turn 3 on: {share:.2f} (goal: at least 0.85)",
    ]


async def _many_interviews() -> list[str]:
    with TemporaryDirectory() as directory, closing(_application(directory)) as application:
        server = LocalServer(_profile(), slots=SLOTS)
        interviewer = _interviewer(application, LangChainModel(server.endpoint(), SLOTS))
        busy: list[float] = []
        watching = asyncio.create_task(_watch(server.endpoint(), busy))
        begin = perf_counter()
        done = await asyncio.gather(*(_short(interviewer, seed) for seed in range(SESSIONS)))
        took = perf_counter() - begin
        watching.cancel()
        server.close()
    whole = [s for s in done if len(s.answers) == ANSWERS and s.status is not Status.AWAITING_INTERVIEWER]
    return [
        f"{SESSIONS} interviews at once on {SLOTS} slots, an opening and {ANSWERS} answer each, in {took:.0f} s: "
        f"{100 * sum(busy) / len(busy):.0f} % of the slots busy (goal: at least 90 %), {len(whole)} whole, "
        f"{SESSIONS - len(whole)} lost"
    ]


async def _short(interviewer: Interviewer, seed: int) -> SessionState:
    state = await _opened(interviewer, seed)
    for number in range(ANSWERS):
        _, state = await _turn(interviewer, state, number)
    return state


async def _watch(endpoint: Endpoint, busy: list[float]) -> None:
    url = f"{str(endpoint.base_url).removesuffix('/v1')}/slots"
    async with httpx.AsyncClient(headers=_headers(endpoint)) as client:
        while True:
            slots: Any = (await client.get(url)).json()
            busy.append(sum(s["is_processing"] for s in slots) / len(slots))
            await asyncio.sleep(POLL_SECONDS)


async def _opened(interviewer: Interviewer, seed: int) -> SessionState:
    state = interviewer.create(Plan("video-recommendation", Level.SENIOR, 180, voice="model", seed=seed))
    async for piece in interviewer.reply(state.id):
        if isinstance(piece, SessionState):
            state = piece
    return state


async def _turn(interviewer: Interviewer, state: SessionState, number: int) -> tuple[float, SessionState]:
    text = ANSWER.format(word=f"{WORDS[number % len(WORDS)]} {number}")
    begin, first = perf_counter(), 0.0
    answer = f"a{number}"
    await asyncio.to_thread(interviewer.accept, state.id, answer, text)
    async for piece in interviewer.reply(state.id, answer):
        if isinstance(piece, Delta):
            first = first or perf_counter() - begin
        elif isinstance(piece, SessionState):
            state = piece
    return first, state


async def _raw(endpoint: Endpoint, messages: list[Message], sampling: Sampling) -> float:
    """Give the seconds to the first two words of the same prompt at the endpoint itself.

    Two, since the application gives out a word when it has ended.
    """
    body = {
        "model": "any",
        "messages": [{"role": m.role.value, "content": m.content} for m in messages],
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "seed": sampling.seed,
        "stream": True,
    }
    begin, first = perf_counter(), 0.0
    text: str = ""
    async with (
        httpx.AsyncClient(timeout=300, headers=_headers(endpoint)) as client,
        client.stream("POST", f"{endpoint.base_url}/chat/completions", json=body) as response,
    ):
        async for line in response.aiter_lines():
            if not line.startswith("data: {"):
                continue
            choices: Any = json.loads(line[6:]).get("choices")
            text += str(choices[0]["delta"].get("content") or "") if choices else ""
            if not first and " " in text.strip():
                first = perf_counter() - begin
    return first or perf_counter() - begin


def _headers(endpoint: Endpoint) -> dict[str, str]:
    return {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"}


def _profile() -> Profile:
    return Profile("small", str(MODEL))


def _application(directory: str) -> Application:
    return Application(Settings(data_dir=Path(directory), _env_file=None))  # pyright: ignore[reportCallIssue]


def _interviewer(application: Application, model: Any) -> Interviewer:
    """Give an interviewer whose model voice is the one to be measured."""
    voice = ModelVoice(lambda: model, application.library.prompts, lambda: None)
    application.__dict__["voices"] = {"model": voice}
    return application.interviewer
