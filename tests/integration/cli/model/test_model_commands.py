import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import app
from evals.doubles import MODEL, Double

CANARY = "sk-canary-0123456789abcdef"
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
Serve = Callable[..., Any]
PORTS = """
import sys
from app.models import discovery
discovery.PORTS = tuple(map(int, sys.argv.pop(1).split(",")))
from app.cli.main import run
run()
"""
"""Runs the command line with other usual ports, so that no real server is asked."""


def listing(*names: str) -> dict[str, object]:
    return {"object": "list", "data": [{"id": n, "object": "model", "owned_by": "tests"} for n in names]}


@pytest.fixture
def double() -> Iterator[Double]:
    with Double() as server:
        yield server


@pytest.fixture
def model(sevenstep: Run, tmp_path: Path) -> Run:
    """Run `sevenstep model` with a data directory of its own."""

    def run(*args: str | Path, ports: str = "9", **settings: str) -> Done:
        program = ("-c", PORTS, ports)
        done = sevenstep("model", *args, program=program, **{"SEVENSTEP_DATA_DIR": str(tmp_path / "data"), **settings})
        assert "canary" not in done.stdout + done.stderr
        return done

    return run


def kept(tmp_path: Path) -> dict[str, Any]:
    return json.loads((tmp_path / "data" / "models.json").read_text(encoding="utf-8"))


def assert_refused(done: Done, code: int, *said: str) -> None:
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert done.stderr.startswith("sevenstep: ")
    assert done.stderr.count("\n") == 1, done.stderr
    for part in said:
        assert part in done.stderr


@pytest.mark.parametrize("command", ["list", "pull", "use", "test"])
def test_every_model_command_explains_itself(sevenstep: Run, command: str) -> None:
    done = sevenstep("model", command, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "--json" in done.stdout


def test_without_a_command_the_commands_are_shown(sevenstep: Run) -> None:
    done = sevenstep("model")

    assert (done.returncode, done.stderr) == (0, "")
    for command in ("list", "pull", "use", "test"):
        assert f"  {command} " in done.stdout


def test_help_of_the_model_commands_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['sevenstep', 'model', 'use', '--help']\n"
        "from app.cli.main import run\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *{m.split('.')[0] for m in sys.modules})"
    )
    root = Path(app.__file__).parents[1]
    loaded = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout

    heavy = {"openai", "httpx", "huggingface_hub", "langchain_core", "sqlalchemy", "chromadb"}
    assert heavy & set(loaded.split("LOADED")[1].split()) == set()


# ---------------------------------------------------------------------------------------------------------------- list


def test_list_shows_what_servers_have_and_the_catalogue(model: Run, serve: Serve) -> None:
    here, configured = serve({"/v1/models": listing("local")}), serve({"/v1/models": listing("far")}, key=CANARY)
    settings = {"SEVENSTEP_BASE_URL": configured.base_url, "SEVENSTEP_API_KEY": CANARY, "ports": str(here.port)}

    text = model("list", **settings)
    data = json.loads(model("list", "--json", **settings).stdout)

    assert (text.returncode, text.stderr) == (0, "")
    assert "local" in text.stdout
    assert [(f["model"], f["base_url"]) for f in data["found"]] == [
        ("local", here.base_url),
        ("far", configured.base_url),
    ]
    assert data["faults"] == []
    # The configured endpoint has one model, so that is the one in use.
    assert [p["model"] for p in data["profiles"]] == ["far"]
    assert [e["memory"] for e in data["catalogue"]] == [4, 4, 8, 8, 16]
    assert here.keys == [None] * len(here.keys)


def test_list_without_any_server_says_so_and_names_what_is_wrong_with_the_configured_one(model: Run) -> None:
    done = model("list", SEVENSTEP_BASE_URL="http://127.0.0.1:9/v1")

    assert done.returncode == 0
    assert "No model server answers on this machine" in done.stdout
    assert done.stderr.count("\n") == 1
    assert "http://127.0.0.1:9/v1 does not answer" in done.stderr


