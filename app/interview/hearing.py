"""Understand what the candidate does with an answer: states, asks, is stuck, strays, gives orders."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.case import Case, Fact
from app.domain.events import Assumption, Intent
from app.domain.session import SessionState
from app.grading.substance import is_list
from app.grading.text import Glossary, Span, spans
from app.retrieval.embeddings import Embedder

TOLD_AT_ONCE = 3
"""Facts told in one turn at most."""
CONTENTLESS = 3
"""An answer with fewer words of content says nothing."""
NEAR_FACT = 0.62
"""Cosine from which a question is taken to ask for a fact without sharing its words."""
FAR_FROM_CASE = 0.24
"""Cosine under which an answer has nothing to do with the case."""
STATES_TOO = 25
"""Words beside the questions from which an answer also states something."""

_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|prompts?|rules|guidelines|rubric|criteria)\b"
    r"|\byou are now\b|\bsystem prompt\b|\bact as (?:an?|if|my)\b|\bpretend (?:to be|you|that you)\b|<\|?/?(?:im_start|im_end|system|inst)"
    r"|\b(?:give|award|grant|mark|rate|score|grade) (?:me|my|this|the candidate)\b.{0,30}\b(?:strong yes|full marks?|top marks?|maximum|hire|met|5|five|highest|pass)\b"
    r"|\b(?:show|tell|reveal|print|give|read|list) (?:me |us )?(?:all |out )?(?:the |your )?(?:hidden |secret )?"
    r"(?:rubric|criteria|reference solution|prompt|instructions|model answer|marking scheme)\b"
    r"|^\s*(?:system|assistant|interviewer|grader)\s*:",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_STUCK = re.compile(
    r"\b(?:i (?:really |honestly |just )?(?:do not|don['’]t) (?:really )?(?:know|remember)|no idea|no clue|not a clue|i['’]?m (?:a bit |completely )?(?:stuck|lost)|"
    r"i am stuck|i have nothing to add|nothing (?:else )?to add|i(?:['’]d| would) pass|pass on this|i give up|"
    r"(?:haven['’]t|have not) thought about|can(?:not|['’]t) think of|give me a hint|any hints?|help me)\b",
    re.IGNORECASE,
)
_MOVE_ON = re.compile(
    r"\b(?:let['’]?s|let us|can we|could we|shall we|i(?:['’]d| would) like to|i want to|ready to|happy to) (?:please )?(?:move on|go on to|move to|go to|jump to|skip to|"
    r"continue with|switch to|turn to)\b|\bnext (?:step|topic|question|part|section)\b(?! is)|\bi(?:['’]?m| am) done (?:with|here)\b|\bmove on\b",
    re.IGNORECASE,
)
_REPEAT = re.compile(
    r"\b(?:repeat|rephrase|reword) (?:that|the question|it|your question)\b|\bsay (?:that|it) again\b|\bwhat do you mean\b|"
    r"\b(?:do not|don['’]t|did not|didn['’]t) (?:understand|get|catch|follow) (?:the question|your question|that|what you)\b|\bwhat was the question\b|"
    r"\bcan you clarify (?:the|your) question\b|^\s*(?:sorry|pardon|come again)\s*\?\s*$",
    re.IGNORECASE,
)
_CHECK = re.compile(
    r"\b(?:make sense|sounds? (?:good|right|ok|okay|reasonable|fine)|is (?:that|this) (?:ok|okay|fine|right|clear|alright|correct|enough|what you)|shall i (?:go|continue|carry)|"
    r"should i (?:go|continue|carry|move)|right|ok|okay|you know|agree|do you want me to|would you like me to)\s*(?:\w+\s*){0,4}\?\s*$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:(?:so|and|also|ok|okay|first|next|then|well|hi|thanks|great|sure|but|one more(?: thing)?|another question|question)[,:]?\s+)*"
    r"(?:what|which|how|who|whom|whose|where|when|why|do|does|did|is|are|was|will|would|can|could|should|may|have|has)\b",
    re.IGNORECASE,
)
_WONDERS = re.compile(
    r"\b(?:i(?:['’]d| would) (?:like|want|need|love) to (?:know|ask|understand|clarify|find out)|tell me|i need to know|i(?:['’]d| would) ask|let me ask|i wonder|may i ask|my (?:first |next )?question)\b",
    re.IGNORECASE,
)
_PROPOSES = re.compile(
    r"\b(?:can|could|may|should|shall|do) (?:i|we) (?:safely |just )?(?:assume|take it|suppose|say)\b|\b(?:is it|would it be) (?:fair|safe|ok|okay|reasonable) to (?:assume|say)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the interviewer knows in answer to one question."""

    topic: str
    text: str
    fact: str | None = None
    """Id of the case's fact."""
    assumption: Assumption | None = None
    """What is now settled, if the case did not say."""
    again: bool = False
    """It was told before."""


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

    def __init__(self, case: Case, assumptions: Sequence[Fact], glossary: Glossary, embedder: Embedder) -> None:
        """Prepare the case's facts for being asked for.

        Args:
            case: with its facts.
            assumptions: what holds in every case that does not say otherwise.
            glossary: terms that mean the same.
            embedder: gives sentence vectors.
        """
        self._glossary = glossary
        self._embedder = embedder
        self._facts = (*case.facts, *assumptions)
        self._own = len(case.facts)
        self._asks = [[_stems(a, glossary) for a in f.asks] for f in self._facts]
        rows = [(i, text) for i, f in enumerate(self._facts) for text in (f.topic, *f.asks)]
        self._owner = np.array([i for i, _ in rows])
        self._vectors = embedder.embed([text for _, text in rows])
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
        if _INSTRUCTION.search(text):
            return Hearing(Intent.INSTRUCTION)
        if _REPEAT.search(text) and len(sentences) <= 2:
            return Hearing(Intent.REPEAT)
        questions = [s for s in sentences if _is_question(s)]
        if questions:
            return self._answer(sentences, questions, state)
        if not covers and (_says_nothing(sentences) or (_STUCK.search(text) and len(text.split()) <= 30)):
            return Hearing(Intent.MOVE_ON if _MOVE_ON.search(text) else Intent.STUCK)
        if is_list(sentences):
            return Hearing(Intent.KEYWORDS)
        if _MOVE_ON.search(sentences[-1].text) or (_MOVE_ON.search(text) and len(sentences) == 1):
            return Hearing(Intent.MOVE_ON, settled=self._settled(sentences, state))
        if not covers and self._strays(sentences):
            return Hearing(Intent.OFF_TOPIC)
        return Hearing(Intent.STATEMENT, settled=self._settled(sentences, state))

    def _answer(self, sentences: Sequence[Span], questions: Sequence[Span], state: SessionState) -> Hearing:
        if all(_MOVE_ON.search(q.text) for q in questions):
            return Hearing(Intent.MOVE_ON)
        replies: dict[str, Reply] = {}
        left_open: str | None = None
        for question in questions:
            found = self._known(question, state)
            for reply in found:
                replies.setdefault(reply.topic, reply)
            if not found and not _MOVE_ON.search(question.text):
                proposed = _PROPOSES.search(question.text)
                if proposed:
                    replies.setdefault(question.text, self._accepted(question, proposed.end(), state))
                else:
                    left_open = left_open or question.text
        stated = sum(len(s.text.split()) for s in sentences) - sum(len(q.text.split()) for q in questions)
        if not replies and not self._about_case(questions):
            return Hearing(Intent.OFF_TOPIC if stated < STATES_TOO else Intent.STATEMENT)
        told = tuple(replies.values())
        return Hearing(
            Intent.STATEMENT if stated >= STATES_TOO and state.step > 1 else Intent.QUESTION,
            told[:TOLD_AT_ONCE],
            left_open if not told else None,
            len(told) > TOLD_AT_ONCE or (bool(told) and left_open is not None),
        )

    def _known(self, question: Span, state: SessionState) -> list[Reply]:
        stems = {t.stem for t in question.tokens}
        own = [i for i in range(self._own) if any(a and a <= stems for a in self._asks[i])]
        if len(own) > 1:
            own = self._most_specific(own, stems)
        chosen = own[:2] or self._nearest(question, stems)
        return [self._reply(self._facts[i], i < self._own, state) for i in chosen]

    def _most_specific(self, chosen: Sequence[int], stems: set[str]) -> list[int]:
        """Drop a fact all of whose matching words are a part of another fact's."""
        best = {i: max((a for a in self._asks[i] if a and a <= stems), key=len) for i in chosen}
        kept = [i for i in chosen if not any(best[i] < best[j] for j in chosen)]
        return sorted(kept, key=lambda i: (-len(best[i]), i))

    def _nearest(self, question: Span, stems: set[str]) -> list[int]:
        nearness = self._vectors @ self._embedder.embed([question.text])[0]
        by_fact = np.array([nearness[self._owner == i].max() for i in range(len(self._facts))])
        own = int(by_fact[: self._own].argmax())
        if by_fact[own] >= NEAR_FACT:
            return [own]
        general = [i for i in range(self._own, len(self._facts)) if any(a and a <= stems for a in self._asks[i])]
        if general:
            return [max(general, key=lambda i: by_fact[i])]
        best = int(by_fact.argmax())
        return [best] if by_fact[best] >= NEAR_FACT else []

    def _reply(self, fact: Fact, own: bool, state: SessionState) -> Reply:
        if own:
            return Reply(fact.topic, fact.answer, fact=fact.id, again=fact.id in state.facts)
        known = next((a for a in state.assumptions if a.topic == fact.topic), None)
        if known:
            return Reply(fact.topic, known.text, again=True)
        settled = Assumption(fact.topic, fact.answer, "interviewer", len(state.turns) - 1)
        return Reply(fact.topic, fact.answer, assumption=settled)

    def _accepted(self, question: Span, after: int, state: SessionState) -> Reply:
        proposal = question.text[after:].strip(" ,?").removeprefix("that ").strip()
        settled = Assumption(proposal, proposal, "candidate", len(state.turns) - 1)
        return Reply(proposal, "", assumption=settled)

    def _settled(self, sentences: Sequence[Span], state: SessionState) -> Assumption | None:
        if state.open_topic is None:
            return None
        vectors = self._embedder.embed([s.text for s in sentences])
        nearest = int((vectors @ self._embedder.embed([state.open_topic])[0]).argmax())
        return Assumption(state.open_topic, sentences[nearest].text, "candidate", len(state.turns) - 1)

    def _strays(self, sentences: Sequence[Span]) -> bool:
        technical = any(t.stem.startswith("§") for s in sentences for t in s.tokens)
        return not technical and not self._about_case(sentences)

    def _about_case(self, sentences: Sequence[Span]) -> bool:
        vectors = self._embedder.embed([s.text for s in sentences])
        return bool((self._subject @ vectors.T).max() >= FAR_FROM_CASE)


def _stems(text: str, glossary: Glossary) -> frozenset[str]:
    return frozenset(t.stem for s in spans(text, glossary) for t in s.tokens if t.content)


def _is_question(sentence: Span) -> bool:
    if _CHECK.search(sentence.text):
        return False
    if sentence.question:
        return True
    return bool(_WONDERS.search(sentence.text)) or bool(_ASKS.match(sentence.text) and _PROPOSES.search(sentence.text))


def _says_nothing(sentences: Sequence[Span]) -> bool:
    return sum(len(s.content) for s in sentences) < CONTENTLESS
