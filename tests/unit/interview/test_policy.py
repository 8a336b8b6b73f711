from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import Case, Criterion, Curveball
from app.domain.events import Answered, Covered, Event, Heard, Intent, Plan, Spoke, Started
from app.domain.framework import ALL_STEPS, LENGTHS, Level, Mode, Step
from app.domain.session import SessionState, apply, fold
from app.domain.transcript import Evidence, MoveKind
from app.interview.policy import Move, Situation, next_move, planned_curveballs, questions_for

T0 = 1_700_000_000.0


def criterion(name: str, step: Step, weight: int = 1, level: Level = Level.MID, probes: int = 2) -> Criterion:
    asks = tuple(f"{name} {i}?" for i in range(probes))
    return Criterion(name, f"Names {name}", step, level, weight, probes=asks, hint=f"Think of {name}.")


SMALL = Case(
    slug="small",
    title="Small",
    summary="A small case",
    difficulty=1,
    tags=(),
    opening="Design something.",
    facts=(),
    curveballs=tuple(
        Curveball(f"ball-{s}", s, "It changes.", "And now?", f"staff-{s}") for s in (Step.MODEL, Step.SERVE)
    ),
    asks={s: (f"Ready for {s.spoken}?", f"What of {s.spoken}?") for s in Step},
    criteria=tuple(
        c
        for s in Step
        for c in (
            criterion(f"light-{s}", s),
            criterion(f"heavy-{s}", s, 3),
            criterion(f"middle-{s}", s, 2, probes=1),
            criterion(f"staff-{s}", s, 1, Level.STAFF),
        )
    ),
)


class Talk:
    """A session that grows by the policy's own moves."""

    def __init__(self, plan: Plan | None = None, case: Case = SMALL) -> None:
        self.case = case
        self.plan = plan or Plan(case.slug, Level.MID, 45)
        self.now = T0
        self.state: SessionState = fold("s", [Started(T0, self.plan, "h")])
        self.moves: list[Move] = []

    def add(self, event: Event) -> None:
        self.state = apply(self.state, event)

    def decide(
        self, intent: Intent = Intent.STATEMENT, told: bool = False, near: dict[str, float] | None = None
    ) -> Move:
        criteria = self.case.for_level(self.plan.level, self.plan.steps)
        return next_move(Situation(self.state, self.now, self.case, criteria, intent, told, near or {}))

    def speak(self, move: Move) -> Move:
        self.moves.append(move)
        text = move.ask or move.kind.value
        self.add(
            Spoke(
                self.now,
                text,
                move.kind,
                move.step,
                criterion=move.criterion,
                probe=move.probe,
                curveball=move.curveball,
                warning=move.warning,
                asked=move.ask,
            )
        )
        return move

    def answer(
        self,
        intent: Intent = Intent.STATEMENT,
        *,
        told: bool = False,
        covers: tuple[str, ...] = (),
        seconds: float = 20,
        near: dict[str, float] | None = None,
    ) -> Move:
        """Let the candidate answer, and the interviewer go on."""
        if not self.moves:
            self.speak(self.decide())
        self.now += seconds
        turn = len(self.state.turns)
        self.add(Answered(self.now, f"a{turn}", "x"))
        self.add(Heard(self.now, intent, tuple(Covered(c, Evidence(turn, 0, 1, "x")) for c in covers)))
        return self.speak(self.decide(intent, told, near))

    def go_to(self, step: Step) -> "Talk":
        while self.state.step < step:
            self.answer(Intent.MOVE_ON)
        return self


def test_the_interview_opens_before_anything_else() -> None:
    assert Talk().decide() == Move(MoveKind.OPEN, Step.CLARIFY)


def test_the_heaviest_criterion_is_probed_first() -> None:
    move = Talk().answer()

    assert (move.kind, move.criterion, move.probe, move.ask) == (MoveKind.PROBE, "heavy-1", 0, "heavy-1 0?")


def test_among_equals_the_one_nearest_to_what_was_said_is_probed() -> None:
    case = replace(SMALL, criteria=(criterion("a", Step.CLARIFY), criterion("b", Step.CLARIFY)))

    assert Talk(case=case).answer(near={"a": 0.1, "b": 0.9}).criterion == "b"
    assert Talk(case=case).answer().criterion == "a"


def test_a_heavy_criterion_that_was_missed_is_probed_again_from_another_side() -> None:
    talk = Talk()
    talk.answer()

    assert talk.answer().ask == "heavy-1 1?"


