from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from app import wire
from app.client import Client

Visit = Callable[..., AppTest]
Text = Callable[[AppTest], str]


def test_an_empty_history_says_so(visit: Visit, text: Text) -> None:
    assert "No interviews yet" in text(visit(page="history"))


def test_each_interview_says_how_it_stands(
    visit: Visit, session: wire.SessionView, client: Client, answer: Callable[..., wire.SessionView], text: Text
) -> None:
    tab = visit(page="history")
    assert "unfinished" in text(tab)
    assert tab.button(key=f"open-{session.id}").label == "Continue"
    answer(session.id, 2)
    client.finish(session.id)
    assert "not graded yet" in text(tab.run())
    client.report(session.id)
    assert "no recommendation" in text(tab.run())
    assert tab.button(key=f"open-{session.id}").label == "Report"


def test_deleting_takes_it_away_for_good(visit: Visit, session: wire.SessionView, client: Client) -> None:
    tab = visit(page="history")
    tab.button(key=f"delete-{session.id}").click().run()
    assert not tab.exception
    assert client.sessions() == []


def test_a_deletion_that_fails_is_told(visit: Visit, session: wire.SessionView, client: Client, line: Any) -> None:
    tab = visit(page="history")
    client.delete(session.id)
    tab.button(key=f"delete-{session.id}").click().run()
    assert "could not be deleted" in tab.error[0].value
