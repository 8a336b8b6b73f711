"""Replies that are JSON of a schema: constrained by the server, else a tool call, else parsed with one repair."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.domain.chat import Completion, Message, Role, Sampling
from app.errors import UnusableReply

if TYPE_CHECKING:
    from app.models.gateway import LangChainModel

NAME = "reply"
_BLOCK = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


async def complete_json(
    model: LangChainModel, messages: Sequence[Message], sampling: Sampling, schema: Mapping[str, Any]
) -> Completion:
    """Give a reply whose text is valid JSON of the schema.

    Raises:
        UnusableReply: the server could not be brought to give one, by any of the ways.
        ModelError: see the tree in `app.errors`.
    """
    known = model.structured
    for way in (known,) if known else tuple(_WAYS):
        try:
            found = await _WAYS[way](model, messages, sampling, schema)
        except UnusableReply as fault:
            # A server that does not know a way refuses it, or answers in prose.
            if known or way == "plain":
                model.structured = None
                raise UnusableReply(f"{model.name} gives no JSON that can be used: {fault}") from fault
            continue
        model.structured = way
        return found
    raise UnusableReply(f"{model.name} gives no JSON")


async def _by_schema(
    model: LangChainModel, messages: Sequence[Message], sampling: Sampling, schema: Mapping[str, Any]
) -> Completion:
    wanted = {"type": "json_schema", "json_schema": {"name": NAME, "schema": dict(schema), "strict": True}}
    reply, _ = await model.call(messages, sampling, response_format=wanted)
    return _checked(reply, schema)


async def _by_tool(
    model: LangChainModel, messages: Sequence[Message], sampling: Sampling, schema: Mapping[str, Any]
) -> Completion:
    tool = {"type": "function", "function": {"name": NAME, "parameters": dict(schema)}}
    choice = {"type": "function", "function": {"name": NAME}}
    reply, calls = await model.call(messages, sampling, tools=[tool], tool_choice=choice)
    if not calls:
        return _checked(reply, schema)
    return _checked(replace(reply, text=json.dumps(calls[0]["args"], ensure_ascii=False)), schema)


async def _by_asking(
    model: LangChainModel, messages: Sequence[Message], sampling: Sampling, schema: Mapping[str, Any]
) -> Completion:
    order = f"Reply with JSON alone, of this schema: {json.dumps(schema)}"
    asked = [*messages[:-1], replace(messages[-1], content=f"{messages[-1].content}\n\n{order}")]
    reply, _ = await model.call(asked, sampling)
    try:
        return _checked(reply, schema)
    except UnusableReply as fault:
        repair = Message(Role.USER, f"That cannot be used: {fault}. {order}")
        again = [*asked, Message(Role.ASSISTANT, reply.text or "{}"), repair]
        reply, _ = await model.call(again, sampling)
        return _checked(reply, schema)


_WAYS = {"schema": _by_schema, "tool": _by_tool, "plain": _by_asking}


def _checked(reply: Completion, schema: Mapping[str, Any]) -> Completion:
    """Give the reply with nothing but its JSON.

    Raises:
        UnusableReply: it is not JSON, or not of the schema.
    """
    import jsonschema

    text = reply.text.strip()
    if block := _BLOCK.search(text):
        text = block.group(1).strip()
    if not text.startswith("{") and "{" in text:
        text = text[text.index("{") : text.rindex("}") + 1] if "}" in text else text
    try:
        jsonschema.validate(json.loads(text), dict(schema))
    except json.JSONDecodeError as error:
        raise UnusableReply(f"the reply is not JSON ({error.msg} at character {error.pos})") from error
    except RecursionError as error:
        raise UnusableReply("the reply is not JSON that can be read (it is nested too deeply)") from error
    except jsonschema.ValidationError as error:
        raise UnusableReply(f"the reply is not of the schema ({error.message[:120]})") from error
    return replace(reply, text=text)
