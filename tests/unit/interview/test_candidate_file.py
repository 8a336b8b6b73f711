from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.framework import Step
from app.errors import InputError
from app.interview.candidate import NOTHING_LEFT, ScriptedCandidate, SpeakingClock, TiedAnswer

CANDIDATES = Path(__file__).parents[3] / "evals" / "candidates"


def write(directory: Path, text: str) -> Path:
    path = directory / "candidate.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as raised:
        ScriptedCandidate.read(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_plain_answers_come_in_order_and_then_there_is_nothing_to_add(tmp_path: Path) -> None:
    candidate = ScriptedCandidate.read(write(tmp_path, "- one\n- |\n  two\n  lines\n"))

    assert [candidate.answer(Step.CLARIFY) for _ in range(4)] == ["one", "two\nlines\n", NOTHING_LEFT, NOTHING_LEFT]
    assert NOTHING_LEFT == "I have nothing to add."


def test_an_answer_tied_to_a_step_waits_for_its_first_turn(tmp_path: Path) -> None:
    candidate = ScriptedCandidate.read(write(tmp_path, "- {step: 3, text: three}\n- plain\n- {step: 1, text: one}\n"))

    assert [candidate.answer(Step(s)) for s in (1, 1, 2, 3, 3)] == ["one", "plain", NOTHING_LEFT, "three", NOTHING_LEFT]


WORDS = st.text(min_size=1, max_size=5).filter(str.strip)


@given(st.lists(st.tuples(st.sampled_from(Step), WORDS) | WORDS))
def test_no_answer_is_lost_or_given_twice(answers: list[tuple[Step, str] | str]) -> None:
    candidate = ScriptedCandidate(a if isinstance(a, str) else TiedAnswer(step=a[0], text=a[1]) for a in answers)
    given_answers: list[str] = []
    for step in Step:
        while (text := candidate.answer(step)) is not NOTHING_LEFT:
            given_answers.append(text)

    assert sorted(given_answers) == sorted(a if isinstance(a, str) else a[1] for a in answers)


FAULTS = {
    "a step that is none": ("- one\n- {step: 9, text: x}\n", 2, "1.step"),
    "a step in words": ("- step: three\n  text: x\n", 1, "0.step"),
    "a missing text": ("- one\n\n- step: 3\n", 3, "1.text"),
    "a missing step": ("- text: x\n", 1, "0.step"),
    "an unknown field": ("- step: 3\n  text: x\n  note: y\n", 3, "0.note"),
    "an empty text": ("- {step: 3, text: ''}\n", 1, "0.text"),
    "a blank text": ("- {step: 3, text: '  '}\n", 1, "0.text"),
    "an empty answer": ("- one\n- ''\n", 2, "1"),
    "a blank answer": ("- one\n- '  '\n", 2, "1"),
    "an answer over the limit": (f"- one\n- {'x' * 20_001}\n", 2, "1"),
    "a number": ("- one\n- 5\n", 2, "1"),
    "nothing": ("- one\n-\n", 2, "1"),
    "a mapping": ("one: two\n", 1, ""),
    "text": ("Hello, I am a candidate.\n", 1, ""),
    "an empty file": ("", 1, ""),
    "a key twice": ("- step: 3\n  text: x\n  text: y\n", 3, "text"),
    "no YAML": ("- [one\n", 1, ""),
    "a tab": ("- one\n\t- two\n", 2, ""),
    "two documents": ("- a\n---\n- b\n", 2, ""),
    "a tag": ("- !!python/object:os.system x\n", 1, ""),
    "a date that is none": ("- one\n- 2024-13-45\n", 2, ""),
    "a number that is none": ("- one\n- !!int x\n", 2, ""),
    "a list as a key": ("- one\n- {[a, b]: c}\n", 2, ""),
    "a control character": ("- one\n- a\x07b\n", 2, ""),
    "a node in itself": ("&a\n- *a\n", 1, ""),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_malformed_file_is_refused_with_line_and_field(tmp_path: Path, name: str) -> None:
    text, line, field = FAULTS[name]
    path = write(tmp_path, text)
    said = refusal(path)

    assert said.startswith("the candidate file cannot be used: ")
    expected = {line, line + 1} if name in ("no YAML", "two documents", "a node in itself") else {line}
    assert any(f"{path}:{n}: " in said for n in expected), said
    assert f": {field}" in said


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"- caf\xe9\n")

    assert "not UTF-8" in refusal(path)


def test_a_missing_file_and_a_directory_are_refused_by_name(tmp_path: Path) -> None:
    assert f"{tmp_path / 'none.yaml'}: the file is missing" in refusal(tmp_path / "none.yaml")
    assert str(tmp_path) in refusal(tmp_path)
    assert "Errno" not in refusal(tmp_path)


@pytest.mark.parametrize("slug", ["video-recommendation", "ad-click-prediction", "harmful-content-detection"])
@pytest.mark.parametrize("strength", ["weak", "middling", "strong"])
def test_the_recorded_candidates_can_be_read(slug: str, strength: str) -> None:
    assert ScriptedCandidate.read(CANDIDATES / slug / f"{strength}.yaml").answer(Step.CLARIFY) != NOTHING_LEFT


def test_time_passes_by_what_is_said() -> None:
    clock = SpeakingClock(1000.0)
    clock.spoke("word " * 130)

    assert clock() == 1060.0
    assert clock() == 1060.0
