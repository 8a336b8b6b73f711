"""Cut a text into sentences and stemmed tokens that remember where they stand."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, cast

import snowballstemmer  # pyright: ignore[reportMissingTypeStubs]

from app.grading.words import (
    BRITISH,
    CONTRACTIONS,
    FUNCTION_WORDS,
    KEPT_APART,
    KEPT_WORDS,
    LIGHT_WORDS,
    NUMBER_WORDS,
    SUFFIXES,
)

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|%")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|[\n\r]+\s*(?:[-*•]\s+|\d+[.)]\s+)?")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|no|fig)|\b[A-Z])\.$", re.IGNORECASE)
_DOUBLED = re.compile(
    r"((?:label|model|cancel|travel|level|signal|channel|tunnel|fuel|total|panel|dial))l(ed|ing|er|ers)$"
)
"""`labelled` and `modelling`, but not `called` or `polling`."""
_STEMMING = Lock()
_stemmer: Any = cast(Any, snowballstemmer).stemmer("english")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or a term of several words, with its place in the text."""

    stem: str
    start: int
    end: int
    word: str
    """Lower case, as written."""
    function: bool
    """Carries no content."""
    light: bool
    """Carries too little content to match by."""

    @property
    def content(self) -> bool:
        """Say whether it can be matched by."""
        return not self.function and not self.light


@dataclass(frozen=True, slots=True)
class Span:
    """A sentence: a place in a text, with its tokens."""

    start: int
    end: int
    text: str
    tokens: tuple[Token, ...]

    @property
    def question(self) -> bool:
        """Say whether it asks."""
        return self.text.rstrip("\"'”’)] ").endswith("?")

    @property
    def content(self) -> frozenset[str]:
        """Give the stems that carry content."""
        return frozenset(t.stem for t in self.tokens if t.content)


class Glossary:
    """Map the ways of writing one thing to one token (`click-through rate`, `CTR`)."""

    def __init__(self, terms: Mapping[str, Iterable[str]]) -> None:
        """Compile the terms.

        Args:
            terms: canonical form to variants. A longer variant wins over a shorter one.
        """
        self._terms: dict[tuple[str, ...], str] = {}
        for canonical, variants in terms.items():
            for variant in (canonical, *variants):
                stems = tuple(t.stem for t in words(variant))
                if stems:
                    self._terms[stems] = "§" + canonical
        self._longest = max((len(k) for k in self._terms), default=0)
        self._first = frozenset(k[0] for k in self._terms)

    def join(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """Give the tokens with every known term made into one."""
        i = 0
        while i < len(tokens):
            length = self._length_at(tokens, i) if tokens[i].stem in self._first else 0
            if length:
                part = tokens[i : i + length]
                stem = self._terms[tuple(t.stem for t in part)]
                yield Token(stem, part[0].start, part[-1].end, " ".join(t.word for t in part), False, False)
                i += length
            else:
                yield tokens[i]
                i += 1

    def _length_at(self, tokens: Sequence[Token], i: int) -> int:
        for length in range(min(self._longest, len(tokens) - i), 0, -1):
            if tuple(t.stem for t in tokens[i : i + length]) in self._terms:
                return length
        return 0


NO_TERMS = Glossary({})


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Stem a lower-case word, after bringing British and American spelling together."""
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    spelt = re.sub(r"(?<=\w{3})is(e|ed|es|ing|ation|ations|er|ers)$", r"iz\1", word)
    spelt = re.sub(r"(?<=\w{2})our(s|ed|ing|al|able)?$", r"or\1", spelt)
    spelt = _DOUBLED.sub(r"\1\2", spelt)
    spelt = BRITISH.get(spelt, spelt)
    if spelt in KEPT_APART:
        return KEPT_APART[spelt]
    # A stemmer keeps the word that it works on, so threads must take turns.
    with _STEMMING:
        return str(_stemmer.stemWord(spelt))


def words(text: str) -> list[Token]:
    """Cut a text into tokens, without terms; contractions become two tokens at one place."""
    return [token for match in _WORD.finditer(text) for token in _tokens_of(match)]


def _tokens_of(match: re.Match[str]) -> Iterator[Token]:
    written = match.group().replace("’", "'").casefold()
    for part in _expand(written):
        yield Token(
            stem(part.replace(",", "") if part[0].isdigit() else part),
            match.start(),
            match.end(),
            part,
            part in FUNCTION_WORDS and part not in KEPT_WORDS,
            part in LIGHT_WORDS or part in KEPT_WORDS,
        )


def _expand(written: str) -> tuple[str, ...]:
    if written == "%":
        return ("percent",)
    if written in CONTRACTIONS:
        return CONTRACTIONS[written]
    for suffix, meaning in SUFFIXES.items():
        if written.endswith(suffix) and len(written) > len(suffix):
            return (written.removesuffix(suffix), meaning)
    return (written,)


def spans(text: str, glossary: Glossary = NO_TERMS) -> list[Span]:
    """Cut a text into sentences; a piece without a word is left out."""
    found: list[Span] = []
    for start, end in _bounds(text):
        tokens = tuple(glossary.join([_shifted(t, start) for t in words(text[start:end])]))
        if tokens:
            found.append(Span(start, end, text[start:end], tokens))
    return found


def _shifted(token: Token, by: int) -> Token:
    return Token(token.stem, token.start + by, token.end + by, token.word, token.function, token.light)


def _bounds(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        before = text[start : match.start()]
        if "\n" not in match.group() and _ABBREVIATION.search(before):
            continue
        yield from _trimmed(text, start, match.start())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if piece.strip():
        yield start + left, start + left + len(piece.strip())
