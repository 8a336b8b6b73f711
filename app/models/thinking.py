"""Take out what a model thinks aloud: `<think>…</think>` never reaches the candidate or the parser."""

import re

_OPEN, _CLOSE = re.compile(r"<(think|thinking|reasoning)>", re.IGNORECASE), "</{}>"
_LONGEST_TAG = len("</reasoning>")


class ThinkingFilter:
    """Pass a stream through without the blocks in which the model thinks."""

    def __init__(self) -> None:
        self._held = ""
        self._inside: str | None = None
        self._begun = False

    def feed(self, piece: str) -> str:
        """Take a piece, and give what of it, and of what was held back, is no thinking."""
        self._held += piece
        passed = ""
        while True:
            passed_now, again = self._outside() if self._inside is None else self._within()
            passed += passed_now
            if not again:
                return self._without_lead(passed)

    def end(self) -> str:
        """Give what was held back when the stream ends; an unfinished block is dropped."""
        rest = "" if self._inside else self._held
        self._held = ""
        return self._without_lead(rest)

    def _outside(self) -> tuple[str, bool]:
        match = _OPEN.search(self._held)
        if match:
            passed, self._held = self._held[: match.start()], self._held[match.end() :]
            self._inside = match.group(1).casefold()
            return passed, True
        keep = _possible_tag(self._held)
        passed, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return passed, False

    def _within(self) -> tuple[str, bool]:
        close = _CLOSE.format(self._inside)
        end = self._held.casefold().find(close)
        if end < 0:
            self._held = self._held[-_LONGEST_TAG:]
            return "", False
        self._held = self._held[end + len(close) :]
        self._inside = None
        return "", True

    def _without_lead(self, text: str) -> str:
        """Drop white space before the first word, which thinking leaves behind."""
        if self._begun:
            return text
        text = text.lstrip()
        self._begun = bool(text)
        return text


def without_thinking(text: str) -> str:
    """Take the blocks out of a whole text."""
    passing = ThinkingFilter()
    return passing.feed(text) + passing.end()


def _possible_tag(text: str) -> int:
    """Give how many characters at the end could be the beginning of a tag."""
    start = text.rfind("<", max(0, len(text) - _LONGEST_TAG))
    if start < 0 or ">" in text[start:]:
        return 0
    tail = text[start:].casefold()
    return len(tail) if any(f"<{name}>".startswith(tail) for name in ("think", "thinking", "reasoning")) else 0
