import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from app.domain.events import Faltered, Spoke, Switched
from app.domain.session import SessionState, Status
from app.domain.transcript import MoveKind, Speaker
from app.errors import InterviewerError
from app.grading.render import as_html, as_json, as_markdown
from app.interview.speaking import Delta, Withdrawn
from evals import doubles
from evals.doubles import Act, Call

ANSWER = "I would first want to know how the catalogue is split, since scoring all of it is out of the question."
FAULTS: dict[str, tuple[Act, str]] = {
    "401": (doubles.WITHOUT_KEY, "refuses the key"),
    "404": (doubles.WITHOUT_MODEL, "has no model"),
    "429": (doubles.limited(0.05), "wants fewer calls"),
    "500": (doubles.OVERLOADED, "failed with status 500"),
    "context": (doubles.TOO_LONG, "does not fit into the context"),
    "filtered": (doubles.FILTERED, "will not answer this prompt"),
    "hangs": (doubles.HANGS, "sent nothing for"),
    "stalls": (doubles.STALLS, "stopped in the middle"),
    "cut": (doubles.CUT, "broke off in the middle"),
    "unfinished": (doubles.UNFINISHED, "broke off in the middle"),
    "error event": (doubles.BROKEN_STREAM, "has crashed"),
    "malformed": (doubles.MALFORMED, "no reply"),
    "no choices": (doubles.NO_CHOICES, "no reply"),
    "web page": (doubles.WEB_PAGE, "no reply"),
}
MOVES = {"first": MoveKind.OPEN, "middle": MoveKind.PROBE, "last": MoveKind.CLOSE}


def until(room: Any, when: str) -> SessionState:
    """Hold an interview up to the turn that is to fail."""
    state = room.start()
    if when == "first":
        return state
    state = room.reply(state)
    return room.accept(state, ANSWER, seconds=30 if when == "middle" else 3600)


def fail(room: Any, state: SessionState, act: Act) -> str:
    room.double.always = act
    with pytest.raises(InterviewerError) as told:
        room.reply(state)
    room.double.always = None
    return str(told.value)


@pytest.mark.parametrize("when", MOVES)
@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_the_session_waits_with_the_cause_and_a_retry_goes_on(room: Any, fault: str, when: str) -> None:
    act, message = FAULTS[fault]
    before = until(room, when)
    committed = room.events(before)
    told = fail(room, before, act)
    waiting = room.state(before)
    events = room.events(before)

    assert waiting.status is Status.AWAITING_INTERVIEWER
    assert waiting.cause is not None and message in waiting.cause and waiting.cause in told
    assert "\n" not in told
    assert waiting.turns == before.turns
    assert events[:-1] == committed and isinstance(events[-1], Faltered)

    after = room.reply(waiting)
    spoken = room.spoke(after)
    assert (spoken.voice, spoken.move, spoken.model) == ("model", MOVES[when], doubles.MODEL)
    assert after.turns[:-1] == before.turns and after.cause is None
    assert after.status is (Status.FINISHED if when == "last" else Status.AWAITING_ANSWER)


@pytest.mark.parametrize("when", MOVES)
@pytest.mark.parametrize("fault", ["401", "stalls", "malformed"])
def test_after_a_fault_the_candidate_may_go_on_with_the_scripted_voice(room: Any, fault: str, when: str) -> None:
    before = until(room, when)
    fail(room, before, FAULTS[fault][0])
    calls = len(room.double.calls)
    room.application.interviewer.switch(before.id, "scripted")
    after = room.reply(before)
    spoken = room.spoke(after)

    assert (spoken.voice, spoken.move, spoken.model) == ("scripted", MOVES[when], None)
    assert any(isinstance(e, Switched) and e.voice == "scripted" for e in room.events(after))
    assert after.turns[:-1] == before.turns
    assert len(room.double.calls) == calls
    if when != "last":
        again = room.reply(room.accept(after, ANSWER))
        assert room.spoke(again).voice == "scripted"


def test_nobody_changes_the_voice_but_the_candidate(room: Any) -> None:
    state = until(room, "middle")
    for act in (doubles.OVERLOADED, doubles.CUT, doubles.HANGS):
        fail(room, state, act)
    after = room.reply(state)
    assert after.plan.voice == room.spoke(after).voice == "model"
    assert len([e for e in room.events(state) if isinstance(e, Faltered)]) == 3