# ----------------------------------------------------------------------------------------------------------------- use


def test_a_model_that_was_found_is_used_with_its_address(model: Run, serve: Serve, tmp_path: Path) -> None:
    server = serve({"/v1/models": listing("llama3.1:latest", "other")})

    done = model("use", "llama3.1", "--context", "8192", ports=str(server.port))

    assert (done.returncode, done.stderr) == (0, "")
    profile = kept(tmp_path)["profiles"][0]
    assert (profile["model"], profile["base_url"], profile["context"]) == ("llama3.1:latest", server.base_url, 8192)
    assert (kept(tmp_path)["interviewer"], kept(tmp_path)["judge"]) == ("llama3.1", "llama3.1")


def test_interviewer_and_judge_may_differ_and_are_listed_so(model: Run, serve: Serve, tmp_path: Path) -> None:
    server = serve({"/v1/models": listing("small", "large")}, key=CANARY)
    base = ("--base-url", server.base_url, "--key-from", "MY_API_KEY")
    prices = ("--price-in", "0.15", "--price-out", "0.6")
    model("use", "small", *base, "--for", "interviewer", "--name", "talker", MY_API_KEY=CANARY)
    model("use", "large", *base, *prices, "--for", "judge", "--name", "grader", MY_API_KEY=CANARY)

    rows = json.loads(model("list", "--json", MY_API_KEY=CANARY).stdout)["profiles"]

    assert [(r["name"], r["model"], r["used_for"]) for r in rows] == [
        ("talker", "small", ["interviewer"]),
        ("grader", "large", ["judge"]),
    ]
    assert [(r["key_from"], r["price_in"], r["price_out"]) for r in rows] == [
        ("MY_API_KEY", None, None),
        ("MY_API_KEY", 0.15, 0.6),
    ]
    assert "canary" not in (tmp_path / "data" / "models.json").read_text(encoding="utf-8")


def test_a_base_url_without_v1_is_mended(model: Run, serve: Serve, tmp_path: Path) -> None:
    server = serve({"/v1/models": listing("m")})

    model("use", "m", "--base-url", server.base_url.removesuffix("/v1"))

    assert kept(tmp_path)["profiles"][0]["base_url"] == server.base_url


