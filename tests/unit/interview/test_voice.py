import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from app.content.library import Library
from app.domain.case import Case
from app.domain.events import Answered, Intent, Plan, Spoke, Started
from app.domain.framework import Level, Mode, Step
from app.domain.session import SessionState, apply, fold
from app.domain.transcript import MoveKind
from app.interview.facts import Reply
from app.interview.policy import Move
from app.interview.scripted import ScriptedVoice
from app.interview.voice import Brief, Utterance

T0 = 1_700_000_000.0
SPOKEN = [
    "open",
    "open-drill",
    "tell",
    "tell-next",
    "tell-again",
    "accept",
    "left-open",
    "more-questions",
    "warn-ten-minutes",
    "warn-last-minutes",
    "repeat",
    "carry-on",
    "no-worry",
    "ack-ahead",
    "ack-covered",
    "ack-quote",
    "ack-topic-quote",
    "another-side",
    "leave-it",
    "hint",
    "curveball",
    "redirect-instruction",
    "redirect-keywords",
    "redirect-off-topic",
    "advance-asked",
    "advance-covered",
    "advance-stuck",
    "advance-time",
    "credit-early",
    "close-time",
    "close-end",
]


@pytest.fixture(scope="session")
def voice(library: Library) -> ScriptedVoice:
    return ScriptedVoice(library.phrases)


@pytest.fixture
def state() -> SessionState:
    plan = Plan("video-recommendation", Level.STAFF, 45, seed=5)
    question = Spoke(T0, "What then?", MoveKind.PROBE, Step.MODEL, criterion="loss-function", asked="What then?")
    return fold("s", [Started(T0, plan, "h"), question, Answered(T0 + 60, "a", "I would train two small towers.")])


@pytest.fixture
def brief(video: Case, state: SessionState) -> Brief:
    probe = video.criterion("simple-baseline").probes[0]
    move = Move(MoveKind.PROBE, Step.MODEL, "simple-baseline", 0, ask=probe)
    return Brief(move, state, T0 + 60, video, Intent.STATEMENT)


def test_every_kind_of_phrase_that_the_voice_names_is_in_the_book(library: Library) -> None:
    for name in SPOKEN:
        assert library.phrases.named(name)


@pytest.mark.parametrize("why", ["asked", "covered", "stuck", "time"])
def test_there_are_enough_ways_to_go_on_to_the_six_further_steps(library: Library, why: str) -> None:
    assert len(library.phrases.named(f"advance-{why}")) >= 6


def test_no_two_wordings_of_a_kind_are_the_same(library: Library) -> None:
    for wordings in library.phrases.phrases.values():
        assert len({w.text for w in wordings}) == len(wordings)


def test_the_curated_probe_is_spoken_as_it_is(voice: ScriptedVoice, brief: Brief) -> None:
    said = voice.compose(brief)

    assert said.text.endswith(brief.move.ask or "")
    assert (brief.move.ask or "") not in said.own


def test_the_same_turn_is_worded_the_same_and_another_attempt_or_seed_otherwise(
    voice: ScriptedVoice, brief: Brief
) -> None:
    brief = replace(brief, quote="two small towers")
    same = {voice.compose(brief).text for _ in range(3)}
    attempts = {voice.compose(replace(brief, attempt=n)).text for n in range(12)}
    seeds = {
        voice.compose(replace(brief, state=replace(brief.state, plan=replace(brief.state.plan, seed=n)))).text
        for n in range(12)
    }

    assert len(same) == 1
    assert len(attempts) >= 4
    assert len(seeds) >= 4


def test_a_wording_that_was_used_is_not_used_again(voice: ScriptedVoice, brief: Brief, library: Library) -> None:
    move = Move(MoveKind.ADVANCE, Step.EVALUATE, ask="Suppose it is trained. How do you find out?", why="covered")
    state, used = brief.state, Counter[str]()
    for _ in range(len(library.phrases.named("advance-covered"))):
        said = voice.compose(replace(brief, move=move, state=state))
        used.update(k for k in said.wording if k.startswith("advance-"))
        state = apply(state, Spoke(T0, said.text, MoveKind.ADVANCE, Step.EVALUATE, wording=said.wording))

    assert set(used.values()) == {1}


def test_what_must_be_said_is_said_even_if_no_wording_is_left(
    voice: ScriptedVoice, brief: Brief, library: Library
) -> None:
    every = frozenset(w.key for wordings in library.phrases.phrases.values() for w in wordings)
    told = replace(
        brief, state=replace(brief.state, wordings=every), replies=(Reply("scale", "100 million.", fact="u"),)
    )

    assert "100 million." in voice.compose(told).text
    assert voice.compose(told).text.endswith(brief.move.ask or "")


