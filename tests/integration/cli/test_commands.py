import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

import app
from app import __version__
from app.cli.main import cli

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMANDS = ("start", "interview", "cases", "search", "report", "check", "eval", "doctor")
HEAVY = {
    "openai",
    "langchain_core",
    "langchain_openai",
    "langchain",
    "chromadb",
    "streamlit",
    "sqlalchemy",
    "wordllama",
}


def test_help_names_every_command(sevenstep: Run) -> None:
    done = sevenstep("--help")

    assert (done.returncode, done.stderr) == (0, "")
    for command in COMMANDS:
        assert f" {command} " in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(sevenstep: Run, command: str) -> None:
    done = sevenstep(command, "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "--json" in done.stdout


def test_every_command_is_known_to_these_tests() -> None:
    names = {c.name or (c.callback.__name__ if c.callback else "") for c in cli.registered_commands}

    assert set(COMMANDS) <= names


@pytest.mark.parametrize("args", ["['--help']", "['interview', '--help']", "['--version']"])
def test_help_loads_nothing_heavy(args: str) -> None:
    code = (
        f"import sys; sys.argv = ['sevenstep', *{args}]\n"
        "from app.cli.main import run\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "print('LOADED', *{m.split('.')[0] for m in sys.modules})"
    )
    root = Path(app.__file__).parents[1]
    loaded = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout

    assert HEAVY & set(loaded.split("LOADED")[1].split()) == set()


def test_the_version_is_told(sevenstep: Run) -> None:
    assert sevenstep("--version").stdout == f"{__version__}\n"


def test_without_a_command_help_is_shown(sevenstep: Run) -> None:
    done = sevenstep()

    assert "interview" in done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("\n") > 5


def test_the_installed_command_is_the_same(environment: dict[str, str], tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("sevenstep")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, cwd=tmp_path, env=environment)

    assert done.stdout == f"{__version__}\n"


# -------------------------------------------------------------------------------------------------------------- browse


def test_cases_are_listed(sevenstep: Run) -> None:
    done = sevenstep("cases")

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "ad-click-prediction",
        "harmful-content-detection",
        "video-recommendation",
    ]


def test_cases_are_listed_as_json_without_what_is_secret(sevenstep: Run) -> None:
    rows = json.loads(sevenstep("cases", "--json").stdout)

    assert len(rows) == 3
    for row in rows:
        assert set(row) == {"slug", "title", "summary", "difficulty", "tags", "opening", "criteria"}
        assert set(row["criteria"]) == {"mid", "senior", "staff"}
        assert all(isinstance(n, int) for n in row["criteria"].values())


def test_one_case_is_shown_as_a_candidate_may_see_it(sevenstep: Run, content: Path) -> None:
    text = sevenstep("cases", "video-recommendation").stdout
    row = json.loads(sevenstep("cases", "video-recommendation", "--json").stdout)

    assert row["slug"] == "video-recommendation"
    assert row["opening"] in text
    assert "position bias" not in text
    assert "100 million" not in text


def test_a_search_finds_notes_and_never_a_solution(sevenstep: Run) -> None:
    done = sevenstep("search", "position bias in clicks", "--limit", "20", "--json")
    rows = json.loads(done.stdout)

    assert done.returncode == 0
    assert 5 <= len(rows) <= 20
    assert rows[0]["id"].startswith("concepts/position-bias")
    assert {r["kind"] for r in rows} <= {"framework", "concept"}
    assert [r["score"] for r in rows] == sorted((r["score"] for r in rows), reverse=True)
    assert "position-bias" in sevenstep("search", "position bias in clicks").stdout


@pytest.mark.parametrize("query", ["", "   ", "zzzzqqqq"])
def test_a_search_for_nothing_is_no_failure(sevenstep: Run, query: str) -> None:
    assert sevenstep("search", query).returncode == 0
    assert isinstance(json.loads(sevenstep("search", query, "--json").stdout), list)


