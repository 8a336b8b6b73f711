from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.content.cases import load_case
from app.content.library import Library
from app.domain.framework import ALL_STEPS, Level
from app.errors import ContentError

Plant = Callable[[str, str], tuple[Path, int, list[str]]]

# What is written there, what is planted, how many lines further down the fault is, its field, what is said of it.
FAULTS = {
    "a missing field": ("title: Video recommendations\n", "", None, "title", "the field is missing"),
    "an unknown field": ("difficulty: 2\n", "colour: red\ndifficulty: 2\n", 0, "colour", "no such field"),
    "a wrong type": ("difficulty: 2\n", "difficulty: hard\n", 0, "difficulty", "valid integer"),
    "a number out of bounds": ("difficulty: 2\n", "difficulty: 4\n", 0, "difficulty", "less than or equal to 3"),
    "text in place of a list": ("tags: [recommendation, ranking", "tags: video #[", 0, "tags", "valid list"),
    "a duplicate key": ("title: Video", "title: A\ntitle: Video", 1, "title", "the key stands twice"),
    "a duplicate key deep down": (
        "    topic: how many people use it\n",
        "    topic: one\n    topic: how many people use it\n",
        1,
        "topic",
        "the key stands twice",
    ),
    "a missing field of a fact": (
        "  - id: daily-users\n    topic: how many people use it\n",
        "  - id: daily-users\n",
        0,
        "facts.1.topic",
        "the field is missing",
    ),
    "an unknown field of a criterion": (
        "        topic: cold start\n",
        "        topic: cold start\n        topik: x\n",
        1,
        "steps.0.criteria.3.topik",
        "no such field",
    ),
    "an unknown level": (
        "statement: Asks whether new users or new videos must be handled from the start\n        level: mid",
        "statement: Asks whether new users or new videos must be handled from the start\n        level: junior",
        1,
        "steps.0.criteria.3.level",
        "'mid', 'senior' or 'staff'",
    ),
    "an unknown `use`": (
        "- use: latency-split",
        "- use: latency-splat",
        0,
        "steps.5.criteria.2.use",
        "'latency-splat'",
    ),
    "a `use` of another step": (
        "- use: latency-split",
        "- use: overfitting-control",
        0,
        "steps.5.criteria.2.use",
        "another step",
    ),
    "a misspelt override of a generic criterion": (
        "more_cues: [scores per second, gpus at peak, requests times candidates]",
        "extra_cues: [scores per second, gpus at peak, requests times candidates]",
        0,
        "steps.5.criteria.7.extra_cues",
        "no such field",
    ),
    "a question in a hint": (
        "hint: What happens after a click takes a while to reach the logs.",
        "hint: What happens after a click takes a while to reach the logs?",
        0,
        "steps.2.criteria.6.hint",
        "without a question mark",
    ),
    "a curveball on a criterion that is not for staff": (
        "criterion: several-interests",
        "criterion: retrieve-then-rank",
        0,
        "curveballs.0.criterion",
        "must be a staff criterion",
    ),
    "a curveball on no criterion": (
        "criterion: several-interests",
        "criterion: several-interest",
        0,
        "curveballs.0.criterion",
        "no criterion 'several-interest'",
    ),
    "a curveball in the wrong step": (
        "criterion: several-interests",
        "criterion: short-history",
        0,
        "curveballs.0.criterion",
        "belongs to step 7, not 4",
    ),
    "another slug": ("slug: video-recommendation", "slug: videos", 0, "slug", "name of its directory"),
    "an id that is not an id": ("- id: daily-users", "- id: Daily_Users", 0, "facts.1.id", "joined by hyphens"),
    "too few cues": (
        "cues:\n          - long-term holdback\n          - holdout for six months\n          - persistent control\n"
        "          - long-running holdback\n          - frozen model for a few\n"
        "          - group stays on the old version\n"
        "          - cumulative effect of launches\n          - reverse experiment\n",
        "cues: [long-term holdback]\n",
        0,
        "steps.6.criteria.3.cues",
        "at least 3",
    ),
}
PROBE = "Five questions have to be answered about each candidate. Do you ask five networks?"


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_file_line_and_field(plant: Plant, name: str) -> None:
    old, new, further, field, said = FAULTS[name]
    path, line, faults = plant(old, new)
    expected = 1 if further is None else line + further

    assert len(faults) == 1
    assert faults[0].startswith(f"{path}:{expected}: {field}: ")
    assert said in faults[0]


@pytest.mark.parametrize(
    "probe", [PROBE.rstrip("?"), PROBE + " Why?", PROBE + " Think"], ids=["none", "two", "not at the end"]
)
def test_a_probe_has_one_question_mark_at_its_end(plant: Plant, probe: str) -> None:
    path, line, faults = plant(f"- {PROBE}", f"- {probe}")

    assert faults == [f"{path}:{line}: steps.3.criteria.4.probes.0: must have exactly one question mark, at its end"]