@pytest.mark.parametrize("seed", range(30))
def test_a_turn_of_any_kind_puts_one_question_at_most(
    voice: ScriptedVoice, brief: Brief, video: Case, seed: int
) -> None:
    state = replace(brief.state, plan=replace(brief.state.plan, seed=seed))
    ball = video.curveballs[0]
    moves = [
        Move(MoveKind.OPEN, Step.CLARIFY),
        Move(MoveKind.ANSWER, Step.MODEL),
        Move(MoveKind.ANSWER, Step.MODEL, ask="What then?", why="repeat"),
        brief.move,
        Move(MoveKind.HINT, Step.MODEL, "simple-baseline", warning="ten-minutes"),
        Move(MoveKind.CURVEBALL, Step.MODEL, ball.criterion, curveball=ball.id, ask=ball.ask),
        Move(MoveKind.REDIRECT, Step.MODEL),
        *(
            Move(MoveKind.ADVANCE, Step.EVALUATE, ask="How good is it?", why=w)
            for w in ("asked", "covered", "stuck", "time")
        ),
        Move(MoveKind.CLOSE, Step.MONITOR, why="time"),
    ]
    replies = (Reply("the scale", "100 million.", fact="users"), Reply("the team", "Six people."))
    for intent in Intent:
        for move in moves:
            told = () if move.kind in (MoveKind.OPEN, MoveKind.CLOSE) else replies
            for more in (
                Brief(move, state, T0, video, intent),
                Brief(move, state, T0, video, intent, told, more_questions=True),
            ):
                said = voice.compose(replace(more, quote="two small towers", early=(video.criteria[20],)))
                assert said.text.count("?") <= 1, said.text
                assert "{" not in said.text
                assert "  " not in said.text
                if move.kind in (MoveKind.HINT, MoveKind.CURVEBALL, MoveKind.ADVANCE, MoveKind.OPEN):
                    assert said.text.count("?") == 1


def test_facts_are_told_in_order_and_are_not_the_voices_own(voice: ScriptedVoice, brief: Brief) -> None:
    replies = (Reply("a", "First fact.", fact="a"), Reply("b", "Second fact.", fact="b"))
    said = voice.compose(replace(brief, move=Move(MoveKind.ANSWER, Step.MODEL), replies=replies))

    assert said.text.index("First fact.") < said.text.index("Second fact.")
    assert "fact" not in said.own


def test_a_fact_told_before_is_told_as_such(voice: ScriptedVoice, brief: Brief) -> None:
    replies = (Reply("a", "First fact.", fact="a", again=True),)
    said = voice.compose(replace(brief, move=Move(MoveKind.ANSWER, Step.MODEL), replies=replies))

    assert next(k.split("/")[0] for k in said.wording) == "tell-again"


def test_a_warning_names_the_minutes_that_are_left(voice: ScriptedVoice, brief: Brief) -> None:
    said = voice.compose(replace(brief, move=replace(brief.move, warning="ten-minutes"), now=T0 + 60))

    assert "44 minutes" in said.text


def test_the_opening_of_a_drill_names_its_steps(voice: ScriptedVoice, video: Case) -> None:
    plan = Plan(video.slug, Level.MID, 20, Mode.DRILL, (Step.DATA, Step.SERVE))
    state = fold("s", [Started(T0, plan, "h")])
    said = voice.compose(Brief(Move(MoveKind.OPEN, Step.DATA), state, T0, video, Intent.STATEMENT))

    assert "the data and serving" in said.text
    assert video.opening in said.text


def test_what_belongs_to_a_later_step_is_noted_and_led_back(voice: ScriptedVoice, brief: Brief, video: Case) -> None:
    said = voice.compose(replace(brief, new=(video.criterion("ab-test"),)))

    assert [k.split("/")[0] for k in said.wording] == ["ack-ahead"]
    assert "evaluation" in said.text


def test_what_is_said_ends_with_the_whole_of_it(voice: ScriptedVoice, brief: Brief) -> None:
    async def listen() -> list[str | Utterance]:
        return [piece async for piece in voice.say(brief)]

    *pieces, whole = asyncio.run(listen())

    assert isinstance(whole, Utterance)
    assert "".join(str(p) for p in pieces) in ("", whole.text)
    assert whole == voice.compose(brief)
    assert whole.prompt
