from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.events import (
    Answered,
    Assumption,
    Covered,
    Event,
    Faltered,
    Finished,
    Heard,
    Intent,
    Paused,
    Plan,
    Resumed,
    Spoke,
    Started,
    Switched,
)
from app.domain.framework import ALL_STEPS, LENGTHS, Level, Step
from app.domain.session import IDLE_LIMIT, SessionState, Status, apply, fold
from app.domain.transcript import Evidence, MoveKind, Speaker

T0 = 1_700_000_000.0
PLAN = Plan("video", Level.SENIOR, 45)
START = Started(T0, PLAN, "c0ffee")


def spoke(
    at: float, text: str = "And?", move: MoveKind = MoveKind.PROBE, step: Step = Step.CLARIFY, **more: object
) -> Spoke:
    return Spoke(at, text, move, step, **more)  # pyright: ignore[reportArgumentType]


@st.composite
def sessions(draw: st.DrawFn, gap: float = 3 * IDLE_LIMIT) -> list[Event]:
    """Events as the interviewer writes them: each is one that may follow on the ones before."""
    plan = Plan("video", draw(st.sampled_from(Level)), draw(st.sampled_from(LENGTHS)))
    events: list[Event] = [Started(T0, plan, "c0ffee")]
    at, answers, step, paused = T0, 0, Step.CLARIFY, False
    waits_for_interviewer = True
    for _ in range(draw(st.integers(0, 25))):
        at += draw(st.floats(0, gap))
        if paused:
            events.append(Resumed(at))
            paused = False
        elif waits_for_interviewer:
            if draw(st.integers(0, 5)) == 0:
                events.append(Faltered(at, "no model"))
                continue
            if len(events) > 1 and isinstance(events[-1], Answered):
                events.append(Heard(at, draw(st.sampled_from(Intent))))
            step = Step(min(7, step + draw(st.integers(0, 1))))
            criterion = draw(st.sampled_from(["a", "b", None]))
            events.append(spoke(at, f"q{at}", draw(st.sampled_from(MoveKind)), step, criterion=criterion, probe=0))
            waits_for_interviewer = False
        elif draw(st.integers(0, 4)) == 0:
            events.append(Paused(at))
            paused = True
        else:
            events.append(Answered(at, f"id-{answers}", f"answer {answers}"))
            answers += 1
            waits_for_interviewer = True
    if draw(st.booleans()):
        events.append(Finished(at + draw(st.floats(0, gap)), draw(st.sampled_from(["closed", "candidate"]))))
    return events


def states(events: list[Event]) -> list[SessionState]:
    return [fold("s", events[: n + 1]) for n in range(len(events))]


@given(sessions())
def test_any_valid_session_folds_and_counts_its_events(events: list[Event]) -> None:
    state = fold("s", events)

    assert state.seq == len(events)
    assert len(state.turns) == sum(isinstance(e, Answered | Spoke) for e in events)
    assert [t.index for t in state.turns] == list(range(len(state.turns)))


@given(sessions())
def test_folding_all_is_applying_one_by_one(events: list[Event]) -> None:
    assert fold("s", events) == reduce(apply, events[1:], fold("s", events[:1]))


@given(sessions())
def test_folding_twice_gives_the_same_and_changes_nothing(events: list[Event]) -> None:
    before = [replace(e) for e in events]

    assert fold("s", events) == fold("s", iter(events))
    assert events == before


@given(sessions())
def test_the_clock_never_runs_backward_and_no_gap_counts_for_more_than_the_limit(events: list[Event]) -> None:
    clocks = [s.elapsed for s in states(events)]

    for before, after in pairwise(clocks):
        assert before <= after <= before + IDLE_LIMIT + 1e-6


@given(sessions())
def test_a_pause_is_not_counted(events: list[Event]) -> None:
    for event, before, after in zip(events[1:], states(events), states(events)[1:], strict=False):
        if isinstance(event, Resumed):
            assert after.elapsed == before.elapsed
            assert before.clock(event.at) == before.elapsed


@given(sessions(gap=IDLE_LIMIT))
def test_without_pauses_the_clock_is_the_time_in_which_an_answer_was_awaited(events: list[Event]) -> None:
    active = [e for e in events if not isinstance(e, Paused | Resumed)]
    states = [fold("s", active[: i + 1]) for i in range(len(active))]
    awaited = sum(
        min(b.at - a.at, IDLE_LIMIT)
        for (a, b), state in zip(pairwise(active), states, strict=False)
        if state.status is Status.AWAITING_ANSWER
    )

    assert fold("s", active).elapsed == pytest.approx(awaited, abs=1e-3)


