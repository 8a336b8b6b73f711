"""`check` and `doctor`."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import typer

from app.bootstrap import Application
from app.cli.output import show, show_json
from app.content.check import check_content
from app.errors import ConfigurationError, SevenstepError, UnknownModel
from app.interview.lints import lint_case
from app.models.profiles import Profile

NAMES = 8
"""Of models that a line lists."""


Look = Callable[[Application], str]
"""Gives what was found, or raises what is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that doctor looked at."""

    what: str
    ok: bool
    detail: str
    """What was found, or what is wrong and what to do."""


def check_all(slug: str | None, as_json: bool) -> None:
    """Print every fault of the content, or of one case; exit 1 if there is one."""
    with closing(Application()) as application:
        library = application.library
        faults = check_content(library, slug)
        counts = f"{1 if slug else len(library.slugs)} cases, {len(library.concepts)} concept notes"
        if not faults:
            chosen = [library.case(slug)] if slug else library.cases
            faults = [f for case in chosen for f in lint_case(case, application.examiner)]
    if as_json:
        show_json({"ok": not faults, "faults": faults})
    elif faults:
        show("\n".join(faults))
    else:
        show(f"All content is valid: {counts}.")
    if faults:
        raise typer.Exit(1)


def examine(as_json: bool) -> None:
    """Look at each part of the installation; exit 1 if one is faulty."""
    with closing(Application()) as application:
        looks: dict[str, Look] = {
            "Python": _python,
            "content": _content,
            "data directory": _data_dir,
            "database": _database,
            "embeddings": _embeddings,
            "search index": _index,
            "port": _port,
        }
        findings = [_look(what, look, application) for what, look in (looks | _model_looks(application)).items()]
    if as_json:
        show_json([asdict(f) for f in findings])
    else:
        for finding in findings:
            show(f"{'ok   ' if finding.ok else 'FAULT'}  {finding.what}: {finding.detail}")
    if not all(f.ok for f in findings):
        raise typer.Exit(1)


def _model_looks(application: Application) -> dict[str, Look]:
    """Give one look at each model that is chosen, or at why none is."""
    try:
        hub = application.models
        chosen = {role: profile for role in ("interviewer", "judge") if (profile := hub.profile_for(role))}
    except SevenstepError as error:
        return {"model": partial(_fail, error)}
    if not chosen:
        return {"model": _no_model}
    if len(set(chosen.values())) == 1:
        return {"model": partial(_model, next(iter(chosen.values())))}
    return {f"{role}'s model": partial(_model, profile) for role, profile in chosen.items()}


def _look(what: str, look: Callable[[Application], str], application: Application) -> Finding:
    try:
        return Finding(what, True, look(application))
    except SevenstepError as error:
        return Finding(what, False, str(error).splitlines()[0])


def _python(application: Application) -> str:
    return sys.version.split()[0]


def _content(application: Application) -> str:
    faults = check_content(application.library)
    if faults:
        raise ConfigurationError(f"{len(faults)} faults, the first: {faults[0]}; run `sevenstep check` for all")
    return f"{application.library.root}, {len(application.library.slugs)} cases"


def _data_dir(application: Application) -> str:
    path = application.settings.data_dir
    place = path
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise ConfigurationError(f"{path} cannot be written: set SEVENSTEP_DATA_DIR to a directory that can")
    return str(path)


def _database(application: Application) -> str:
    return f"{application.database.where}, {len(application.sessions.rows())} sessions"


def _embeddings(application: Application) -> str:
    application.embedder.embed(["one sentence"])
    return application.embedder.name


def _index(application: Application) -> str:
    report = application.sync_index()
    built = f", rebuilt because {report.rebuilt}" if report.rebuilt else ""
    return f"{report.unchanged + report.added} passages{built}"


def _port(application: Application) -> str:
    from app.cli.serve import port_is_free

    host, port = application.settings.host, application.settings.port
    if not port_is_free(host, port):
        raise ConfigurationError(f"{host}:{port} is in use: stop what listens there, or start with --port 0")
    return f"{host}:{port} is free"


def _fail(error: SevenstepError, _: Application) -> str:
    raise error


def _no_model(application: Application) -> str:
    settings = application.settings
    detail = "none is needed: the built-in interviewer and examiner are in use"
    if settings.base_url:
        detail += "; a base URL is set, but no model: set SEVENSTEP_MODEL, or choose one with `sevenstep model use`"
    return detail


def _model(profile: Profile, application: Application) -> str:
    if profile.in_process:
        return _file(Path(profile.model).expanduser())
    from app.models.discovery import has_model, models_at, shown

    endpoint = application.models.endpoint(profile)
    if profile.base_url is None and not endpoint.key.get_secret_value():
        raise ConfigurationError(f"{profile.where} needs a key: set {profile.key_from or 'OPENAI_API_KEY'}")
    found = asyncio.run(models_at(profile.base_url, endpoint.key))
    if not has_model(found, profile.model):
        names = ", ".join(f.model for f in found[:NAMES]) or "none"
        raise UnknownModel(
            f"{shown(profile.where)} has no model {profile.model!r} (it has {names}): choose with `sevenstep model use`"
        )
    return f"{profile.model} at {shown(profile.where)}, which has it"


def _file(path: Path) -> str:
    from app.models.catalogue import gguf_fault

    if fault := gguf_fault(path):
        raise ConfigurationError(fault)
    if find_spec("xllamacpp") is None:
        raise ConfigurationError(
            "running a model in this process needs an extra: install it with pip install 'sevenstep[local]'"
        )
    size, memory = path.stat().st_size, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size > memory:
        raise ConfigurationError(
            f"{path} has {size / 1e9:.1f} GB, and this machine {memory / 1e9:.1f} GB of memory: choose a smaller one"
        )
    return f"{path}, in this process"
