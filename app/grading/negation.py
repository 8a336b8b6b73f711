"""Notice when a sentence waves away what it mentions: `I would not bother with a baseline`."""

from collections.abc import Sequence

from app.grading.text import Token, stem
from app.grading.words import (
    CLAUSE_BREAKS,
    DISMISSALS,
    DOUBLE_NEGATION,
    HARMLESS_AFTER_NOT,
    NEEDLESS,
    NEGATORS,
)

_DISMISSALS = frozenset(stem(w) for w in DISMISSALS)
_SPEAKERS = frozenset({"i", "we", "you", "there"})
_REACH = 9
"""Tokens that a denial reaches forward in its clause."""
_NEAR = 2
"""Tokens that may stand between a bare `no` and what it denies."""
_UNSURE = (
    ("not", "sure"),
    ("no", "idea"),
    ("not", "know"),
    ("not", "thought"),
    ("never", "heard"),
    ("not", "familiar"),
)


def negated_near(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Say whether a negator stands within a stretch, or just before it in its clause."""
    begin = max(_clause_start(tokens, first), first - _NEAR)
    return any(t.word in NEGATORS for t in tokens[begin : last + 1])


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
    before = tokens[_clause_start(tokens, first) : first]
    after = tokens[last + 1 : _clause_end(tokens, last)]
    return (
        _denied_before(before)
        or _denied_within(tokens[first : last + 1])
        or _needless(after[:_REACH])
        or _unsure(before)
    )


def _clause_start(tokens: Sequence[Token], first: int) -> int:
    floor = max(0, first - _REACH)
    for i in range(first - 1, floor - 1, -1):
        if tokens[i].word in CLAUSE_BREAKS or _comma_between(tokens, i, i + 1):
            return i + 1
    return floor


def _clause_end(tokens: Sequence[Token], last: int) -> int:
    for i in range(last + 1, len(tokens)):
        if tokens[i].word in CLAUSE_BREAKS or _comma_between(tokens, i - 1, i):
            return i
    return len(tokens)


def _comma_between(tokens: Sequence[Token], one: int, other: int) -> bool:
    """Say whether more than a blank stands between two neighbours."""
    return tokens[other].start - tokens[one].end > 1


def _denied_before(before: Sequence[Token]) -> bool:
    return any(_denies(before, i) for i in range(len(before)))


def _denies(before: Sequence[Token], i: int) -> bool:
    token, ahead, rest = before[i], before[:i], before[i + 1 :]
    if has_negator(ahead):
        # The second negation of two takes back the first.
        return False
    if any(t.word in DOUBLE_NEGATION for t in rest) and token.word in NEGATORS:
        return False
    if token.word in ("no", "without", "neither"):
        return len(rest) <= _NEAR or rest[0].word in ("need", "reason", "point", "use")
    if token.word in ("instead", "rather"):
        return bool(rest) and rest[0].word in ("of", "than") and len(rest) <= _NEAR + 1
    if token.stem in _DISMISSALS:
        return _is_order(ahead)
    return token.word in NEGATORS and _is_denial(ahead, rest)


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
        a.word in _SPEAKERS and has_negator(inside[i + 1 : i + 4])
        for i, a in enumerate(inside)
        if not any(t.word in HARMLESS_AFTER_NOT | DOUBLE_NEGATION for t in inside[i + 1 : i + 6])
    )


def _needless(after: Sequence[Token]) -> bool:
    for i, token in enumerate(after):
        if token.word in NEGATORS and any(t.word in NEEDLESS for t in after[i + 1 : i + 4]):
            return True
        if token.word in ("unnecessary", "pointless", "useless", "overkill", "irrelevant"):
            return True
    return False


def _unsure(before: Sequence[Token]) -> bool:
    said = [t.word for t in before]
    return any(a in said and b in said and said.index(a) < len(said) - said[::-1].index(b) for a, b in _UNSURE)
