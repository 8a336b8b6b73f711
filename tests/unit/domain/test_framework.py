import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.framework import ALL_STEPS, LENGTHS, Level, Step, parse_level, parse_step, time_boxes
from app.errors import InputError


@given(minutes=st.integers(5, 180), steps=st.sets(st.sampled_from(Step), min_size=1))
def test_time_boxes_add_up_to_the_whole_interview(minutes: int, steps: set[Step]) -> None:
    boxes = time_boxes(minutes, steps)

    assert sum(boxes.values()) == pytest.approx(minutes * 60)
    assert list(boxes) == sorted(steps)
    assert all(seconds > 0 for seconds in boxes.values())


def test_an_interview_of_45_minutes_has_the_boxes_of_the_framework() -> None:
    boxes = time_boxes(45, ALL_STEPS)

    assert [seconds / 60 for seconds in boxes.values()] == [5, 4, 8, 9, 6, 8, 5]


@pytest.mark.parametrize("minutes", LENGTHS)
def test_boxes_scale_with_the_length(minutes: int) -> None:
    boxes = time_boxes(minutes, ALL_STEPS)

    for step in ALL_STEPS:
        assert boxes[step] == pytest.approx(time_boxes(45, ALL_STEPS)[step] * minutes / 45)


def test_a_step_given_twice_counts_once_and_order_does_not_matter() -> None:
    assert time_boxes(20, [Step.DATA, Step.FRAME, Step.DATA]) == time_boxes(20, [Step.FRAME, Step.DATA])


def test_every_step_has_a_title_and_a_spoken_name() -> None:
    assert len({s.title for s in Step}) == len({s.spoken for s in Step}) == len(ALL_STEPS) == 7


@pytest.mark.parametrize("number", range(1, 8))
def test_numbers_from_1_to_7_are_steps(number: int) -> None:
    assert parse_step(number) == number


@pytest.mark.parametrize("number", [0, 8, -1, 100])
def test_another_number_is_no_step(number: int) -> None:
    with pytest.raises(InputError, match=f"there is no step {number}: steps are numbered 1 to 7"):
        parse_step(number)


@pytest.mark.parametrize(("text", "level"), [("mid", Level.MID), (" Senior ", Level.SENIOR), ("STAFF", Level.STAFF)])
def test_a_level_is_read_in_any_case(text: str, level: Level) -> None:
    assert parse_level(text) is level


@pytest.mark.parametrize("text", ["", "junior", "principal", "mid senior"])
def test_another_word_is_no_level(text: str) -> None:
    with pytest.raises(InputError, match="choose mid, senior or staff"):
        parse_level(text)


def test_each_level_includes_those_before_it_and_itself() -> None:
    included = {level: [other.value for other in Level if level.includes(other)] for level in Level}

    assert included == {
        Level.MID: ["mid"],
        Level.SENIOR: ["mid", "senior"],
        Level.STAFF: ["mid", "senior", "staff"],
    }
