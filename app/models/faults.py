"""Turn what goes wrong between us and a model's server into our own errors. No key ever stands in a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from app.errors import (
    ContextTooLong,
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
    r"context[ _](?:length|size|window)|maximum context|too many tokens|exceeds? the (?:available )?context",
    re.IGNORECASE,
)
_REFUSED = re.compile(r"content[ _](?:policy|filter|management)|safety|flagged", re.IGNORECASE)
_MESSAGE_CHARACTERS = 200


def explain(error: openai.OpenAIError, endpoint: Endpoint) -> ModelError:
    """Give our error for one of the client library's."""
    import openai

    where, model = endpoint.profile.where, endpoint.profile.model
    said = scrubbed(_said(error), endpoint)
    if isinstance(error, openai.APITimeoutError):
        return ModelUnreachable(f"{where} did not answer in time: is it overloaded, or the model too large for it?")
    if isinstance(error, openai.APIConnectionError):
        return ModelUnreachable(f"{where} does not answer: start the server there, or choose another with `model use`")
    if isinstance(error, (openai.AuthenticationError, openai.PermissionDeniedError)):
        hint = endpoint.profile.key_from or "SEVENSTEP_API_KEY"
        return Unauthorised(f"{where} refuses the key: set {hint} to a valid one")
    if isinstance(error, openai.RateLimitError):
        return RateLimited(f"{where} wants fewer calls ({said}): wait a little, then try again")
    if isinstance(error, openai.APIStatusError):
        return _by_status(error, where, model, said)
    return UnusableReply(f"{where} sent something that is no reply ({said})")


def scrubbed(text: str, endpoint: Endpoint) -> str:
    """Take the key out of a text, and shorten it to a line."""
    key = endpoint.key.get_secret_value()
    plain = text.replace(key, "…") if key else text
    plain = re.sub(r"\b(?:sk|key|token)-[\w-]{6,}", "…", " ".join(plain.split()))
    return plain[:_MESSAGE_CHARACTERS] or "no reason given"


def _by_status(error: openai.APIStatusError, where: str, model: str, said: str) -> ModelError:
    if _CONTEXT.search(said):
        return ContextTooLong(f"the conversation does not fit into the context of {model} at {where} ({said})")
    if error.status_code == 404:
        return UnknownModel(f"{where} has no model {model!r}: see `sevenstep model list`")
    if _REFUSED.search(said):
        return Refused(f"{where} will not answer this prompt ({said})")
    if error.status_code >= 500:
        return ModelUnreachable(
            f"{where} failed with status {error.status_code} ({said}): try again, or look at its log"
        )
    return UnusableReply(f"{where} refuses the request with status {error.status_code} ({said})")


def _said(error: openai.OpenAIError) -> str:
    import openai

    body = cast(object, error.body) if isinstance(error, openai.APIStatusError) else None
    if isinstance(body, Mapping):
        return str(cast("Mapping[str, object]", body).get("message") or error)
    return str(error)
