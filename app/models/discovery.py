"""Ask servers which models they have: at the usual ports of this machine, and at any endpoint."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from app.errors import ConfigurationError, ModelError, ModelUnreachable, Unauthorised, UnusableReply

if TYPE_CHECKING:
    import httpx

OPENAI = "https://api.openai.com/v1"
OLLAMA, LM_STUDIO, LLAMA_CPP, VLLM = "Ollama", "LM Studio", "llama.cpp", "vLLM"
PORTS = (11434, 1234, 8080, 8000)
"""Where Ollama, LM Studio, llama.cpp and vLLM listen unless told otherwise; what is really there, is asked."""
LOOPBACK_SECONDS = 1.5
ENDPOINT_SECONDS = 8.0
MOST_BYTES = 4_000_000
"""Of an answer; whatever sends more is no model server."""
NO_KEY = SecretStr("")
_OWNERS = {"llamacpp": LLAMA_CPP, "vllm": VLLM, "openai": "OpenAI", "system": "OpenAI"}
_ANY = "OpenAI-compatible"
_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """One model that a server says it has."""

    server: str
    """Which program serves it, as far as it tells."""
    base_url: str
    model: str
    detail: str
    """Size, quantisation or context, as far as it tells; may be empty."""
    context: int | None = None
    """Tokens, if the list of models names them."""


async def discover(ports: Sequence[int] = PORTS) -> list[Found]:
    """Find the models of the servers on this machine; a port with something else on it is ignored."""
    asked = await asyncio.gather(*(_at_port(port) for port in ports))
    return [found for models in asked for found in models]


async def models_at(base_url: str | None, key: SecretStr = NO_KEY, seconds: float = ENDPOINT_SECONDS) -> list[Found]:
    """Ask an endpoint which models it has.

    Args:
        base_url: with `/v1`; None for OpenAI itself.
        key: sent to it if not empty.
        seconds: it has to answer.

    Raises:
        ConfigurationError: it is no address.
        ModelUnreachable: it does not answer in time, or with a failure of its own.
        Unauthorised: it refuses the key.
        UnusableReply: it is no OpenAI-compatible server.
    """
    asker = Asker(base_url, key)
    try:
        async with asyncio.timeout(seconds):
            return await asker.models()
    except TimeoutError as error:
        raise ModelUnreachable(f"{asker.where} did not answer within {seconds:g} s: is it overloaded?") from error


def has_model(found: Sequence[Found], model: str) -> bool:
    """Say whether a model is among them; Ollama lets one leave out `:latest`."""
    return any(f.model in (model, f"{model}:latest") for f in found)


class Asker:
    """Asks one endpoint, by GET and POST of small JSON."""

    def __init__(self, base_url: str | None, key: SecretStr) -> None:
        """Take where and with which key; nothing is asked yet.

        Raises:
            ConfigurationError: it is no address.
        """
        self.base_url = (base_url or OPENAI).rstrip("/")
        parts = address(self.base_url)
        self.where = shown(self.base_url)
        self._key = key.get_secret_value()
        if not (self._key.isascii() and self._key.isprintable()):
            raise Unauthorised(f"the key for {self.where} holds characters that no key has: set it anew")
        # A proxy has no business between us and our own machine.
        self._direct = _is_here(parts)
        self._encrypted = parts.scheme == "https"

    @property
    def root(self) -> str:
        """Give the address without `/v1`, where servers answer to more than OpenAI's interface."""
        return self.base_url.removesuffix("/v1")

    async def models(self) -> list[Found]:
        """List the models; see `models_at`."""
        status, answer = await self.json("GET", f"{self.base_url}/models")
        if status in (401, 403):
            raise Unauthorised(f"{self.where} refuses the key: set the right one in the environment")
        if status >= 500 or status == 429:
            raise ModelUnreachable(f"{self.where} answers {status}: try again later, or look at its log")
        rows = _rows(answer, "data")
        if status != 200 or rows is None:
            raise UnusableReply(
                f"{self.where} answers, but lists no models: is the base URL right? It usually ends with /v1"
            )
        listed = [_found(self.base_url, row) for row in rows if _named(row.get("id"))]
        return listed if not listed or listed[0].server != _ANY else await self._recognised(listed)

    async def json(self, method: str, url: str, body: object = None) -> tuple[int, Any]:
        """Give status and JSON of an answer, None for what is no JSON.

        Raises:
            ModelUnreachable: it does not answer.
        """
        import httpx

        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        client = httpx.AsyncClient(trust_env=not self._direct, verify=self._encrypted, timeout=ENDPOINT_SECONDS)
        try:
            async with client, client.stream(method, url, headers=headers, json=body) as response:
                return response.status_code, await _read(response)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelUnreachable(
                f"{self.where} does not answer: start the server there, or choose another with `sevenstep model use`"
            ) from error

    async def _recognised(self, listed: list[Found]) -> list[Found]:
        """Ask for what only Ollama and only LM Studio answer."""
        if self.base_url == OPENAI:
            return listed
        asked = await asyncio.gather(
            self.json("GET", f"{self.root}/api/tags"),
            self.json("GET", f"{self.root}/api/v0/models"),
            return_exceptions=True,
        )
        tags, studio = (_rows_of(answer, name) for answer, name in zip(asked, ("models", "data"), strict=True))
        if tags is not None:
            return _detailed(listed, OLLAMA, {str(row.get("name")): _ollama_detail(row) for row in tags})
        if studio is not None:
            return _detailed(listed, LM_STUDIO, {str(row.get("id")): _studio_detail(row) for row in studio})
        return listed


