"""A scripted OpenAI-compatible server on loopback, which can do everything that goes wrong with real ones.

What it does with each request is taken from a queue of `Act`s; when that is empty, it answers as a well-behaved model.
"""

import json
import re
import select
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, Literal, cast

MODEL = "scripted-double"
CHARACTERS_PER_TOKEN = 4
RUNAWAY = 300_000
"""Pieces after which even a reply without a limit ends."""
_PIECE = re.compile(r"\S{1,4000}\s?|\s+")


@dataclass(frozen=True, slots=True)
class Act:
    """What the server does with one request."""

    text: str | None = None
    """The reply; None for that of a well-behaved model."""
    status: int = 200
    message: str = "the double was told to fail"
    """Of the error, with any other status."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    raw: bytes | None = None
    """Body that is sent as it is, in place of a reply."""
    reasoning: str = ""
    """Thoughts in the field `reasoning_content`."""
    finish: str | None = "stop"
    """Reason for the end; None ends without one."""
    hang: Literal["start", "middle"] | None = None
    """Where to send no more, until the client has left."""
    cut: bool = False
    """Close the socket in the middle."""
    error: str | None = None
    """An error event in the middle of a stream."""
    endless: bool = False
    """Go on for ever, as far as the limit of tokens allows."""
    deaf: bool = False
    """Do not keep to the limit of tokens."""
    prose: bool = False
    """Reply in text, even where a tool call is asked for."""
    pause: float = 0.0
    """Seconds before each piece."""


def failing(status: int, message: str = "the double was told to fail", **headers: str) -> Act:
    """Answer with an error; header names take underscores for dashes."""
    return Act(status=status, message=message, headers={k.replace("_", "-"): v for k, v in headers.items()})


def limited(after: float) -> Act:
    """Ask for fewer calls, and say when to try again."""
    return failing(429, "too many requests", Retry_After=f"{after:g}")


WITHOUT_KEY = failing(401, "Incorrect API key provided")
WITHOUT_MODEL = failing(404, "the model does not exist")
TOO_LONG = failing(400, "This model's maximum context length is 2048 tokens, you requested 9000")
FILTERED = failing(400, "The response was filtered by the content management policy")
OVERLOADED = failing(500, "out of slots")
HANGS = Act(hang="start")
STALLS = Act(hang="middle")
CUT = Act(cut=True)
UNFINISHED = Act(finish=None)
BROKEN_STREAM = Act(error="the model runner has crashed")
MALFORMED = Act(raw=b'{"id": "x", "choices": [{"mess')
NO_CHOICES = Act(raw=b'{"id": "x", "object": "chat.completion", "model": "m", "choices": null}')
WEB_PAGE = Act(raw=b"<html><body>Welcome to the router</body></html>")
EMPTY = Act("")
ENDLESS = Act(endless=True)
RUNNING_AWAY = Act(endless=True, deaf=True)
HUGE = Act("this and that of it all " * 40_000, deaf=True)
HUGE_WORD = Act("w" * 1_000_000, deaf=True)


@dataclass(eq=False, slots=True)
class Call:
    """A request, and what became of it."""

    messages: list[dict[str, Any]]
    options: dict[str, Any]
    """All the rest of its body."""
    act: Act
    at: float = field(default_factory=monotonic)
    sent: int = 0
    """Pieces of the reply."""
    end: Literal["whole", "cut", "left", "under way"] = "under way"
    """`left`: the client closed the connection."""
    done: Event = field(default_factory=Event)

    @property
    def prompt(self) -> str:
        """Give the whole prompt as one text."""
        return "\n".join(f"{m['role']}: {m['content']}" for m in self.messages)

    @property
    def limit(self) -> int | None:
        """Give the limit of tokens that was sent."""
        return self.options.get("max_tokens") or self.options.get("max_completion_tokens")


class Double:
    """The server; a context manager that listens while it is open."""

    def __init__(
        self,
        answer: Callable[[Call], str] | None = None,
        *,
        key: str | None = None,
        knows: Sequence[str] = ("schema", "tools"),
    ) -> None:
        """Take how it behaves when its queue is empty.

        Args:
            answer: words a reply; by default `obedient`.
            key: refuse all others, and say them back, as some servers do.
            knows: ways of asking for JSON that it does not refuse.
        """
        self.answer = answer or obedient
        self.key = key
        self.knows = tuple(knows)
        self.acts: deque[Act] = deque()
        self.always: Act | None = None
        """What to do when the queue is empty, if not to behave well."""
        self.calls: list[Call] = []
        self.most_at_once = 0
        self.closing = Event()
        self._at_once = 0
        self._lock = Lock()
        double = self

        class Handler(_Handler):
            server_double = double

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def address(self) -> str:
        """Give the base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def then(self, *acts: Act) -> None:
        """Queue what to do next."""
        self.acts.extend(acts)

    def __enter__(self) -> "Double":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def begin(self, body: dict[str, Any]) -> Call:
        """Record a request, and decide what to do with it."""
        with self._lock:
            act = self.acts.popleft() if self.acts else self.always or Act()
            messages = body.pop("messages")
            call = Call(messages, body, act)
            self.calls.append(call)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            return call

    def finish(self, call: Call) -> None:
        """Record that a request is over."""
        with self._lock:
            self._at_once -= 1
        call.done.set()

    def usage(self, call: Call) -> dict[str, Any]:
        """Count tokens; those of the longest beginning that an earlier prompt had too are cached."""
        prompt = call.prompt
        with self._lock:
            earlier = [c.prompt for c in self.calls if c.at < call.at]
        known = max((_common(prompt, e) for e in earlier), default=0)
        tokens = len(prompt) // CHARACTERS_PER_TOKEN
        return {
            "prompt_tokens": tokens,
            "completion_tokens": call.sent,
            "total_tokens": tokens + call.sent,
            "prompt_tokens_details": {"cached_tokens": known // CHARACTERS_PER_TOKEN},
        }


def obedient(call: Call) -> str:
    """Word a turn as a plain model would that follows its plan note: say what stands in quotation marks there."""
    note = call.prompt[call.prompt.rfind("[Plan note:") :].split("\nFor you alone")[0]
    quoted = re.findall(r'"([^"]+)"', note)
    if not quoted:
        return "Thank you, that was our time." if "Thank the candidate" in note else "Let us come back to that part."
    text = " ".join(quoted)
    return f"{text} How would you go on?" if "nudge" in note else text


class _Server(ThreadingHTTPServer):
    """Drops the connections that are left when it closes."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that leave are a part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_double: Double

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path.rstrip("/") != "/v1/models":
            return self._fail(failing(404, "no such page"))
        self._json(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "tests"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            return self._fail(failing(404, "no such page"))
        double = self.server_double
        call = double.begin(body)
        try:
            call.end = self._reply(self._refusal(call) or call.act, call)
        except OSError:
            call.end = "left"
            self.close_connection = True
        finally:
            double.finish(call)

    def _refusal(self, call: Call) -> Act | None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.server_double.key not in (None, given):
            return failing(401, f"Incorrect API key provided: {given}")
        for name, option in (("schema", "response_format"), ("tools", "tools")):
            if option in call.options and name not in self.server_double.knows:
                return failing(400, f"{option} is not supported")
        return None

    def _reply(self, act: Act, call: Call) -> Literal["whole", "cut", "left"]:
        if act.status != 200:
            self._fail(act)
        elif act.hang == "start":
            return self._wait()
        elif act.raw is not None:
            self._send(200, act.raw, "application/json")
        elif call.options.get("stream"):
            return self._stream(call)
        else:
            return self._whole(call)
        return "whole"

    def _whole(self, call: Call) -> Literal["whole", "cut", "left"]:
        text = "".join(self._pieces(call))
        if call.act.hang:
            return self._wait()
        if call.act.cut:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"id": ')
            self.close_connection = True
            return "cut"
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if call.act.reasoning:
            message["reasoning_content"] = call.act.reasoning
        if "tools" in call.options and not call.act.prose:
            function = {"name": call.options["tools"][0]["function"]["name"], "arguments": text}
            message |= {"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
        choice = {"index": 0, "message": message, "finish_reason": self._finish(call)}
        self._json(200, {**_envelope("chat.completion"), "choices": [choice], "usage": self.server_double.usage(call)})
        return "whole"

    def _stream(self, call: Call) -> Literal["whole", "cut", "left"]:
        act = call.act
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._delta({"role": "assistant", "content": ""})
        if act.reasoning:
            for thought in _PIECE.findall(act.reasoning):
                self._delta({"reasoning_content": thought})
        breaks = act.hang == "middle" or act.cut or act.error is not None
        pieces = iter(self._pieces(call))
        for piece in [next(pieces, "Well, ")] if breaks else pieces:
            self._delta({"content": piece})
        if breaks:
            return self._break(act)
        self._delta({}, self._finish(call))
        if call.options.get("stream_options", {}).get("include_usage"):
            self._event({**_envelope("chat.completion.chunk"), "choices": [], "usage": self.server_double.usage(call)})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")
        return "whole"

    def _break(self, act: Act) -> Literal["cut", "left"]:
        if act.hang:
            return self._wait()
        if act.error:
            self._event({"error": {"message": act.error, "type": "server_error", "code": 500}})
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
        return "cut"

    def _pieces(self, call: Call) -> Iterator[str]:
        act = call.act
        limit = RUNAWAY if act.deaf else min(call.limit or RUNAWAY, RUNAWAY)
        text = act.text
        if text is None and not act.endless:
            text = self.server_double.answer(call)
        pieces = repeat("and so on ") if text is None else iter(cast("list[str]", _PIECE.findall(text)))
        for piece in pieces:
            if act.pause and self.server_double.closing.wait(act.pause):
                return
            if call.sent >= limit or self._left():
                return
            call.sent += 1
            yield piece

    def _finish(self, call: Call) -> str | None:
        limit = call.limit
        return "length" if not call.act.deaf and limit and call.sent >= limit else call.act.finish

    def _delta(self, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._event({**_envelope("chat.completion.chunk"), "choices": [choice]})

    def _event(self, data: Mapping[str, Any]) -> None:
        self._chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _fail(self, act: Act) -> None:
        error = {"error": {"message": act.message, "type": "error", "code": act.status}}
        self._send(act.status, json.dumps(error).encode(), "application/json", act.headers)

    def _json(self, status: int, body: Mapping[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _wait(self) -> Literal["left"]:
        """Hang until the client has left, or the server closes."""
        while not self.server_double.closing.wait(0.01) and not self._left():
            pass
        self.close_connection = True
        return "left"

    def _left(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)


def _envelope(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-double", "object": kind, "created": 0, "model": MODEL}


def _common(a: str, b: str) -> int:
    """Give the length of the longest common beginning."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
