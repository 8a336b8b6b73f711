from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import wire
from app.client import Client
from app.domain.framework import Mode, Step
from app.domain.session import Status

Visit = Callable[..., AppTest]
Text = Callable[[AppTest], str]
ANSWER = "I would ask how many people use it and what the business wants."


def button(tab: AppTest, key: str) -> Any:
    return tab.button(key=key)


def messages(tab: AppTest) -> int:
    return len(tab.chat_message)


def send(tab: AppTest, text: str) -> AppTest:
    tab.chat_input[0].set_value(text)
    return tab.run()


def box(tab: AppTest) -> str:
    return tab.chat_input[0].proto.value


def test_starting_an_interview_shows_its_opening_and_puts_its_id_in_the_address(visit: Visit, client: Client) -> None:
    tab = visit()
    button(tab, "choose-video-recommendation").click().run()
    button(tab, "start").click().run()
    assert not tab.exception
    [summary] = client.sessions()
    assert summary.case == "video-recommendation"
    assert (summary.level, summary.mode, summary.minutes) == ("senior", "full", 45)
    assert tab.query_params["session"] == summary.id
    assert messages(tab) == 1


def test_a_drill_has_the_steps_that_were_chosen(visit: Visit, client: Client) -> None:
    tab = visit()
    tab.segmented_control(key="mode").set_value(Mode.DRILL).run()
    tab.pills(key="steps").set_value([Step.DATA, Step.EVALUATE]).run()
    button(tab, "start").click().run()
    [summary] = client.sessions()
    assert (summary.mode, summary.steps) == ("drill", (3, 5))


def test_cases_can_be_found_by_what_they_are_about(visit: Visit) -> None:
    tab = visit()
    tab.text_input[0].set_value("Video ranking").run()
    keys = {b.key for b in tab.button if b.key and b.key.startswith("choose-")}
    assert "choose-video-recommendation" in keys
    assert "choose-payment-fraud-detection" not in keys


def test_an_answer_gets_a_reply(visit: Visit, session: wire.SessionView, client: Client) -> None:
    tab = send(visit(session.id), ANSWER)
    assert not tab.exception
    assert messages(tab) == 3
    after = client.session(session.id)
    assert [turn.text for turn in after.turns][1] == ANSWER
    assert box(tab) == ""


def test_what_people_type_shows_literally(visit: Visit, session: wire.SessionView, text: Text) -> None:
    tab = send(visit(session.id), "<img src=x onerror=alert(1)> $x$ `y` **z**")
    assert "&lt;img src=x onerror=alert(1)&gt; $x$ `y` **z**" in text(tab)
    assert "<img src=x" not in text(tab)


def test_a_reload_finds_the_whole_interview(
    visit: Visit, session: wire.SessionView, answer: Callable[..., wire.SessionView]
) -> None:
    view = answer(session.id, 3)
    assert messages(visit(session.id)) == len(view.turns) == 7


def test_an_answer_that_could_not_be_sent_goes_back_to_the_box_and_can_be_sent_again(
    visit: Visit, session: wire.SessionView, client: Client, line: Any
) -> None:
    tab = visit(session.id)
    line.down = True
    send(tab, ANSWER)
    assert not tab.exception
    assert box(tab) == ANSWER
    assert "cannot be reached" in tab.warning[0].value
    assert len(client.session(session.id).turns) == 1
    line.down = False
    button(tab, "resend").click().run()
    assert not tab.warning
    assert len(client.session(session.id).turns) == 3


def test_an_answer_that_arrived_before_the_line_broke_is_not_asked_for_again(
    visit: Visit, session: wire.SessionView, client: Client, line: Any
) -> None:
    tab = visit(session.id)
    line.cut_after = "/answers"
    send(tab, ANSWER)
    assert box(tab) == ""
    assert not tab.warning
    assert messages(tab) == len(client.session(session.id).turns) == 3