@pytest.mark.parametrize("act", [doubles.limited(0.05), doubles.OVERLOADED])
def test_a_fault_that_passes_within_the_tries_is_never_noticed(
    room: Any, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried: Any = type(room.application.models).open.__globals__
    monkeypatch.setitem(hurried, "HURRIED", replace(hurried["HURRIED"], retries=1, first_token=2.0))
    room.double.then(act)
    after = room.reply(until(room, "first"))
    assert (after.status, room.spoke(after).guard, len(room.double.calls)) == (Status.AWAITING_ANSWER, "passed", 2)


PLANTED: dict[str, tuple[str, str]] = {
    "leak": ("You narrow it down somehow. With a two-tower model, what comes after it?", "tower"),
    "several questions": ("Which stage comes first? And which one after it?", "it?"),
    "no question": ("Tell me more about the stages.", ""),
    "praise": ("That is a great answer. Which stage comes next?", "great"),
    "score": ("My rubric has something else. Which stage comes next?", "rubric"),
    "out of role": ("Speaking as an AI I wonder: which stage comes next?", "AI"),
    "empty": ("", ""),
    "other language": ("Und wie wollen Sie dann bitte die vielen Videos schnell durchsuchen?", "durchsuchen"),
    "markup": ("Let us see. **Stages** matter. Which comes next?", "*"),
    "invented figure": ("Say that you have 735 million videos. Which stage comes next?", "735"),
    "too long": ("So " + "you go on and on " * 40 + "and then?", "then"),
}


def given_out(room: Any) -> list[str]:
    """What was heard, wording by wording."""
    parts = [""]
    for piece in room.heard:
        if isinstance(piece, Withdrawn):
            parts.append("")
        if isinstance(piece, Delta):
            parts[-1] += piece.text
    return parts


def plain(call: Call) -> str:
    return doubles.obedient(call)


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_never_heard_and_the_second_wording_is_spoken(room: Any, fault: str) -> None:
    text, word = PLANTED[fault]
    state = until(room, "middle")
    room.double.then(Act(text))
    after = room.reply(state)
    parts = given_out(room)

    assert room.spoke(after).guard == f"passed after {fault}"
    assert parts[-1].strip() == room.turn().text == after.turns[-1].text
    assert not word or all(word not in part for part in parts)
    assert all(text.startswith(part) for part in parts[:-1])
    assert "could not be used" in room.double.calls[-1].prompt
    assert room.spoke(after).model == doubles.MODEL


@pytest.mark.parametrize("fault", PLANTED)
def test_a_fault_that_comes_again_is_answered_with_the_curated_text(room: Any, fault: str) -> None:
    text, word = PLANTED[fault]
    state = until(room, "middle")
    calls = len(room.double.calls)
    room.double.then(Act(text), Act(text))
    after = room.reply(state)
    spoken = room.spoke(after)
    parts = given_out(room)

    assert spoken.guard == f"curated text after {fault}"
    assert parts[-1].strip() == spoken.text and spoken.asked and spoken.asked in spoken.text
    assert not word or all(word not in part for part in parts)
    assert len(room.double.calls) == calls + 2


def test_a_question_that_was_put_before_is_not_put_again(room: Any) -> None:
    state = room.reply(room.accept(room.reply(room.start()), ANSWER))
    before = next(t for t in reversed(state.turns) if t.speaker is Speaker.INTERVIEWER)
    room.double.then(Act(before.text))
    after = room.reply(room.accept(state, "I would keep to that, as I said before."))
    assert room.spoke(after).guard == "passed after repeat"
    assert after.turns[-1].text != before.text


@pytest.mark.parametrize(
    ("act", "guard"),
    [
        (doubles.ENDLESS, "too long"),
        (doubles.RUNNING_AWAY, "too long"),
        (doubles.HUGE, "too long"),
        (Act("<think>It wants the two-tower model.</think>"), "empty"),
    ],
)
def test_a_reply_without_end_or_content_is_answered_with_the_curated_text(room: Any, act: Act, guard: str) -> None:
    state = until(room, "middle")
    room.double.then(act, act)
    after = room.reply(state)
    assert room.spoke(after).guard == f"curated text after {guard}"
    assert "tower" not in "".join(given_out(room))


def test_one_huge_word_is_a_fault_of_the_server(room: Any) -> None:
    assert "does not honour max_tokens" in fail(room, until(room, "middle"), doubles.HUGE_WORD)


@pytest.mark.parametrize(
    "act",
    [
        Act("<think>The two-tower model is what it lacks.</think>Which stage comes first?"),
        Act("Which stage comes first?", reasoning="The two-tower model is what it lacks."),
    ],
)
def test_thoughts_are_never_heard(room: Any, act: Act) -> None:
    state = until(room, "middle")
    room.double.then(act)
    after = room.reply(state)
    assert room.spoke(after).guard == "passed"
    assert given_out(room) == ["Which stage comes first?"] and after.turns[-1].text == "Which stage comes first?"


def test_unmarked_thoughts_are_taken_back_and_held_back_from_then_on(room: Any) -> None:
    state = until(room, "middle")
    opened: Callable[..., Any] = room.application.models.open
    model = opened(room.application.models.profile_for("interviewer"))
    room.application.models.open = lambda _: model
    try:
        room.double.always = Act("The candidate is vague so far. </think>\n\nWhich stage comes first?")
        after = room.reply(state)
    finally:
        del room.application.models.open
    assert room.spoke(after).guard == "passed after markup"
    assert given_out(room)[-1] == "Which stage comes first?"


def test_every_prompt_has_a_limit_and_grows_at_its_end_alone(room: Any) -> None:
    state = room.reply(room.start())
    for _ in range(4):
        state = room.reply(room.accept(state, ANSWER))
    calls = room.double.calls
    assert all(0 < (c.limit or 0) <= 300 for c in calls)
    for earlier, later in pairwise(calls):
        kept = earlier.messages[:-1]
        assert later.messages[: len(kept)] == kept


def test_a_whole_interview_with_faults_on_its_way_shows_the_key_nowhere(
    room: Any, caplog: pytest.LogCaptureFixture
) -> None:
    key = room.application.models.endpoint(room.application.models.profile_for("interviewer")).key.get_secret_value()
    assert key
    acts = [replace(act, message=f"{act.message}: you sent {key}") for act, _ in FAULTS.values() if act.hang is None]
    with caplog.at_level(logging.DEBUG):
        state = room.accept(room.reply(room.start()), ANSWER)
        for act in acts:
            fail(room, state, act)
        state = room.reply(state)
        while state.status is not Status.FINISHED:
            state = room.reply(room.accept(state, ANSWER))
    report = room.application.reporter.report(state.id)
    pages = [as_json(report), as_html(report), as_markdown(report)]
    files = [p for p in room.application.settings.data_dir.rglob("*") if p.is_file()]

    assert any("sqlite" in p.name for p in files)
    assert not any(key.encode() in p.read_bytes() for p in files)
    assert not any(key in page for page in pages)
    assert key not in caplog.text
    assert key not in repr(room.events(state))
    assert all(e.voice == "model" for e in room.events(state) if isinstance(e, Spoke))
