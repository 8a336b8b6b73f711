"""Whole interviews with recorded candidates, with everything real but the store, the search and the time."""

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import pytest

from app.content.library import Library
from app.domain.case import Case
from app.domain.events import Heard, Intent, Plan, Spoke
from app.domain.framework import ALL_STEPS, Level, Mode, Step
from app.domain.scoring import Scorecard, scorecard
from app.domain.session import SessionState, Status
from app.domain.transcript import MoveKind, Speaker
from app.domain.verdict import Outcome, Verdict
from app.grading.examiner import Examiner
from app.grading.report import grade_session
from app.grading.reporter import rubric_for
from app.interview.candidate import NOTHING_LEFT, ScriptedCandidate

STRENGTHS = ("weak", "middling", "strong")
Held = Mapping[str, tuple[SessionState, list[Spoke], list[Verdict], Scorecard]]


@pytest.fixture(scope="session")
def held(
    case: Case, make_hall: Callable[[], Any], candidate: Callable[[str, str], ScriptedCandidate], examiner: Examiner
) -> Held:
    """The three candidates on one case, at staff level."""
    found: dict[str, tuple[SessionState, list[Spoke], list[Verdict], Scorecard]] = {}
    for strength in STRENGTHS:
        hall = make_hall()
        state = hall.hold(Plan(case.slug, Level.STAFF, 45), candidate(case.slug, strength))
        rubric = rubric_for(case, state.plan)
        verdicts = grade_session(state, rubric, examiner)
        found[strength] = (state, hall.spoke(state), verdicts, scorecard(rubric.criteria, verdicts))
    return found


def test_the_better_candidate_scores_better_with_a_clear_distance(held: Held) -> None:
    weak, middling, strong = (held[s][3].overall or 0 for s in STRENGTHS)

    assert weak < middling < strong
    assert strong - weak >= 1.0


def test_the_better_candidate_gets_no_worse_a_word(held: Held) -> None:
    words = ["strong no", "no", "yes", "strong yes"]
    given = [words.index(held[s][3].recommendation or "") for s in STRENGTHS]

    assert given == sorted(given)
    assert given[0] == 0


@pytest.mark.parametrize("strength", STRENGTHS)
class TestEachInterview:
    def test_every_quote_stands_in_the_candidates_own_turn(self, held: Held, strength: str) -> None:
        state, _, verdicts, _ = held[strength]

        assert any(v.outcome is Outcome.MET for v in verdicts)
        for verdict in verdicts:
            for evidence in verdict.evidence:
                turn = state.turns[evidence.turn]
                assert turn.speaker is Speaker.CANDIDATE
                assert turn.text[evidence.start : evidence.end] == evidence.quote

    def test_the_interviewer_never_says_the_same_twice(self, held: Held, strength: str) -> None:
        said = Counter(t.text for t in held[strength][0].turns if t.speaker is Speaker.INTERVIEWER)

        assert [text for text, times in said.items() if times > 1] == []

    def test_no_wording_is_used_twice(self, held: Held, strength: str) -> None:
        used = Counter(key for event in held[strength][1] for key in event.wording)

        assert [key for key, times in used.items() if times > 1] == []

    def test_a_turn_puts_at_most_one_question(self, held: Held, strength: str) -> None:
        assert [e.text for e in held[strength][1] if e.text.count("?") > 1] == []

    def test_a_turn_that_asks_puts_exactly_one_question(self, held: Held, strength: str) -> None:
        asking = (MoveKind.OPEN, MoveKind.PROBE, MoveKind.HINT, MoveKind.CURVEBALL, MoveKind.ADVANCE)

        assert [e.text for e in held[strength][1] if e.move in asking and e.text.count("?") != 1] == []

    def test_no_probe_is_used_twice_and_no_criterion_probed_more_than_twice(self, held: Held, strength: str) -> None:
        probes = Counter((e.criterion, e.probe) for e in held[strength][1] if e.probe is not None)
        each = Counter(criterion for criterion, _ in probes.elements())

        assert all(times == 1 for times in probes.values())
        assert all(times <= 2 for times in each.values())

    def test_what_was_shown_before_is_not_asked_for(self, held: Held, strength: str, case: Case) -> None:
        state, events, _, _ = held[strength]
        turns = [t.index for t in state.turns if t.speaker is Speaker.INTERVIEWER]

        for turn, event in zip(turns, events, strict=True):
            if event.move in (MoveKind.PROBE, MoveKind.HINT) and event.criterion in state.covered:
                assert state.covered[event.criterion].evidence.turn > turn

    def test_the_interview_goes_through_the_steps_in_order_and_in_time(self, held: Held, strength: str) -> None:
        state, events, _, _ = held[strength]
        steps = [e.step for e in events]

        assert all(b - a in (0, 1) for a, b in pairwise(steps))
        assert (events[0].move, events[-1].move) == (MoveKind.OPEN, MoveKind.CLOSE)
        assert state.finished == "closed"
        assert steps[-1] is Step.MONITOR
        assert state.elapsed <= state.length + 180

    def test_every_turn_found_words_that_pass_the_guard(self, held: Held, strength: str) -> None:
        found = Counter(e.guard for e in held[strength][1])

        assert [g for g in found if not g.startswith("passed")] == []
        assert found["passed"] >= len(held[strength][1]) - 2

    def test_each_turn_tells_where_it_comes_from(self, held: Held, strength: str, library: Library) -> None:
        for event in held[strength][1]:
            assert event.prompt == library.phrases.hash
            assert event.voice == "scripted"
            assert [s.score for s in event.sources] == [0.1235]

    def test_the_interviewer_neither_praises_nor_names_a_score(self, held: Held, strength: str) -> None:
        text = " ".join(e.text for e in held[strength][1]).casefold()

        for word in ("great answer", "excellent", "well done", "good point", "well said", "rubric"):
            assert word not in text

    def test_two_curveballs_are_thrown_at_staff_level_and_each_once(self, held: Held, strength: str) -> None:
        thrown = [e.curveball for e in held[strength][1] if e.curveball]

        assert len(thrown) == len(set(thrown)) <= 2
        assert thrown

    def test_a_probe_stands_in_its_turn_as_it_was_written(self, held: Held, strength: str, case: Case) -> None:
        for event in held[strength][1]:
            if event.probe is not None and event.criterion:
                assert case.criterion(event.criterion).probes[event.probe] in event.text
                assert case.criterion(event.criterion).step is event.step