@given(sessions())
def test_the_time_of_the_steps_adds_up_to_the_time_of_the_session(events: list[Event]) -> None:
    state = fold("s", events)

    assert sum(state.spent.values()) == pytest.approx(state.elapsed, abs=1e-6)


@given(sessions(), st.floats(0, 5000))
def test_the_clock_at_a_time_is_the_clock_of_an_event_at_that_time(events: list[Event], later: float) -> None:
    state = fold("s", events)
    now = state.last_at + later

    assert state.clock(now) == pytest.approx(apply(state, Faltered(now, "x")).elapsed, abs=1e-3)


@given(sessions())
def test_answer_ids_lead_to_the_turns_of_those_answers(events: list[Event]) -> None:
    state = fold("s", events)
    given_answers = {e.answer_id: e.text for e in events if isinstance(e, Answered)}

    assert {i: state.turns[turn].text for i, turn in state.answers.items()} == given_answers
    assert all(state.turns[turn].speaker is Speaker.CANDIDATE for turn in state.answers.values())


@given(sessions())
def test_an_answer_is_pending_until_the_interviewer_has_spoken(events: list[Event]) -> None:
    state = fold("s", events)
    said = [e for e in events if isinstance(e, Answered | Spoke)]

    assert state.pending == (said[-1].answer_id if said and isinstance(said[-1], Answered) else None)


@given(sessions())
def test_the_status_says_who_speaks_next(events: list[Event]) -> None:
    state = fold("s", events)
    last = next((e for e in reversed(events) if not isinstance(e, Heard)), START)
    expected = {
        Started: Status.AWAITING_INTERVIEWER,
        Answered: Status.AWAITING_INTERVIEWER,
        Faltered: Status.AWAITING_INTERVIEWER,
        Spoke: Status.AWAITING_ANSWER,
        Paused: Status.PAUSED,
        Resumed: Status.AWAITING_ANSWER,
        Finished: Status.FINISHED,
    }

    assert state.status is expected[type(last)]


@given(st.lists(st.floats(T0 - 1e5, T0 + 1e5), max_size=20))
def test_a_system_clock_that_jumps_back_takes_nothing_from_the_session(times: list[float]) -> None:
    events: list[Event] = [START, *(spoke(at) if i % 2 else Answered(at, f"a{i}", "x") for i, at in enumerate(times))]
    clocks = [s.elapsed for s in states(events)]

    assert clocks == sorted(clocks)
    assert fold("s", events).last_at == max([T0, *times])


@dataclass(frozen=True, slots=True)
class Applauded(Event):
    """Unknown to the fold."""


def test_an_event_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown event"):
        fold("s", [START, Applauded(T0 + 1)])


def test_a_second_start_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown event"):
        fold("s", [START, START])


@pytest.mark.parametrize("events", [[], [Answered(T0, "a", "hello")], [Paused(T0), START]])
def test_a_session_must_begin_with_a_start(events: list[Event]) -> None:
    with pytest.raises(ValueError, match="does not begin with a start"):
        fold("s", events)


def test_a_drill_begins_in_its_first_step() -> None:
    plan = replace(PLAN, steps=(Step.DATA, Step.SERVE))

    assert fold("s", [replace(START, plan=plan)]).step is Step.DATA


def test_a_closed_tab_costs_ten_minutes_at_most() -> None:
    events = [START, spoke(T0 + 5), Answered(T0 + 5 + 86_400, "a", "back again")]

    assert fold("s", events).elapsed == IDLE_LIMIT


def test_a_pause_of_a_day_costs_nothing() -> None:
    events = [START, spoke(T0 + 5), Paused(T0 + 65), Resumed(T0 + 86_400), Answered(T0 + 86_430, "a", "x")]

    assert fold("s", events).elapsed == 90


def test_the_interviewers_own_time_is_not_the_candidates() -> None:
    events = [START, spoke(T0 + 70), Answered(T0 + 100, "a", "x"), spoke(T0 + 220), Answered(T0 + 230, "b", "y")]

    assert fold("s", events).elapsed == 40


def test_a_finished_session_stands_still() -> None:
    state = fold("s", [START, spoke(T0 + 5), Finished(T0 + 20, "candidate")])

    assert state.clock(T0 + 10_000) == state.elapsed == 15
    assert state.finished == "candidate"


def test_a_restart_between_two_events_changes_nothing() -> None:
    events = [START, spoke(T0 + 5)]
    before_restart = fold("s", events)

    assert fold("s", list(events)).clock(T0 + 150) == before_restart.clock(T0 + 150) == 145