def test_a_file_is_used_by_its_full_path(model: Run, tmp_path: Path) -> None:
    path = tmp_path / "small.Q4.gguf"
    path.write_bytes(b"GGUF and more")

    done = model("use", path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "in this process" in done.stdout
    profile = kept(tmp_path)["profiles"][0]
    assert (profile["name"], profile["model"], profile["base_url"]) == ("small.Q4", str(path), None)


def test_an_endpoint_that_cannot_be_asked_is_warned_of_and_the_model_kept(
    model: Run, serve: Serve, tmp_path: Path
) -> None:
    locked = serve({"/v1/models": listing("m")}, key="another")
    down = model("use", "one", "--base-url", "http://127.0.0.1:9/v1")
    refused = model("use", "two", "--base-url", locked.base_url, SEVENSTEP_API_KEY=CANARY)
    unset = model("use", "three", "--base-url", locked.base_url, "--key-from", "NOT_SET_API_KEY")

    for done, said in (
        (down, "does not answer"),
        (refused, "refuses the key"),
        (unset, "NOT_SET_API_KEY, which is not set"),
    ):
        assert done.returncode == 0
        assert done.stderr.count("\n") == 1
        assert said in done.stderr
    assert [p["model"] for p in kept(tmp_path)["profiles"]] == ["one", "two", "three"]


def test_the_environment_wins_and_use_says_so(model: Run, serve: Serve) -> None:
    server = serve({"/v1/models": listing("m")})

    done = model("use", "m", "--base-url", server.base_url, "--json", SEVENSTEP_MODEL="other")

    assert any("SEVENSTEP_MODEL is set, and wins" in w for w in json.loads(done.stdout)["warnings"])


def test_what_cannot_be_used_is_refused_and_nothing_kept(model: Run, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("no model")
    one, two = serve({"/v1/models": listing("m", "n")}), serve({"/v1/models": listing("m")})
    ports = f"{one.port},{two.port}"
    at = ("--base-url", one.base_url)

    assert_refused(model("use", "none.gguf"), 2, "there is no model file none.gguf", "model pull")
    assert_refused(model("use", tmp_path / "text.gguf"), 2, "is not a GGUF file")
    assert_refused(model("use", "x", ports=ports), 2, "no server that was asked has a model 'x'", "m, n", "--base-url")
    assert_refused(model("use", "m", ports=ports), 2, one.base_url, two.base_url, "say which with --base-url")
    assert_refused(model("use", "x", *at), 2, f"{one.base_url} has no model 'x'", "m, n")
    assert_refused(model("use", "m", "--base-url", "nonsense"), 2, "'nonsense' is no address")
    assert_refused(model("use", "m", "--base-url", "http://me:canary@127.0.0.1/v1"), 2, "--key-from")
    assert_refused(model("use", "m", *at, "--key-from", CANARY), 2, "not the key itself")
    assert_refused(model("use", "m", *at, "--name", "environment"), 2, "taken by what SEVENSTEP_MODEL sets")
    assert_refused(model("use", "m", *at, "--price-in", "1"), 2, "--price-out")
    assert_refused(model("use", "m", *at, "--context", "5"), 2, "--context")
    assert_refused(model("use", "m", *at, "--for", "fun"), 2, "--for")
    assert_refused(model("use", ""), 2, "names that can be printed")
    assert not (tmp_path / "data" / "models.json").exists()


def test_a_broken_file_of_profiles_is_said_and_not_written_over(model: Run, serve: Serve, tmp_path: Path) -> None:
    server = serve({"/v1/models": listing("m")})
    path = tmp_path / "data" / "models.json"
    path.parent.mkdir()
    path.write_text("{")

    assert_refused(model("use", "m", "--base-url", server.base_url), 1, str(path), "mend it, or remove it")
    assert_refused(model("list"), 1, str(path))
    assert path.read_text() == "{"


# ---------------------------------------------------------------------------------------------------------------- test


def test_a_model_is_tried_out(model: Run, double: Double) -> None:
    double.key = CANARY
    settings = {"SEVENSTEP_MODEL": MODEL, "SEVENSTEP_BASE_URL": double.address, "SEVENSTEP_API_KEY": CANARY}

    text = model("test", **settings)
    data = json.loads(model("test", "environment", "--json", **settings).stdout)

    assert (text.returncode, text.stderr) == (0, "")
    for part in (MODEL, double.address, "first token", "speed", "the server does not say", "JSON", "honoured"):
        assert part in text.stdout
    assert (data["profile"], data["model"], data["context"], data["seed"]) == ("environment", MODEL, None, True)
    assert data["first_token"] > 0


def test_what_goes_wrong_in_a_test_is_one_line(model: Run, double: Double) -> None:
    double.key = "another"
    here = {"SEVENSTEP_MODEL": MODEL, "SEVENSTEP_BASE_URL": double.address}

    assert_refused(model("test"), 1, "no model is chosen", "sevenstep model use")
    assert_refused(model("test", "nope"), 2, "no model profile 'nope'")
    assert_refused(model("test", **here, SEVENSTEP_API_KEY=CANARY), 1, "refuses the key")
    assert_refused(model("test", SEVENSTEP_MODEL="x", SEVENSTEP_BASE_URL="http://127.0.0.1:9/v1"), 1, "does not answer")
    assert_refused(model("test", SEVENSTEP_MODEL="none.gguf"), 1, "there is no model file none.gguf")
