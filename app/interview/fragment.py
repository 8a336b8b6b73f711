"""Pick a few words of the candidate's own to refer to."""

import re
from collections.abc import Iterable

from app.grading.text import Token, words

SHORTEST, LONGEST = 2, 5
"""Words in a fragment."""
_GAP = re.compile(r"^[\s\-–]*$")
_PLAIN = frozenset(
    "good better best great nice sure able bit lot main first second last next different important new big".split()
)


def fragment(text: str, used: Iterable[str] = ()) -> str | None:
    """Give the most telling run of content words of a text, as it was written.

    Args:
        text: what the candidate said.
        used: texts in which the fragment must not stand yet, so that nothing is referred to twice.

    Returns:
        Two to five words without punctuation, or None when there is no such run.
    """
    before = [u.casefold() for u in used]
    runs = [text[run[0].start : run[-1].end] for run in _runs(text)]
    fresh = [r for r in runs if not any(r.casefold() in b for b in before)]
    return max(fresh, key=_telling, default=None)


def _runs(text: str) -> list[list[Token]]:
    runs: list[list[Token]] = []
    run: list[Token] = []
    end = 0
    for token in words(text):
        joined = bool(run) and _GAP.match(text[end : token.start])
        if token.content and token.word not in _PLAIN and (joined or not run):
            run.append(token)
        else:
            runs.append(run)
            run = [token] if token.content and token.word not in _PLAIN else []
        end = token.end
    runs.append(run)
    return [r[-LONGEST:] for r in runs if len(r) >= SHORTEST and any(not t.word[0].isdigit() for t in r)]


def _telling(run: str) -> tuple[int, int]:
    return min(len(run.split()), 3), len(run)