def test_two_failed_probes_bring_a_hint_and_then_the_interview_moves_on() -> None:
    talk = Talk()
    talk.answer()
    talk.answer()
    hint, after = talk.answer(), talk.answer()

    assert (hint.kind, hint.criterion) == (MoveKind.HINT, "heavy-1")
    assert after.criterion != "heavy-1"


def test_a_light_criterion_that_was_missed_is_left_for_another() -> None:
    talk = Talk()
    talk.answer(covers=("heavy-1", "middle-1"))

    assert talk.moves[-1].criterion == "light-1"
    assert talk.answer().criterion != "light-1" or talk.moves[-1].probe == 1


def test_a_criterion_with_one_probe_is_not_probed_twice() -> None:
    talk = Talk()
    talk.answer(covers=("heavy-1", "light-1"))
    talk.answer()
    talk.answer()

    assert [m.criterion for m in talk.moves if m.probe is not None and m.criterion == "middle-1"] == ["middle-1"]


def test_what_was_covered_early_is_not_asked_for() -> None:
    talk = Talk()
    talk.answer(covers=("heavy-2", "middle-2"))
    talk.go_to(Step.FRAME)

    assert talk.answer().criterion == "light-2"


def test_a_step_in_which_everything_is_covered_is_over() -> None:
    move = Talk().answer(covers=("heavy-1", "middle-1", "light-1"))

    assert (move.kind, move.step, move.why) == (MoveKind.ADVANCE, Step.FRAME, "covered")
    assert move.ask in SMALL.asks[Step.FRAME]


def test_the_last_step_ends_in_a_close() -> None:
    talk = Talk().go_to(Step.MONITOR)
    move = talk.answer(covers=("heavy-7", "middle-7", "light-7"))

    assert (move.kind, move.why) == (MoveKind.CLOSE, "end")


def test_criteria_above_the_level_are_not_asked_for() -> None:
    for level, asked in ((Level.SENIOR, False), (Level.STAFF, True)):
        talk = Talk(Plan("small", level, 180))
        for _ in range(12):
            talk.answer(seconds=1)
        assert any(m.criterion == "staff-1" for m in talk.moves) is asked


# --------------------------------------------------------------------------------------------------------------- clock


def test_a_step_ends_when_its_time_is_over() -> None:
    talk = Talk()
    talk.answer(seconds=10)
    move = talk.answer(seconds=300)

    assert (move.kind, move.step, move.why) == (MoveKind.ADVANCE, Step.FRAME, "time")


def test_what_one_step_saves_the_next_may_use() -> None:
    talk = Talk().go_to(Step.FRAME)

    assert talk.answer(seconds=250).kind is not MoveKind.ADVANCE
    assert talk.answer(seconds=300).why == "time"


def test_when_the_time_is_up_the_interview_closes_whatever_was_said() -> None:
    for intent in Intent:
        talk = Talk()
        talk.answer()
        for _ in range(4):
            talk.now += 599
            talk.add(Heard(talk.now, Intent.STATEMENT))
        move = talk.answer(intent, told=True, seconds=500)
        assert (move.kind, move.why) == (MoveKind.CLOSE, "time")


def test_a_step_has_a_limited_number_of_questions() -> None:
    talk = Talk(Plan("small", Level.STAFF, 45))
    while talk.state.step is Step.CLARIFY:
        talk.answer(seconds=1)
    asked = [m for m in talk.moves if m.step is Step.CLARIFY]

    assert len(asked) <= questions_for(Step.CLARIFY, 45)


@pytest.mark.parametrize("minutes", LENGTHS)
def test_a_longer_step_has_more_questions(minutes: int) -> None:
    counts = {s: questions_for(s, minutes) for s in ALL_STEPS}

    assert min(counts.values()) >= 2
    assert counts[Step.MODEL] >= counts[Step.FRAME]
    assert all(counts[s] <= questions_for(s, 60) for s in ALL_STEPS)


def test_time_warnings_come_once_and_in_order() -> None:
    talk = Talk(Plan("small", Level.STAFF, 45))
    while talk.moves[-1:] == [] or talk.moves[-1].kind is not MoveKind.CLOSE:
        talk.answer(seconds=45)
        left = talk.state.length - talk.state.clock(talk.now)
        if talk.moves[-1].warning == "ten-minutes":
            assert 300 < left <= 600
        if talk.moves[-1].warning == "last-minutes":
            assert left <= 300

    given_warnings = [m.warning for m in talk.moves if m.warning]
    assert given_warnings in (["ten-minutes", "last-minutes"], ["ten-minutes"], [])


