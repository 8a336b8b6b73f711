"""Put together what a turn needs: the criteria in play, what was heard, the move, what the voice is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.content.library import Library
from app.domain.case import Case, Criterion, Rubric
from app.domain.events import Heard, Intent
from app.domain.framework import Step
from app.domain.ports import Passage, Retriever
from app.domain.session import SessionState, apply
from app.domain.transcript import Speaker
from app.grading.examiner import Examiner
from app.grading.reporter import rubric_for
from app.grading.text import Glossary
from app.interview.fragment import fragment
from app.interview.hearing import Listener
from app.interview.policy import Move, Situation, next_move
from app.interview.voice import Brief
from app.retrieval.embeddings import Embedder

PASSAGES = 3
"""Passages retrieved for a turn."""
QUERY_CHARACTERS = 400
"""Of the candidate's answer that go into the search."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A turn that only has to be worded."""

    state: SessionState
    """With the answer heard."""
    heard: Heard | None
    """None before the first answer."""
    brief: Brief
    rubric: Rubric


class Briefing:
    """Prepare turns of any session."""

    def __init__(
        self, library: Library, examiner: Examiner, retriever: Retriever, glossary: Glossary, embedder: Embedder
    ) -> None:
        """Take what turns are prepared from."""
        self._library = library
        self._examiner = examiner
        self._glossary = glossary
        self._embedder = embedder
        self._retriever = retriever
        self._listeners: dict[str, Listener] = {}

    def prepare(self, state: SessionState, now: float) -> Prepared:
        """Hear the pending answer, if there is one, and decide on the next move.

        Args:
            state: a session that waits for the interviewer.
            now: seconds since the epoch.
        """
        case = self._library.case(state.plan.case)
        rubric = rubric_for(case, state.plan)
        answer = state.last_answer
        if answer is None:
            return self._opening(state, now, case, rubric)
        covered = self._examiner.observe(rubric, state.turns, answer)
        hearing = self._listener(case).hear(answer.text, state, bool(covered))
        fresh = tuple(c for c in covered if c.criterion not in state.covered)
        heard = Heard(now, hearing.intent, fresh, hearing.settled)
        after = apply(state, heard)
        told = bool(hearing.replies) or hearing.left_open is not None
        nearness = self._examiner.nearness(rubric, answer.text)
        move = next_move(Situation(after, now, case, rubric.criteria, hearing.intent, told, nearness))
        brief = Brief(move, after, now, case, hearing.intent, hearing.replies, hearing.left_open)
        new = tuple(c for c in rubric.criteria if any(f.criterion == c.id for f in fresh))
        brief = replace(
            brief,
            more_questions=hearing.more_questions,
            new=new,
            early=self._early(after, move, rubric),
            quote=_quote(after, answer.text),
            shown=_quote(after, _evidence(heard, new, after.step)),
            passages=self._passages(after, move, rubric, answer.text),
        )
        return Prepared(after, heard, brief, rubric)

    def _opening(self, state: SessionState, now: float, case: Case, rubric: Rubric) -> Prepared:
        move = next_move(Situation(state, now, case, rubric.criteria, Intent.STATEMENT))
        passages = self._passages(state, move, rubric, case.opening)
        return Prepared(state, None, Brief(move, state, now, case, Intent.STATEMENT, passages=passages), rubric)

    def _listener(self, case: Case) -> Listener:
        if case.hash not in self._listeners:
            self._listeners[case.hash] = Listener(case, self._library.assumptions, self._glossary, self._embedder)
        return self._listeners[case.hash]

    def _early(self, state: SessionState, move: Move, rubric: Rubric) -> tuple[Criterion, ...]:
        if move.step is state.step:
            return ()
        return tuple(c for c in rubric.criteria if c.step is move.step and c.id in state.covered)

    def _passages(self, state: SessionState, move: Move, rubric: Rubric, text: str) -> tuple[Passage, ...]:
        aimed = next((c.statement for c in rubric.criteria if c.id == move.criterion), move.step.title)
        query = f"{aimed} {text[:QUERY_CHARACTERS]}"
        return tuple(self._retriever.search(query, step=move.step, case=state.plan.case, limit=PASSAGES))


def _quote(state: SessionState, text: str) -> str | None:
    """Pick a fragment of a text that was not referred to before."""
    return fragment(text, (t.text for t in state.turns if t.speaker is Speaker.INTERVIEWER)) if text else None


def _evidence(heard: Heard, criteria: Sequence[Criterion], step: Step) -> str:
    """Give the evidence for the weightiest criterion of a step among those just covered."""
    here = [c for c in criteria if c.step is step]
    if not here:
        return ""
    weightiest = max(here, key=lambda c: c.weight)
    return next(c.evidence.quote for c in heard.covered if c.criterion == weightiest.id)
