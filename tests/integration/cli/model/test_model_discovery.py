import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pydantic import SecretStr

from app.errors import ConfigurationError, ModelUnreachable, Unauthorised, UnusableReply
from app.models.discovery import Found, discover, has_model, models_at
from app.models.probe import context_of
from app.models.profiles import Endpoint, Profile

Serve = Callable[..., Any]


def listing(*names: object, owner: str = "tests", **more: object) -> dict[str, object]:
    return {"object": "list", "data": [{"id": n, "object": "model", "owned_by": owner, **more} for n in names]}


OLLAMA: dict[str, object] = {
    "/v1/models": listing("qwen2.5:7b", "llama3.1:latest", owner="library"),
    "/api/tags": {
        "models": [
            {
                "name": "qwen2.5:7b",
                "size": 4_683_087_332,
                "details": {"parameter_size": "7.6B", "quantization_level": "Q4_K_M"},
            }
        ]
    },
}
LLAMA_CPP: dict[str, object] = {
    "/v1/models": listing("model.gguf", owner="llamacpp", meta={"n_ctx_train": 32768, "size": 1_055_609_824}),
    "/api/tags": {"models": [{"name": "model.gguf"}]},
}
VLLM: dict[str, object] = {"/v1/models": listing("Qwen/Qwen2.5-7B-Instruct", owner="vllm", max_model_len=32768)}
STUDIO: dict[str, object] = {
    "/v1/models": listing("qwen2.5-7b-instruct", owner="organization_owner"),
    "/api/v0/models": {
        "data": [{"id": "qwen2.5-7b-instruct", "type": "llm", "quantization": "Q4_K_M", "state": "loaded"}]
    },
}


def found(*ports: int) -> list[Found]:
    return asyncio.run(discover(ports))


def at(base_url: str, key: str = "", seconds: float = 2.0) -> list[Found]:
    return asyncio.run(models_at(base_url, SecretStr(key), seconds))


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_each_server_is_recognised_by_what_it_answers_and_not_by_its_port(serve: Serve) -> None:
    servers = [serve(routes) for routes in (VLLM, STUDIO, LLAMA_CPP, OLLAMA, {"/v1/models": listing("m")})]

    models = found(*(s.port for s in servers))

    assert [(f.server, f.model, f.detail) for f in models] == [
        ("vLLM", "Qwen/Qwen2.5-7B-Instruct", "32,768 tokens of context"),
        ("LM Studio", "qwen2.5-7b-instruct", "llm, Q4_K_M, loaded"),
        ("llama.cpp", "model.gguf", "1.1 GB"),
        ("Ollama", "qwen2.5:7b", "4.7 GB, 7.6B, Q4_K_M"),
        ("Ollama", "llama3.1:latest", ""),
        ("OpenAI-compatible", "m", ""),
    ]
    assert models[0].base_url == servers[0].base_url


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


OTHERS: dict[str, object] = {
    "a web page": b"<html>router</html>",
    "not found": 404,
    "a failure": 500,
    "wants a key": 401,
    "another list": [1, 2],
    "another object": {"data": "x"},
    "no names": {"data": [{"id": 5}, 7, {"name": "x"}, {"id": "\x1b[2J"}, {"id": "x" * 5000}]},
    "no models": {"object": "list", "data": None},
    "deep JSON": b"[" * 100_000,
    "no text": b"\xff\xfe\x00",
    "endless": endless,
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_port_with_something_else_on_it_is_ignored(serve: Serve, name: str) -> None:
    assert found(serve({"/v1/models": OTHERS[name]}).port) == []


def test_silent_closed_and_good_ports_are_asked_at_once(serve: Serve, silent: int) -> None:
    good = serve(VLLM)
    started = time.monotonic()

    models = found(silent, 9, good.port, silent)

    assert [f.server for f in models] == ["vLLM"]
    assert time.monotonic() - started < 2.9


def test_a_server_that_does_not_speak_http_is_ignored() -> None:
    async def scene() -> list[Found]:
        async def chat(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail ready\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(chat, "127.0.0.1", 0)
        async with server:
            return await discover([server.sockets[0].getsockname()[1]])

    assert asyncio.run(scene()) == []


def test_a_scanned_port_is_sent_no_key(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    server = serve(VLLM)

    found(server.port)

    assert server.keys == [None]


def test_a_proxy_is_not_asked_about_this_machine(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert len(found(serve(VLLM).port)) == 1


def test_an_endpoint_is_asked_with_its_key(serve: Serve) -> None:
    server = serve(VLLM, key="canary")

    assert [f.model for f in at(server.base_url + "/", key="canary")] == ["Qwen/Qwen2.5-7B-Instruct"]
    with pytest.raises(Unauthorised, match="refuses the key") as caught:
        at(server.base_url, key="wrong-canary")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("key", ["canary\n", "canaryé"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_said(key: str) -> None:
    with pytest.raises(Unauthorised, match="set it anew") as caught:
        at("http://127.0.0.1:9/v1", key=key)

    assert "canary" not in str(caught.value)


def test_what_is_wrong_with_an_endpoint_is_said(serve: Serve, silent: int) -> None:
    with pytest.raises(ModelUnreachable, match="does not answer: start the server"):
        at("http://127.0.0.1:9/v1")
    with pytest.raises(ModelUnreachable, match=r"did not answer within 0\.2 s"):
        at(f"http://127.0.0.1:{silent}/v1", seconds=0.2)
    with pytest.raises(ModelUnreachable, match="answers 503"):
        at(serve({"/v1/models": 503}).base_url)
    with pytest.raises(UnusableReply, match="usually ends with /v1"):
        at(serve({}).base_url)


@pytest.mark.parametrize(
    "url", ["nonsense", "ftp://host/v1", "http://", "http://[/v1", "http://a:99999/v1", "http://a b"]
)
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(ConfigurationError, match="is no address: it looks like http"):
        at(url)


def test_a_password_in_an_address_is_not_said(serve: Serve) -> None:
    with pytest.raises(ModelUnreachable) as caught:
        at("http://me:canary@127.0.0.1:9/v1?key=canary")

    assert "canary" not in str(caught.value)


def test_the_tag_latest_may_be_left_out() -> None:
    models = [Found("Ollama", "u", "llama3.1:latest", "")]

    assert has_model(models, "llama3.1")
    assert not has_model(models, "llama3")


CONTEXTS: dict[str, tuple[dict[str, object], int | None]] = {
    "llama.cpp": ({"/props": {"default_generation_settings": {"n_ctx": 8192}}}, 8192),
    "vLLM": ({"/v1/models": listing("m", owner="vllm", max_model_len=32768)}, 32768),
    "Ollama, loaded": ({"/api/ps": {"models": [{"name": "m:latest", "context_length": 4096}]}}, 4096),
    "Ollama, set": (
        {"/api/show": {"parameters": "stop x\nnum_ctx 2048", "model_info": {"llama.context_length": 131072}}},
        2048,
    ),
    "Ollama, made for": ({"/api/show": {"model_info": {"llama.context_length": 131072}}}, 131072),
    "nobody": ({}, None),
    "nonsense": ({"/props": [1], "/api/ps": {"models": 3}, "/api/show": {"model_info": []}}, None),
}


@pytest.mark.parametrize("name", CONTEXTS)
def test_the_context_is_asked_as_each_server_tells_it(serve: Serve, name: str) -> None:
    routes, tokens = CONTEXTS[name]
    server = serve(routes)

    asked = context_of(Endpoint(Profile("p", "m", server.base_url), server.base_url, SecretStr("")))

    assert asyncio.run(asked) == tokens
