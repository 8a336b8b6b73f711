from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app import wire
from app.api import create_app
from app.client import Client

NEW = {"case": "video-recommendation", "level": "mid"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[broken"},
        {"Host": ""},
    ],
)
def test_a_page_from_elsewhere_cannot_post(client: Client, headers: dict[str, str]) -> None:
    response = httpx.post(f"{client.base_url}/sessions", json=NEW, headers=headers)

    assert (response.status_code, response.headers["content-type"]) == (403, "application/problem+json")
    assert wire.Problem.model_validate_json(response.content).type == "forbidden"
    assert client.sessions() == []


def test_a_form_from_elsewhere_cannot_post(client: Client, session: wire.SessionView) -> None:
    url = f"{client.base_url}/sessions/{session.id}/finish"
    assert httpx.post(url, data={"a": "b"}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.session(session.id).finished is None


def test_a_foreign_name_for_this_machine_cannot_read(client: Client) -> None:
    assert httpx.get(f"{client.base_url}/sessions", headers={"Host": "evil.example"}).status_code == 403


def test_the_same_host_may_post(client: Client) -> None:
    port = httpx.URL(client.base_url).port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", "LOCALHOST"):
        headers = {"Host": name, "Origin": f"http://{name}", "Sec-Fetch-Site": "same-origin"}
        assert httpx.post(f"{client.base_url}/sessions", json=NEW, headers=headers).status_code == 201


def test_on_every_address_any_name_will_do_but_not_any_origin(
    make_application: Callable[..., Any], serve: Callable[..., Any]
) -> None:
    url = serve(create_app(make_application(), host="0.0.0.0")).url

    own = {"Host": "trainer.lan", "Origin": "http://trainer.lan"}
    other = {"Host": "trainer.lan", "Origin": "https://evil.example"}
    assert httpx.get(f"{url}/cases", headers={"Host": "trainer.lan"}).status_code == 200
    assert httpx.post(f"{url}/sessions", json=NEW, headers=own).status_code == 201
    assert httpx.post(f"{url}/sessions", json=NEW, headers=other).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status", "type_"),
    [("GET", "/nothing", 404, "not-found"), ("PUT", "/sessions", 405, "bad-input"), ("GET", "/docs", 404, "not-found")],
)
def test_what_is_not_there_is_a_problem_too(client: Client, method: str, path: str, status: int, type_: str) -> None:
    response = httpx.request(method, f"{client.base_url}{path}")

    problem = wire.Problem.model_validate_json(response.content)
    assert (response.status_code, problem.status, problem.type) == (status, status, type_)
    assert problem.detail and response.headers["content-type"] == "application/problem+json"
