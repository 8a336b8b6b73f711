from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import wire
from app.client import Client
from app.ui.components.model_form import SERVERS

Visit = Callable[..., AppTest]
Text = Callable[[AppTest], str]


@pytest.fixture
def kept(client: Client, speaking_model: Any) -> wire.ModelUse:
    """A model that is kept and used for interviews."""
    use = wire.ModelUse(name="talker", model="talker-1", base_url=speaking_model.base_url, price_in=2, price_out=10)
    client.use_model(use)
    return use


def test_without_a_model_the_page_says_that_none_is_needed(visit: Visit, text: Text) -> None:
    tab = visit(page="models")
    assert not tab.exception
    assert "needs no model" in tab.info[0].value
    assert "never stored" in text(tab)


def test_a_model_can_be_added_and_is_then_on_offer(visit: Visit, client: Client) -> None:
    tab = visit(page="models")
    tab.text_input(key="model-name").set_value("local")
    tab.text_input(key="model-model").set_value("llama3.1:8b")
    tab.button(key="model-save").click().run()
    assert not tab.exception and not tab.error
    (model,) = client.models().models
    assert (model.name, model.model, model.base_url) == ("local", "llama3.1:8b", "http://127.0.0.1:11434/v1")
    assert model.interviewer
    assert tab.text_input(key="model-name").value == ""
    assert visit().selectbox(key="voice").options == ["Built-in interviewer", "Model: local"]


@pytest.mark.parametrize("server", SERVERS, ids=lambda s: s.title)
def test_each_usual_server_fills_in_its_address(visit: Visit, server: Any) -> None:
    tab = visit(page="models")
    tab.segmented_control(key="model-server").set_value(server.title).run()
    assert tab.text_input(key="model-base_url").value == server.address
    assert tab.text_input(key="model-key_from").value == server.variable


def test_what_cannot_be_saved_stays_in_the_form_with_the_reason(visit: Visit, client: Client) -> None:
    tab = visit(page="models")
    tab.text_input(key="model-name").set_value("local")
    tab.text_input(key="model-model").set_value("llama")
    tab.text_input(key="model-key_from").set_value("sk-very-secret")
    tab.button(key="model-save").click().run()
    assert "never the key" in tab.error[0].value
    assert "sk-very" not in tab.error[0].value
    assert tab.text_input(key="model-name").value == "local"
    assert client.models().models == ()


def test_a_model_can_be_changed(visit: Visit, kept: wire.ModelUse, client: Client) -> None:
    tab = visit(page="models")
    tab.button(key="edit-talker").click().run()
    assert tab.text_input(key="model-base_url").value == kept.base_url
    tab.number_input(key="model-context").set_value(4096)
    tab.button(key="model-save").click().run()
    (model,) = client.models().models
    assert (model.context, model.price_out, model.interviewer) == (4096, 10, True)


def test_another_model_can_be_chosen_for_interviews(visit: Visit, kept: wire.ModelUse, client: Client) -> None:
    client.use_model(kept.model_copy(update={"name": "other", "role": "none"}))
    tab = visit(page="models")
    tab.button(key="use-other").click().run()
    assert not tab.exception
    assert [m.name for m in client.models().models if m.interviewer] == ["other"]


def test_a_test_shows_how_fast_the_model_is(visit: Visit, kept: wire.ModelUse, text: Text) -> None:
    tab = visit(page="models")
    tab.button(key="test-talker").click().run()
    assert "it works" in text(tab)
    assert "first token after" in text(tab) and "tokens/s" in text(tab)


def test_a_test_that_fails_says_why(visit: Visit, kept: wire.ModelUse, speaking_model: Any) -> None:
    speaking_model.says = [404]
    tab = visit(page="models")
    tab.button(key="test-talker").click().run()
    assert "has no model 'talker-1'" in tab.error[0].value


