"""Turn what goes wrong between us and a model's server into our own errors. No key ever stands in a message."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from app.errors import (
    ContextTooLong,
    CutOff,
    ModelError,
    ModelUnreachable,
    RateLimited,
    Refused,
    Unauthorised,
    UnknownModel,
    UnusableReply,
)

if TYPE_CHECKING:
    import openai

    from app.models.profiles import Endpoint

_CONTEXT = re.compile(
    r"context[ _](?:length|size|window)|maximum context|too many tokens|prompt is too long"
    r"|exceeds? the (?:available )?context",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"content[ _](?:policy|filter|management)|safety|flagged", re.IGNORECASE)
_KEY = re.compile(r"\b(?:sk|key|token)-[\w*-]{6,}")
_MESSAGE_CHARACTERS = 200
_MALFORMED = (ValueError, KeyError, TypeError, IndexError, AttributeError)
"""What LangChain lets through where a server's JSON is broken, or not of the shape that it expects."""


@contextmanager
def explained(endpoint: Endpoint, *, begun: bool = False) -> Generator[None]:
    """Raise our errors for those of the client libraries, from whose own words the key is taken out.

    Args:
        endpoint: that is called.
        begun: part of the reply is here already.

    Raises:
        ModelError: see the tree in `app.errors`.
    """
    import openai

    try:
        yield
    except openai.OpenAIError as error:
        told = explain(error, endpoint, begun=begun)
        _cleanse(error, endpoint)
        raise told from error
    except _MALFORMED as error:
        said = scrubbed(f"{type(error).__name__}: {error}", endpoint)
        _cleanse(error, endpoint)
        raise UnusableReply(
            f"{endpoint.profile.where} sent something that is no reply ({said}): is it an OpenAI-compatible server?"
        ) from error


def explain(error: openai.OpenAIError, endpoint: Endpoint, *, begun: bool = False) -> ModelError:
    """Give our error for one of the client library's."""
    import openai

    where, model = endpoint.profile.where, endpoint.profile.model
    said = scrubbed(_said(error), endpoint)
    if isinstance(error, openai.APIConnectionError):
        return _lost(error, where, begun)
    if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
        hint = endpoint.profile.key_from or "SEVENSTEP_API_KEY"
        return Unauthorised(f"{where} refuses the key: set {hint} to a valid one")
    if isinstance(error, openai.RateLimitError):
        return RateLimited(f"{where} wants fewer calls ({said}): wait a little, then try again")
    if isinstance(error, openai.LengthFinishReasonError):
        return CutOff(f"the reply from {where} reached its limit of tokens before it was whole")
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return Refused(f"{where} will not answer this prompt (its content filter stopped the reply)")
    if isinstance(error, openai.APIResponseValidationError):
        return UnusableReply(f"{where} sent something that is no reply ({said})")
    if isinstance(error, openai.APIError):
        return _by_status(error, where, model, said, begun)
    return UnusableReply(f"{where} sent something that is no reply ({said})")


def scrubbed(text: str, endpoint: Endpoint) -> str:
    """Take the key out of a text, and shorten it to a line."""
    return " ".join(_without_key(text, endpoint).split())[:_MESSAGE_CHARACTERS] or "no reason given"


def _lost(error: openai.APIConnectionError, where: str, begun: bool) -> ModelError:
    import openai

    if begun:
        return CutOff(f"the reply from {where} broke off in the middle: try again")
    if isinstance(error, openai.APITimeoutError):
        return ModelUnreachable(f"{where} did not answer in time: is it overloaded, or the model too large for it?")
    return ModelUnreachable(f"{where} does not answer: start the server there, or choose another with `model use`")


def _by_status(error: openai.APIError, where: str, model: str, said: str, begun: bool) -> ModelError:
    """Explain an answer with a status; an error in the middle of a stream has none."""
    import openai

    status = error.status_code if isinstance(error, openai.APIStatusError) else None
    if _CONTEXT.search(said):
        return ContextTooLong(f"the conversation does not fit into the context of {model} at {where} ({said})")
    if status == 404:
        return UnknownModel(
            f"{where} has no model {model!r}, or is not the address of an API (most end in /v1): "
            "see `sevenstep model list`"
        )
    if _REFUSED.search(said):
        return Refused(f"{where} will not answer this prompt ({said})")
    if begun:
        return CutOff(f"the reply from {where} broke off in the middle ({said}): try again")
    if status is None or status >= 500:
        failed = f"with status {status} " if status else ""
        return ModelUnreachable(f"{where} failed {failed}({said}): try again, or look at its log")
    return UnusableReply(f"{where} refuses the request with status {status} ({said})")


def _said(error: openai.OpenAIError) -> str:
    import openai

    body = cast(object, error.body) if isinstance(error, openai.APIError) else None
    if isinstance(body, Mapping):
        return str(cast("Mapping[str, object]", body).get("message") or error)
    return str(error)


def _without_key(text: str, endpoint: Endpoint) -> str:
    key = endpoint.key.get_secret_value()
    return _KEY.sub("…", text.replace(key, "…") if key else text)


def _cleanse(error: BaseException, endpoint: Endpoint) -> None:
    """Take the key out of an error and those behind it, since a server may repeat it and a log may print them."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        link.args = tuple(_without_key(a, endpoint) if isinstance(a, str) else a for a in link.args)
        link = link.__cause__ or link.__context__
