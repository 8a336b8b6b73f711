import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.library import Library
from app.domain.case import Case
from app.domain.events import Answered, Assumption, Event, Finished, Heard, Intent, Plan, Source, Spoke, Started
from app.domain.framework import ALL_STEPS, Level, Mode, Step
from app.domain.session import fold
from app.domain.transcript import Evidence, MoveKind, Speaker, Turn
from app.domain.verdict import Outcome
from app.grading.evidence import checked
from app.grading.examiner import Examiner
from app.grading.render import (
    as_data,
    as_html,
    as_json,
    as_markdown,
    clock,
    highlighted,
    quotes_of,
    report_adapter,
    score_text,
    verdict_line,
)
from app.grading.report import Report, build_report, grade_session
from app.grading.reporter import rubric_for

T0 = 1_700_000_000.0
NASTY = '<script>alert("x")</script> {{ 7*7 }} {% raw %} &amp; </mark> <b>bold</b> | a | b |'
Make = Callable[..., Report]


@pytest.fixture(scope="session")
def make_report(library: Library, examiner: Examiner, video: Case) -> Make:
    """Hold an interview in which the candidate says one thing in each step, and report on it."""

    def make(said: Sequence[str], hints: Sequence[str] = (), mode: Mode = Mode.FULL, **started: object) -> Report:
        steps = ALL_STEPS if mode is not Mode.DRILL else ALL_STEPS[: max(1, len(said))]
        plan = Plan(video.slug, Level.STAFF, 45, mode, steps)
        events: list[Event] = [Started(T0, plan, str(started.get("case_hash", video.hash)))]
        for i, (step, text) in enumerate(zip(steps, said, strict=False)):
            at = T0 + 60 * i
            move = MoveKind.ADVANCE if i else MoveKind.OPEN
            facts = ("daily-users",) if i == 0 else ()
            settled = (Assumption("the team", "Six people.", "interviewer", 0),) if i == 0 else ()
            source = (Source("concepts/drift#what", "Drift", 0.5),)
            asked = f"Ready, {step.title}?"
            events.append(Spoke(at, asked, move, step, facts=facts, assumptions=settled, sources=source))
            for hint in hints:
                if video.criterion(hint).step is step:
                    events += [Answered(at, f"h{i}", "Hm, let me see."), Heard(at, Intent.STUCK)]
                    events.append(Spoke(at, "Think of it.", MoveKind.HINT, step, criterion=hint))
            events += [Answered(at + 30, f"a{i}", text), Heard(at + 30, Intent.STATEMENT)]
        if not said:
            events.append(Spoke(T0, "Hello?", MoveKind.OPEN, steps[0]))
        events.append(Finished(T0 + 60 * len(said) + 60, "candidate"))
        state = fold("abc123", events)
        rubric = rubric_for(video, plan)
        verdicts = [checked(v, state.turns) for v in grade_session(state, rubric, examiner)]
        notes = {**library.framework, **library.concepts}
        return build_report(state, events, video, rubric, examiner.fingerprint(rubric), verdicts, notes)

    return make


@pytest.fixture(scope="session")
def strong(make_report: Make, video: Case) -> Report:
    return make_report([" ".join(c.answer for c in video.criteria if c.step is step) for step in ALL_STEPS])


@pytest.fixture(scope="session")
def silent(make_report: Make) -> Report:
    return make_report([])


@pytest.fixture(scope="session")
def nasty(make_report: Make, video: Case) -> Report:
    return make_report([NASTY, f"{NASTY} {video.criterion('ml-objective').answer} {NASTY}", NASTY])


# -------------------------------------------------------------------------------------------------------------- report


def test_a_strong_candidate_meets_nearly_all_and_every_quote_stands(strong: Report) -> None:
    criteria = [c for s in strong.steps for c in s.criteria]

    assert sum(c.outcome is Outcome.MET for c in criteria) >= 0.9 * len(criteria)
    assert all(e.stands_in(strong.turns) for e, _ in quotes_of(strong))
    assert (strong.scorecard.overall or 0) > 4.5
    assert verdict_line(strong).startswith("Strong yes for staff")


