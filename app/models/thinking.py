"""Take out what a model thinks aloud: `<think>…</think>` never reaches the candidate or the parser."""

import re

_NAMES = ("think", "thinking", "reasoning")
_FLAGS = re.IGNORECASE | re.ASCII
_TAG = re.compile(rf"<(/?)({'|'.join(_NAMES)})>", _FLAGS)
_TAGS = tuple(f"<{slash}{name}>" for name in _NAMES for slash in ("", "/"))
_LONGEST = max(map(len, _TAGS))


class ThinkingFilter:
    """Pass a stream through without the blocks in which the model thinks."""

    def __init__(self, hold: bool = False) -> None:
        """Begin.

        Args:
            hold: give nothing out before a tag comes or the stream ends, for models whose chat template opens the
                block itself, so that a reply begins with thoughts and only their end is marked.
        """
        self.orphan = False
        """Whether the end of a block came whose beginning was never seen."""
        self._hold = hold
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
        match = _TAG.search(self._held)
        if match is None:
            return self._safe(), False
        before, tag, self._held = self._held[: match.start()], match.group(), self._held[match.end() :]
        closes, name = match.groups()
        if not closes:
            self._inside, self._hold = name.lower(), False
            return before, True
        self.orphan = True
        if self._hold:
            self._hold = False
            return "", True
        # What came before it is out already; the mark stays, so that whoever reads on can tell.
        return before + tag, True

    def _safe(self) -> str:
        """Take out of what is held what cannot be the beginning of a tag."""
        if self._hold:
            return ""
        keep = _possible_tag(self._held)
        passed, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return passed

    def _within(self) -> tuple[str, bool]:
        close = re.search(f"</{self._inside}>", self._held, _FLAGS)
        if close is None:
            self._held = self._held[-_LONGEST:]
            return "", False
        self._held = self._held[close.end() :]
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
    passing = ThinkingFilter(hold=True)
    return passing.feed(text) + passing.end()


def _possible_tag(text: str) -> int:
    """Give how many characters at the end could be the beginning of a tag."""
    start = text.rfind("<", max(0, len(text) - _LONGEST))
    if start < 0:
        return 0
    tail = text[start:]
    begins = tail.isascii() and any(tag.startswith(tail.lower()) for tag in _TAGS)
    return len(tail) if begins else 0