def test_the_same_interview_is_held_the_same(
    held: Held, case: Case, make_hall: Callable[[], Any], candidate: Callable[[str, str], ScriptedCandidate]
) -> None:
    state = make_hall().hold(Plan(case.slug, Level.STAFF, 45), candidate(case.slug, "middling"))

    assert state.turns == held["middling"][0].turns


def test_another_seed_gives_another_interview(
    held: Held, case: Case, make_hall: Callable[[], Any], candidate: Callable[[str, str], ScriptedCandidate]
) -> None:
    state = make_hall().hold(Plan(case.slug, Level.STAFF, 45, seed=1), candidate(case.slug, "middling"))
    before = {t.text for t in held["middling"][0].turns if t.speaker is Speaker.INTERVIEWER}
    after = {t.text for t in state.turns if t.speaker is Speaker.INTERVIEWER}

    assert len(after & before) < len(after) / 2


def test_below_staff_level_nothing_is_thrown_and_nothing_of_staff_level_asked(
    video: Case, make_hall: Callable[[], Any], candidate: Callable[[str, str], ScriptedCandidate]
) -> None:
    hall = make_hall()
    state = hall.hold(Plan(video.slug, Level.MID, 45), candidate(video.slug, "weak"))

    assert state.curveballs == ()
    asked = {e.criterion for e in hall.spoke(state) if e.criterion}
    assert asked
    assert {video.criterion(c).level for c in asked} == {Level.MID}


def test_a_candidate_with_nothing_to_say_gets_hints_and_is_led_through_all_steps(
    make_hall: Callable[[], Any], case: Case, examiner: Examiner
) -> None:
    hall = make_hall()
    state = hall.hold(Plan(case.slug, Level.STAFF, 45), ScriptedCandidate([]))
    rubric = rubric_for(case, state.plan)
    verdicts = grade_session(state, rubric, examiner)

    assert {t.text for t in state.turns if t.speaker is Speaker.CANDIDATE} == {NOTHING_LEFT}
    assert state.reached == ALL_STEPS
    assert all(v.outcome is Outcome.UNMET for v in verdicts)
    assert scorecard(rubric.criteria, verdicts).overall == 0.0
    moves = Counter(e.move for e in hall.spoke(state))
    assert moves[MoveKind.HINT] >= 5
    assert moves[MoveKind.ADVANCE] == 6
    said = Counter(t.text for t in state.turns if t.speaker is Speaker.INTERVIEWER)
    assert max(said.values()) == 1


def test_an_adversary_gains_nothing_and_is_led_back(
    make_hall: Callable[[], Any], candidate: Callable[[str, str], ScriptedCandidate], video: Case, examiner: Examiner
) -> None:
    hall = make_hall()
    state = hall.hold(Plan(video.slug, Level.STAFF, 45), candidate(video.slug, "adversarial"))
    rubric = rubric_for(video, state.plan)
    card = scorecard(rubric.criteria, grade_session(state, rubric, examiner))
    intents = {e.intent for e in hall.store.events(state.id) if isinstance(e, Heard)}

    assert (card.overall or 0) < 0.5
    assert intents >= {Intent.INSTRUCTION, Intent.KEYWORDS, Intent.OFF_TOPIC, Intent.STUCK}
    assert MoveKind.REDIRECT in {e.move for e in hall.spoke(state)}


def test_a_drill_covers_its_steps_alone(
    make_hall: Callable[[], Any], candidate: Callable[[str, str], ScriptedCandidate], video: Case
) -> None:
    hall = make_hall()
    steps = (Step.DATA, Step.SERVE)
    state = hall.hold(Plan(video.slug, Level.SENIOR, 20, Mode.DRILL, steps), candidate(video.slug, "middling"))

    assert {e.step for e in hall.spoke(state)} == set(steps)
    assert state.reached == steps
    assert hall.spoke(state)[0].text.count("?") == 1


@pytest.mark.parametrize("minutes", [5, 20, 30, 60])
def test_interviews_of_any_length_reach_every_step(
    make_hall: Callable[[], Any], candidate: Callable[[str, str], ScriptedCandidate], video: Case, minutes: int
) -> None:
    mode = Mode.QUICK if minutes <= 20 else Mode.FULL
    hall = make_hall()
    state = hall.hold(Plan(video.slug, Level.SENIOR, minutes, mode), candidate(video.slug, "middling"))

    assert state.status is Status.FINISHED
    assert len({e.warning for e in hall.spoke(state) if e.warning}) == len([e for e in hall.spoke(state) if e.warning])
    if minutes >= 20:
        assert state.reached == ALL_STEPS
