# ruff: noqa: SIM905
"""Pick a few words of the candidate's own to refer to."""

import re
from collections.abc import Iterable, Iterator

from app.grading.text import Token, words

SHORTEST, LONGEST = 2, 4
"""Words in a fragment."""
_GAP = re.compile(r"^[\s\-–]*$")
_LEADS = frozenset(
    "a an the my our your with of in on by from for as per their its each every two three is are use using".split()
)
"""Words after which a run of content words is most likely a noun phrase."""
_PLAIN = frozenset(
    "good better best great nice sure able first second last next different important new big same likely".split()
)
_VERBAL = ("ed", "ing", "ly", "es")
"""Endings that a noun phrase rarely has on its last word."""


def fragment(text: str, used: Iterable[str] = ()) -> str | None:
    """Give the most telling noun phrase of a text, as it was written.

    Args:
        text: what the candidate said.
        used: texts in which the fragment must not stand yet, so that nothing is referred to twice.

    Returns:
        Two to four words without punctuation, or None when there is no such run.
    """
    before = [u.casefold() for u in used]
    runs = [text[run[0].start : run[-1].end] for run in _runs(text)]
    fresh = [r for r in runs if not any(r.casefold() in b for b in before)]
    return max(fresh, key=lambda r: (len(r.split()), len(r)), default=None)


def _runs(text: str) -> Iterator[list[Token]]:
    """Give runs of content words between words that carry none."""
    run: list[Token] = []
    lead, end = "", 0
    for token in words(text):
        adjacent = bool(_GAP.match(text[end : token.start])) or end == 0
        if run and not (adjacent and _usable(token)):
            yield from _kept(run, lead)
            run = []
        if _usable(token):
            run.append(token)
        if not run:
            lead = token.word
        elif len(run) == 1 and not adjacent:
            lead = ""
        end = token.end
    yield from _kept(run, lead)


def _usable(token: Token) -> bool:
    return token.content and token.word not in _PLAIN and not token.word[0].isdigit()


def _kept(run: list[Token], lead: str) -> Iterator[list[Token]]:
    if (
        SHORTEST <= len(run) <= LONGEST
        and lead in _LEADS
        and not any(t.word.endswith(_VERBAL) for t in (run[0], run[-1]))
    ):
        yield run
