from collections.abc import Callable
from dataclasses import replace

import pytest

from app.content.library import Library
from app.domain.case import Case, Rubric
from app.domain.framework import Step
from app.domain.transcript import MoveKind, Speaker, Turn
from app.grading.examiner import Examiner
from app.interview.guard import Draft, check, check_so_far, leaks

Make = Callable[..., Draft]
CLEAN = "You mentioned the towers. How would you decide which of two versions goes out?"


@pytest.fixture
def draft(video_rubric: Rubric, examiner: Examiner) -> Make:
    def make(text: str, move: MoveKind = MoveKind.PROBE, own: str | None = None, said: tuple[str, ...] = ()) -> Draft:
        turns = tuple(Turn(i, Speaker.INTERVIEWER, t, Step.MODEL, MoveKind.PROBE) for i, t in enumerate(said))
        return Draft(text, text if own is None else own, move, turns, video_rubric, examiner.shows)

    return make


FAULTS: dict[str, list[str]] = {
    "empty": ["", "  \n"],
    "too long": ["How so? " + "word " * 140],
    "several questions": ["How? And why?", "Which data? I mean, which events?"],
    "no question": ["Tell me more about it.", "I see."],
    "markup": [
        "**Now** what?",
        "# Step\nWhat now?",
        "- one\n- two\nWhich?",
        "```x``` Why?",
        "<b>Why</b>?",
        "|a|b| Why?",
    ],
    "out of role": ["As an AI, I wonder: why?", "Candidate: I would use trees. Interviewer: Why?", "I'm ChatGPT. Why?"],
    "praise": ["Great answer! What next?", "Excellent. And then?", "That's right. And then?", "Well done. Next?"],
    "other language": [
        "Wie würden Sie die Daten aufteilen und warum gerade so?",
        "Как вы разделите данные?",
        "你会如何划分数据？?",
    ],
    "invented figure": ["We have 350 million users. What follows?", "Suppose it takes 45 ms. Where does it go?"],
    "score": [
        "You scored 4. What next?",
        "That is 3 out of 5. Why?",
        "I give it a strong yes. Why?",
        "By my rubric, why?",
    ],
}


@pytest.mark.parametrize(("fault", "text"), [(fault, text) for fault, texts in FAULTS.items() for text in texts])
def test_a_planted_fault_is_found_and_named(draft: Make, fault: str, text: str) -> None:
    assert check(draft(text)) == fault


@pytest.mark.parametrize(
    "text",
    [
        CLEAN,
        "How would you decide which of two versions goes out?",
        "Suppose that I double the traffic overnight. Where does it hurt first?",
        "Let us turn to the data. What would you train on, and where do you get it?",
        "What could go wrong with that?",
        "How would you correct for it?",
        "What exactly goes into the log?",
    ],
)
def test_a_clean_question_passes(draft: Make, text: str) -> None:
    assert check(draft(text)) is None


@pytest.mark.parametrize("move", [MoveKind.PROBE, MoveKind.HINT, MoveKind.CURVEBALL, MoveKind.ADVANCE])
def test_a_move_that_asks_needs_a_question(draft: Make, move: MoveKind) -> None:
    assert check(draft("So, to the data then.", move)) == "no question"


@pytest.mark.parametrize("move", [MoveKind.OPEN, MoveKind.ANSWER, MoveKind.REDIRECT, MoveKind.CLOSE])
def test_other_moves_need_none(draft: Make, move: MoveKind) -> None:
    assert check(draft("Let us go back to it.", move)) is None


def test_the_same_question_again_is_a_repeat(draft: Make) -> None:
    said = ("Earlier you spoke of logs. How would you decide which of two versions goes out?",)

    assert check(draft(CLEAN, said=said)) == "repeat"
    assert (
        check(draft(CLEAN.replace("which of two versions goes out", "which goes out of two versions"), said=said))
        == "repeat"
    )
    assert check(draft("What would you look at a week after launch?", said=said)) is None


def test_to_say_it_again_when_asked_to_is_no_repeat(draft: Make) -> None:
    said = (CLEAN,)

    assert check(draft(CLEAN, MoveKind.ANSWER, said=said)) is None


def test_the_candidates_own_question_is_no_repeat(draft: Make) -> None:
    asked = (Turn(0, Speaker.CANDIDATE, CLEAN, Step.MODEL),)

    assert check(replace(draft(CLEAN), turns=asked)) is None


