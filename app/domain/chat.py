"""What is said to a chat model and what comes back, and the port through which it is reached."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Role(StrEnum):
    """Who a message is from."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the server counted them."""

    prompt: int
    completion: int
    cached: int = 0
    """Of the prompt, those that the server had read before."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole reply."""

    text: str
    """Without thinking blocks."""
    model: str
    """As the server names itself."""
    usage: Usage | None
    """None if the server does not count."""
    cut_off: bool
    """The reply ended because it reached the limit of tokens."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is drawn."""

    max_tokens: int
    temperature: float = 0.7
    seed: int | None = None


class ChatModel(Protocol):
    """A chat model behind one endpoint. Safe to share between tasks."""

    @property
    def name(self) -> str:
        """Name the model, as the settings do."""
        ...

    @property
    def context(self) -> int | None:
        """Give how many tokens prompt and reply may have together, None if nobody knows."""
        ...

    def count(self, messages: Sequence[Message]) -> int:
        """Estimate the tokens of a prompt, by the server's own counts of earlier prompts where it gives them."""
        ...

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[str | Completion]:
        """Give pieces of the reply as they come, and at the end the whole.

        Closing the generator stops the model.

        Raises:
            ModelError: see the tree in `app.errors`.
        """
        ...

    async def complete(
        self, messages: Sequence[Message], sampling: Sampling, schema: Mapping[str, Any] | None = None
    ) -> Completion:
        """Give a whole reply; with a JSON schema, one that is valid JSON of that schema.

        Raises:
            ModelError: see the tree in `app.errors`.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
