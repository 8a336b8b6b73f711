import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import wire
from app.api import create_app
from app.client import Client
from app.domain.session import Status
from app.errors import Conflict, InputError, NotFound

Asked = "What is the goal of the business, and how many people use it?"


@pytest.fixture
def use(speaking_model: Any) -> wire.ModelUse:
    return wire.ModelUse(name="talker", model="talker-1", base_url=speaking_model.base_url, price_in=2, price_out=10)


def test_at_first_there_is_only_what_is_built_in(client: Client) -> None:
    models = client.models()
    assert [v.name for v in models.voices] == ["scripted"]
    assert models.models == ()


def test_a_model_that_is_kept_can_be_chosen_as_a_voice(client: Client, use: wire.ModelUse, data_dir: Path) -> None:
    models = client.use_model(use)
    assert client.models() == models
    assert [(v.name, v.title) for v in models.voices][1:] == [("model", "Model: talker")]
    (model,) = models.models
    assert (model.name, model.model, model.interviewer, model.judge) == ("talker", "talker-1", True, False)
    assert (model.in_process, model.where) == (False, use.base_url)
    assert json.loads((data_dir / "models.json").read_text())["interviewer"] == "talker"


def test_a_model_can_be_kept_without_being_used_and_changed(client: Client, use: wire.ModelUse) -> None:
    first = client.use_model(use.model_copy(update={"role": "none"}))
    assert [v.name for v in first.voices] == ["scripted"]
    (model,) = client.use_model(use.model_copy(update={"context": 4096})).models
    assert (model.context, model.interviewer) == (4096, True)


def test_no_key_is_ever_kept_shown_or_repeated(
    client: Client, use: wire.ModelUse, data_dir: Path, speaking_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALKER_API_KEY", "geheim-123456")
    client.use_model(use.model_copy(update={"key_from": "TALKER_API_KEY"}))
    assert client.test_model("talker").problem is None
    assert speaking_model.keys == ["Bearer geheim-123456"]
    assert "geheim" not in (data_dir / "models.json").read_text()
    assert "geheim" not in httpx.get(f"{client.base_url}/models").text
    with pytest.raises(InputError, match="never the key") as refused:
        client.use_model(use.model_copy(update={"key_from": "sk-geheim-1"}))
    assert "geheim" not in str(refused.value)
    with pytest.raises(InputError, match="no password"):
        client.use_model(use.model_copy(update={"base_url": "http://me:geheim@127.0.0.1/v1"}))


def test_a_key_that_is_not_set_is_noticed(client: Client, use: wire.ModelUse) -> None:
    (model,) = client.use_model(use.model_copy(update={"key_from": "NOBODY_SET_THIS_API_KEY"})).models
    assert model.key_missing
    problem = client.test_model("talker").problem
    assert problem and "NOBODY_SET_THIS_API_KEY" in problem.detail


@pytest.mark.parametrize(
    "fault",
    [
        {"name": ""},
        {"name": "environment"},
        {"name": "a\nb"},
        {"model": " "},
        {"base_url": "ftp://x/v1"},
        {"base_url": "127.0.0.1:80"},
        {"base_url": "http://[::1/v1"},
        {"base_url": "http://x/v1?key=1"},
        {"price_out": None},
        {"context": 3},
        {"price_in": -1},
        {"role": "boss"},
    ],
)
def test_what_cannot_be_a_model_is_refused(
    client: Client, use: wire.ModelUse, fault: dict[str, object], data_dir: Path
) -> None:
    reply = httpx.post(f"{client.base_url}/models/use", json={**use.model_dump(), **fault})
    assert reply.status_code == 422
    assert next(iter(fault)) in reply.json()["detail"]
    assert not (data_dir / "models.json").exists()


def test_a_broken_file_of_models_leaves_what_is_built_in(
    client: Client, data_dir: Path, new: wire.NewSession, use: wire.ModelUse
) -> None:
    (data_dir / "models.json").write_text("{")
    models = client.models()
    assert [v.name for v in models.voices] == ["scripted"]
    assert models.fault and "models.json" in models.fault
    assert client.create(new).status is Status.AWAITING_ANSWER
    assert httpx.post(f"{client.base_url}/models/use", json=use.model_dump()).status_code == 500


def test_a_test_makes_one_real_call(client: Client, use: wire.ModelUse, speaking_model: Any) -> None:
    client.use_model(use)
    result = client.test_model("talker")
    assert result.problem is None
    assert result.first_token is not None and result.first_token > 0
    assert result.tokens_per_second and result.tokens == len(speaking_model.USUAL.split())
    assert result.text == speaking_model.USUAL
    assert len(speaking_model.asked) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, "model-unauthorised"), (404, "model-unknown")])
