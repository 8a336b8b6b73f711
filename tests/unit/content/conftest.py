from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from app.content.cases import load_case
from app.content.library import Library
from app.errors import ContentError

SLUG = "video-recommendation"
Plant = Callable[[str, str], tuple[Path, int, list[str]]]


@pytest.fixture
def case_copy(library: Library, tmp_path: Path) -> Path:
    """A copy of a real case's directory."""
    return Path(copytree(library.knowledge / "cases" / SLUG, tmp_path / SLUG))


@pytest.fixture
def plant(library: Library, case_copy: Path) -> Plant:
    """Change the only place in case.yaml; give the file, the line of the change and the faults that are found."""

    def change(old: str, new: str) -> tuple[Path, int, list[str]]:
        path = case_copy / "case.yaml"
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), encoding="utf-8")
        line = text[: text.index(old)].count("\n") + 1
        with pytest.raises(ContentError) as raised:
            load_case(case_copy, library.generic)
        return path, line, str(raised.value).splitlines()

    return change


@pytest.fixture
def root_copy(library: Library, tmp_path: Path) -> Path:
    """A content root with one case, to be spoilt."""
    root = tmp_path / "root"
    for part in ("knowledge/framework", "knowledge/concepts", f"knowledge/cases/{SLUG}", "prompts"):
        copytree(library.root / part, root / part)
    return root
