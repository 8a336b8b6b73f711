"""`model list`, `model pull` and `model test`."""

import asyncio
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.bootstrap import Application
from app.cli.output import note, show, show_json
from app.errors import ConfigurationError, ModelError
from app.models import discovery
from app.models.catalogue import CATALOGUE, Entry, entry_named, pull
from app.models.discovery import Found, models_at, shown
from app.models.probe import Probe, probe
from app.models.profiles import FROM_ENVIRONMENT, Profile, Profiles

_WAYS = {
    "schema": "constrained by the server",
    "tool": "by a tool call",
    "plain": "by asking; checked, and repaired once",
    None: "not usable: it cannot be a judge",
}


Key = SecretStr | ConfigurationError
"""The key of an endpoint, or why there is none."""


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
        survey = asyncio.run(look_around(configured(application, profiles)))
        catalogue = [_offered(entry, directory(application)) for entry in CATALOGUE]
    rows = [_row(profile, profiles) for profile in profiles.profiles]
    if as_json:
        found = [asdict(f) for f in survey.found]
        return show_json({"profiles": rows, "found": found, "faults": survey.faults, "catalogue": catalogue})
    _table("Profiles:", [(r["name"], r["model"], r["where"], " and ".join(r["used_for"])) for r in rows])
    _table("Found:", [(f.model, f.server, shown(f.base_url), f.detail) for f in survey.found])
    if not survey.found:
        show("No model server answers on this machine: start Ollama, LM Studio, llama.cpp or vLLM, or fetch a model.\n")
    _table("Catalogue, to fetch with `sevenstep model pull NAME`:", [_offer_cells(e) for e in catalogue])
    for fault in survey.faults:
        note(f"sevenstep: {fault}")


def configured(application: Application, profiles: Profiles) -> list[tuple[Profile, Key]]:
    """Give each endpoint that is configured once, with its key or what is wrong with it."""
    settings = application.settings
    served = [p for p in profiles.profiles if not p.in_process]
    if settings.base_url or settings.api_key.get_secret_value():
        served.append(Profile(FROM_ENVIRONMENT, "", settings.base_url))
    different = {(p.base_url, p.key_from): p for p in served}
    return [(p, key_of(application, p)) for p in different.values()]


def key_of(application: Application, profile: Profile) -> Key:
    """Give the key of a profile, or why there is none."""
    try:
        return application.models.endpoint(profile).key
    except ConfigurationError as error:
        return error


async def look_around(endpoints: list[tuple[Profile, Key]]) -> Survey:
    """Ask the servers of this machine and the configured endpoints, all at once."""
    around, asked = await asyncio.gather(
        discovery.discover(discovery.PORTS),
        asyncio.gather(*(_asked(profile, key) for profile, key in endpoints)),
    )
    found = {_identity(f): f for f in around}
    faults: list[str] = []
    for models in asked:
        if isinstance(models, str):
            faults.append(models)
        else:
            found |= {_identity(f): f for f in models}
    return Survey(list(found.values()), list(dict.fromkeys(faults)))


def _identity(found: Found) -> tuple[str, str]:
    return found.base_url.replace("//localhost:", "//127.0.0.1:"), found.model


async def _asked(profile: Profile, key: Key) -> list[Found] | str:
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


def _offer_cells(offer: dict[str, Any]) -> tuple[str, ...]:
    fetched = "fetched" if offer["path"] else ""
    return offer["name"], f"{offer['size']:.1f} GB", f"for {offer['memory']} GB of memory", offer["licence"], fetched


def _table(title: str, rows: list[tuple[str, ...]]) -> None:
    if not rows:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    show("\n".join([title, *(f"  {line}".rstrip() for line in lines), ""]))


# ---------------------------------------------------------------------------------------------------------------- pull


def pull_model(name: str, as_json: bool) -> None:
    """Fetch a model of the catalogue."""
    entry = entry_named(name)
    with closing(Application()) as application:
        path = pull(entry.name, directory(application), _Progress())
    if as_json:
        return show_json({"name": entry.name, "path": str(path), "size": path.stat().st_size, "licence": entry.licence})
    show(f"{entry.name} is at {path}. Use it: sevenstep model use {entry.name}")


class _Progress:
    """Tells how far a download is, on a terminal only, at each whole per cent."""

    def __init__(self) -> None:
        self._told = -1

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // total if total else 0
        if percent == self._told or not sys.stderr.isatty():
            return
        self._told = percent
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{percent:3} %  {done / 1e9:.2f} of {total / 1e9:.2f} GB{end}")
        sys.stderr.flush()


# ---------------------------------------------------------------------------------------------------------------- test


def test_model(name: str | None, as_json: bool) -> None:
    """Make real calls to the model of a profile, and print what was found out."""
    with closing(Application()) as application:
        hub = application.models
        profile = hub.profiles.named(name) if name else hub.profile_for("interviewer") or hub.profile_for("judge")
        if profile is None:
            raise ConfigurationError("no model is chosen: choose one with `sevenstep model use`, see `model list`")
        found = asyncio.run(_probed(application, profile))
    if as_json:
        return show_json({"profile": profile.name, "where": shown(profile.where), **asdict(found)})
    show(_told(profile, found))


async def _probed(application: Application, profile: Profile) -> Probe:
    model = application.models.open(profile)
    try:
        return await probe(model, application.models.endpoint(profile))
    finally:
        await model.aclose()


def _told(profile: Profile, found: Probe) -> str:
    reply = "".join(c if c.isprintable() else " " for c in found.text)
    speed = f"{found.tokens_per_second:.1f} tokens/s" if found.tokens_per_second else "the reply was too short to tell"
    context = f"{found.context:,} tokens" if found.context else "the server does not say"
    if found.context and profile.context and profile.context > found.context:
        context += f": the profile says {profile.context:,}, set it lower with `sevenstep model use --context`"
    lines = {
        "first token": f"{found.first_token:.2f} s",
        "speed": speed,
        "context": context,
        "JSON": _WAYS[found.json],
        "seed": "honoured" if found.seed else "not honoured: two interviews with one seed may differ",
    }
    place = "in this process" if profile.in_process else f"at {shown(profile.where)}"
    heading = f"{profile.model}, {place}, replied: “{reply}”"
    return "\n".join([heading, *(f"  {what:<12} {value}" for what, value in lines.items())])
