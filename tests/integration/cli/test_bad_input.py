import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]
CASE = ("interview", "--case", "video-recommendation")


def assert_refused(done: Done, code: int, *said: str) -> None:
    """One line that says what is wrong, on standard error, and nothing else."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("sevenstep: ")
    assert done.stderr.count("\n") == 1, done.stderr
    for part in said:
        assert part in done.stderr


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("candidate") / "candidate.yaml"
    path.write_text("- We want long-term satisfaction.\n")
    return path


BAD: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "no such command": (("dance",), ("dance",)),
    "no such option": (("cases", "--loud"), ("--loud",)),
    "no case": (("interview",), ("--case", "video-recommendation")),
    "an unknown case": (("interview", "--case", "nope"), ("there is no case 'nope'", "video-recommendation")),
    "an unknown case to show": (("cases", "nope"), ("there is no case 'nope'", "video-recommendation")),
    "an unknown case to check": (("check", "nope"), ("there is no case 'nope'",)),
    "an unknown level": ((*CASE, "--level", "junior"), ("'junior'", "mid, senior or staff")),
    "an unknown step": ((*CASE, "--steps", "1,9"), ("no step 9", "1 to 7")),
    "steps that are none": ((*CASE, "--steps", "one"), ("--steps 'one'", "1,2")),
    "too short": ((*CASE, "--minutes", "1"), ("5 to 180 minutes, not 1",)),
    "too long": ((*CASE, "--minutes", "1000"), ("5 to 180 minutes, not 1000",)),
    "minutes that are none": ((*CASE, "--minutes", "many"), ("--minutes",)),
    "an unknown voice": ((*CASE, "--voice", "opera"), ("there is no voice 'opera'",)),
    "an unknown judge": ((*CASE, "--judge", "jury"), ("there is no judge 'jury'",)),
    "a missing candidate file": ((*CASE, "--candidate", "none.yaml"), ("none.yaml", "missing")),
    "a directory for a candidate": ((*CASE, "--candidate", "."), ("candidate file cannot be used",)),
    "an unknown session to resume": (("interview", "--resume", "nope"), ("nope",)),
    "an unknown session to report on": (("report", "nope"), ("nope",)),
    "a session id with odd characters": (("report", "../../etc/passwd"), ("passwd",)),
    "an unknown format": (("report", "x", "--format", "pdf"), ("pdf",)),
    "an unknown step to search in": (("search", "drift", "--step", "9"), ("no step 9",)),
    "no passages wanted": (("search", "drift", "--limit", "0"), ("--limit",)),
    "no query": (("search",), ("query",)),
    "an unknown suite": (("eval", "nope"), ("nope",)),
    "a port that is none": (("start", "--no-browser", "--port", "99999"), ("99999",)),
    "an address of somebody else": (("start", "--no-browser", "--host", "192.0.2.1", "--port", "0"), ("192.0.2.1",)),
    "an address that is none": (("start", "--no-browser", "--host", "no such host", "--port", "0"), ("no such host",)),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_one_line(sevenstep: Run, name: str) -> None:
    args, said = BAD[name]

    assert_refused(sevenstep(*args), 2, *said)


MALFORMED = {
    "no YAML": ("- one\n- [two\n", ":"),
    "a step that is none": ("- one\n- {step: 9, text: x}\n", ":2: 1.step"),
    "a missing text": ("- one\n- step: 3\n", ":2: 1.text"),
    "an unknown field": ("- step: 3\n  text: x\n  note: y\n", ":3: 0.note"),
    "a mapping": ("one: two\n", ":1:"),
    "an empty file": ("", ":1:"),
    "a number": ("- one\n- 2\n", ":2: 1"),
    "a blank answer": ("- one\n- ' '\n", ":2: 1"),
    "a date that is none": ("- 2024-13-45\n", ":1:"),
    "a list as a key": ("- {[a, b]: c}\n", ":1:"),
    "a control character": ("- a\x07b\n", ":1:"),
    "a node in itself": ("&a\n- *a\n", ":"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_candidate_file_is_refused_with_its_line(sevenstep: Run, tmp_path: Path, name: str) -> None:
    text, place = MALFORMED[name]
    path = tmp_path / "candidate.yaml"
    path.write_text(text)

    assert_refused(sevenstep(*CASE, "--candidate", path), 2, f"{path}{place}")


def test_a_candidate_file_in_another_encoding_is_refused(sevenstep: Run, tmp_path: Path) -> None:
    path = tmp_path / "candidate.yaml"
    path.write_bytes(b"- caf\xe9\n")

    assert_refused(sevenstep(*CASE, "--candidate", path), 2, str(path), "UTF-8")


def test_no_session_is_left_by_what_was_refused(sevenstep: Run, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    for args in ((*CASE, "--level", "junior"), (*CASE, "--voice", "opera"), (*CASE, "--candidate", "none.yaml")):
        sevenstep(*args, SEVENSTEP_DATA_DIR=data)
    row = next(
        r for r in json.loads(sevenstep("doctor", "--json", SEVENSTEP_DATA_DIR=data).stdout) if r["what"] == "database"
    )

    assert "0 sessions" in row["detail"]


def test_a_finished_session_cannot_be_resumed(sevenstep: Run, held: tuple[Done, Path]) -> None:
    session = json.loads(held[1].read_text(encoding="utf-8"))["session"]

    assert_refused(sevenstep("interview", "--resume", session), 2, "is finished", f"sevenstep report {session}")


def test_an_unfinished_session_has_no_report(sevenstep: Run, unfinished: str) -> None:
    assert_refused(sevenstep("report", unfinished), 2, "when the interview is finished")
    assert_refused(sevenstep("report", unfinished, "--json"), 2, "when the interview is finished")


def test_a_port_in_use_is_named(sevenstep: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        assert_refused(sevenstep("start", "--no-browser", "--port", port), 2, f"port {port} is in use", "--port")
        doctor = sevenstep("doctor", SEVENSTEP_PORT=port)

    assert doctor.returncode == 1
    assert [line for line in doctor.stdout.splitlines() if line.startswith("FAULT")] == [
        f"FAULT  port: 127.0.0.1:{port} is in use: stop what listens there, or start with --port 0"
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEVENSTEP_PORT", "http"),
        ("SEVENSTEP_PORT", "70000"),
        ("SEVENSTEP_CONTENT_DIR", "/nowhere"),
        ("SEVENSTEP_DATABASE_URL", "nonsense"),
        ("SEVENSTEP_CHROMA_URL", "nonsense"),
    ],
)
def test_a_wrong_setting_is_a_failure_that_names_it(sevenstep: Run, name: str, value: str) -> None:
    assert_refused(
        sevenstep("report", "x", **{name: value})
        if name != "SEVENSTEP_CHROMA_URL"
        else sevenstep("search", "drift", **{name: value}),
        1,
    )


def test_a_log_level_that_is_none_is_a_failure(sevenstep: Run) -> None:
    assert_refused(sevenstep("start", "--no-browser", "--port", "0", SEVENSTEP_LOG_LEVEL="chatty"), 1, "chatty")


def test_broken_content_is_a_failure_in_one_line(sevenstep: Run, content: Path, tmp_path: Path) -> None:
    spoilt = Path(copytree(content, tmp_path / "spoilt"))
    path = spoilt / "knowledge/cases/video-recommendation/case.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("difficulty: 2", "difficulty: 9"), encoding="utf-8")

    assert_refused(sevenstep("cases", SEVENSTEP_CONTENT_DIR=str(spoilt)), 1, f"{path}:5: difficulty")


# ---------------------------------------------------------------------------------------------- what cannot be written


@pytest.fixture
def locked() -> Iterator[Path]:
    """A directory that may not be written by the one who runs the program."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o555)
        yield directory
        directory.chmod(0o755)


