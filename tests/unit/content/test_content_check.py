from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.content.check import check_case, check_content
from app.content.drawings import is_current
from app.content.library import Library
from app.domain.case import Case, Criterion
from app.domain.framework import Level, Step
from app.errors import NotFound

SLUG = "video-recommendation"
# pydot, at its latest version, calls names of pyparsing that are deprecated since.
pytestmark = pytest.mark.filterwarnings("ignore::pyparsing.warnings.PyparsingDeprecationWarning")


def test_a_real_case_and_all_that_it_shares_are_clean(library: Library) -> None:
    assert check_content(library, SLUG) == []


def test_a_case_that_is_not_there_cannot_be_checked(library: Library) -> None:
    with pytest.raises(NotFound):
        check_content(library, "nope")


def without(case: Case, keep: Callable[[Criterion], bool]) -> Case:
    return replace(case, criteria=tuple(c for c in case.criteria if keep(c)))


PLANTED: dict[str, tuple[Callable[[Case], Case], str]] = {
    "too few criteria": (lambda c: without(c, lambda x: x.level is Level.MID), "a senior interview has"),
    "too many criteria": (
        lambda c: replace(c, criteria=c.criteria + tuple(replace(x, id=x.id + "-2") for x in c.criteria)),
        "should have 18 to 25",
    ),
    "a step without enough for mid level": (
        lambda c: without(c, lambda x: x.step is not Step.SERVE or x.level is not Level.MID),
        "step 6 has 0 for mid level, and needs at least 2",
    ),
    "a concept without a note": (
        lambda c: replace(c, criteria=(replace(c.criteria[0], concepts=("alchemy",)), *c.criteria[1:])),
        "business-goal.concepts: no concept note 'alchemy'",
    ),
    "a reference without a step": (
        lambda c: replace(c, reference=c.reference.replace("## 5 ", "## Five ")),
        "must have the seven steps",
    ),
    "a reference in another order": (
        lambda c: replace(c, reference=c.reference.replace("## 2 ", "## 9 ").replace("## 3 ", "## 2 ")),
        "must have the seven steps",
    ),
    "a short reference": (
        lambda c: replace(c, reference="\n".join(f"## {i} x\n" for i in range(1, 8))),
        "should be 800 to 1,500",
    ),
    "a long reference": (lambda c: replace(c, reference=c.reference + " word" * 2000), "should be 800 to 1,500"),
    "a diagram that is none": (lambda c: replace(c, diagram="digraph { a -> "), "not valid DOT"),
    "a drawing older than its diagram": (
        lambda c: replace(c, diagram=c.diagram.replace("{", "{ extra;", 1)),
        "older than its diagram",
    ),
    "a missing drawing": (lambda c: replace(c, drawing=""), "older than its diagram"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_of_a_case_is_found(library: Library, name: str) -> None:
    change, said = PLANTED[name]
    faults = check_case(library, change(library.case(SLUG)))

    assert any(said in fault for fault in faults), faults
    assert all(fault.startswith(str(library.knowledge / "cases" / SLUG)) for fault in faults)


def test_a_diagram_that_is_none_prints_nothing(library: Library, capfd: pytest.CaptureFixture[str]) -> None:
    check_case(library, replace(library.case(SLUG), diagram="digraph { a -> "))

    assert capfd.readouterr() == ("", "")


def test_a_case_needs_criteria_of_its_own(library: Library) -> None:
    case = library.case(SLUG)
    borrowed = Library(library.root)
    borrowed.__dict__["generic"] = {c.id: c for c in case.criteria}

    assert any("only 0 belong to this case alone" in fault for fault in check_case(borrowed, case))


def test_the_real_cases_have_no_fault_of_content(library: Library, case: Case) -> None:
    assert check_case(library, case) == []


def test_a_drawing_is_current_for_its_own_diagram_alone(case: Case) -> None:
    assert is_current(case.diagram, case.drawing)
    assert not is_current(case.diagram + " ", case.drawing)
    assert not is_current(case.diagram, "")


SPOILT: dict[str, tuple[str, str, str, str]] = {
    "a shared criterion": (
        "knowledge/framework/criteria.yaml",
        "weight: 3",
        "weight: 7",
        "criteria.0.weight",
    ),
    "a term": ("knowledge/framework/terms.yaml", "  auc: [", "  auc: none #[", "terms.auc"),
    "an assumption": ("knowledge/framework/assumptions.yaml", "topic: the team", "topik: the team", "topik"),
    "a concept note": ("knowledge/concepts/drift.md", "id: drift", "id: drifted", "id: must be the file's name"),
    "a framework note": ("knowledge/framework/3-prepare-data.md", "---\n", "", "front matter"),
    "a prompt": ("prompts/scripted/tell.md", "{answer}", "{reply}", "variable 'reply' is not declared"),
    "a case": (f"knowledge/cases/{SLUG}/case.yaml", "slug: video", "slug: film", "slug: must be the name"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_file_is_named_by_the_check(root_copy: Path, name: str) -> None:
    file, old, new, said = SPOILT[name]
    path = root_copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    faults = check_content(Library(root_copy))

    assert any(fault.startswith(f"{path}:") and said in fault for fault in faults), faults


def test_faults_of_several_files_are_named_together(root_copy: Path) -> None:
    for file, old, new, _ in (SPOILT["a shared criterion"], SPOILT["a concept note"], SPOILT["a prompt"]):
        path = root_copy / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    faults = check_content(Library(root_copy))

    assert {Path(fault.split(":")[0]).name for fault in faults} == {"criteria.yaml", "drift.md", "tell.md"}


def test_a_missing_step_note_and_a_dangling_link_are_found(root_copy: Path) -> None:
    (root_copy / "knowledge/framework/4-develop-the-model.md").unlink()
    (root_copy / "knowledge/concepts/drift.md").unlink()

    faults = check_content(Library(root_copy))

    assert any("no note for step 4" in fault for fault in faults)
    assert any("related: no note 'drift'" in fault for fault in faults)
    assert any(".concepts: no concept note 'drift'" in fault for fault in faults)


def test_a_missing_prompt_file_is_found(root_copy: Path) -> None:
    (root_copy / "prompts/scripted/hint.md").unlink()

    assert any("hint.md" in fault for fault in check_content(Library(root_copy)))