def test_every_fault_is_named_and_not_only_the_first(library: Library, case_copy: Path) -> None:
    path = case_copy / "case.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in [("difficulty: 2", "difficulty: 9"), ("title: Video recommendations\n", ""), (PROBE, "Hm.......")]:
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError) as raised:
        load_case(case_copy, library.generic)

    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  - step: 7\n    ask:", "  - step: 6\n    ask:", "steps must be the seven, in order"),
        ("- id: daily-uploads", "- id: daily-users", "fact 'daily-users' stands twice"),
        ("- id: breaking-stories", "- id: living-room", "curveball 'living-room' stands twice"),
        ("- use: feedback-loop", "- use: drift-detection", "criterion 'drift-detection' stands twice"),
    ],
    ids=["steps", "facts", "curveballs", "criteria"],
)
def test_what_must_stand_once_and_in_order_does(plant: Plant, old: str, new: str, said: str) -> None:
    path, _, faults = plant(old, new)

    assert len(faults) == 1
    assert faults[0].startswith(f"{path}:")
    assert said in faults[0]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "hello\n", "null\n"], ids=["empty", "list", "text", "null"])
def test_a_document_of_the_wrong_shape_is_one_fault(library: Library, case_copy: Path, text: str) -> None:
    path = case_copy / "case.yaml"
    path.write_text(text)

    with pytest.raises(ContentError) as raised:
        load_case(case_copy, library.generic)

    assert str(raised.value).startswith(f"{path}:1: (document): ")


@pytest.mark.parametrize("name", ["case.yaml", "reference.md", "architecture.dot"])
def test_a_missing_file_is_named(library: Library, case_copy: Path, name: str) -> None:
    (case_copy / name).unlink()

    with pytest.raises(ContentError, match="the file is missing") as raised:
        load_case(case_copy, library.generic)

    assert str(case_copy / name) in str(raised.value)


@pytest.mark.parametrize("name", ["case.yaml", "reference.md", "architecture.dot"])
def test_a_directory_in_place_of_a_file_is_named(library: Library, case_copy: Path, name: str) -> None:
    (case_copy / name).unlink()
    (case_copy / name).mkdir()

    with pytest.raises(ContentError) as raised:
        load_case(case_copy, library.generic)

    assert str(case_copy / name) in str(raised.value)


@pytest.mark.parametrize("name", ["case.yaml", "reference.md", "architecture.dot"])
def test_a_file_that_is_not_utf8_is_named_with_the_byte(library: Library, case_copy: Path, name: str) -> None:
    path = case_copy / name
    path.write_bytes(b"caf\xe9" + path.read_bytes())

    with pytest.raises(ContentError, match="not UTF-8 at byte 3") as raised:
        load_case(case_copy, library.generic)

    assert str(path) in str(raised.value)


def test_a_case_without_a_drawing_is_read(library: Library, case_copy: Path) -> None:
    (case_copy / "architecture.svg").unlink()

    assert load_case(case_copy, library.generic).drawing == ""


def test_a_case_reads_the_same_anywhere(library: Library, case_copy: Path) -> None:
    copied = load_case(case_copy, library.generic)

    assert copied == library.case("video-recommendation")


@pytest.mark.parametrize("name", ["case.yaml", "reference.md", "architecture.dot"])
def test_an_edit_of_any_file_changes_the_hash(library: Library, case_copy: Path, name: str) -> None:
    before = load_case(case_copy, library.generic).hash
    path = case_copy / name
    path.write_text(path.read_text(encoding="utf-8").replace("candidate", "contender"), encoding="utf-8")

    assert load_case(case_copy, library.generic).hash != before


def test_an_edit_of_a_generic_criterion_changes_the_hash_of_cases_that_use_it(
    library: Library, case_copy: Path
) -> None:
    generic = {**library.generic, "ab-test": replace(library.generic["ab-test"], cues=("split test",))}

    assert load_case(case_copy, generic).hash != load_case(case_copy, library.generic).hash


def test_a_case_overrides_what_it_words_differently_and_adds_cues(library: Library) -> None:
    base = library.generic["business-goal"]
    taken = library.case("video-recommendation").criterion("business-goal")

    assert taken.cues == (
        *base.cues,
        "long-term satisfaction",
        "watch time or clicks",
        "minutes watched or subscriptions",
        "keep people coming back",
        "time well spent",
    )
    assert taken.answer != base.answer
    assert (taken.statement, taken.level, taken.weight, taken.hint) == (
        base.statement,
        base.level,
        base.weight,
        base.hint,
    )


def test_each_level_asks_for_more(library: Library) -> None:
    case = library.case("video-recommendation")
    counts = [len(case.for_level(level)) for level in Level]

    assert counts == sorted(set(counts))
    assert case.for_level(Level.STAFF) == case.criteria
    for step in ALL_STEPS:
        assert {c.step for c in case.for_level(Level.MID, (step,))} == {step}
