"""`model use`."""

import asyncio
import re
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from app.bootstrap import Application
from app.cli.model import configured, directory, key_of, look_around
from app.cli.output import note, show, show_json
from app.errors import ConfigurationError, InputError, ModelError, NotFound, UnusableReply
from app.models.catalogue import CATALOGUE, gguf_fault
from app.models.discovery import OPENAI, Found, address, has_model, models_at, shown
from app.models.profiles import FROM_ENVIRONMENT, Profile, load_profiles, save_profiles

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_NAMES = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """What was given on the command line."""

    model: str
    base_url: str | None
    key_from: str | None
    context: int | None
    price_in: float | None
    price_out: float | None
    role: str
    name: str | None


def use_model(choice: Choice, as_json: bool) -> None:
    """Keep a model as a profile, after asking whether it is there."""
    _check(choice)
    with closing(Application()) as application:
        profile, warnings = _settle(application, choice)
        path = application.settings.profiles_file
        save_profiles(path, load_profiles(path).with_profile(profile, choice.role))
        if application.settings.model:
            warnings.append("SEVENSTEP_MODEL is set, and wins over what was chosen here: unset it")
    roles = ["interviewer", "judge"] if choice.role == "both" else [choice.role]
    if as_json:
        return show_json({"profile": asdict(profile), "used_for": roles, "warnings": warnings})
    for warning in warnings:
        note(f"sevenstep: {warning}")
    place = profile.where if profile.in_process else f"at {shown(profile.where)}"
    show(f"{profile.name} is now the model of the {' and the '.join(roles)}: {profile.model}, {place}")


def _check(choice: Choice) -> None:
    if choice.key_from is not None and not _VARIABLE.fullmatch(choice.key_from):
        # What stands there may be a key: it is not repeated.
        raise InputError("--key-from takes the name of an environment variable (in capitals), not the key itself")
    if choice.name == FROM_ENVIRONMENT:
        raise InputError(f"--name {FROM_ENVIRONMENT} is taken by what SEVENSTEP_MODEL sets: choose another")
    if (choice.price_in is None) != (choice.price_out is None):
        raise InputError("give both --price-in and --price-out, or neither")
    if choice.base_url is not None:
        try:
            parts = address(choice.base_url)
        except ConfigurationError as error:
            raise InputError(str(error)) from error
        if parts.username is not None or parts.query:
            raise InputError("--base-url must not hold a key or password: name a variable with --key-from")


def _settle(application: Application, choice: Choice) -> tuple[Profile, list[str]]:
    """Give the profile to keep, and what the user should know."""
    entry = next((e for e in CATALOGUE if e.name.casefold() == choice.model.casefold()), None)
    drafted = _draft(choice, choice.model, choice.base_url)
    if choice.base_url:
        return _ask(application, drafted)
    if entry:
        path = directory(application) / entry.file
        if not path.is_file():
            raise NotFound(f"{entry.name} is not fetched yet: sevenstep model pull {entry.name}")
        return _of_file(replace(drafted, name=choice.name or entry.name), path), []
    if choice.model.endswith(".gguf"):
        return _of_file(drafted, Path(choice.model).expanduser()), []
    if choice.key_from:
        return _ask(application, replace(drafted, base_url=application.settings.base_url))
    return _find(application, drafted)


def _draft(choice: Choice, model: str, base_url: str | None) -> Profile:
    name = choice.name or Path(model).name.removesuffix(".gguf")
    if not (name.strip() and model.strip() and name.isprintable() and model.isprintable()):
        raise InputError("a model and a profile need names that can be printed: see `sevenstep model list`")
    url = base_url.rstrip("/") if base_url else None
    return Profile(name, model, url, choice.key_from, choice.context, choice.price_in, choice.price_out)


def _of_file(drafted: Profile, path: Path) -> Profile:
    if fault := gguf_fault(path):
        raise InputError(fault)
    return replace(drafted, model=str(path.absolute()), key_from=None)


def _find(application: Application, drafted: Profile) -> tuple[Profile, list[str]]:
    """Look for the model on this machine and at the configured endpoints."""
    profiles = load_profiles(application.settings.profiles_file)
    endpoints = configured(application, profiles)
    survey = asyncio.run(look_around(endpoints))
    there = [f for f in survey.found if has_model([f], drafted.model)]
    if len(there) > 1:
        places = ", ".join(shown(f.base_url) for f in there)
        raise InputError(f"{drafted.model} is at {places}: say which with --base-url")
    if there:
        url = None if there[0].base_url == OPENAI else there[0].base_url
        keys = {p.base_url: p.key_from for p, _ in endpoints}
        return replace(drafted, model=there[0].model, base_url=url, key_from=keys.get(url)), []
    if application.settings.base_url:
        return _ask(application, replace(drafted, base_url=application.settings.base_url.rstrip("/")))
    faults = "".join(f"; {fault}" for fault in survey.faults)
    raise NotFound(
        f"no server that was asked has a model {drafted.model!r}{_known(survey.found)}{faults}:"
        " see `sevenstep model list`, or name the server with --base-url"
    )


def _ask(application: Application, drafted: Profile) -> tuple[Profile, list[str]]:
    """Ask the endpoint for the model; an endpoint that cannot be asked now is warned of."""
    key = key_of(application, drafted)
    if isinstance(key, ConfigurationError):
        return drafted, [f"{key}: set it before the model is used; whether the model is there, was not asked"]
    try:
        found = asyncio.run(models_at(drafted.base_url, key))
    except UnusableReply as error:
        longer = asyncio.run(_listed(drafted.base_url, key)) if drafted.base_url else None
        if longer is None:
            return drafted, [f"{error}; the model was kept without being seen there"]
        found, drafted = longer, replace(drafted, base_url=f"{drafted.base_url}/v1")
    except ModelError as error:
        return drafted, [f"{error}; the model was kept without being seen there"]
    if not has_model(found, drafted.model):
        raise NotFound(f"{shown(drafted.where)} has no model {drafted.model!r}{_known(found)}")
    return drafted, []


async def _listed(base_url: str, key: SecretStr) -> list[Found] | None:
    """Give what is there with the `/v1` that was left out."""
    try:
        return await models_at(f"{base_url}/v1", key)
    except ModelError:
        return None


def _known(found: list[Found]) -> str:
    names = list(dict.fromkeys(f.model for f in found))
    more = ", …" if len(names) > _NAMES else ""
    return f" (there is {', '.join(names[:_NAMES])}{more})" if names else ""
