"""One way to every OpenAI-compatible server, by LangChain's client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from app.domain.chat import Completion, Message, Role, Sampling
from app.errors import ModelUnreachable, Refused, UnusableReply
from app.models.faults import explained
from app.models.profiles import Endpoint
from app.models.replies import Patience, Reply, in_time, usage_of
from app.models.thinking import without_thinking

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langchain_openai import ChatOpenAI

CALLS_AT_ONCE = 4
"""To one endpoint."""
CHARACTERS_PER_TOKEN = 3.6
"""Of English, until the server's own counts say otherwise."""
MESSAGE_TOKENS = 5
"""What a chat template adds to a message."""
LEARN_FROM = 0.1
"""Share by which the server's count must differ before the estimate follows it: what is left out of a conversation
hangs on the estimate, so it must not waver from turn to turn."""
OPENAI = "https://api.openai.com/v1"
_NEWER = (".openai.com", ".openai.azure.com")
"""Hosts that know the limit of tokens by its newer name; all others by its older one."""


class LangChainModel:
    """A chat model behind an OpenAI-compatible endpoint."""

    def __init__(
        self, endpoint: Endpoint, calls_at_once: int = CALLS_AT_ONCE, patience: Patience | None = None
    ) -> None:
        """Take the endpoint; nothing is opened before the first call."""
        self._endpoint = endpoint
        self._patience = patience or Patience()
        self._calls_at_once = calls_at_once
        self._per_token = CHARACTERS_PER_TOKEN
        self._limits: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, ChatOpenAI] = WeakKeyDictionary()
        self._thinks_first = False
        self.structured: str | None = None
        """The way of asking for JSON that this server was found to understand."""

    @property
    def name(self) -> str:
        """Name the model, as the profile does."""
        return self._endpoint.profile.model

    @property
    def context(self) -> int | None:
        """Give the tokens of context that the profile names."""
        return self._endpoint.profile.context

    def count(self, messages: Sequence[Message]) -> int:
        """Estimate the tokens of a prompt by what the server counted before."""
        return sum(MESSAGE_TOKENS + round(len(m.content) / self._per_token) for m in messages)

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[str | Completion]:
        """Give pieces of the reply as they come, and at the end the whole.

        Raises:
            ModelError: see the tree in `app.errors`.
        """
        reply = Reply(self._endpoint, sampling, self._thinks_first)
        async with self._turn():
            client = await self._client()
            chunks: Any = client.astream(_langchain(messages), stream_usage=True, **self._drawn(sampling))
            async with aclosing(chunks), aclosing(in_time(chunks, self._endpoint, self._patience, reply)) as stream:
                async for chunk in stream:
                    text = reply.take(chunk)
                    self._thinks_first = self._thinks_first or reply.orphan
                    if text:
                        yield text
        completion = reply.completion()
        if rest := reply.end():
            yield rest
        yield self._counted(messages, completion)

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, schema: Mapping[str, Any] | None = None
    ) -> Completion:
        """Give a whole reply; with a schema, one that is JSON of that schema.

        Raises:
            ModelError: see the tree in `app.errors`.
        """
        if schema is not None:
            from app.models.structured import complete_json

            return await complete_json(self, messages, sampling, schema)
        completion: Completion | None = None
        async with aclosing(self.stream(messages, sampling)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Completion):
                    completion = piece
        if completion is None:
            raise UnusableReply(f"{self._endpoint.profile.where} ended without a reply")
        return completion

    async def call(self, messages: Sequence[Message], sampling: Sampling, **options: Any) -> tuple[Completion, Any]:
        """Make one call that is not streamed; for structured replies.

        Returns:
            The reply, and the tool calls in it.
        """
        where = self._endpoint.profile.where
        async with self._turn():
            bound = (await self._client()).bind(**self._drawn(sampling), **options)
            try:
                async with asyncio.timeout(self._patience.whole):
                    with explained(self._endpoint):
                        message: Any = await bound.ainvoke(_langchain(messages))
            except TimeoutError as error:
                raise ModelUnreachable(f"{where} took longer than {self._patience.whole:.3g} s") from error
        meta = message.response_metadata
        if meta.get("finish_reason") == "content_filter" or message.additional_kwargs.get("refusal"):
            raise Refused(f"{where} will not answer this prompt")
        text = without_thinking(message.content if isinstance(message.content, str) else "")
        usage = usage_of(message.usage_metadata)
        whole = Completion(text, meta.get("model_name") or self.name, usage, meta.get("finish_reason") == "length")
        return self._counted(messages, whole), message.tool_calls

    async def aclose(self) -> None:
        """Let go of the connections of this event loop; those of loops that are closed went with them."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.root_async_client.close()

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        loop = asyncio.get_running_loop()
        limit = self._limits.setdefault(loop, asyncio.Semaphore(self._calls_at_once))
        async with limit:
            yield

    async def _client(self) -> ChatOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            # The libraries take seconds to load, in which others must not wait.
            made = await asyncio.to_thread(self._made)
            self._clients.setdefault(loop, made)
        return self._clients[loop]

    def _made(self) -> ChatOpenAI:
        import httpx
        import openai
        from langchain_openai import ChatOpenAI

        patience, options = self._patience, dict[str, Any]()
        if _is_here(self._endpoint.base_url):
            # No proxy stands between us and our own machine, and a new connection costs nothing.
            options["http_async_client"] = openai.DefaultAsyncHttpxClient(trust_env=False)
            options["default_headers"] = {"Connection": "close"}
        return ChatOpenAI(
            model=self.name,
            # Named even where it is the usual one, or the library would take it from the environment.
            base_url=self._endpoint.base_url or OPENAI,
            # Servers on one's own machine need no key, but the client library insists on one.
            api_key=self._endpoint.key if self._endpoint.key.get_secret_value() else "none",  # pyright: ignore[reportArgumentType]
            # Of reading, `in_time` judges: a read that runs out of time in the library would be tried again.
            timeout=httpx.Timeout(2 * patience.whole, connect=patience.connect),
            stream_chunk_timeout=None,
            max_retries=patience.retries,
            use_responses_api=False,
            **options,
        )

    def _drawn(self, sampling: Sampling) -> dict[str, Any]:
        drawn: dict[str, Any] = {"temperature": sampling.temperature}
        if sampling.seed is not None:
            drawn["seed"] = sampling.seed
        host = f".{urlsplit(self._endpoint.base_url or OPENAI).hostname}"
        if host.endswith(_NEWER):
            drawn["max_tokens"] = sampling.max_tokens
        else:
            drawn["extra_body"] = {"max_tokens": sampling.max_tokens}
        return drawn

    def _counted(self, messages: Sequence[Message], completion: Completion) -> Completion:
        """Learn from the server's count how many characters a token has."""
        if completion.usage and completion.usage.prompt > MESSAGE_TOKENS * len(messages):
            characters = sum(len(m.content) for m in messages)
            counted = completion.usage.prompt - MESSAGE_TOKENS * len(messages)
            per_token = max(1.0, characters / counted)
            if abs(per_token - self._per_token) > LEARN_FROM * self._per_token:
                self._per_token = per_token
        return completion


def _is_here(base_url: str | None) -> bool:
    host = urlsplit(base_url or OPENAI).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _langchain(messages: Sequence[Message]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {Role.SYSTEM: SystemMessage, Role.USER: HumanMessage, Role.ASSISTANT: AIMessage}
    return [kinds[m.role](content=m.content) for m in messages]
