"""One way to every OpenAI-compatible server, by LangChain's client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from app.domain.chat import Completion, Message, Role, Sampling, Usage
from app.errors import CutOff, ModelUnreachable, UnusableReply
from app.models.faults import explain
from app.models.profiles import Endpoint
from app.models.thinking import ThinkingFilter, without_thinking

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_openai import ChatOpenAI

CONNECT_SECONDS = 5.0
FIRST_TOKEN_SECONDS = 120.0
"""A large prompt on a slow machine takes its time."""
BETWEEN_SECONDS = 60.0
WHOLE_SECONDS = 300.0
RETRIES = 2
"""Of calls that meet 408, 409, 429, 5xx or a broken connection; with jitter, honouring Retry-After."""
CALLS_AT_ONCE = 4
"""To one endpoint."""
CHARACTERS_PER_TOKEN = 3.6
"""Of English, until the server's own counts say otherwise."""
MESSAGE_TOKENS = 5
"""What a chat template adds to a message."""


class LangChainModel:
    """A chat model behind an OpenAI-compatible endpoint."""

    def __init__(self, endpoint: Endpoint, calls_at_once: int = CALLS_AT_ONCE) -> None:
        """Take the endpoint; nothing is opened before the first call."""
        self._endpoint = endpoint
        self._calls_at_once = calls_at_once
        self._per_token = CHARACTERS_PER_TOKEN
        self._limits: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, ChatOpenAI] = WeakKeyDictionary()
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
        import openai

        reply = _Reply(self.name)
        async with self._turn():
            chunks: Any = self._client().astream(_langchain(messages), stream_usage=True, **self._drawn(sampling))
            try:
                async with aclosing(chunks) as stream, asyncio.timeout(WHOLE_SECONDS):
                    async for chunk in _in_time(stream, self._endpoint):
                        if text := reply.take(chunk):
                            yield text
            except TimeoutError as error:
                raise CutOff(f"{self._endpoint.profile.where} took longer than {WHOLE_SECONDS:.0f} s") from error
            except openai.OpenAIError as error:
                raise explain(error, self._endpoint) from error
        if rest := reply.end():
            yield rest
        yield self._counted(messages, reply.completion(self._endpoint))

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
        import openai

        async with self._turn():
            try:
                async with asyncio.timeout(WHOLE_SECONDS):
                    bound = self._client().bind(**self._drawn(sampling), **options)
                    message: Any = await bound.ainvoke(_langchain(messages))
            except TimeoutError as error:
                raise ModelUnreachable(
                    f"{self._endpoint.profile.where} took longer than {WHOLE_SECONDS:.0f} s"
                ) from error
            except openai.OpenAIError as error:
                raise explain(error, self._endpoint) from error
        meta = message.response_metadata
        text = without_thinking(message.content if isinstance(message.content, str) else "")
        usage = _usage(message.usage_metadata)
        whole = Completion(text, meta.get("model_name") or self.name, usage, meta.get("finish_reason") == "length")
        return self._counted(messages, whole), message.tool_calls

    async def aclose(self) -> None:
        """Let go of connections."""
        for client in list(self._clients.values()):
            await client.root_async_client.close()
        self._clients.clear()

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        loop = asyncio.get_running_loop()
        limit = self._limits.setdefault(loop, asyncio.Semaphore(self._calls_at_once))
        async with limit:
            yield

    def _client(self) -> ChatOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = self._made()
        return self._clients[loop]

    def _made(self) -> ChatOpenAI:
        import httpx
        from langchain_openai import ChatOpenAI

        return ChatOpenAI(
            model=self.name,
            base_url=self._endpoint.base_url,
            # Servers on one's own machine need no key, but the client library insists on one.
            api_key=self._endpoint.key if self._endpoint.key.get_secret_value() else "none",  # pyright: ignore[reportArgumentType]
            timeout=httpx.Timeout(FIRST_TOKEN_SECONDS, connect=CONNECT_SECONDS),
            max_retries=RETRIES,
            use_responses_api=False,
        )

    def _drawn(self, sampling: Sampling) -> dict[str, Any]:
        drawn: dict[str, Any] = {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens}
        if sampling.seed is not None:
            drawn["seed"] = sampling.seed
        if self._endpoint.base_url:
            # Many servers know the limit only by its older name.
            drawn["extra_body"] = {"max_tokens": sampling.max_tokens, "cache_prompt": True}
        return drawn

    def _counted(self, messages: Sequence[Message], completion: Completion) -> Completion:
        """Learn from the server's count how many characters a token has."""
        if completion.usage and completion.usage.prompt > MESSAGE_TOKENS * len(messages):
            characters = sum(len(m.content) for m in messages)
            counted = completion.usage.prompt - MESSAGE_TOKENS * len(messages)
            self._per_token = max(1.0, characters / counted)
        return completion


class _Reply:
    """A reply in the making."""

    def __init__(self, name: str) -> None:
        self._filter = ThinkingFilter()
        self._text = ""
        self._model = name
        self._usage: Usage | None = None
        self._finish: str | None = None

    def take(self, chunk: AIMessageChunk) -> str:
        self._finish = chunk.response_metadata.get("finish_reason") or self._finish
        self._model = chunk.response_metadata.get("model_name") or self._model
        self._usage = _usage(chunk.usage_metadata) or self._usage
        text = self._filter.feed(chunk.content if isinstance(chunk.content, str) else "")
        self._text += text
        return text

    def end(self) -> str:
        rest = self._filter.end()
        self._text += rest
        return rest

    def completion(self, endpoint: Endpoint) -> Completion:
        if self._finish is None:
            raise CutOff(f"the reply from {endpoint.profile.where} broke off in the middle")
        return Completion(self._text, self._model, self._usage, self._finish == "length")


async def _in_time(stream: AsyncGenerator[Any], endpoint: Endpoint) -> AsyncGenerator[Any]:
    """Give the chunks, unless one keeps us waiting too long."""
    patience = FIRST_TOKEN_SECONDS
    while True:
        try:
            async with asyncio.timeout(patience):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise ModelUnreachable(f"{endpoint.profile.where} sent nothing for {patience:.0f} s") from error
        patience = BETWEEN_SECONDS
        yield chunk


def _usage(counted: Any) -> Usage | None:
    if not counted:
        return None
    details: dict[str, int] = counted.get("input_token_details") or {}
    return Usage(counted["input_tokens"], counted["output_tokens"], details.get("cache_read") or 0)


def _langchain(messages: Sequence[Message]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {Role.SYSTEM: SystemMessage, Role.USER: HumanMessage, Role.ASSISTANT: AIMessage}
    return [kinds[m.role](content=m.content) for m in messages]
