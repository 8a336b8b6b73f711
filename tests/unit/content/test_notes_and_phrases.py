from pathlib import Path

import pytest

from app.content.library import Library
from app.content.notes import load_notes, reference_section, reference_steps
from app.content.phrases import load_phrases
from app.domain.framework import ALL_STEPS, Step
from app.errors import ContentError, NotFound


def prompt(directory: Path, text: str, name: str = "tell.md") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def faults(directory: Path) -> str:
    with pytest.raises(ContentError) as raised:
        load_phrases(directory)
    return str(raised.value)


def test_a_wording_is_filled_with_the_variables_that_it_names(tmp_path: Path) -> None:
    prompt(tmp_path, "---\nversion: 1\nvariables: [a, b]\n---\n- One {a}.\n- Two {b}, {a}.\n")
    first, second = load_phrases(tmp_path).named("tell")

    assert (first.key, second.key) == ("tell/0", "tell/1")
    assert first.fill({"a": "x", "b": "y", "c": "z"}) == "One x."
    assert second.fill({"a": "x", "b": "{a}"}) == "Two {a}, x."


def test_an_undeclared_variable_is_a_fault(tmp_path: Path) -> None:
    path = prompt(tmp_path, "---\nversion: 1\nvariables: [a]\n---\n- One {a}.\n- Two {b}.\n")

    assert faults(tmp_path) == f"{path}: tell/1: variable 'b' is not declared"


def test_a_declared_variable_that_is_used_nowhere_is_a_fault(tmp_path: Path) -> None:
    path = prompt(tmp_path, "---\nversion: 1\nvariables: [a, b]\n---\n- One {a}.\n")

    assert faults(tmp_path) == f"{path}:1: variables: variable 'b' is declared and not used"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nversion: 1\n---\nNothing in a list.\n", "there is no wording"),
        ("- One.\n", "must begin with front matter"),
        ("---\nvariables: []\n---\n- One.\n", "version: the field is missing"),
        ("---\nversion: 1\ncolour: red\n---\n- One.\n", "colour: no such field"),
        ("---\nversion: 1\n---\n- One {.\n", "tell/0"),
        ("---\nversion: 1\n---\n- One {}.\n", "is not declared"),
    ],
)
def test_a_prompt_file_that_is_not_valid_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = prompt(tmp_path, text)

    assert faults(tmp_path).startswith(f"{path}:")
    assert said in faults(tmp_path)


def test_a_prompt_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "tell.md").write_bytes(b"---\nversion: 1\n---\n- caf\xe9\n")

    assert "tell.md: not UTF-8 at byte" in faults(tmp_path)


def test_a_phrase_that_is_asked_for_and_not_there_is_named(tmp_path: Path) -> None:
    prompt(tmp_path, "---\nversion: 1\n---\n- One.\n")

    with pytest.raises(ContentError, match=r"prompts/scripted/warn\.md: the file is missing"):
        load_phrases(tmp_path).named("warn")


def test_a_changed_wording_changes_the_hash(tmp_path: Path) -> None:
    prompt(tmp_path, "---\nversion: 1\n---\n- One.\n")
    before = load_phrases(tmp_path).hash
    prompt(tmp_path, "---\nversion: 1\n---\n- Won.\n")

    assert load_phrases(tmp_path).hash != before


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("---\nid: drift\ntitle: Drift\ncolour: red\n---\nText.\n", 4, "colour: no such field"),
        ("---\nid: drift\n---\nText.\n", 2, "title: the field is missing"),
        ("---\nid: drifting\ntitle: Drift\n---\nText.\n", 2, "id: must be the file's name"),
        ("---\nid: drift\ntitle: Drift\nsteps: [8]\n---\nText.\n", 4, "steps.0: "),
        ("Text.\n", 1, "must begin with front matter"),
    ],
)
def test_a_note_that_is_not_valid_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "drift.md"
    path.write_text(text)

    with pytest.raises(ContentError) as raised:
        load_notes(tmp_path, "concept")

    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert said in str(raised.value)


def test_an_unknown_case_is_refused_with_those_there_are(library: Library) -> None:
    with pytest.raises(NotFound, match=r"there is no case 'nope': choose one of .*video-recommendation"):
        library.case("nope")


@pytest.mark.parametrize("slug", ["../cases/video-recommendation", "", ".", "video-recommendation/"])
def test_a_slug_is_a_name_and_not_a_path(library: Library, slug: str) -> None:
    with pytest.raises(NotFound):
        library.case(slug)


def test_the_reference_solution_is_cut_at_its_steps(library: Library) -> None:
    case = library.case("video-recommendation")

    assert reference_steps(case) == list(ALL_STEPS)
    for step in ALL_STEPS:
        section = reference_section(case, step)
        assert section in case.reference
        assert len(section.split()) > 30
        assert "## " not in section
    assert reference_section(case, Step.CLARIFY).startswith("I begin with the business goal")


def test_the_hash_of_the_terms_is_of_the_terms(library: Library, tmp_path: Path) -> None:
    other = Library(library.root)
    other.__dict__["terms"] = {**library.terms, "auc": ("area",)}

    assert other.terms_hash != library.terms_hash == Library(library.root).terms_hash
