"""Compile a rubric once, then find in a sentence the criteria that it shows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.case import Criterion, Rubric
from app.grading.negation import has_negator, negated_near, waved_away
from app.grading.text import Glossary, Span, Token, spans
from app.retrieval.embeddings import Embedder

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as shown. Changing one changes the examiner's fingerprint."""

    single: float = 0.22
    """Cosine to the criterion that a cue of a single word must have beside it."""
    several: float = 0.05
    """The same for a cue of several words."""
    partial_share: float = 0.66
    """Share of a cue's words that is enough when the meaning is near."""
    partial: float = 0.55
    """Cosine that counts as near."""
    meaning: float = 0.80
    """Cosine that is enough by itself."""
    overlap: float = 0.5
    """Share of a statement's words that a criterion without cues needs."""
    overlap_meaning: float = 0.5
    """Cosine that it needs besides."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase, ready to be looked for."""

    text: str
    stems: frozenset[str]
    negative: bool
    """It contains a negation itself (`must not get worse`)."""

    @property
    def reach(self) -> int:
        """Give how many tokens the words of the cue may be spread over."""
        return 3 * len(self.stems) + 6


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence that shows a criterion."""

    criterion: str
    strength: float
    """0 to 1; to choose the best of several."""
    first: int
    """Place of the first token that matched."""
    last: int
    cue: str | None
    """The cue that was found, None if it was found by meaning."""


@dataclass(frozen=True, slots=True)
class Target:
    """A criterion, ready to be looked for."""

    criterion: Criterion
    cues: tuple[Cue, ...]
    statement: frozenset[str]
    """Stems of the statement that can be matched by."""
    wording: frozenset[str]
    """All stems of the statement."""
    rows: slice
    """Its rows in the rubric's vectors: statement, answer, cues."""


class CompiledRubric:
    """A rubric with stems and vectors."""

    def __init__(self, rubric: Rubric, glossary: Glossary, embedder: Embedder) -> None:
        """Stem and embed every criterion."""
        self.rubric = rubric
        self.glossary = glossary
        texts: list[str] = []
        self.targets: list[Target] = []
        for criterion in rubric.criteria:
            begin = len(texts)
            texts += [t for t in (criterion.statement, criterion.answer) if t]
            cues = tuple(c for text in criterion.cues if (c := _cue(text, glossary)).stems)
            said = spans(criterion.statement, glossary)
            wording = frozenset(t.stem for s in said for t in s.tokens)
            content = frozenset[str]().union(*(s.content for s in said))
            self.targets.append(Target(criterion, cues, content, wording, slice(begin, len(texts))))
        self.vectors: Vectors = embedder.embed(texts)
        self._by_stem: dict[str, list[tuple[int, Cue]]] = defaultdict(list)
        for i, target in enumerate(self.targets):
            for cue in target.cues:
                for one in cue.stems:
                    self._by_stem[one].append((i, cue))

    def candidates(self, present: Iterable[str]) -> dict[int, dict[str, tuple[Cue, int]]]:
        """Give for each target the cues that share a word with a sentence, with the number of words shared."""
        found: dict[int, dict[str, tuple[Cue, int]]] = defaultdict(dict)
        for one in present:
            for i, cue in self._by_stem.get(one, ()):
                _, count = found[i].get(cue.text, (cue, 0))
                found[i][cue.text] = (cue, count + 1)
        return found


def find(span: Span, vector: Vectors, compiled: CompiledRubric, limits: Thresholds) -> list[Match]:
    """Find the criteria that one sentence shows.

    Args:
        span: the sentence.
        vector: its embedding, (dimensions,).
        compiled: the rubric.
        limits: what counts.
    """
    nearness = compiled.vectors @ vector if len(compiled.vectors) else np.zeros(0, dtype=np.float32)
    shared = compiled.candidates({t.stem for t in span.tokens})
    matches: list[Match] = []
    for i, target in enumerate(compiled.targets):
        rows = nearness[target.rows]
        near = float(rows.max()) if rows.size else 0.0
        match = _match(span, target, near, shared.get(i, {}), limits)
        if match is not None:
            matches.append(match)
    return matches


def _match(
    span: Span, target: Target, near: float, shared: dict[str, tuple[Cue, int]], limits: Thresholds
) -> Match | None:
    best: Match | None = None
    for cue, count in shared.values():
        share = count / len(cue.stems)
        if not _enough(share, len(cue.stems), near, limits):
            continue
        window = _window(span.tokens, cue, count)
        if window is None or _turned_round(span, cue, window):
            continue
        strength = 0.5 * share + 0.5 * near
        if best is None or strength > best.strength:
            best = Match(target.criterion.id, strength, *window, cue.text)
    if best is None and _means(span, target, near, limits):
        last = len(span.tokens) - 1
        if not waved_away(span.tokens, last, last) and not waved_away(span.tokens, 0, last):
            best = Match(target.criterion.id, near, 0, last, None)
    return best


def _enough(share: float, size: int, near: float, limits: Thresholds) -> bool:
    if share >= 1.0:
        return near >= (limits.single if size == 1 else limits.several)
    return share >= limits.partial_share and near >= limits.partial


def _means(span: Span, target: Target, near: float, limits: Thresholds) -> bool:
    if target.cues:
        return near >= limits.meaning
    overlap = len(span.content & target.statement) / max(len(target.statement), 1)
    return near >= limits.meaning or (near >= limits.overlap_meaning and overlap >= limits.overlap)


def _turned_round(span: Span, cue: Cue, window: tuple[int, int]) -> bool:
    if cue.negative:
        return not negated_near(span.tokens, *window)
    return waved_away(span.tokens, *window)


def _window(tokens: Sequence[Token], cue: Cue, needed: int) -> tuple[int, int] | None:
    """Find the shortest stretch that has the needed number of the cue's words, if it is short enough."""
    places = [(i, t.stem) for i, t in enumerate(tokens) if t.stem in cue.stems]
    best: tuple[int, int] | None = None
    counts: dict[str, int] = defaultdict(int)
    left = 0
    for right, one in places:
        counts[one] += 1
        while sum(n > 0 for n in counts.values()) >= needed:
            begin, gone = places[left]
            if best is None or right - begin < best[1] - best[0]:
                best = (begin, right)
            counts[gone] -= 1
            left += 1
    return best if best is not None and best[1] - best[0] < cue.reach else None


def _cue(text: str, glossary: Glossary) -> Cue:
    tokens = [t for span in spans(text, glossary) for t in span.tokens]
    stems = frozenset(t.stem for t in tokens if t.content)
    if not stems:
        stems = frozenset(t.stem for t in tokens if not t.function)
    return Cue(text, stems, has_negator(tokens))
