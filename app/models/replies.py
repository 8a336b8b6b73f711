"""A reply in the making: chunks of LangChain's in, text without thoughts out, never waiting for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.chat import Completion, Sampling, Usage
from app.errors import CutOff, ModelUnreachable, Refused, UnusableReply
from app.models.faults import explained
from app.models.profiles import Endpoint
from app.models.thinking import ThinkingFilter, without_thinking

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk

CHARACTERS_MOST = 40
"""Characters that a token can have on average, by far; a reply with more does not keep to its limit of tokens."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, and how often to try; all times in seconds."""

    connect: float = 5.0
    first_token: float = 120.0
    """Retries and what they wait included. A large prompt on a slow machine takes its time."""
    between: float = 60.0
    """From one piece of a reply to the next."""
    whole: float = 300.0
    retries: int = 2
    """Of calls that meet 408, 409, 429, 5xx or a broken connection; with jitter, honouring Retry-After."""


class Reply:
    """What has come of a streamed reply so far."""

    def __init__(self, endpoint: Endpoint, sampling: Sampling, hold: bool) -> None:
        """Begin.

        Args:
            endpoint: that it comes from.
            sampling: that was asked for.
            hold: see `ThinkingFilter`.
        """
        self._endpoint = endpoint
        self._most = CHARACTERS_MOST * sampling.max_tokens
        self._filter = ThinkingFilter(hold)
        self._raw: list[str] = []
        self._length = 0
        self._model = endpoint.profile.model
        self._usage: Usage | None = None
        self._finish: str | None = None

    @property
    def begun(self) -> bool:
        """Say whether any text has come."""
        return bool(self._raw)

    @property
    def orphan(self) -> bool:
        """Say whether thoughts were given out, because only their end was marked."""
        return self._filter.orphan

    def take(self, chunk: AIMessageChunk) -> str:
        """Take a chunk, and give what of it may be heard.

        Raises:
            UnusableReply: the server does not keep to the limit.
        """
        self._finish = chunk.response_metadata.get("finish_reason") or self._finish
        self._model = chunk.response_metadata.get("model_name") or self._model
        self._usage = usage_of(chunk.usage_metadata) or self._usage
        text = chunk.content if isinstance(chunk.content, str) else ""
        if not text:
            return ""
        self._raw.append(text)
        self._length += len(text)
        if self._length > self._most:
            where = self._endpoint.profile.where
            raise UnusableReply(f"{where} goes on past the limit it was given: it does not honour max_tokens")
        return self._filter.feed(text)

    def end(self) -> str:
        """Give what was held back."""
        return self._filter.end()

    def completion(self) -> Completion:
        """Give the whole.

        Raises:
            CutOff: it broke off.
            Refused: the server stopped it.
        """
        where = self._endpoint.profile.where
        if self._finish is None:
            raise CutOff(f"the reply from {where} broke off in the middle: try again")
        if self._finish == "content_filter":
            raise Refused(f"{where} will not answer this prompt (its content filter stopped the reply)")
        return Completion(without_thinking("".join(self._raw)), self._model, self._usage, self._finish == "length")


async def in_time(
    chunks: AsyncGenerator[Any], endpoint: Endpoint, patience: Patience, reply: Reply
) -> AsyncGenerator[Any]:
    """Give the chunks, unless one keeps us waiting too long, or the whole does.

    Time is taken only while we wait for the server, never while whoever reads is at work.

    Raises:
        ModelError: see the tree in `app.errors`.
    """
    left = patience.whole
    clock = asyncio.get_running_loop().time
    while True:
        wait, since = min(patience.between if reply.begun else patience.first_token, left), clock()
        try:
            async with asyncio.timeout(wait):
                with explained(endpoint, begun=reply.begun):
                    chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise _late(endpoint, reply, wait, patience.whole if wait == left else None) from error
        left = max(0.0, left - (clock() - since))
        yield chunk


def usage_of(counted: Any) -> Usage | None:
    """Give the tokens as the server counted them."""
    if not counted:
        return None
    details: dict[str, int] = counted.get("input_token_details") or {}
    return Usage(counted["input_tokens"], counted["output_tokens"], details.get("cache_read") or 0)


def _late(endpoint: Endpoint, reply: Reply, waited: float, whole: float | None) -> CutOff | ModelUnreachable:
    """Give the error for a server that keeps us waiting, which says how long."""
    where = endpoint.profile.where
    slow = f"took longer than {whole:.3g} s" if whole else f"sent nothing for {waited:.3g} s"
    if reply.begun:
        return CutOff(f"the reply from {where} stopped in the middle (it {slow}): try again")
    return ModelUnreachable(f"{where} {slow}: is it overloaded, or the model too large for the machine?")
