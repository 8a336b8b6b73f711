"""What the interviewer knows: the case's facts, what was assumed before, and what holds in every case."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.case import Case, Fact
from app.domain.events import Assumption
from app.domain.session import SessionState
from app.grading.text import Glossary, spans
from app.interview.patterns import ASKS, CLAUSE, PROPOSES
from app.retrieval.embeddings import Embedder

NEAR = 0.60
"""Cosine from which a question is taken to ask for a fact without sharing its words."""
NEAR_ALONE = 0.48
"""The same when no other fact comes near."""
ALONE = 0.12
"""How far behind the others must be."""
NEAR_WITH_WORDS = 0.30
"""Cosine that must stand beside a match of several words."""
NEAR_WITH_WORD = 0.48
"""Cosine that must stand beside a match of a single word."""
WHOLE_BONUS = 0.25
"""What a match of words counts for against mere nearness."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the interviewer has to say to one question."""

    topic: str
    text: str
    fact: str | None = None
    """Id of the case's fact."""
    assumption: Assumption | None = None
    """What is now settled, if the case did not say."""
    again: bool = False
    """It was told before."""


class FactBook:
    """Find what a question asks for."""

    def __init__(self, case: Case, general: Sequence[Fact], glossary: Glossary, embedder: Embedder) -> None:
        """Prepare facts for being asked for.

        Args:
            case: with its facts.
            general: what holds in every case that does not say otherwise.
            glossary: terms that mean the same.
            embedder: gives sentence vectors.
        """
        self._glossary = glossary
        self._embedder = embedder
        self._facts = (*case.facts, *general)
        self._own = len(case.facts)
        self._asks = [[a for text in f.asks if (a := self._stems(text))] for f in self._facts]
        rows = [(i, text) for i, f in enumerate(self._facts) for text in (f.topic, *f.asks)]
        self._owner = np.array([i for i, _ in rows])
        self._vectors = embedder.embed([text for _, text in rows])

    def known(self, question: str, state: SessionState) -> list[Reply]:
        """Give what is known in answer to a question, clause by clause; facts of the case come before general ones."""
        clauses = [c for c in CLAUSE.split(question) if len(c.split()) > 1 and (ASKS.match(c) or PROPOSES.search(c))]
        found = [i for clause in clauses if (i := self._find(clause)) is not None]
        if not found:
            whole = self._find(question)
            found = [] if whole is None else [whole]
        return [self._reply(i, state) for i in dict.fromkeys(found)]

    def _find(self, clause: str) -> int | None:
        stems = self._stems(clause)
        near = self._vectors @ self._embedder.embed([clause])[0]
        by_fact = [float(near[self._owner == i].max()) for i in range(len(self._facts))]
        own = self._best(range(self._own), stems, by_fact)
        return own if own is not None else self._best(range(self._own, len(self._facts)), stems, by_fact)

    def _best(self, places: range, stems: frozenset[str], near: Sequence[float]) -> int | None:
        second = sorted((near[i] for i in places), reverse=True)[1]
        scored = [(self._score(i, stems, near[i], near[i] - second), -i) for i in places]
        score, place = max(scored)
        return -place if score > 0 else None

    def _score(self, place: int, stems: frozenset[str], near: float, ahead: float) -> float:
        """Score a fact for a question: 0 if it does not answer it."""
        words = max((len(a) for a in self._asks[place] if a <= stems), default=0)
        if words and near >= (NEAR_WITH_WORDS if words > 1 else NEAR_WITH_WORD):
            return near + WHOLE_BONUS
        return near if near >= NEAR or (near >= NEAR_ALONE and ahead >= ALONE) else 0.0

    def _reply(self, place: int, state: SessionState) -> Reply:
        fact = self._facts[place]
        if place < self._own:
            return Reply(fact.topic, fact.answer, fact=fact.id, again=fact.id in state.facts)
        known = next((a for a in state.assumptions if a.topic == fact.topic), None)
        if known:
            return Reply(fact.topic, known.text, again=True)
        settled = Assumption(fact.topic, fact.answer, "interviewer", len(state.turns) - 1)
        return Reply(fact.topic, fact.answer, assumption=settled)

    def _stems(self, text: str) -> frozenset[str]:
        return frozenset(t.stem for s in spans(text, self._glossary) for t in s.tokens if t.content)
