"""Understand what the candidate does with an answer: states, asks, is stuck, strays, gives orders."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.case import Case, Fact
from app.domain.events import Assumption, Intent
from app.domain.framework import Step
from app.domain.session import SessionState
from app.grading.orders import gives_orders
from app.grading.substance import is_list
from app.grading.text import Glossary, Span, spans
from app.interview.facts import FactBook, Reply
from app.interview.patterns import ASKS, CHECK, MOVE_ON, PROPOSES, REPEAT, STUCK, WONDERS
from app.retrieval.embeddings import Embedder

TOLD_AT_ONCE = 3
"""Facts told in one turn at most."""
CONTENTLESS = 3
"""An answer with fewer words of content says nothing."""
FAR_FROM_CASE = 0.28
"""Cosine to the case under which an answer has nothing to do with it, if not one sentence comes nearer."""
TELLS = 12
"""Words from which that tells anything of a statement."""
STATES_TOO = 25
"""Words beside the questions from which an answer also states something."""
SHORT = 30
"""Words up to which an answer that says `I don't know` says nothing else."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """How an answer was taken."""

    intent: Intent
    replies: tuple[Reply, ...] = ()
    left_open: str | None = None
    """A question that nobody has an answer to; the candidate is to settle it."""
    more_questions: bool = False
    """More was asked than is answered at once."""
    settled: Assumption | None = None
    """What the candidate settled, having been told to."""


class Listener:
    """Hear answers to one case."""

    def __init__(self, case: Case, general: Sequence[Fact], glossary: Glossary, embedder: Embedder) -> None:
        """Prepare for a case.

        Args:
            case: with its facts.
            general: what holds in every case that does not say otherwise.
            glossary: terms that mean the same.
            embedder: gives sentence vectors.
        """
        self._glossary = glossary
        self._embedder = embedder
        self._facts = FactBook(case, general, glossary, embedder)
        subject = [case.opening, case.title, *(c.statement for c in case.criteria), *(c.answer for c in case.criteria)]
        self._subject = embedder.embed(subject + [f.answer for f in case.facts])

    def hear(self, text: str, state: SessionState, covers: bool) -> Hearing:
        """Take an answer.

        Args:
            text: what was said.
            state: the session, with the answer as its last turn.
            covers: whether the examiner found evidence in it.
        """
        sentences = spans(text, self._glossary)
        if gives_orders(text):
            return Hearing(Intent.INSTRUCTION)
        if not sentences:
            return Hearing(Intent.STUCK)
        if REPEAT.search(text) and len(sentences) <= 2:
            return Hearing(Intent.REPEAT)
        questions = [s for i, s in enumerate(sentences) if _asks_interviewer(s, state.step, i + 1 == len(sentences))]
        if questions and not all(STUCK.search(q.text) for q in questions):
            return self._questioned(sentences, questions, state)
        return self._stated(text, sentences, state, covers)

    def _stated(self, text: str, sentences: Sequence[Span], state: SessionState, covers: bool) -> Hearing:
        moves_on = bool(MOVE_ON.search(sentences[-1].text))
        if not covers and (_says_nothing(sentences) or (STUCK.search(text) and len(text.split()) <= SHORT)):
            return Hearing(Intent.MOVE_ON if moves_on else Intent.STUCK)
        if is_list(sentences):
            return Hearing(Intent.KEYWORDS)
        if not covers and not moves_on and _long_enough(sentences) and self._strays(sentences):
            return Hearing(Intent.OFF_TOPIC)
        return Hearing(Intent.MOVE_ON if moves_on else Intent.STATEMENT, settled=self._settled(sentences, state))

    def _questioned(self, sentences: Sequence[Span], questions: Sequence[Span], state: SessionState) -> Hearing:
        if all(MOVE_ON.search(q.text) for q in questions):
            return Hearing(Intent.MOVE_ON)
        replies: dict[str, Reply] = {}
        left_open: list[str] = []
        for question in questions:
            found = self._facts.known(question.text, state) or self._accepted(question, state)
            replies.update((r.topic, r) for r in found if r.topic not in replies)
            if not found and not MOVE_ON.search(question.text):
                left_open.append(question.text)
        stated = sum(len(s.text.split()) for s in sentences) - sum(len(q.text.split()) for q in questions)
        if not replies and self._strays(questions):
            return Hearing(Intent.OFF_TOPIC if stated < STATES_TOO else Intent.STATEMENT)
        news = [r for r in replies.values() if not r.again] or list(replies.values())
        also_states = stated >= STATES_TOO and state.step is not Step.CLARIFY
        return Hearing(
            Intent.STATEMENT if also_states else Intent.QUESTION,
            tuple(news[:TOLD_AT_ONCE]),
            left_open[0] if left_open and not news else None,
            len(news) > TOLD_AT_ONCE or bool(news and left_open),
        )

    def _accepted(self, question: Span, state: SessionState) -> list[Reply]:
        """Take up an assumption that the candidate offers and nothing speaks against."""
        offered = PROPOSES.search(question.text)
        if not offered:
            return []
        proposal = question.text[offered.end() :].strip(" ,?.").strip()
        if not proposal:
            return []
        settled = Assumption(proposal, proposal, "candidate", len(state.turns) - 1)
        return [Reply(proposal, "", assumption=settled)]

    def _settled(self, sentences: Sequence[Span], state: SessionState) -> Assumption | None:
        """Find what settles the question that was handed back to the candidate."""
        if state.open_topic is None:
            return None
        vectors = self._embedder.embed([s.text for s in sentences])
        nearest = int((vectors @ self._embedder.embed([state.open_topic])[0]).argmax())
        return Assumption(state.open_topic, sentences[nearest].text, "candidate", len(state.turns) - 1)

    def _strays(self, sentences: Sequence[Span]) -> bool:
        """Say whether sentences neither use a term of the trade nor come near the case."""
        if any(t.stem.startswith("§") for s in sentences for t in s.tokens):
            return False
        vectors = self._embedder.embed([s.text for s in sentences])
        return bool((self._subject @ vectors.T).max() < FAR_FROM_CASE)


def _asks_interviewer(sentence: Span, step: Step, last: bool) -> bool:
    """Say whether a sentence asks the interviewer something; later on, most questions are rhetorical."""
    if CHECK.search(sentence.text):
        return False
    if sentence.question:
        return step is Step.CLARIFY or last or not _answers_itself(sentence)
    return bool(WONDERS.search(sentence.text)) or bool(ASKS.match(sentence.text) and PROPOSES.search(sentence.text))


def _answers_itself(sentence: Span) -> bool:
    """Say whether it is one of those: `Why? Because …`, `The metric? NDCG.`."""
    return len(sentence.content) < CONTENTLESS and not PROPOSES.search(sentence.text)


def _long_enough(sentences: Sequence[Span]) -> bool:
    """Say whether a statement is long enough to be told off topic by; short ones are only vague."""
    return sum(len(s.tokens) for s in sentences) >= TELLS


def _says_nothing(sentences: Sequence[Span]) -> bool:
    return sum(len(s.content) for s in sentences) < CONTENTLESS
