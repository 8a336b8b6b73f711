import json
from collections.abc import Callable

import httpx
import pytest

from app import wire
from app.client import Client
from app.content.library import Library
from app.domain.session import Status
from app.domain.transcript import MoveKind, Speaker
from app.errors import Conflict, NotFound

Interview = Callable[[wire.SessionView], wire.SessionView]


def test_a_scripted_candidate_is_interviewed_and_gets_a_report(
    client: Client, session: wire.SessionView, interviewed: Interview
) -> None:
    assert session.status is Status.AWAITING_ANSWER
    assert [t.move for t in session.turns] == [MoveKind.OPEN]

    done = interviewed(session)
    report = client.report(session.id)

    assert (done.status, done.finished) == (Status.FINISHED, "closed")
    assert done.turns[-1].move is MoveKind.CLOSE
    assert {t.voice for t in done.turns if t.speaker is Speaker.INTERVIEWER} == {"scripted"}
    assert 0 < done.elapsed <= 45 * 60 * 1.2
    assert report.scorecard.overall is not None and report.scorecard.recommendation is not None
    spoken = {t.index: t.text for t in done.turns if t.speaker is Speaker.CANDIDATE}
    quotes = [e for step in report.steps for criterion in step.criteria for e in criterion.evidence]
    assert len(quotes) > 10
    assert all(e.quote and e.quote in spoken[e.turn] for e in quotes)


def test_the_report_is_the_same_however_it_is_asked_for(
    client: Client, session: wire.SessionView, interviewed: Interview
) -> None:
    interviewed(session)

    report = client.report(session.id)
    as_json = json.loads(client.report_as(session.id, "json"))

    assert client.report(session.id) == report
    assert wire.report_adapter().validate_python(as_json) == report
    assert report.title in client.report_as(session.id, "md")
    assert "<html" in client.report_as(session.id, "html")
    page = httpx.get(f"{client.base_url}/sessions/{session.id}/report?format=html")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert httpx.get(f"{client.base_url}/sessions/{session.id}/report?format=pdf").status_code == 422


def test_a_list_shows_the_score_once_there_is_one(
    client: Client, session: wire.SessionView, interviewed: Interview
) -> None:
    interviewed(session)
    (before,) = client.sessions()
    report = client.report(session.id)
    (after,) = client.sessions()

    assert (before.status, before.overall, before.recommendation) == (Status.FINISHED, None, None)
    assert after.overall == report.scorecard.overall
    assert after.recommendation is report.scorecard.recommendation


def test_a_drill_has_a_score_but_no_recommendation(client: Client) -> None:
    new = wire.NewSession.model_validate(
        {"case": "ad-click-prediction", "level": "mid", "mode": "drill", "steps": [5, 3]}
    )
    session = client.create(new)
    list(client.answer(session.id, "a", "I would label with clicks from the impression log, joined by impression id."))
    client.finish(session.id)

    report = client.report(session.id)
    (row,) = client.sessions()

    assert (session.steps, session.minutes, set(session.boxes)) == ((3, 5), 14, {3, 5})
    assert report.scorecard.recommendation is row.recommendation is None
    assert row.overall == report.scorecard.overall


def test_there_is_no_report_before_the_end(client: Client, session: wire.SessionView) -> None:
    with pytest.raises(Conflict, match="when the interview is finished"):
        client.report(session.id)
    with pytest.raises(NotFound, match="no session 'nobody'"):
        client.report("nobody")


def test_nothing_is_given_away_before_the_end(
    client: Client, session: wire.SessionView, interviewed: Interview, library: Library
) -> None:
    case = library.case(session.case)
    list(client.answer(session.id, "first", "How many users are there, and what is the business goal?"))
    paths = ("", "sessions", f"sessions/{session.id}", "cases", f"cases/{session.case}", "models", "health")
    seen = "".join(httpx.get(f"{client.base_url}/{path}").text for path in paths)
    body = {"answer_id": "second", "text": "I would frame it as ranking, trained on watch time."}
    seen += httpx.post(f"{client.base_url}/sessions/{session.id}/answers", json=body).text
    told = " ".join(t.text for t in client.session(session.id).turns)

    for criterion in case.criteria:
        assert criterion.statement not in seen
        assert criterion.answer not in seen
        assert f'"{criterion.id}"' not in seen
    for fact in case.facts:
        assert fact.answer not in seen or fact.answer in told
    assert sum(fact.answer in told for fact in case.facts) < len(case.facts)
    for key in ("criterion", "criteria", "covered", "sources", "passages", "hinted", "probe", "hint"):
        assert f'"{key}":[' not in seen and f'"{key}":{{' not in seen
    for asked in (session.id, "nobody"):
        with pytest.raises((Conflict, NotFound)):
            client.case(session.case, asked)


def test_criteria_and_solution_are_shown_after_the_end(client: Client, session: wire.SessionView) -> None:
    client.finish(session.id)

    plain = client.case(session.case)
    shown = client.case(session.case, session.id)

    assert (plain.criteria, plain.reference, plain.diagram) == (None, None, None)
    assert shown.criteria is not None and len(shown.criteria) == shown.counts[session.level]
    assert shown.reference and shown.diagram
    with pytest.raises(Conflict, match="about another case"):
        client.case("ad-click-prediction", session.id)