def test_typing_the_same_answer_again_is_the_same_answer(
    visit: Visit, session: wire.SessionView, client: Client, line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = visit(session.id)
    line.down = True
    send(tab, ANSWER)
    first = tab.session_state["desk"].draft.id
    send(tab, ANSWER)
    assert tab.session_state["desk"].draft.id == first
    send(tab, f"{ANSWER} And more.")
    assert tab.session_state["desk"].draft.id != first


def test_an_answer_that_is_too_long_stays_in_the_box(visit: Visit, session: wire.SessionView, client: Client) -> None:
    long = "word " * 5000
    tab = send(visit(session.id), long)
    assert "20" in tab.warning[0].value
    assert box(tab) == long
    assert len(client.session(session.id).turns) == 1


def test_a_second_window_is_told_to_reload_and_loses_nothing(
    visit: Visit, session: wire.SessionView, client: Client, answer: Callable[..., wire.SessionView]
) -> None:
    tab = visit(session.id)
    answer(session.id, 1)
    send(tab, ANSWER)
    assert "moved on in another window" in tab.warning[0].value
    assert box(tab) == ANSWER
    assert messages(tab) == 1
    button(tab, "reload").click().run()
    assert not tab.warning
    assert messages(tab) == 3
    send(tab, ANSWER)
    assert messages(tab) == 5


def test_an_interviewer_who_cannot_speak_is_asked_again_once_and_then_on_request(
    visit: Visit, session: wire.SessionView, client: Client, voice: Any
) -> None:
    tab = visit(session.id)
    voice.failures = 1
    send(tab, ANSWER)
    assert "did not answer within 60 s" in tab.error[0].value
    assert client.session(session.id).status is Status.AWAITING_INTERVIEWER
    voice.failures = 1
    again = visit(session.id)
    assert voice.failures == 0
    assert "did not answer within 60 s" in again.error[0].value
    button(again, "retry").click().run()
    assert not again.error
    assert messages(again) == 3


def test_opening_an_interview_that_waits_for_the_interviewer_goes_on_by_itself(
    visit: Visit, session: wire.SessionView, client: Client, voice: Any
) -> None:
    tab = visit(session.id)
    voice.failures = 1
    send(tab, ANSWER)
    again = visit(session.id)
    assert not again.error
    assert messages(again) == 3


def test_pausing_stops_the_clock_and_closes_the_box(visit: Visit, session: wire.SessionView, client: Client) -> None:
    tab = visit(session.id)
    button(tab, "pause").click().run()
    assert client.session(session.id).status is Status.PAUSED
    assert tab.chat_input[0].disabled
    button(tab, "resume").click().run()
    assert not tab.chat_input[0].disabled


def test_finishing_leads_to_the_report(visit: Visit, session: wire.SessionView, client: Client, text: Text) -> None:
    tab = send(visit(session.id), ANSWER)
    button(tab, "finish").click().run()
    assert not tab.exception
    assert client.session(session.id).status is Status.FINISHED
    assert "No recommendation" in text(tab)


def test_a_finished_interview_can_be_read_but_not_answered(
    visit: Visit, session: wire.SessionView, client: Client
) -> None:
    client.finish(session.id)
    tab = visit(session.id)
    assert messages(tab) == 1
    assert not tab.chat_input
    assert button(tab, "to-report")


def test_an_unknown_session_offers_a_new_one(visit: Visit) -> None:
    tab = visit("no-such-one")
    assert "There is no such interview" in tab.warning[0].value
    assert not tab.exception


def test_without_the_api_there_is_one_clear_line_and_a_button(visit: Visit, line: Any) -> None:
    line.down = True
    tab = visit()
    assert not tab.exception
    assert "cannot be reached" in tab.error[0].value
    line.down = False
    button(tab, "try-again").click().run()
    assert not tab.error
    assert button(tab, "start")


def test_an_unfinished_interview_is_offered_to_go_on_with(visit: Visit, session: wire.SessionView) -> None:
    tab = visit()
    button(tab, f"continue-{session.id}").click().run()
    assert messages(tab) == 1
