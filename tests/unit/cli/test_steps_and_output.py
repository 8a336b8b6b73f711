import json
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.interview import parse_steps
from app.cli.output import fail, note, show, show_json
from app.cli.serve import port_is_free
from app.domain.framework import ALL_STEPS, Step
from app.errors import InputError


@pytest.mark.parametrize("text", [None, "", "1,2,3,4,5,6,7"])
def test_without_a_choice_all_steps_are_meant(text: str | None) -> None:
    assert parse_steps(text) == ALL_STEPS


@given(st.sets(st.integers(1, 7), min_size=1), st.booleans())
def test_steps_are_read_in_any_order(numbers: set[int], spaced: bool) -> None:
    text = (", " if spaced else ",").join(str(n) for n in sorted(numbers, reverse=True))

    assert parse_steps(text) == tuple(Step(n) for n in sorted(numbers))


@pytest.mark.parametrize("text", ["a", "1,b", "1;2", "1,,2", "1.5", ","])
def test_what_is_no_list_of_numbers_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="write step numbers with commas"):
        parse_steps(text)


@pytest.mark.parametrize("text", ["0", "8", "1,9", "-1"])
def test_a_step_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="steps are numbered 1 to 7"):
        parse_steps(text)


def test_results_go_to_standard_output_and_notes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    show("result")
    note("by the way")

    assert capsys.readouterr() == ("result\n", "by the way\n")


def test_json_keeps_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"name": "Łódź"})

    text = capsys.readouterr().out
    assert "Łódź" in text
    assert json.loads(text) == {"name": "Łódź"}


@pytest.mark.parametrize("code", [1, 2])
def test_a_failure_is_one_line_and_a_code(capsys: pytest.CaptureFixture[str], code: int) -> None:
    with pytest.raises(SystemExit) as raised:
        fail("first\n  second\n\nthird", code)

    assert raised.value.code == code
    assert capsys.readouterr() == ("", "sevenstep: first second third\n")


def test_a_port_that_is_taken_is_not_free(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free("127.0.0.1", port)
    assert port_is_free("127.0.0.1", 0)
    assert not port_is_free("192.0.2.1", 0)
