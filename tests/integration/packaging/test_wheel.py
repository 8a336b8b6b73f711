import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own, far from the source tree.

    Its dependencies are lent by path from the environment that runs the tests; a path that is lent so brings no
    editable installation with it, so the program itself can come from the wheel alone.
    """
    home = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(home, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--no-deps"]
    subprocess.run([*install, "--force-reinstall", "--no-index", str(wheel)], check=True, capture_output=True)
    return home / "bin" / "sevenstep"


def run(command: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SEVENSTEP_", "PYTHON"))}
    environment["SEVENSTEP_DATA_DIR"] = str(cwd / "data")
    return subprocess.run([command, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_carries_content_migrations_templates_and_the_page(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for wanted in (
        "app/_shipped/knowledge/framework/criteria.yaml",
        "app/_shipped/knowledge/cases/video-recommendation/architecture.svg",
        "app/_shipped/prompts/scripted/open.md",
        "app/grading/templates/report.html.j2",
        "app/storage/migrations/env.py",
        "app/ui/page.py",
    ):
        assert wanted in names


def test_an_installed_wheel_runs_an_interview_elsewhere(command: Path, tmp_path: Path) -> None:
    answers = tmp_path / "me.yaml"
    answers.write_text(
        "- {step: 1, text: 'How many daily active users do we have, and what is the latency requirement?'}\n"
        "- {step: 4, text: 'I would start with logistic regression as a simple baseline.'}\n"
    )
    out = tmp_path / "out.json"
    done = run(
        command,
        *("interview", "--case", "video-recommendation", "--level", "mid", "--minutes", "20"),
        *("--candidate", str(answers), "--json", str(out)),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    written = json.loads(out.read_text())
    met = [c["id"] for s in written["report"]["steps"] for c in s["criteria"] if c["outcome"] == "met"]
    assert {"load-scale", "latency-need", "simple-baseline"} <= set(met)


def test_the_installed_program_is_not_the_source_tree(command: Path, tmp_path: Path) -> None:
    done = run(command, "doctor", "--json", cwd=tmp_path)
    content = next(f for f in json.loads(done.stdout) if f["what"] == "content")
    assert str(ROOT) not in content["detail"]
    assert "_shipped" in content["detail"]
