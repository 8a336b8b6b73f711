"""What the documents say of the program is true of the program."""

import re
from pathlib import Path

import typer

from app.cli.main import cli
from app.content.files import content_root
from app.content.library import Library
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "evals/README.md")]


def commands() -> set[str]:
    group = typer.main.get_command(cli)
    return set(getattr(group, "commands"))  # noqa: B009


def test_every_command_that_is_named_exists() -> None:
    named = {m for path in DOCUMENTS for m in re.findall(r"`?sevenstep ([a-z]+)\b", path.read_text())}

    assert named <= commands()


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()

    assert all(f"sevenstep {name}" in readme for name in commands())


def test_every_setting_of_the_example_exists() -> None:
    named = re.findall(r"^#?SEVENSTEP_([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert named
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()

    assert [name for name in Settings.model_fields if f"SEVENSTEP_{name.upper()}=" not in example] == []


def test_every_file_that_is_linked_exists() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links {target}"


def test_the_counts_in_the_architecture_are_those_of_the_content() -> None:
    text = " ".join((ROOT / "ARCHITECTURE.md").read_text().split())
    library = Library(content_root())
    criteria = sum(len(case.criteria) for case in library.cases)
    facts = sum(len(case.facts) for case in library.cases)

    assert f"{len(library.cases)} cases, {criteria:,} criteria" in text
    assert f"{facts} facts" in text
    assert f"{len(library.concepts)} concept notes" in text
