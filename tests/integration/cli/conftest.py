import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copytree

import pytest

import app
from app.content.files import content_root

SLUGS = ("video-recommendation", "ad-click-prediction", "harmful-content-detection")
CANDIDATES = Path(app.__file__).parents[1] / "evals" / "candidates"
Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A content directory with three cases."""
    root, real = tmp_path_factory.mktemp("content"), content_root()
    for part in ("knowledge/framework", "knowledge/concepts", "prompts", *(f"knowledge/cases/{s}" for s in SLUGS)):
        copytree(real / part, root / part)
    return root


@pytest.fixture(scope="session")
def environment(content: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of an installation with its own data directory."""
    home = tmp_path_factory.mktemp("home")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SEVENSTEP_") and not k.endswith("_API_KEY")}
    places = {"SEVENSTEP_DATA_DIR": str(home / "data"), "SEVENSTEP_CONTENT_DIR": str(content), "SEVENSTEP_PORT": "0"}
    return {**kept, "HOME": str(home), "COLUMNS": "120", **places}


@pytest.fixture(scope="session")
def sevenstep(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the command line as a user would."""
    where = tmp_path_factory.mktemp("cwd")

    def run(*args: str | Path, stdin: str = "", program: Sequence[str] | None = None, **settings: str) -> Done:
        return subprocess.run(
            [sys.executable, *(program or ("-m", "app.cli.main")), *map(str, args)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=where,
            env={**environment, "PYTHONPATH": str(Path(app.__file__).parents[1]), **settings},
            timeout=120,
        )

    return run


@pytest.fixture(scope="session")
def held(sevenstep: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Done, Path]:
    """A whole interview with answers from a file, and the file that was written."""
    path = tmp_path_factory.mktemp("held") / "interview.json"
    candidate = CANDIDATES / "video-recommendation" / "middling.yaml"
    done = sevenstep("interview", "--case", "video-recommendation", "--candidate", candidate, "--json", path)
    assert done.returncode == 0, done.stderr
    return done, path


@pytest.fixture(scope="session")
def unfinished(sevenstep: Run) -> str:
    """The id of a session that waits for an answer."""
    done = sevenstep("interview", "--case", "video-recommendation")
    assert done.returncode == 0, done.stderr
    return done.stderr.split("Session ")[1].split(".")[0]
