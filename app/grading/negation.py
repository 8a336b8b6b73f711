"""Notice when a sentence waves away what it mentions: `I would not bother with a baseline`."""

from collections.abc import Sequence

from app.grading.text import Token, stem
from app.grading.words import CLAUSE_BREAKS, DISMISSALS, HARMLESS_AFTER_NOT, NEEDLESS, NEGATORS

_DISMISSALS = frozenset(stem(w) for w in DISMISSALS)
_SPEAKERS = frozenset({"i", "we", "you", "there"})
_REACH = 7
"""Tokens that a denial reaches forward in its clause."""
_UNSURE = (
    ("not", "sure"),
    ("no", "idea"),
    ("not", "know"),
    ("not", "thought"),
    ("never", "heard"),
    ("not", "familiar"),
)


def has_negator(tokens: Sequence[Token]) -> bool:
    """Say whether any of the tokens negates."""
    return any(t.word in NEGATORS for t in tokens)


def waved_away(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Say whether the stretch `tokens[first..last]` is denied or declared needless in its sentence.

    Args:
        tokens: of one sentence.
        first: place of the first token that matters.
        last: place of the last one.
    """
    begin = _clause_start(tokens, first)
    before = tokens[begin:first]
    return (
        _denied_before(before)
        or _denied_within(tokens[first : last + 1])
        or _needless_after(tokens[last + 1 : last + 7])
        or _unsure(tokens[max(0, first - 9) : first])
    )


def _clause_start(tokens: Sequence[Token], first: int) -> int:
    floor = max(0, first - _REACH)
    for i in range(first - 1, floor - 1, -1):
        if tokens[i].word in CLAUSE_BREAKS:
            return i + 1
    return floor


def _denied_before(before: Sequence[Token]) -> bool:
    for i, token in enumerate(before):
        rest = before[i + 1 :]
        near = len(rest) <= 2
        if token.word in ("no", "without", "neither") and near:
            return True
        if token.word in ("instead", "rather") and rest and rest[0].word in ("of", "than") and len(rest) <= 3:
            return True
        if token.stem in _DISMISSALS and _is_order(before[:i]):
            return True
        if token.word in NEGATORS and _is_denial(before[:i], rest):
            return True
    return False


def _is_order(ahead: Sequence[Token]) -> bool:
    """`skip X`, `I would skip X`, but not `the users skip X`."""
    return not ahead or ahead[-1].function


def _is_denial(ahead: Sequence[Token], rest: Sequence[Token]) -> bool:
    if rest and rest[0].word in HARMLESS_AFTER_NOT:
        return False
    if any(t.word in _SPEAKERS for t in ahead[-3:]):
        return not any(t.word in HARMLESS_AFTER_NOT for t in rest[:2])
    return len(rest) <= 1


def _denied_within(inside: Sequence[Token]) -> bool:
    return any(
        a.word in _SPEAKERS and any(t.word in NEGATORS for t in inside[i + 1 : i + 4])
        for i, a in enumerate(inside)
        if not any(t.word in HARMLESS_AFTER_NOT for t in inside[i + 1 : i + 6])
    )


def _needless_after(after: Sequence[Token]) -> bool:
    for i, token in enumerate(after):
        if token.word in CLAUSE_BREAKS:
            return False
        if token.word in NEGATORS and any(t.word in NEEDLESS for t in after[i + 1 : i + 4]):
            return True
        if token.word in ("unnecessary", "pointless", "useless", "overkill", "irrelevant"):
            return True
    return False


def _unsure(before: Sequence[Token]) -> bool:
    said = [t.word for t in before]
    return any(a in said and b in said and said.index(a) < len(said) - said[::-1].index(b) for a, b in _UNSURE)