# ----------------------------------------------------------------------------------------------------------- interview


def test_an_interview_from_a_file_is_written_with_its_report(
    held: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, path = held
    written = json.loads(path.read_text(encoding="utf-8"))

    assert set(written) == {"session", "case", "level", "turns", "report"}
    assert (written["case"], written["level"]) == ("video-recommendation", "senior")
    assert {frozenset(t) for t in written["turns"]} == {
        frozenset({"speaker", "step", "move", "criterion", "text", "at"})
    }
    assert [t["speaker"] for t in written["turns"][:2]] == ["interviewer", "candidate"]
    assert written["turns"][-1]["move"] == "close"
    assert written["report"]["session"] == written["session"]
    assert f"sevenstep report {written['session']}" in done.stdout
    for turn in written["turns"]:
        assert turn["text"] in done.stdout


def test_every_quote_of_the_written_report_stands_in_the_written_turns(
    held: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    written = json.loads(held[1].read_text(encoding="utf-8"))
    evidence = [e for s in written["report"]["steps"] for c in s["criteria"] for e in c["evidence"]]

    assert len(evidence) > 10
    for e in evidence:
        turn = written["turns"][e["turn"]]
        assert turn["speaker"] == "candidate"
        assert turn["text"][e["start"] : e["end"]] == e["quote"]


def test_the_same_file_gives_the_same_interview(
    sevenstep: Run, held: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path, content: Path
) -> None:
    candidates = Path(app.__file__).parents[1] / "evals" / "candidates" / "video-recommendation"
    path = tmp_path / "again.json"
    sevenstep(
        "interview", "--case", "video-recommendation", "--candidate", candidates / "middling.yaml", "--json", path
    )
    first, second = (json.loads(p.read_text(encoding="utf-8")) for p in (held[1], path))

    assert first["turns"] == second["turns"]
    assert first["report"]["scorecard"] == second["report"]["scorecard"]
    assert first["session"] != second["session"]


def test_a_report_is_printed_in_each_format(
    sevenstep: Run, held: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    written = json.loads(held[1].read_text(encoding="utf-8"))
    session = written["session"]
    markdown = sevenstep("report", session)

    assert markdown.returncode == 0
    assert markdown.stdout.startswith("# Video recommendations: interview report\n")
    assert sevenstep("report", session, "--format", "html").stdout.startswith("<!doctype html>")
    assert json.loads(sevenstep("report", session, "--format", "json").stdout) == written["report"]
    assert json.loads(sevenstep("report", session, "--json").stdout) == written["report"]


def test_a_drill_holds_only_its_steps(sevenstep: Run, tmp_path: Path) -> None:
    answers, path = tmp_path / "a.yaml", tmp_path / "out.json"
    answers.write_text("- {step: 2, text: It is a ranking problem over pairs of viewer and video.}\n")
    done = sevenstep(
        "interview",
        "--case",
        "video-recommendation",
        "--steps",
        "2",
        "--minutes",
        "10",
        "--candidate",
        answers,
        "--json",
        path,
    )
    written = json.loads(path.read_text(encoding="utf-8"))

    assert done.returncode == 0
    assert {t["step"] for t in written["turns"]} == {2}
    assert "No recommendation. A drill" in done.stdout


def test_an_interview_is_held_in_the_terminal(sevenstep: Run) -> None:
    typed = (
        "How many people use it every day?\n\n/time\n/pause\nI answer while it is paused.\n\n/resume\n"
        "We want long-term\nsatisfaction.\n\n/finish\n"
    )
    done = sevenstep("interview", "--case", "video-recommendation", stdin=typed)

    assert done.returncode == 0, done.stderr
    assert "About 100 million people" in done.stdout
    assert "0 of 45 minutes; step 1, Clarify requirements" in done.stderr
    assert "paused: resume it first" in done.stderr
    assert "No recommendation. Only 1 of the 7 steps were reached" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_session_that_was_left_can_be_gone_on_with(sevenstep: Run) -> None:
    left = sevenstep("interview", "--case", "ad-click-prediction", "--level", "mid", stdin="Who uses it?\n\n/quit\n")
    session = left.stderr.split("sevenstep interview --resume ")[1].split()[0]
    again = sevenstep("interview", "--resume", session, stdin="/time\n/finish\n")

    assert left.returncode == again.returncode == 0
    assert f"Session {session}" in again.stderr
    assert "Interviewer:" in again.stdout
    assert "No recommendation." in again.stdout
    assert sevenstep("report", session).returncode == 0


# --------------------------------------------------------------------------------------------------- check and doctor


def test_content_without_a_fault_passes_the_check(sevenstep: Run) -> None:
    done = sevenstep("check", "video-recommendation")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("All content is valid: 1 cases")
    assert json.loads(sevenstep("check", "video-recommendation", "--json").stdout) == {"ok": True, "faults": []}


def test_a_fault_of_content_is_named_and_the_check_fails(sevenstep: Run, content: Path, tmp_path: Path) -> None:
    from shutil import copytree

    spoilt = Path(copytree(content, tmp_path / "spoilt"))
    path = spoilt / "knowledge/cases/video-recommendation/case.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("difficulty: 2", "difficulty: 9"), encoding="utf-8")
    done = sevenstep("check", SEVENSTEP_CONTENT_DIR=str(spoilt))
    as_json = json.loads(sevenstep("check", "--json", SEVENSTEP_CONTENT_DIR=str(spoilt)).stdout)

    assert (done.returncode, done.stderr) == (1, "")
    assert f"{path}:5: difficulty: " in done.stdout
    assert as_json["ok"] is False
    assert as_json["faults"] == done.stdout.splitlines()


def test_a_broken_diagram_leaves_the_json_of_the_check_intact(sevenstep: Run, content: Path, tmp_path: Path) -> None:
    from shutil import copytree

    spoilt = Path(copytree(content, tmp_path / "spoilt"))
    (spoilt / "knowledge/cases/video-recommendation/architecture.dot").write_text("digraph { a -> ")
    done = sevenstep("check", "video-recommendation", "--json", SEVENSTEP_CONTENT_DIR=str(spoilt))

    assert done.returncode == 1
    assert any("not valid DOT" in fault for fault in json.loads(done.stdout)["faults"])


def test_the_doctor_finds_a_healthy_installation_healthy(sevenstep: Run) -> None:
    done = sevenstep("doctor")
    rows = json.loads(sevenstep("doctor", "--json").stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert {r["what"] for r in rows} >= {"Python", "content", "data directory", "database", "search index", "port"}
    assert all(r["ok"] for r in rows)
    assert len(done.stdout.splitlines()) == len(rows)


# ---------------------------------------------------------------------------------------------------------------- start


def test_the_server_says_where_it_is_serves_and_ends_quietly(environment: dict[str, str], tmp_path: Path) -> None:
    root = str(Path(app.__file__).parents[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "app.cli.main", "start", "--port", "0", "--no-browser", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": root},
    )
    try:
        assert server.stdout
        lines = ""
        while "}" not in lines:
            line = server.stdout.readline()
            assert line, server.communicate()[1]
            lines += line
        addresses = json.loads(lines)
        health = _get(f"{addresses['api']}/health")
        page = _get(addresses["page"])
    finally:
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=30)

    assert health
    assert "<html" in page
    assert "Traceback" not in errors
    assert server.returncode in (0, 130)


def _get(address: str) -> str:
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX pipes")
def test_a_reader_who_goes_away_is_no_failure_worth_a_traceback(environment: dict[str, str], tmp_path: Path) -> None:
    root = str(Path(app.__file__).parents[1])
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "cases"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": root},
    )
    os.close(write)

    assert "Traceback" not in done.stderr