WITHOUT_OVERRIDE = """
import ctypes, os, sys
assert not ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-m", "app.cli.main", *sys.argv[1:]])
"""
"""Gives up the right of root to write anywhere (PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)."""


@pytest.fixture
def humbly(sevenstep: Run) -> Run:
    """Run the command line so that permissions hold, also when the tests run as root."""

    def run(*args: str | Path, **settings: str) -> Done:
        return sevenstep(*args, program=("-c", WITHOUT_OVERRIDE) if os.geteuid() == 0 else None, **settings)

    return run


needs_permissions = pytest.mark.skipif(sys.platform != "linux", reason="gives up capabilities of Linux")


@needs_permissions
def test_a_data_directory_that_cannot_be_written_is_a_failure(humbly: Run, locked: Path, candidate: Path) -> None:
    data = str(locked / "data")

    assert_refused(humbly("report", "x", SEVENSTEP_DATA_DIR=data), 1, data)
    assert_refused(humbly(*CASE, "--candidate", candidate, SEVENSTEP_DATA_DIR=data), 1, data)
    assert_refused(humbly("search", "drift", SEVENSTEP_DATA_DIR=data), 1, data)


@needs_permissions
def test_the_doctor_names_a_data_directory_that_cannot_be_written(humbly: Run, locked: Path) -> None:
    done = humbly("doctor", "--json", SEVENSTEP_DATA_DIR=str(locked / "data"))
    row = next(r for r in json.loads(done.stdout) if r["what"] == "data directory")

    assert done.returncode == 1
    assert row["ok"] is False
    assert "SEVENSTEP_DATA_DIR" in row["detail"]
    assert "Traceback" not in done.stderr


def test_a_result_file_that_cannot_be_written_is_a_failure_and_the_session_is_kept(
    sevenstep: Run, candidate: Path, tmp_path: Path
) -> None:
    done = sevenstep(*CASE, "--minutes", "5", "--candidate", candidate, "--json", tmp_path / "none" / "out.json")
    last = done.stderr.splitlines()[-1]

    assert done.returncode == 1
    assert last.startswith(f"sevenstep: cannot write {tmp_path / 'none' / 'out.json'}: ")
    session = last.split("the session is kept as ")[1]
    assert sevenstep("report", session).returncode == 0
