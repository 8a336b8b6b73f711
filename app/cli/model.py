"""`model`: find, fetch, choose and try language models."""

import asyncio
import re
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.bootstrap import Application
from app.cli.output import note, show, show_json
from app.errors import ConfigurationError, InputError, ModelError, NotFound
from app.models import discovery
from app.models.catalogue import CATALOGUE, Entry, gguf_fault, pull
from app.models.discovery import OPENAI, Found, address, has_model, models_at, shown
from app.models.profiles import FROM_ENVIRONMENT, Endpoint, Profile, Profiles, load_profiles, save_profiles

_SHOWN_NAMES = 8
_WAYS = {
    "schema": "constrained by the server",
    "tool": "by a tool call",
    "plain": "by asking; checked, and repaired once",
    None: "not usable: it cannot be a judge",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What was given to `model use`."""

    model: str
    base_url: str | None
    key_from: str | None
    context: int | None
    price_in: float | None
    price_out: float | None
    role: str
    profile: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What servers answered."""

    found: list[Found]
    faults: list[str]
    """Of configured endpoints; ports with nothing on them are no fault."""


def directory(application: Application) -> Path:
    """Give where fetched models are kept."""
    return application.settings.data_dir / "models"


# ---------------------------------------------------------------------------------------------------------------- list


def list_models(as_json: bool) -> None:
    """Print the profiles, what servers have, and the catalogue."""
    with closing(Application()) as application:
        profiles = application.models.profiles
        survey = asyncio.run(_survey(_configured(application, profiles)))
        catalogue = [_offered(entry, directory(application)) for entry in CATALOGUE]
    rows = [_row(profile, profiles) for profile in profiles.profiles]
    if as_json:
        found = [asdict(f) for f in survey.found]
        return show_json({"profiles": rows, "found": found, "faults": survey.faults, "catalogue": catalogue})
    _table("Profiles:", rows, lambda r: (r["name"], r["model"], r["where"], " and ".join(r["used_for"])))
    _table("Found:", survey.found, lambda f: (f.model, f.server, shown(f.base_url), f.detail))
    if not survey.found:
        show("No model server answers on this machine: start Ollama, LM Studio, llama.cpp or vLLM, or fetch a model.\n")
    _table(
        "Catalogue, to fetch with `sevenstep model pull NAME`:",
        catalogue,
        lambda e: (
            e["name"],
            f"{e['size']:.1f} GB",
            f"for {e['memory']} GB of memory",
            e["licence"],
            "fetched" if e["path"] else "",
        ),
    )
    for fault in survey.faults:
        note(f"sevenstep: {fault}")


def _configured(application: Application, profiles: Profiles) -> list[tuple[Profile, SecretStr | ConfigurationError]]:
    """Give each endpoint that is configured once, with its key or what is wrong with it."""
    settings = application.settings
    served = [p for p in profiles.profiles if not p.in_process]
    if settings.base_url or settings.api_key.get_secret_value():
        served.append(Profile(FROM_ENVIRONMENT, "", settings.base_url))
    different = {(p.base_url, p.key_from): p for p in served}
    return [(p, _key(application, p)) for p in different.values()]


def _key(application: Application, profile: Profile) -> SecretStr | ConfigurationError:
    try:
        return application.models.endpoint(profile).key
    except ConfigurationError as error:
        return error


async def _survey(configured: list[tuple[Profile, SecretStr | ConfigurationError]]) -> Survey:
    around, *asked = await asyncio.gather(
        discovery.discover(discovery.PORTS), *(_asked(profile, key) for profile, key in configured)
    )
    found = {(f.base_url, f.model): f for f in around}
    faults: list[str] = []
    for models in asked:
        if isinstance(models, str):
            faults.append(models)
        else:
            found |= {(f.base_url, f.model): f for f in models}
    return Survey(list(found.values()), list(dict.fromkeys(faults)))


async def _asked(profile: Profile, key: SecretStr | ConfigurationError) -> list[Found] | str:
    """Give what an endpoint has, or what is wrong with it."""
    if isinstance(key, ConfigurationError):
        return str(key)
    try:
        return await models_at(profile.base_url, key)
    except (ModelError, ConfigurationError) as error:
        return str(error)


def _row(profile: Profile, profiles: Profiles) -> dict[str, Any]:
    roles = {"interviewer": profiles.interviewer, "judge": profiles.judge}
    return {
        "name": profile.name,
        "model": profile.model,
        "where": shown(profile.where),
        "key_from": profile.key_from,
        "context": profile.context,
        "price_in": profile.price_in,
        "price_out": profile.price_out,
        "used_for": [role for role, name in roles.items() if name == profile.name],
    }


def _offered(entry: Entry, folder: Path) -> dict[str, Any]:
    path = folder / entry.file
    return {**asdict(entry), "path": str(path) if path.is_file() else None}


def _table[T](title: str, rows: list[T], cells: Callable[[T], tuple[str, ...]]) -> None:
    if not rows:
        return
    filled = [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in filled) for i in range(len(filled[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in filled]
    show("\n".join([title, *(f"  {line}".rstrip() for line in lines), ""]))