def test_coverage_keeps_the_first_evidence() -> None:
    first = Covered("labels", Evidence(1, 0, 3, "one"))
    second = Covered("labels", Evidence(3, 0, 3, "two"))
    events = [
        START,
        spoke(T0),
        Answered(T0, "a", "one"),
        Heard(T0, Intent.STATEMENT, (first,)),
        spoke(T0),
        Answered(T0, "b", "two"),
        Heard(T0, Intent.STATEMENT, (second,)),
    ]

    assert fold("s", events).covered == {"labels": first}


def test_probes_hints_facts_curveballs_warnings_and_wordings_are_remembered() -> None:
    settled = Assumption("the team", "six people", "interviewer", 1)
    events = [
        START,
        spoke(T0, move=MoveKind.OPEN, wording=("open/0",)),
        spoke(T0, criterion="a", probe=0, asked="Why?", facts=("users",), assumptions=(settled,)),
        spoke(T0, criterion="a", probe=1, asked="Why not?", facts=("users", "items"), warning="ten-minutes"),
        spoke(T0, move=MoveKind.HINT, criterion="a"),
        spoke(T0, move=MoveKind.HINT, criterion="a"),
        spoke(T0, move=MoveKind.CURVEBALL, criterion="b", curveball="half", wording=("curveball/1",)),
    ]

    state = fold("s", events)

    assert state.probed == {"a": (0, 1)}
    assert state.hinted == {"a": 3}
    assert state.facts == ("users", "items")
    assert state.assumptions == (settled,)
    assert state.curveballs == ("half",)
    assert state.warnings == ("ten-minutes",)
    assert state.wordings == {"open/0", "curveball/1"}
    assert state.focus == "b"


def test_answering_a_question_does_not_lose_the_question_that_was_put() -> None:
    events = [
        START,
        spoke(T0, criterion="a", probe=0, asked="Why?"),
        spoke(T0, move=MoveKind.ANSWER, text="100 million."),
        spoke(T0, move=MoveKind.REDIRECT, text="Back to it."),
    ]

    assert (fold("s", events).question, fold("s", events).focus) == ("Why?", "a")


def test_redirects_are_counted_in_a_row() -> None:
    redirect = spoke(T0, move=MoveKind.REDIRECT)

    assert fold("s", [START, redirect, redirect]).redirects == 2
    assert fold("s", [START, redirect, redirect, spoke(T0)]).redirects == 0


def test_empty_answers_are_counted_in_a_row_and_within_a_step() -> None:
    stuck, fine = Heard(T0, Intent.STUCK), Heard(T0, Intent.STATEMENT)

    assert fold("s", [START, stuck, stuck]).stuck == 2
    assert fold("s", [START, stuck, stuck, fine]).stuck == 0
    assert fold("s", [START, stuck, spoke(T0, move=MoveKind.ADVANCE, step=Step.FRAME)]).stuck == 0


def test_what_was_left_open_is_open_for_one_answer() -> None:
    left = spoke(T0, move=MoveKind.ANSWER, open_topic="how loud?")

    assert fold("s", [START, left]).open_topic == "how loud?"
    assert fold("s", [START, left, Heard(T0, Intent.STATEMENT)]).open_topic is None


def test_a_failure_keeps_its_cause_until_the_interviewer_speaks() -> None:
    failed = [START, spoke(T0), Answered(T0, "a", "x"), Faltered(T0, "no model")]

    assert (fold("s", failed).status, fold("s", failed).cause) == (Status.AWAITING_INTERVIEWER, "no model")
    assert fold("s", [*failed, spoke(T0)]).cause is None


def test_another_voice_goes_on_where_the_first_stopped() -> None:
    failed = [START, spoke(T0), Answered(T0, "a", "x"), Faltered(T0, "no model")]
    before, after = fold("s", failed), fold("s", [*failed, Switched(T0, "model")])

    assert (before.plan.voice, after.plan.voice) == ("scripted", "model")
    assert (after.status, after.cause, after.pending) == (before.status, None, "a")
    assert after.turns == before.turns


def test_resuming_gives_the_word_back_to_whom_it_belongs() -> None:
    assert fold("s", [START, spoke(T0), Paused(T0), Resumed(T0)]).status is Status.AWAITING_ANSWER
    assert fold("s", [START, Paused(T0), Resumed(T0)]).status is Status.AWAITING_INTERVIEWER


def test_only_steps_in_which_the_candidate_spoke_are_reached() -> None:
    events = [
        START,
        spoke(T0),
        Answered(T0, "a", "x"),
        spoke(T0, move=MoveKind.ADVANCE, step=Step.FRAME),
        spoke(T0, move=MoveKind.ADVANCE, step=Step.DATA),
        Answered(T0, "b", "y"),
    ]

    assert fold("s", events).reached == (Step.CLARIFY, Step.DATA)
    assert set(fold("s", events).boxes) == set(ALL_STEPS)
