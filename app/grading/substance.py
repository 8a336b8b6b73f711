"""Tell speech from noise: empty answers, echoes of the interviewer, lists of keywords."""

import re
from collections.abc import Iterable, Sequence

from app.domain.case import Rubric
from app.domain.transcript import Speaker, Turn
from app.grading.text import Span

LEAST_WORDS = 3
"""A sentence with fewer words of content is no evidence by itself."""
LIST_LENGTH = 8
"""Words from which a text without function words is a list."""
LIST_SHARE = 0.18
"""Share of function words under which a longer text is a list of keywords; spoken English has 0.4 to 0.6."""
ITEMS = 9
"""A run of so many short items between commas is a list, whatever stands in front of it."""
ECHO_SHARE = 0.8
"""Share of a sentence's content that stands in the question, from which it is an echo."""


def is_list(spans: Sequence[Span]) -> bool:
    """Say whether sentences, taken together, are only a list of keywords."""
    tokens = [t for span in spans for t in span.tokens]
    if len(tokens) < LIST_LENGTH:
        return False
    return sum(t.function or t.light for t in tokens) / len(tokens) < LIST_SHARE


def is_enumeration(span: Span) -> bool:
    """Say whether a sentence is a run of many short items."""
    items = re.split(r"\s*[,;|]\s*|\s+and\s+", span.text)
    run = longest = 0
    for item in items:
        run = run + 1 if 0 < len(item.split()) <= 3 else 0
        longest = max(longest, run)
    return longest >= ITEMS


def echoes(span: Span, said: Iterable[frozenset[str]]) -> bool:
    """Say whether a sentence only gives back what was said to the candidate.

    Args:
        span: the sentence.
        said: the content of what was said, sentence by sentence.
    """
    content = span.content
    return len(content) >= LEAST_WORDS and any(len(content & heard) / len(content) >= ECHO_SHARE for heard in said)


def restates(span: Span, wording: frozenset[str]) -> bool:
    """Say whether a sentence is a criterion's own wording, given back.

    Args:
        span: the sentence.
        wording: all stems of the criterion's statement, function words too.
    """
    said = frozenset(t.stem for t in span.tokens)
    return len(said & wording) / len(said | wording) >= ECHO_SHARE


def heard_before(turns: Sequence[Turn], index: int, rubric: Rubric) -> list[str]:
    """Give what could be echoed in a turn: the rubric's question, and what the interviewer said before."""
    return [rubric.question, *(t.text for t in turns if t.index < index and t.speaker is Speaker.INTERVIEWER)]