def test_a_slow_candidate_gets_both_warnings() -> None:
    talk = Talk(Plan("small", Level.STAFF, 45))
    for _ in range(44):
        if talk.moves and talk.moves[-1].kind is MoveKind.CLOSE:
            break
        talk.answer(Intent.QUESTION, told=True, seconds=60)

    assert [m.warning for m in talk.moves if m.warning] == ["ten-minutes", "last-minutes"]


def test_a_short_interview_gets_only_the_last_warning() -> None:
    talk = Talk(Plan("small", Level.MID, 20, Mode.QUICK))
    for _ in range(20):
        if talk.moves and talk.moves[-1].kind is MoveKind.CLOSE:
            break
        talk.answer(Intent.QUESTION, told=True, seconds=60)

    assert [m.warning for m in talk.moves if m.warning] == ["last-minutes"]


# ------------------------------------------------------------------------------------------------------------ reactions


@pytest.mark.parametrize("intent", [Intent.OFF_TOPIC, Intent.INSTRUCTION, Intent.KEYWORDS])
def test_a_candidate_who_strays_is_led_back_twice_in_a_row_at_most(intent: Intent) -> None:
    talk = Talk()
    talk.answer()
    kinds = [talk.answer(intent).kind for _ in range(4)]

    assert kinds[:2] == [MoveKind.REDIRECT, MoveKind.REDIRECT]
    assert kinds[2] is not MoveKind.REDIRECT
    assert talk.answer(Intent.STATEMENT).kind is not MoveKind.REDIRECT
    assert talk.answer(intent).kind is MoveKind.REDIRECT


def test_being_led_back_keeps_the_question() -> None:
    talk = Talk()
    asked = talk.answer()
    talk.answer(Intent.OFF_TOPIC)

    assert (talk.state.focus, talk.state.question) == (asked.criterion, asked.ask)
    assert talk.answer(Intent.REPEAT).ask == asked.ask


def test_a_question_that_can_be_answered_is_answered() -> None:
    talk = Talk()
    talk.answer()

    assert talk.answer(Intent.QUESTION, told=True).kind is MoveKind.ANSWER
    assert talk.answer(Intent.QUESTION, told=False).kind is not MoveKind.ANSWER


def test_a_question_is_asked_again_in_the_same_words() -> None:
    talk = Talk()
    asked = talk.answer()
    again = talk.answer(Intent.REPEAT)

    assert (again.kind, again.ask, again.why) == (MoveKind.ANSWER, asked.ask, "repeat")


def test_before_any_question_there_is_nothing_to_repeat() -> None:
    talk = Talk()

    assert talk.answer(Intent.REPEAT).kind is MoveKind.PROBE


def test_a_candidate_who_wants_to_go_on_goes_on() -> None:
    move = Talk().answer(Intent.MOVE_ON)

    assert (move.kind, move.step, move.why) == (MoveKind.ADVANCE, Step.FRAME, "asked")


def test_a_stuck_candidate_gets_one_hint_for_a_criterion() -> None:
    talk = Talk()
    asked = talk.answer()
    first, second = talk.answer(Intent.STUCK), talk.answer(Intent.STUCK)

    assert (first.kind, first.criterion) == (MoveKind.HINT, asked.criterion)
    assert second.criterion != asked.criterion


def test_three_empty_answers_in_a_row_end_the_step() -> None:
    talk = Talk()
    talk.answer()
    kinds = [talk.answer(Intent.STUCK) for _ in range(3)]

    assert (kinds[-1].kind, kinds[-1].why) == (MoveKind.ADVANCE, "stuck")
    assert talk.state.stuck == 0


def test_a_stuck_candidate_gets_no_hint_for_what_was_shown() -> None:
    talk = Talk()
    asked = talk.answer()
    move = talk.answer(Intent.STUCK, covers=(asked.criterion or "",))

    assert move.kind is not MoveKind.HINT


# ----------------------------------------------------------------------------------------------------------- curveballs


@pytest.mark.parametrize("level", Level)
def test_curveballs_are_for_staff_level(level: Level, video: Case) -> None:
    planned = planned_curveballs(video, Plan(video.slug, level, 45))

    assert len(planned) == (2 if level is Level.STAFF else 0)