def test_a_report_on_silence_has_no_number_and_no_recommendation(silent: Report) -> None:
    card = silent.scorecard

    assert (card.overall, card.standard_error, card.recommendation) == (None, None, None)
    assert {c.outcome for s in silent.steps for c in s.criteria} == {Outcome.CANNOT_ASSESS}
    assert verdict_line(silent) == (
        "No recommendation. Only 0 of the 7 steps were reached; a recommendation needs at least 5."
    )


def test_steps_that_were_not_reached_are_not_assessed(make_report: Make, video: Case) -> None:
    report = make_report(["We want more watch time, for 100 million users.", "A ranking problem."])
    outcomes = {s.step: {c.outcome for c in s.criteria} for s in report.steps}

    assert Outcome.CANNOT_ASSESS not in outcomes[Step.CLARIFY] | outcomes[Step.FRAME]
    assert all(outcomes[step] == {Outcome.CANNOT_ASSESS} for step in ALL_STEPS[2:])
    assert [s.score.score is None for s in report.steps] == [False, False, True, True, True, True, True]


def test_what_is_said_early_counts_only_once_its_step_is_reached(make_report: Make, video: Case) -> None:
    early = video.criterion("ann-index").answer
    outcome = {
        len(said): next(c for s in make_report(said).steps for c in s.criteria if c.id == "ann-index").outcome
        for said in (["Hello there.", early], ["Hello there.", early, "x", "y", "z", "And so on."])
    }

    assert outcome == {2: Outcome.CANNOT_ASSESS, 6: Outcome.MET}


def test_what_comes_after_its_hint_is_assisted_and_what_came_before_is_not(make_report: Make, video: Case) -> None:
    answer = video.criterion("split-by-time").answer
    after = make_report(["x y z", "x y z", answer], hints=["split-by-time"])
    before = make_report(["x y z", answer, "Nothing."], hints=["split-by-time"])

    def found(report: Report) -> tuple[Outcome, bool]:
        criterion = next(c for s in report.steps for c in s.criteria if c.id == "split-by-time")
        return criterion.outcome, criterion.assisted

    assert found(after) == (Outcome.MET, True)
    assert found(before) == (Outcome.MET, False)
    assert "counts half" in as_markdown(after)


def test_a_drill_reports_only_its_steps(make_report: Make) -> None:
    report = make_report(["We want more watch time.", "A ranking problem."], mode=Mode.DRILL)

    assert [s.step for s in report.steps] == [Step.CLARIFY, Step.FRAME]
    assert "drill" in verdict_line(report)


def test_a_report_tells_what_was_asked_assumed_and_left(strong: Report, video: Case) -> None:
    assert strong.facts == (next(f.answer for f in video.facts if f.id == "daily-users"),)
    assert len(strong.facts_unasked) == len(video.facts) - 1
    assert [a.text for a in strong.assumptions] == ["Six people."]
    assert {n.id for n in strong.notes} >= {"drift", "ab-testing"}
    assert strong.digest == strong.fingerprint.digest
    assert "no certificate" in strong.certificate


def test_sources_belong_to_the_interviewers_turns(strong: Report) -> None:
    assert all(strong.turns[s.turn].speaker is Speaker.INTERVIEWER for s in strong.sources)
    assert len(strong.sources) == len(ALL_STEPS)


def test_an_edit_of_the_case_is_told(make_report: Make, strong: Report) -> None:
    edited = make_report(["Hello."], case_hash="older")

    assert (strong.content_changed, edited.content_changed) == (False, True)
    assert "edited after" in as_markdown(edited)
    assert "edited after" in as_html(edited)
    assert "edited after" not in as_markdown(strong) + as_html(strong)


# -------------------------------------------------------------------------------------------------------------- render


@given(text=st.text(min_size=1, max_size=60), data=st.data())
def test_the_pieces_of_a_highlighted_turn_join_to_its_text(text: str, data: st.DataObject) -> None:
    place = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(place, place).map(sorted), max_size=6))
    quotes = [(Evidence(3, a, b, text[a:b]), f"c{i}") for i, (a, b) in enumerate(spans)]
    other = [(Evidence(4, 0, 1, "x"), "elsewhere")]
    pieces = highlighted(Turn(3, Speaker.CANDIDATE, text), quotes + other)

    assert "".join(piece for piece, _ in pieces) == text
    for evidence, name in quotes:
        assert "".join(piece for piece, names in pieces if name in names) == evidence.quote
    assert not any("elsewhere" in names for _, names in pieces)


