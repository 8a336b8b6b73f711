from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app import wire
from app.client import Client
from app.domain.transcript import Evidence, Speaker, Turn
from app.ui.components.results import chart
from app.ui.components.transcript import pieces

Visit = Callable[..., AppTest]
Text = Callable[[AppTest], str]


@pytest.fixture
def finished(session: wire.SessionView, client: Client, answer: Callable[..., wire.SessionView]) -> wire.SessionView:
    answer(session.id, 4)
    return client.finish(session.id)


def test_the_report_says_first_why_a_recommendation_is_withheld(
    visit: Visit, finished: wire.SessionView, text: Text
) -> None:
    tab = visit(finished.id, "report")
    assert not tab.exception
    assert text(tab).index("No recommendation") < text(tab).index("Certificate")
    assert "of the 7 steps were reached" in text(tab)


def test_every_criterion_is_there_with_its_verdict_and_a_strong_answer(
    visit: Visit, finished: wire.SessionView, client: Client, text: Text
) -> None:
    report = client.report(finished.id)
    page = text(visit(finished.id, "report"))
    criteria = [c for s in report.steps for c in s.criteria]
    assert page.count('class="sv-criterion"') == len(criteria)
    assert page.count("A strong answer") == len(criteria)
    assert report.digest in page
    assert any(c.evidence for c in criteria)


def test_quotes_are_marked_in_the_transcript(visit: Visit, finished: wire.SessionView, text: Text) -> None:
    assert "<mark" in text(visit(finished.id, "report"))


def test_what_was_not_assessed_is_never_a_bar_of_length_zero(finished: wire.SessionView, client: Client) -> None:
    drawn = chart(client.report(finished.id)).to_dict()
    rows = drawn["data"]["values"]
    missing = [row for row in rows if row["score"] is None]
    assert missing
    assert {row["label"] for row in missing} == {"not assessed"}
    assert drawn["layer"][0]["transform"] == [{"filter": "isValid(datum.score)"}]


def test_markup_in_an_answer_stays_text(visit: Visit, session: wire.SessionView, client: Client, text: Text) -> None:
    list(client.answer(session.id, "a", "<script>alert(1)</script> <b>bold</b> $5 and `code`"))
    client.finish(session.id)
    page = text(visit(session.id, "report"))
    assert "<script>" not in page
    assert "&lt;b&gt;bold&lt;/b&gt; $5 and `code`" in page


def test_an_interview_that_is_not_finished_has_a_way_back(visit: Visit, session: wire.SessionView) -> None:
    tab = visit(session.id, "report")
    assert "still going on" in tab.info[0].value
    assert not tab.exception


def test_an_unknown_session_has_no_report(visit: Visit) -> None:
    tab = visit("no-such-one", "report")
    assert "There is no such interview" in tab.warning[0].value


def test_without_a_session_the_finished_ones_are_listed(
    visit: Visit, finished: wire.SessionView, session: wire.SessionView
) -> None:
    assert visit(page="report").button(key=f"open-{finished.id}")


def test_a_turn_is_cut_where_quotes_begin_and_end_even_if_they_overlap() -> None:
    turn = Turn(1, Speaker.CANDIDATE, "one two three")
    quotes = [
        (Evidence(1, 0, 7, "one two"), "a"),
        (Evidence(1, 4, 13, "two three"), "b"),
        (Evidence(0, 0, 3, "x"), "c"),
    ]
    assert pieces(turn, quotes) == [("one ", ["a"]), ("two", ["a", "b"]), (" three", ["b"])]
