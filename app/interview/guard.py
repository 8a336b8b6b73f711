"""Read what a voice wants to say before anybody hears it. Fails closed: what cannot be checked is not passed."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.case import Rubric
from app.domain.transcript import MoveKind, Speaker, Turn
from app.grading.words import FUNCTION_WORDS

LONGEST_WORDS = 130
FOREIGN_SHARE = 0.2
"""Share of letters outside ASCII from which a turn is not English."""
ENGLISH_SHARE = 0.15
"""Share of function words under which a turn is not English."""
ENOUGH_WORDS = 8
"""Words from which that share tells anything."""
OWED_SHARE = 0.3
"""Share of the words of what must be told that must be in a turn, whatever it is worded like."""
REPEAT_SHARE = 0.85
"""Share of common words from which two questions are the same."""

_FLAGS = re.IGNORECASE | re.MULTILINE | re.VERBOSE
_PRAISE = re.compile(
    r"""
    \b(?:great|excellent|perfect|brilliant|impressive|awesome|fantastic|amazing|wonderful|spot\ on
      | well\ done|nicely\ done|good\ job
      | (?:good|nice|great|strong|weak|wrong|correct|incorrect)\ (?:answer|point|idea|approach)
      | (?:that|this|you|it)(?:['’]s|\ is|['’]re|\ are|\ was)\ (?!all\ )
        (?:\w+\ )?(?:right|wrong|correct|incorrect|mistaken))\b
  | (?:^|[.!?]\s+)(?:exactly|correct|right|wrong|precisely|absolutely)\s*[.!,]
    """,
    _FLAGS,
)
_SCORE = re.compile(
    r"""
    \b(?:score|scored|points?|marks?|grade|rating)\b.{0,20}\d
  | (?<![\d/])\d+(?:\.\d+)?\s*(?:/|out\ of)\s*(?:5|10|100)\b(?!/)
  | \bstrong\ (?:yes|no)\b | \bcriteri(?:on|a)\b | \brubric\b
    """,
    _FLAGS,
)
_ROLE = re.compile(
    r"""
    \bas\ an\ ai\b | \blanguage\ model\b | \bi(?:['’]m|\ am)\ (?:an\ ai|a\ bot|claude|chatgpt|gpt)\b
  | ^\s*(?:candidate|interviewer|user|assistant|system)\s*:
    """,
    _FLAGS,
)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_MARKUP = re.compile(r"```|^#{1,6} |\*\*|<[a-z/][^>]*>|^\s*[-*•] |\|.*\|", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be checked."""

    text: str
    """The whole utterance."""
    own: str
    """The part that the voice chose itself: without facts that were asked for and without the candidate's words."""
    move: MoveKind
    turns: Sequence[Turn]
    uncovered: Rubric
    """The criteria that the candidate has yet to show."""
    shows: Callable[[Rubric, str], list[str]]
    """The examiner: which criteria a text would be accepted as evidence for."""
    given: str = ""
    """The curated text of this turn: facts that were asked for, the question, a hint, a changed constraint. What it
    shows is no leak, and its figures are not invented."""
    owed: str = ""
    """What must be told in it: facts, the problem at the opening, a changed constraint."""


def check(draft: Draft) -> str | None:
    """Give the first fault found, in a word or two, or None.

    Faults: empty, too long, several questions, no question, markup, out of role, praise, score, other language,
    invented figure, repeat, leak, withheld.
    """
    return next((name for name, found in (*_ANY_TIME, *_AT_THE_END) if found(draft)), None)


def check_so_far(draft: Draft) -> str | None:
    """Give the first fault that a turn has before it is finished, and will have however it goes on."""
    return next((name for name, found in _ANY_TIME if found(draft)), None)


def leaks(text: str, uncovered: Rubric, shows: Callable[[Rubric, str], list[str]]) -> list[str]:
    """Give the criteria that a text gives away: those for which the examiner would take it as evidence."""
    return shows(uncovered, text.replace("?", "."))


def _several_questions(d: Draft) -> bool:
    return d.text.count("?") > 1


def _no_question(d: Draft) -> bool:
    return d.move in (MoveKind.PROBE, MoveKind.HINT, MoveKind.CURVEBALL, MoveKind.ADVANCE) and "?" not in d.text


def _repeats(d: Draft) -> bool:
    """Find a question put before; after a hint the question is the same small one, so there the whole text counts."""
    if d.move in (MoveKind.ANSWER, MoveKind.REDIRECT):
        return False
    part = _whole if d.move is MoveKind.HINT else _question
    mine = _bag(part(d.text))
    said = (_bag(part(t.text)) for t in d.turns if t.speaker is Speaker.INTERVIEWER)
    return len(mine) > 2 and any(s and len(mine & s) / len(mine | s) >= REPEAT_SHARE for s in said)


def _leaks(d: Draft) -> bool:
    found = leaks(d.own, d.uncovered, d.shows)
    return bool(found) and bool(set(found) - set(leaks(d.given, d.uncovered, d.shows)))


def _other_language(d: Draft) -> bool:
    """Find a turn that is not English, by its letters and by its function words; curated words are not looked at."""
    words = _letters(d.text)
    if sum(not c.isascii() for c in "".join(words)) > FOREIGN_SHARE * max(len("".join(words)), 1):
        return True
    given = frozenset(_letters(d.given))
    own = [w for w in words if w not in given]
    return len(own) >= ENOUGH_WORDS and sum(w in FUNCTION_WORDS for w in own) / len(own) < ENGLISH_SHARE


def _letters(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _invents(d: Draft) -> bool:
    known = set(_FIGURE.findall(" ".join([d.given, *(t.text for t in d.turns)])))
    return any(figure not in known for figure in _FIGURE.findall(d.own))


def _withholds(d: Draft) -> bool:
    """Find a turn that does not tell what it must, though the session would record that it did."""
    if set(_FIGURE.findall(d.owed)) - set(_FIGURE.findall(d.text)):
        return True
    owed = {w for w in _letters(d.owed) if w not in FUNCTION_WORDS}
    return bool(owed) and len(owed & set(_letters(d.text))) / len(owed) < OWED_SHARE


def _question(text: str) -> str:
    return next((s for s in re.split(r"(?<=[.!?])\s+", text) if s.endswith("?")), "")


def _whole(text: str) -> str:
    return text


def _bag(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


_ANY_TIME: tuple[tuple[str, Callable[[Draft], bool]], ...] = (
    ("too long", lambda d: len(d.text.split()) > LONGEST_WORDS),
    ("several questions", _several_questions),
    ("markup", lambda d: bool(_MARKUP.search(d.text))),
    ("out of role", lambda d: bool(_ROLE.search(d.text))),
    ("praise", lambda d: bool(_PRAISE.search(d.own))),
    ("score", lambda d: bool(_SCORE.search(d.own))),
    ("other language", _other_language),
    ("invented figure", _invents),
    ("leak", _leaks),
)
_AT_THE_END: tuple[tuple[str, Callable[[Draft], bool]], ...] = (
    ("empty", lambda d: not d.text.strip()),
    ("no question", _no_question),
    ("withheld", _withholds),
    ("repeat", _repeats),
)