def test_a_broken_file_of_models_is_told(visit: Visit, data_dir: Any) -> None:
    (data_dir / "models.json").write_text("{")
    tab = visit(page="models")
    assert "cannot be listed" in tab.error[0].value
    assert not visit().error


def test_an_interview_with_a_model_names_it_beside_its_words_and_counts_tokens(
    visit: Visit, kept: wire.ModelUse, client: Client, text: Text, speaking_model: Any
) -> None:
    tab = visit()
    tab.button(key="choose-video-recommendation").click().run()
    tab.selectbox(key="voice").set_value("model").run()
    speaking_model.says = [client.case("video-recommendation").opening]
    tab.button(key="start").click().run()
    assert not tab.exception
    (summary,) = client.sessions()
    assert client.session(summary.id).voice == "model"
    assert '<span class="sv-by">talker-1</span>' in text(tab)
    assert "1,000 tokens read" in text(tab) and "$0.00" in text(tab)


def test_the_built_in_interviewer_is_named_too(visit: Visit, session: wire.SessionView, text: Text) -> None:
    tab = visit(session.id)
    assert text(tab).count('<span class="sv-by">built-in</span>') == 1
    assert "tokens read" not in text(tab)


def test_words_that_are_taken_back_leave_the_screen(
    visit: Visit, kept: wire.ModelUse, client: Client, text: Text, speaking_model: Any
) -> None:
    view = client.create(
        wire.NewSession.model_validate({"case": "video-recommendation", "level": "senior", "voice": "model"})
    )
    tab = visit(view.id)
    speaking_model.says = ["Taken back at once. That was a great answer."]
    tab.chat_input[0].set_value("I would first ask for the goal of the whole product.")
    tab.run()
    assert not tab.exception
    assert len(tab.chat_message) == 3
    assert "Taken back" not in text(tab)


def test_a_model_that_fails_at_the_start_is_not_asked_again_unbidden(
    visit: Visit, kept: wire.ModelUse, speaking_model: Any
) -> None:
    speaking_model.says = [401]
    tab = visit()
    tab.selectbox(key="voice").set_value("model").run()
    tab.button(key="start").click().run()
    assert "refuses the key" in tab.error[0].value
    assert len(speaking_model.asked) == 1


@pytest.fixture
def silent(client: Client, kept: wire.ModelUse, speaking_model: Any) -> wire.SessionView:
    """An interview whose model refuses the key, also when it is asked again."""
    speaking_model.says = [401, 401]
    new = wire.NewSession.model_validate({"case": "video-recommendation", "level": "senior", "voice": "model"})
    return client.create(new)


def test_a_model_that_fails_leaves_three_ways_on(
    visit: Visit, silent: wire.SessionView, client: Client, text: Text, speaking_model: Any
) -> None:
    tab = visit(silent.id)
    speaking_model.says = [client.case("video-recommendation").opening]
    assert "refuses the key" in tab.error[0].value
    assert [b.key for b in tab.button if b.key in ("retry", "wait", "switch")] == ["retry", "wait", "switch"]
    tab.button(key="retry").click().run()
    assert not tab.error
    assert "talker-1" in text(tab)


def test_waiting_stays_and_loses_nothing(visit: Visit, silent: wire.SessionView, client: Client) -> None:
    tab = visit(silent.id)
    tab.button(key="wait").click().run()
    assert not tab.error
    assert "Waiting for the interviewer" in tab.info[0].value
    assert client.session(silent.id).voice == "model"
    tab.button(key="retry").click().run()
    assert not tab.info
    assert len(tab.chat_message) == 1


def test_going_on_with_the_built_in_interviewer_is_one_press(
    visit: Visit, silent: wire.SessionView, client: Client, text: Text
) -> None:
    tab = visit(silent.id)
    tab.button(key="switch").click().run()
    assert not tab.exception and not tab.error
    after = client.session(silent.id)
    assert (after.voice, after.turns[0].voice) == ("scripted", "scripted")
    assert '<span class="sv-by">built-in</span>' in text(tab)