def address(url: str) -> SplitResult:
    """Take a base URL apart.

    Raises:
        ConfigurationError: it is no address of a server.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, usable = None, False
    if parts is None or not usable or not url.isprintable() or " " in url:
        raise ConfigurationError(f"the base URL {shown(url)!r} is no address: it looks like http://127.0.0.1:11434/v1")
    return parts


def shown(url: str) -> str:
    """Give an address without a password or query that may stand in it."""
    plain, _, _ = url.partition("?")
    scheme, separator, rest = plain.rpartition("://")
    place, slash, path = rest.partition("/")
    return scheme + separator + place.rpartition("@")[2] + slash + path


async def _at_port(port: int) -> list[Found]:
    try:
        return await models_at(f"http://127.0.0.1:{port}/v1", seconds=LOOPBACK_SECONDS)
    except ModelError:
        return []


async def _read(response: httpx.Response) -> Any:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError):
        return None


def _rows(answer: Any, name: str) -> list[dict[str, Any]] | None:
    """Give the objects of a list in an answer, None if it has no such list."""
    if not isinstance(answer, dict) or name not in answer:
        return None
    whole = cast("dict[str, Any]", answer)
    rows = whole[name]
    if rows is None and whole.get("object") == "list":
        return []
    if not isinstance(rows, list):
        return None
    return [cast("dict[str, Any]", row) for row in cast("list[object]", rows) if isinstance(row, dict)]


def _rows_of(answer: tuple[int, Any] | BaseException, name: str) -> list[dict[str, Any]] | None:
    if isinstance(answer, ModelError):
        return None
    if isinstance(answer, BaseException):
        raise answer
    return _rows(answer[1], name) if answer[0] == 200 else None


def _found(base_url: str, row: dict[str, Any]) -> Found:
    server = _OWNERS.get(str(row.get("owned_by")).partition("-")[0].casefold(), _ANY)
    meta = _part(row, "meta")
    size, window = _gigabytes(meta.get("size")), _count(row.get("max_model_len")) or _count(meta.get("n_ctx"))
    tokens = f"{window:,} tokens of context" if window else ""
    return Found(server, base_url, str(row["id"]), ", ".join(filter(None, (size, tokens))), window)


def _detailed(listed: list[Found], server: str, details: dict[str, str]) -> list[Found]:
    return [replace(f, server=server, detail=details.get(f.model, f.detail)) for f in listed]


def _ollama_detail(row: dict[str, Any]) -> str:
    more = _part(row, "details")
    parts = (_gigabytes(row.get("size")), more.get("parameter_size"), more.get("quantization_level"))
    return ", ".join(str(p) for p in parts if p and _named(p))


def _studio_detail(row: dict[str, Any]) -> str:
    return ", ".join(str(p) for p in (row.get("type"), row.get("quantization"), row.get("state")) if _named(p))


def _named(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _NAME_CHARACTERS and value.isprintable()


def _part(row: dict[str, Any], name: str) -> dict[str, Any]:
    part = row.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _gigabytes(value: object) -> str:
    size = _count(value)
    return f"{size / 1e9:.1f} GB" if size else ""


def _is_here(parts: SplitResult) -> bool:
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"
