import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli.checks import examine

CANARY = "sk-canary-0123456789abcdef"
DOWN = "http://127.0.0.1:9/v1"
Examine = Callable[..., tuple[int, dict[str, Any]]]
Serve = Callable[..., Any]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose index is built once."""
    return tmp_path_factory.mktemp("doctor")


@pytest.fixture
def doctor(sevenstep: Callable[..., subprocess.CompletedProcess[str]], shared: Path) -> Examine:
    """Give the exit code, and what the doctor says about models."""

    def run(**settings: str) -> tuple[int, dict[str, Any]]:
        done = sevenstep("doctor", "--json", SEVENSTEP_DATA_DIR=str(shared), **settings)
        assert "canary" not in done.stdout + done.stderr
        assert done.stderr == ""
        rows = {r["what"]: r for r in json.loads(done.stdout)}
        assert all(r["ok"] for what, r in rows.items() if "model" not in what)
        assert all("\n" not in r["detail"] for r in rows.values())
        return done.returncode, {what: r for what, r in rows.items() if "model" in what}

    (shared / "models.json").unlink(missing_ok=True)
    return run


@pytest.fixture
def here(
    environment: dict[str, str],
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Examine:
    """The same without a new process, for many faults in one test."""
    monkeypatch.chdir(tmp_path)
    for name in ("SEVENSTEP_CONTENT_DIR", "SEVENSTEP_PORT"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("SEVENSTEP_DATA_DIR", str(shared))

    def run(**settings: str) -> tuple[int, dict[str, Any]]:
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            code = 0
            try:
                examine(as_json=True)
            except typer.Exit as end:
                code = end.exit_code
        said = capsys.readouterr()
        assert "canary" not in said.out + said.err
        return code, {r["what"]: r for r in json.loads(said.out) if "model" in r["what"]}

    return run


@pytest.fixture
def server(serve: Serve) -> Any:
    listing = {"object": "list", "data": [{"id": n, "object": "model", "owned_by": "tests"} for n in ("m", "n")]}
    return serve({"/v1/models": listing}, key=CANARY)


def keep(shared: Path, interviewer: dict[str, str], judge: dict[str, str] | None = None) -> None:
    profiles = [{"name": "one", **interviewer}] + ([{"name": "two", **judge}] if judge else [])
    data = {"profiles": profiles, "interviewer": "one", "judge": profiles[-1]["name"]}
    (shared / "models.json").write_text(json.dumps(data), encoding="utf-8")


def test_no_model_is_fine(doctor: Examine) -> None:
    code, rows = doctor()

    assert code == 0
    assert rows["model"]["detail"].startswith("none is needed")


def test_a_base_url_without_a_model_is_pointed_out(doctor: Examine) -> None:
    code, rows = doctor(OPENAI_BASE_URL=DOWN)

    assert code == 0
    assert "set SEVENSTEP_MODEL, or choose one with `sevenstep model use`" in rows["model"]["detail"]


def test_a_model_that_is_there_is_well(doctor: Examine, server: Any) -> None:
    code, rows = doctor(SEVENSTEP_MODEL="m", SEVENSTEP_BASE_URL=server.base_url, SEVENSTEP_API_KEY=CANARY)

    assert (code, list(rows)) == (0, ["model"])
    assert rows["model"]["detail"] == f"m at {server.base_url}, which has it"


@pytest.mark.filterwarnings("ignore:.*deprecated - use:DeprecationWarning")  # of the library that reads drawings
def test_each_fault_of_the_environment_is_named(here: Examine, server: Any, tmp_path: Path) -> None:
    text = tmp_path / "text.gguf"
    text.write_text("no model")
    there = {"SEVENSTEP_BASE_URL": server.base_url, "SEVENSTEP_API_KEY": CANARY}
    planted: list[tuple[dict[str, str], tuple[str, ...]]] = [
        ({"SEVENSTEP_BASE_URL": DOWN}, (f"{DOWN} does not answer", "start the server")),
        ({**there, "SEVENSTEP_MODEL": "x"}, ("no model 'x'", "it has m, n", "sevenstep model use")),
        ({**there, "SEVENSTEP_API_KEY": "sk-canary-other"}, ("refuses the key",)),
        ({**there, "SEVENSTEP_BASE_URL": server.base_url + "/oops"}, ("is the base URL right?", "/v1")),
        ({"SEVENSTEP_BASE_URL": "localhost:11434"}, ("is no address", "http://")),
        ({}, ("needs a key: set OPENAI_API_KEY",)),
        ({"SEVENSTEP_MODEL": "/none/x.gguf"}, ("there is no model file /none/x.gguf", "model pull")),
        ({"SEVENSTEP_MODEL": str(text)}, ("is not a GGUF file",)),
    ]
    server.routes["/v1/oops/models"] = 404
    for settings, said in planted:
        code, rows = here(**{"SEVENSTEP_MODEL": "m", **settings})

        assert (code, rows["model"]["ok"]) == (1, False), settings
        for part in said:
            assert part in rows["model"]["detail"]


def test_each_profile_has_its_own_line(doctor: Examine, server: Any, shared: Path) -> None:
    keep(
        shared,
        {"model": "m", "base_url": server.base_url, "key_from": "RIGHT_API_KEY"},
        {"model": "m", "base_url": server.base_url, "key_from": "NOT_SET_API_KEY"},
    )

    code, rows = doctor(RIGHT_API_KEY=CANARY)

    assert code == 1
    assert rows["interviewer's model"]["ok"] is True
    assert rows["judge's model"]["ok"] is False
    assert "NOT_SET_API_KEY, which is not set" in rows["judge's model"]["detail"]


@pytest.mark.parametrize("text", ["{", '{"interviewer": "gone"}'])
def test_a_file_of_profiles_that_cannot_be_used_is_named(doctor: Examine, shared: Path, text: str) -> None:
    (shared / "models.json").write_text(text)

    code, rows = doctor()

    assert (code, rows["model"]["ok"]) == (1, False)
    assert "sevenstep model use" in rows["model"]["detail"]