@pytest.mark.parametrize("seed", range(8))
def test_two_different_curveballs_are_planned_by_the_seed(case: Case, seed: int) -> None:
    planned = planned_curveballs(case, Plan(case.slug, Level.STAFF, 45, seed=seed))

    assert len({b.id for b in planned}) == 2
    assert [b.step for b in planned] == sorted(b.step for b in planned)


def test_every_curveball_has_its_turn(case: Case) -> None:
    plans = [Plan(case.slug, Level.STAFF, 45, seed=seed) for seed in range(12)]

    assert {b.id for p in plans for b in planned_curveballs(case, p)} == {b.id for b in case.curveballs}


def test_a_drill_gets_only_the_curveballs_of_its_steps(video: Case) -> None:
    plan = Plan(video.slug, Level.STAFF, 20, Mode.DRILL, (Step.SERVE,))

    assert {b.step for b in planned_curveballs(video, plan)} == {Step.SERVE}
    assert planned_curveballs(video, replace(plan, steps=(Step.CLARIFY,))) == ()


def test_a_curveball_comes_late_in_its_step_and_once() -> None:
    talk = Talk(Plan("small", Level.STAFF, 45)).go_to(Step.MODEL)
    moves = [talk.answer(seconds=5) for _ in range(6)]
    thrown = [i for i, m in enumerate(moves) if m.curveball]

    assert len(thrown) == 1
    assert thrown[0] >= 1
    assert (moves[thrown[0]].kind, moves[thrown[0]].ask) == (MoveKind.CURVEBALL, "And now?")
    assert moves[thrown[0]].criterion == "staff-4"


# --------------------------------------------------------------------------------------------------- whatever happens


@given(
    level=st.sampled_from(Level),
    minutes=st.sampled_from(LENGTHS),
    seed=st.integers(0, 9),
    steps=st.sets(st.sampled_from(Step), min_size=1),
    data=st.data(),
)
def test_whatever_the_candidate_does_the_rules_hold(
    video: Case, level: Level, minutes: int, seed: int, steps: set[Step], data: st.DataObject
) -> None:
    full = data.draw(st.booleans())
    plan = Plan(
        video.slug,
        level,
        minutes,
        Mode.FULL if full else Mode.DRILL,
        ALL_STEPS if full else tuple(sorted(steps)),
        seed=seed,
    )
    criteria = video.for_level(plan.level, plan.steps)
    names = st.sampled_from([c.id for c in criteria])
    behaviour = st.tuples(
        st.sampled_from([Intent.STATEMENT] * 8 + list(Intent)),
        st.booleans(),
        st.lists(names, max_size=2).map(tuple),
        st.sampled_from([15.0, 40.0, 90.0, 200.0]),
    )
    script = data.draw(st.lists(behaviour, min_size=1, max_size=30))
    talk = Talk(plan, video)
    redirects = 0
    for i in range(400):
        intent, told, covers, seconds = script[i % len(script)]
        late = not talk.moves or talk.state.clock(talk.now + seconds) >= talk.state.length
        covered_before = set(talk.state.covered) | set(covers)
        move = talk.answer(intent, told=told, covers=covers, seconds=seconds)
        if move.kind in (MoveKind.PROBE, MoveKind.HINT):
            assert move.criterion not in covered_before
        assert move.ask is None or move.ask.count("?") == 1
        assert move.criterion is None or move.criterion in {c.id for c in criteria}
        redirects = redirects + 1 if move.kind is MoveKind.REDIRECT else 0
        assert redirects <= 2
        if move.kind is MoveKind.CLOSE:
            break
        assert not late or i == 0
    moves = talk.moves

    assert moves[-1].kind is MoveKind.CLOSE
    probes = [(m.criterion, m.probe) for m in moves if m.probe is not None]
    assert len(probes) == len(set(probes))
    asked = Counter(m.criterion for m in moves if m.kind in (MoveKind.PROBE, MoveKind.CURVEBALL))
    assert max(asked.values(), default=0) <= 2
    hints = Counter(m.criterion for m in moves if m.kind is MoveKind.HINT)
    assert max(hints.values(), default=0) <= 1
    warnings = [m.warning for m in moves if m.warning]
    assert len(warnings) == len(set(warnings))
    balls = [m.curveball for m in moves if m.curveball]
    assert len(balls) == len(set(balls)) <= (2 if level is Level.STAFF else 0)
    visited = [m.step for m in moves]
    assert visited == sorted(visited)
    assert set(visited) <= set(plan.steps)
    for before, after in pairwise(visited):
        if before is not after:
            assert plan.steps.index(after) == plan.steps.index(before) + 1
