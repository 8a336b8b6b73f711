from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app import wire
from app.client import Client, Spoken
from app.domain.framework import ALL_STEPS, Step
from app.domain.session import Status
from app.errors import Conflict, InputError, NotFound
from app.interview.candidate import SpeakingClock

Last = Callable[[Iterator[Spoken]], wire.SessionView]


def wait(clock: SpeakingClock, minutes: float) -> None:
    clock.spoke("word " * round(minutes * 130))


def test_a_new_session_has_its_opening(client: Client, session: wire.SessionView, clock: SpeakingClock) -> None:
    assert session == client.session(session.id)
    assert (session.step, session.steps, session.title) == (Step.CLARIFY, ALL_STEPS, "Video recommendations")
    assert (session.created_at, session.now) == (clock(), clock())
    assert (session.elapsed, session.left, sum(session.boxes.values())) == (0, 2700, 2700)
    assert (session.pending, session.cause, session.finished) == (None, None, None)


def test_the_clock_runs_and_stops_while_the_session_is_paused(
    client: Client, session: wire.SessionView, clock: SpeakingClock, last: Last
) -> None:
    wait(clock, 2)
    running = client.session(session.id)
    paused = client.pause(session.id)
    wait(clock, 30)
    still = client.session(session.id)
    with pytest.raises(Conflict, match="the interview is paused: resume it first"):
        list(client.answer(session.id, "a", "Hello?"))
    with pytest.raises(Conflict, match="cannot be paused"):
        client.pause(session.id)
    resumed = client.resume(session.id)
    wait(clock, 1)
    answered = last(client.answer(session.id, "a", "How many users are there?"))

    assert running.elapsed == pytest.approx(120, abs=1)
    assert running.seconds[Step.CLARIFY] == running.elapsed
    assert (paused.status, still.elapsed) == (Status.PAUSED, paused.elapsed)
    assert resumed.status is Status.AWAITING_ANSWER
    assert answered.elapsed == pytest.approx(180, abs=1)
    assert answered.left == pytest.approx(2700 - 180, abs=1)
    with pytest.raises(Conflict, match="cannot be resumed"):
        client.resume(session.id)


def test_the_last_active_session_is_listed_first(client: Client, new: wire.NewSession, clock: SpeakingClock) -> None:
    first = client.create(new)
    wait(clock, 1)
    second = client.create(new)
    wait(clock, 1)
    before = [row.id for row in client.sessions()]
    list(client.answer(first.id, "a", "How many users are there?"))

    assert before == [second.id, first.id]
    assert [row.id for row in client.sessions()] == [first.id, second.id]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"case": "no-such-case"}, NotFound, "no case 'no-such-case'"),
        ({"minutes": 1}, InputError, "5 to 180 minutes, not 1"),
        ({"minutes": 10**30}, InputError, "minutes|5 to 180"),
        ({"steps": [3]}, InputError, "only a drill"),
        ({"mode": "drill", "steps": []}, InputError, "at least one step"),
        ({"voice": "model"}, InputError, "no model is chosen"),
        ({"voice": "choir"}, InputError, "no voice 'choir'"),
        ({"judge": "model"}, InputError, "no judge 'model'"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(
    client: Client, new: wire.NewSession, changes: dict[str, Any], error: type[InputError], message: str
) -> None:
    with pytest.raises(error, match=message):
        client.create(wire.NewSession.model_validate({**new.model_dump(), **changes}))
    assert client.sessions() == []


def test_cases_are_listed_with_what_each_level_asks_for(client: Client) -> None:
    cases = client.cases()

    assert {"video-recommendation", "ad-click-prediction"} <= {case.slug for case in cases}
    for case in cases:
        counts = list(case.counts.values())
        assert counts == sorted(counts) and counts[0] > 0
        assert client.case(case.slug).opening
    with pytest.raises(NotFound, match="choose one of"):
        client.case("no-such-case")


def test_the_server_says_that_it_is_well_and_what_it_offers(client: Client) -> None:
    health = client.health()

    assert (health.status, health.database, health.index.fault) == ("ok", "ok", None)
    assert health.index.chunks > 100 and health.cases >= 3
    assert [(v.name, v.built_in) for v in client.models().voices] == [("scripted", True)]
    assert [(j.name, j.built_in) for j in client.models().judges] == [("examiner", True)]
