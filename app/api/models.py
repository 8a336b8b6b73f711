"""The models that are kept by name: list them, choose one, try one."""

import os
import re
import time
from contextlib import aclosing
from importlib import import_module
from urllib.parse import urlsplit

from fastapi.concurrency import run_in_threadpool

from app import wire
from app.api.problems import problem_of
from app.api.services import Services
from app.domain.chat import ChatModel, Completion, Message, Role, Sampling
from app.errors import ConfigurationError, Conflict, InputError, ModelError
from app.models.profiles import FROM_ENVIRONMENT, Profile, Profiles, load_profiles, save_profiles

BUILT_IN = wire.Choice(name="scripted", title="Built-in interviewer", built_in=True)
EXAMINER = wire.Choice(name="examiner", title="Examiner: finds evidence without a language model", built_in=True)
TEST_TOKENS = 48
"""Longest reply to a trial."""
SHOWN_CHARACTERS = 200
_TRIAL = (Message(Role.USER, "In one sentence, what makes a good question in a system design interview?"),)
_NAME = re.compile(r"[\w.:/-][\w .:/-]{0,59}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_LONGEST = 1000


def list_models(services: Services) -> wire.ModelList:
    """Show voices, judges and models; a broken file of models leaves what is built in."""
    try:
        profiles = services.models.profiles
    except ConfigurationError as error:
        return wire.ModelList(voices=(BUILT_IN,), judges=(EXAMINER,), fault=str(error))
    voices = [BUILT_IN]
    if profiles.interviewer:
        voices.append(wire.Choice(name="model", title=f"Model: {profiles.interviewer}", built_in=False))
    models = tuple(_view(profile, profiles) for profile in profiles.profiles)
    return wire.ModelList(voices=tuple(voices), judges=(EXAMINER,), models=models)


def use_model(services: Services, use: wire.ModelUse) -> wire.ModelList:
    """Keep a model under a name, and use it for what it says.

    Raises:
        InputError: what is given cannot be a model.
        Conflict: the environment chooses the model, or others than this machine's user can reach the server.
        ConfigurationError: the file of models cannot be read or written.
    """
    if services.shared:
        # Whoever names an address has the key sent there.
        raise Conflict("models are chosen on the machine itself when others can reach it: `sevenstep model use`")
    profile = _profile(use)
    settings = services.application.settings
    if settings.model and use.role != "none":
        raise Conflict("SEVENSTEP_MODEL chooses the model: unset it and start again to choose another here")
    with services.saving:
        kept = load_profiles(settings.profiles_file)
        save_profiles(settings.profiles_file, kept.with_profile(profile, use.role))
    return list_models(services)


async def test_model(services: Services, name: str) -> wire.ModelTest:
    """Make one real call; what goes wrong with the model is part of the result.

    Raises:
        NotFound: there is no model of that name.
    """
    profile = (await run_in_threadpool(lambda: services.models.profiles)).named(name)
    # Loading the client library takes seconds that are not the model's.
    await run_in_threadpool(import_module, "langchain_openai")
    try:
        return await _timed(name, await run_in_threadpool(services.models.open, profile))
    except (ModelError, ConfigurationError) as error:
        return wire.ModelTest(name=name, problem=problem_of(error))


def price(profiles: Profiles, model: str, tokens_in: int, tokens_out: int) -> float | None:
    """Give dollars for the tokens of a model as its server names it, None where its price is not known."""
    undated = re.sub(r"-\d{4}-?\d{2}-?\d{2}$", "", model)
    found = next((p for m in (model, undated) for p in profiles.profiles if p.model == m), None)
    return found.cost(tokens_in, tokens_out) if found else None


async def _timed(name: str, model: ChatModel) -> wire.ModelTest:
    began = time.monotonic()
    first: float | None = None
    whole: Completion | None = None
    async with aclosing(model.stream(_TRIAL, Sampling(TEST_TOKENS, temperature=0.0))) as pieces:
        async for piece in pieces:
            if isinstance(piece, Completion):
                whole = piece
            else:
                first = first or time.monotonic() - began
    tokens = whole.usage.completion if whole and whole.usage else None
    after = time.monotonic() - began - (first or 0.0)
    speed = (tokens - 1) / after if first and tokens and tokens > 1 and after > 0 else None
    text = " ".join(whole.text.split())[:SHOWN_CHARACTERS] if whole else ""
    return wire.ModelTest(name=name, first_token=first, tokens_per_second=speed, tokens=tokens, text=text)


def _view(profile: Profile, profiles: Profiles) -> wire.ModelView:
    return wire.ModelView(
        name=profile.name,
        model=profile.model,
        where=profile.where,
        in_process=profile.in_process,
        base_url=profile.base_url,
        key_from=profile.key_from,
        key_missing=bool(profile.key_from) and not os.environ.get(profile.key_from or ""),
        context=profile.context,
        price_in=profile.price_in,
        price_out=profile.price_out,
        interviewer=profile.name == profiles.interviewer,
        judge=profile.name == profiles.judge,
        fixed=profile.name == FROM_ENVIRONMENT,
    )


def _profile(use: wire.ModelUse) -> Profile:
    name, model = use.name.strip(), use.model.strip()
    if not _NAME.fullmatch(name):
        raise InputError("name: must be 1 to 60 letters, digits, spaces or any of . : / - _")
    if name == FROM_ENVIRONMENT:
        raise InputError(f"name: {FROM_ENVIRONMENT!r} is what SEVENSTEP_MODEL makes: choose another")
    if not 0 < len(model) <= _LONGEST or not model.isprintable():
        raise InputError("model: must be the model's name at its server, or the path of a GGUF file")
    if (use.price_in is None) != (use.price_out is None):
        raise InputError("price_in, price_out: give both, or neither")
    base_url = _address(use.base_url)
    return Profile(name, model, base_url, _variable(use.key_from), use.context, use.price_in, use.price_out)


def _address(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    try:
        parts = urlsplit(text.strip())
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, whole = None, False
    if parts is None or not whole or len(text) > _LONGEST or not text.isprintable():
        raise InputError("base_url: must be an address like http://127.0.0.1:11434/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError("base_url: must hold no password and no parameters; keys come from an environment variable")
    return text.strip().rstrip("/")


def _variable(text: str | None) -> str | None:
    if text is None or not text.strip():
        return None
    if not _VARIABLE.fullmatch(text.strip()):
        # Not repeated, since it may well be the key itself.
        raise InputError("key_from: must be the NAME of an environment variable, like OPENAI_API_KEY; never the key")
    return text.strip()