def test_a_test_says_what_is_wrong_with_a_model(
    client: Client, use: wire.ModelUse, speaking_model: Any, status: int, kind: str
) -> None:
    client.use_model(use)
    speaking_model.says = [status]
    result = client.test_model("talker")
    assert result.problem and result.problem.type == kind
    assert result.text == ""
    with pytest.raises(NotFound, match="nobody"):
        client.test_model("nobody")


def test_an_interview_with_a_model_names_it_and_counts_what_it_costs(
    client: Client, use: wire.ModelUse, new: wire.NewSession, speaking_model: Any, last: Any
) -> None:
    client.use_model(use)
    speaking_model.says = [client.case(new.case).opening]
    view = client.create(new.model_copy(update={"voice": "model"}))
    assert (view.cause, view.turns[0].voice, view.turns[0].model) == (None, "model", "talker-1")
    words = len(view.turns[0].text.split())
    assert (view.tokens_in, view.tokens_out) == (1000, words)
    assert view.cost == pytest.approx((1000 * 2 + words * 10) / 1e6)
    client.use_model(use.model_copy(update={"price_in": None, "price_out": None}))
    assert client.session(view.id).cost is None
    assert client.session(view.id).tokens_in == 1000


def test_the_built_in_interviewer_costs_nothing_that_is_known(session: wire.SessionView) -> None:
    assert (session.tokens_in, session.tokens_out, session.cost) == (0, 0, None)


def test_what_a_model_says_amiss_is_taken_back(
    client: Client, use: wire.ModelUse, new: wire.NewSession, speaking_model: Any
) -> None:
    client.use_model(use)
    view = client.create(new.model_copy(update={"voice": "model"}))
    speaking_model.says = ["I hear you. That was a great answer. What comes next?"]
    pieces = list(client.answer(view.id, "a", "I would first ask for the goal of the whole product."))
    kinds = [type(piece) for piece in pieces]
    at = len(kinds) - 1 - kinds[::-1].index(wire.Withdrawn)
    before = "".join(p.text for p in pieces[:at] if isinstance(p, wire.Delta))
    after = "".join(p.text for p in pieces[at:] if isinstance(p, wire.Delta))
    turn, state = pieces[-2:]
    assert isinstance(turn, wire.TurnView) and isinstance(state, wire.SessionView)
    assert before and "great" not in before
    assert after == turn.text


def test_a_session_whose_model_fails_goes_on_with_the_built_in_interviewer(
    client: Client, use: wire.ModelUse, new: wire.NewSession, speaking_model: Any, last: Any
) -> None:
    client.use_model(use)
    speaking_model.says = [401]
    view = client.create(new.model_copy(update={"voice": "model"}))
    assert view.status is Status.AWAITING_INTERVIEWER
    assert view.cause and "refuses the key" in view.cause
    after = client.change_voice(view.id, "scripted")
    assert (after.voice, after.cause) == ("scripted", None)
    done = last(client.retry(view.id))
    assert (done.status, done.turns[0].voice, done.turns[0].model) == (Status.AWAITING_ANSWER, "scripted", None)


def test_only_a_voice_that_is_ready_can_be_changed_to(
    client: Client, session: wire.SessionView, new: wire.NewSession
) -> None:
    with pytest.raises(InputError, match="no model is chosen"):
        client.change_voice(session.id, "model")
    with pytest.raises(InputError, match="no model is chosen"):
        client.create(new.model_copy(update={"voice": "model"}))
    with pytest.raises(InputError, match="there is no voice"):
        client.change_voice(session.id, "choir")
    with pytest.raises(NotFound):
        client.change_voice("nobody", "scripted")
    client.finish(session.id)
    with pytest.raises(Conflict):
        client.change_voice(session.id, "scripted")


def test_on_a_server_that_others_can_reach_no_model_is_chosen_over_http(
    make_application: Callable[..., Any], serve: Callable[..., Any], use: wire.ModelUse
) -> None:
    url = serve(create_app(make_application(), host="0.0.0.0")).url

    with Client(url) as far, pytest.raises(Conflict, match="on the machine itself"):
        far.use_model(use)
