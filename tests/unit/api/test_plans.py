import pytest

from app import wire
from app.api.turns import plan_of
from app.domain.framework import ALL_STEPS, Level, Mode, Step


def new(**fields: object) -> wire.NewSession:
    return wire.NewSession.model_validate({"case": "c", "level": "senior", **fields})


def test_what_is_left_open_is_filled_in() -> None:
    plan = plan_of(new())

    assert (plan.case, plan.level, plan.minutes, plan.mode) == ("c", Level.SENIOR, 45, Mode.FULL)
    assert (plan.steps, plan.voice, plan.judge) == (ALL_STEPS, "scripted", "examiner")


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({"mode": "quick"}, 20),
        ({"mode": "quick", "minutes": 30}, 30),
        ({"mode": "drill", "steps": [3, 4]}, 17),
        ({"mode": "drill", "steps": [2]}, 5),
        ({"mode": "drill"}, 45),
    ],
)
def test_each_mode_has_its_own_length(fields: dict[str, object], minutes: int) -> None:
    assert plan_of(new(**fields)).minutes == minutes


def test_steps_are_put_in_order_without_doubles() -> None:
    assert plan_of(new(mode="drill", steps=[5, 2, 5])).steps == (Step.FRAME, Step.EVALUATE)


def test_a_seed_is_kept_and_otherwise_chosen_anew() -> None:
    assert plan_of(new(seed=0)).seed == 0
    assert len({plan_of(new()).seed for _ in range(5)}) > 1