def test_giving_an_answer_away_is_a_leak(draft: Make, case: Case, whole_rubric: Rubric, examiner: Examiner) -> None:
    for criterion in case.criteria:
        text = f"{criterion.answer.replace('?', '.')} What do you say to that?"
        assert criterion.id in leaks(text, whole_rubric, examiner.shows)
        assert check(replace(draft(text), uncovered=whole_rubric)) is not None


def test_what_the_turn_was_given_to_say_is_neither_leak_nor_invention(draft: Make) -> None:
    text = "We have 350 million users, and we split by time and test on the following week. What follows?"

    assert check(draft(text)) is not None
    assert check(replace(draft(text), given=text.rstrip("?"))) is None


def test_a_figure_that_was_named_before_may_be_named_again(draft: Make) -> None:
    text = "You said 350 million. What follows?"
    told = (Turn(0, Speaker.CANDIDATE, "Say 350 million users.", Step.CLARIFY),)

    assert check(draft(text)) == "invented figure"
    assert check(replace(draft(text), turns=told)) is None


@pytest.mark.parametrize(
    ("so_far", "fault"),
    [
        ("That is a", None),
        ("That is a great answer", "praise"),
        ("What? And why?", "several questions"),
        ("", None),
        ("Tell me more", None),
        ("As an AI, I", "out of role"),
        ("word " * 140, "too long"),
    ],
)
def test_what_is_said_so_far_is_read_before_it_is_heard(draft: Make, so_far: str, fault: str | None) -> None:
    assert check_so_far(draft(so_far)) == fault


def test_a_fault_that_is_found_early_is_found_in_the_whole(draft: Make) -> None:
    for texts in FAULTS.values():
        for text in texts:
            for end in range(0, len(text), 7):
                if check_so_far(draft(text[:end])) not in (None, "other language", "invented figure", "markup"):
                    assert check(draft(text)) is not None


def test_an_answer_put_as_a_question_is_a_leak_too(draft: Make) -> None:
    assert check(draft("Would you split by time and test on the following week?")) == "leak"


def test_what_the_candidate_has_shown_may_be_spoken_of(draft: Make, video_rubric: Rubric) -> None:
    text = "You split by time and test on the following week, but why that?"
    rest = replace(
        video_rubric,
        criteria=tuple(c for c in video_rubric.criteria if c.step is not Step.DATA),
        hash="without-data",
    )

    assert check(draft(text)) == "leak"
    assert check(replace(draft(text), uncovered=rest)) is None


def test_facts_and_quotes_are_not_held_against_the_voice(draft: Make) -> None:
    text = "As for the users: 100 million people a day, marks included. You said “great answer”. What follows?"

    assert check(draft(text, own="As for the users: You said. What follows?")) is None


def test_a_check_that_breaks_does_not_pass(draft: Make) -> None:
    def broken(rubric: Rubric, text: str) -> list[str]:
        raise RuntimeError("no weights")

    with pytest.raises(RuntimeError):
        check(replace(draft(CLEAN), shows=broken))


def test_no_probe_ask_or_curveball_of_a_case_is_turned_down(draft: Make, case: Case, whole_rubric: Rubric) -> None:
    probes = [p for c in case.criteria for p in c.probes]
    asks = [a for texts in case.asks.values() for a in texts]
    balls = [f"{b.text} {b.ask}" for b in case.curveballs]

    for text in (*probes, *asks, *balls):
        assert check(replace(draft(text, own=""), uncovered=whole_rubric)) is None, text


def test_no_wording_of_the_phrase_book_is_a_fault_by_itself(draft: Make, library: Library) -> None:
    for name, wordings in library.phrases.phrases.items():
        for wording in wordings:
            text = wording.fill(dict.fromkeys(wording.variables, "the data"))
            assert check(draft(text, MoveKind.ANSWER)) is None, (name, text)


def test_leaks_are_the_criteria_that_a_text_would_be_accepted_for(video_rubric: Rubric, examiner: Examiner) -> None:
    assert leaks("How do you split by time?", video_rubric, examiner.shows) == ["split-by-time"]
    assert leaks("How do you go on?", video_rubric, examiner.shows) == []


OWED = "About 100 million people open the app on a normal day."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Roughly 100 million people open it on a normal day.", None),
        ("Plenty of people, I would say.", "withheld"),
        ("About 90 million people open the app on a normal day.", "invented figure"),
        ("On a normal day many people open the app.", "withheld"),
    ],
)
def test_a_fact_that_is_owed_must_be_told_with_its_figures(draft: Make, text: str, fault: str | None) -> None:
    told = replace(draft(text, MoveKind.ANSWER), given=OWED, owed=OWED)

    assert check(told) == fault
