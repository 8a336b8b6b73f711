"""Try a model out: one real call, and what its server can do."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from app.domain.chat import Completion, Message, Role, Sampling
from app.errors import ModelError, UnusableReply
from app.models.discovery import Asker

if TYPE_CHECKING:
    from app.models.gateway import LangChainModel
    from app.models.profiles import Endpoint

PROMPT = (
    Message(Role.SYSTEM, "You are an interviewer. Answer in two sentences."),
    Message(Role.USER, "What would you ask first about a system that recommends videos?"),
)
TOKENS = 256
"""Enough for a model that thinks first; others end sooner."""
SEED_TOKENS = 24
SEED = 7
SEED_TEMPERATURE = 0.9
_CHARACTERS_PER_TOKEN = 3.6
_CHOICE = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": ["alpha", "omega"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found out about a model."""

    model: str
    """As the server names it."""
    first_token: float
    """Seconds until the first piece of text."""
    tokens_per_second: float | None
    """None if the reply was too short to tell."""
    json: str | None
    """How JSON is had: `schema` (constrained by the server), `tool`, `plain` (by asking); None if not at all."""
    seed: bool
    """The same seed gave the same text."""
    context: int | None
    """Tokens of one conversation, as the server says; None if it does not."""
    text: str
    """What it replied."""


async def probe(model: LangChainModel, endpoint: Endpoint, clock: Callable[[], float] = time.perf_counter) -> Probe:
    """Make one real call, measure it, then try JSON and seeds.

    Raises:
        ModelError: the model does not reply; see the tree in `app.errors`.
    """
    # What takes seconds to load is not the model's time.
    await asyncio.to_thread(import_module, "langchain_openai")
    started = clock()
    first: float | None = None
    pieces, whole = 0, Completion("", model.name, None, False)
    async with aclosing(model.stream(PROMPT, Sampling(TOKENS, temperature=0.0))) as stream:
        async for piece in stream:
            if isinstance(piece, Completion):
                whole = piece
            else:
                first = clock() if first is None else first
                pieces += 1
    ended = clock()
    if first is None:
        raise UnusableReply(
            f"{endpoint.profile.where} gave an empty reply: try another model with `sevenstep model use`"
        )
    rate = _rate(whole, pieces, first - started, ended - started)
    way, seeded = await _json(model), await _seed(model)
    return Probe(whole.model, first - started, rate, way, seeded, await context_of(endpoint), whole.text)


async def context_of(endpoint: Endpoint) -> int | None:
    """Ask a server for the tokens of one conversation; None if it does not tell."""
    if endpoint.base_url is None:
        return None
    asker, model = Asker(endpoint.base_url, endpoint.key), endpoint.profile.model
    for ask in (_by_props, _by_list, _by_ollama):
        try:
            if found := await ask(asker, model):
                return found
        except ModelError:
            continue
    return None


def _rate(whole: Completion, pieces: int, first: float, total: float) -> float | None:
    shown = max(pieces, round(len(whole.text) / _CHARACTERS_PER_TOKEN))
    tokens = whole.usage.completion if whole.usage else shown
    # Tokens that were thought and not shown came before the first piece.
    span, counted = (total, tokens) if tokens > 2 * shown else (total - first, tokens - 1)
    return counted / span if counted > 1 and span > 0 else None


async def _json(model: LangChainModel) -> str | None:
    # The prompt does not speak of JSON, so that only a constraint can bring it about.
    asked = [Message(Role.USER, "Say good morning in one sentence.")]
    try:
        await model.complete(asked, Sampling(TOKENS, temperature=0.0), schema=_CHOICE)
    except UnusableReply:
        return None
    return model.structured


async def _seed(model: LangChainModel) -> bool:
    sampling = Sampling(SEED_TOKENS, SEED_TEMPERATURE, SEED)
    try:
        texts = [(await model.complete(PROMPT, sampling)).text for _ in range(2)]
    except UnusableReply:
        return False
    return texts[0] == texts[1] != ""


async def _by_props(asker: Asker, model: str) -> int | None:
    """Ask as llama.cpp answers."""
    _, props = await asker.json("GET", f"{asker.root}/props")
    return _number(props, "default_generation_settings", "n_ctx")


async def _by_list(asker: Asker, model: str) -> int | None:
    """Ask as vLLM answers."""
    return next((f.context for f in await asker.models() if f.model == model), None)


async def _by_ollama(asker: Asker, model: str) -> int | None:
    """Ask as Ollama answers: what is loaded, what is set, what the model was made for."""
    _, loaded = await asker.json("GET", f"{asker.root}/api/ps")
    for row in _list(loaded, "models"):
        if row.get("name") in (model, f"{model}:latest") and (found := _number(row, "context_length")):
            return found
    _, told = await asker.json("POST", f"{asker.root}/api/show", {"model": model})
    settings = _get(told, "parameters")
    if isinstance(settings, str) and (match := re.search(r"^num_ctx\s+(\d+)", settings, re.MULTILINE)):
        return int(match.group(1))
    info = _get(told, "model_info")
    names = cast("dict[str, Any]", info) if isinstance(info, dict) else {}
    return next((_number(names, name) for name in names if name.endswith(".context_length")), None)


def _get(answer: Any, name: str) -> Any:
    return cast("dict[str, Any]", answer).get(name) if isinstance(answer, dict) else None


def _list(answer: Any, name: str) -> list[dict[str, Any]]:
    rows = _get(answer, name)
    found = cast("list[object]", rows) if isinstance(rows, list) else []
    return [cast("dict[str, Any]", row) for row in found if isinstance(row, dict)]


def _number(answer: Any, *names: str) -> int | None:
    for name in names:
        answer = _get(answer, name)
    return answer if isinstance(answer, int) and answer > 0 else None