class Reader(HTMLParser):
    """Collects what a browser would take as tags, marks and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href") or k.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_what_the_candidate_said_is_text_and_never_markup(nasty: Report) -> None:
    page = as_html(nasty)
    read = Reader(page)

    assert "script" not in read.tags
    assert "<script>alert" not in page
    assert read.text.count('<script>alert("x")</script> {{ 7*7 }} {% raw %} &amp; </mark> <b>bold</b>') >= 4
    assert "49" not in read.text.split("Reference solution")[0].split("Transcript")[1]


def test_the_page_needs_nothing_from_elsewhere(strong: Report) -> None:
    read = Reader(as_html(strong))

    assert [a for a in read.addresses if not a.startswith("#")] == []
    assert not {"script", "link", "iframe", "img"} & set(read.tags)


def test_every_link_of_the_page_leads_somewhere(strong: Report) -> None:
    page = as_html(strong)

    for address in Reader(page).addresses:
        assert f'id="{address[1:]}"' in page, address


def test_quotes_are_marked_in_the_transcript(strong: Report) -> None:
    page = as_html(strong)

    assert page.count("<mark") >= len({(e.turn, e.start) for e, _ in quotes_of(strong)})


@pytest.mark.parametrize("render", [as_markdown, as_html])
def test_a_report_on_silence_is_readable(silent: Report, render: Callable[[Report], str]) -> None:
    text = render(silent)

    assert "No recommendation." in text
    assert "not assessed" in text
    assert "None" not in text
    assert "Overall" not in text
    assert "/ 5" not in text
    assert "one standard error" not in text


def test_the_markdown_says_what_the_report_says(strong: Report, video: Case) -> None:
    text = as_markdown(strong)

    assert text.startswith(f"# {video.title}: interview report\n")
    assert verdict_line(strong) in text
    for criterion in video.criteria:
        assert criterion.statement in text
    for evidence, _ in quotes_of(strong):
        assert " ".join(evidence.quote.split()) in text
    for heading in ("Scores", "Criteria", "What you could have asked", "Transcript", "Reference solution"):
        assert f"\n## {heading}\n" in text


def test_the_table_of_scores_is_a_table(strong: Report, silent: Report) -> None:
    for report in (strong, silent):
        rows = [r for r in as_markdown(report).split("## Criteria")[0].splitlines() if r.startswith("|")]
        assert len(rows) == 2 + len(report.steps)
        assert len({r.count("|") for r in rows}) == 1


def test_text_over_several_lines_stays_in_its_item(make_report: Make) -> None:
    text = as_markdown(make_report(["first line\n\n# not a heading\n- not an item"]))

    assert "\n# not a heading" not in text
    assert "first line # not a heading - not an item" in text


def test_a_report_comes_back_from_json_the_same(strong: Report, silent: Report, nasty: Report) -> None:
    for report in (strong, silent, nasty):
        assert report_adapter().validate_json(as_json(report)) == report
        assert json.loads(as_json(report)) == as_data(report)


def test_a_step_that_was_not_assessed_is_null_in_json(silent: Report) -> None:
    data = as_data(silent)

    assert data["scorecard"]["overall"] is None
    assert {s["score"]["score"] for s in data["steps"]} == {None}


def test_a_borderline_result_says_so(strong: Report) -> None:
    near = replace(strong, scorecard=replace(strong.scorecard, borderline=True))

    assert "borderline" in verdict_line(near)
    assert "borderline" not in verdict_line(strong)


def test_numbers_are_written_for_people() -> None:
    assert [clock(s) for s in (0, 59.9, 60, 725, 3600)] == ["0:00", "0:59", "1:00", "12:05", "60:00"]
    assert [score_text(s) for s in (None, 0.0, 3.14159, 5.0)] == ["not assessed", "0.0 / 5", "3.1 / 5", "5.0 / 5"]
