"""The built-in judge: finds evidence in the candidate's own sentences, with no language model."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files

from app.domain.case import Criterion, Rubric
from app.domain.events import Covered
from app.domain.framework import Step
from app.domain.transcript import Evidence, Speaker, Turn
from app.domain.verdict import Fingerprint, Outcome, Verdict
from app.grading.matching import CompiledRubric, Match, Thresholds, find
from app.grading.orders import without_orders
from app.grading.substance import echoes, heard_before, is_enumeration, is_list, restates
from app.grading.text import Glossary, Span, spans
from app.retrieval.embeddings import Embedder

VERSION = "examiner/1"
QUOTE_TOKENS = 45
"""A longer sentence is quoted only around what matched."""
MARGIN = 12
KEPT_RUBRICS = 128
"""Compiled rubrics held in memory; one takes about 300 kB."""
KEPT_TEXTS = 4096
"""Interviewer's turns of which the content is held in memory; one takes about 2 kB."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Evidence for one criterion, with how strong it is."""

    covered: Covered
    strength: float
    cue: str | None


class Examiner:
    """Judge by cues, overlap and embeddings."""

    def __init__(
        self, glossary: Glossary, terms_hash: str, embedder: Embedder, limits: Thresholds | None = None
    ) -> None:
        """Bring together what the examiner judges by.

        Args:
            glossary: terms that mean the same.
            terms_hash: of that glossary, for the fingerprint.
            embedder: gives sentence vectors.
            limits: what counts as shown.
        """
        self._glossary = glossary
        self._terms_hash = terms_hash
        self._embedder = embedder
        self._limits = limits or Thresholds()
        self._known: dict[str, CompiledRubric] = {}
        self._heard = lru_cache(maxsize=KEPT_TEXTS)(self._contents)

    def fingerprint(self, rubric: Rubric) -> Fingerprint:
        """Say what the verdicts depend on."""
        sampling = ",".join(f"{k}={v}" for k, v in asdict(self._limits).items())
        return Fingerprint(VERSION, self._embedder.name, f"{self._terms_hash}+{_rules_hash()}", rubric.hash, sampling)

    def grade(self, rubric: Rubric, turns: Sequence[Turn]) -> list[Verdict]:
        """Give a verdict on every criterion, from the whole transcript."""
        best: dict[str, Finding] = {}
        for turn in turns:
            if turn.speaker is Speaker.CANDIDATE:
                for finding in self.findings(rubric, turns, turn):
                    known = best.get(finding.covered.criterion)
                    if known is None or finding.strength > known.strength:
                        best[finding.covered.criterion] = finding
        digest = self.fingerprint(rubric).digest
        return [self._verdict(c, best.get(c.id), digest) for c in rubric.criteria]

    def observe(self, rubric: Rubric, turns: Sequence[Turn], turn: Turn) -> list[Covered]:
        """Give what one turn of the candidate covers; milliseconds."""
        return [f.covered for f in self.findings(rubric, turns, turn)]

    def shows(self, rubric: Rubric, text: str) -> list[str]:
        """Give the criteria that a text would be accepted as evidence for; for guarding what the interviewer says."""
        turn = Turn(0, Speaker.CANDIDATE, text, Step.CLARIFY)
        bare = Rubric(rubric.id, "", rubric.criteria, rubric.hash)
        return [f.covered.criterion for f in self.findings(bare, (turn,), turn, questions=True)]

    def nearness(self, rubric: Rubric, text: str) -> dict[str, float]:
        """Give how near a text is to each criterion, as a cosine."""
        compiled = self._compiled(rubric)
        near = compiled.vectors @ self._embedder.embed([text])[0]
        return {t.criterion.id: float(near[t.rows].max()) for t in compiled.targets}

    def stems(self, text: str) -> frozenset[str]:
        """Give the stems of a text that can be matched by."""
        return frozenset[str]().union(*(s.content for s in spans(text, self._glossary)))

    def similarities(self, text: str, others: Sequence[str]) -> list[float]:
        """Give how near each of the other texts is to a text, as cosines."""
        one, *rest = self._embedder.embed([text, *others])
        return [float(one @ other) for other in rest]

    def cued(self, rubric: Rubric, text: str) -> list[str]:
        """Give the criteria that a text shows by their cues, rather than by its meaning."""
        turn = Turn(0, Speaker.CANDIDATE, text, Step.CLARIFY)
        bare = Rubric(rubric.id, "", rubric.criteria, rubric.hash)
        found = self.findings(bare, (turn,), turn, questions=True)
        return [f.covered.criterion for f in found if f.cue is not None]

    def strengths(self, rubric: Rubric, phrase: str) -> dict[str, float]:
        """Give how strongly a phrase shows each criterion that it shows, as if it were a sentence."""
        sentences = spans(phrase, self._glossary)
        vectors = self._embedder.embed([s.text for s in sentences])
        compiled = self._compiled(rubric)
        pairs = zip(sentences, vectors, strict=True)
        return {m.criterion: m.strength for s, v in pairs for m in find(s, v, compiled, self._limits)}

    def findings(self, rubric: Rubric, turns: Sequence[Turn], turn: Turn, *, questions: bool = False) -> list[Finding]:
        """Find the best evidence in one turn for each criterion that it shows.

        Args:
            rubric: the criteria.
            turns: the transcript so far; what the interviewer said in it cannot be echoed back as evidence.
            turn: the candidate's turn.
            questions: count questions as evidence for every criterion, not only those of step 1.
        """
        sentences = spans(turn.text, self._glossary)
        if not sentences or is_list(sentences):
            return []
        heard = [content for text in heard_before(turns, turn.index, rubric) for content in self._heard(text)]
        own = without_orders(turn.text, sentences)
        usable = [s for s in own if not echoes(s, heard) and not is_enumeration(s)]
        vectors = self._embedder.embed([s.text for s in usable])
        compiled = self._compiled(rubric)
        asked = {t.criterion.id for t in compiled.targets if t.criterion.step in (Step.CLARIFY, None)}
        wordings = {t.criterion.id: t.wording for t in compiled.targets}
        best: dict[str, Finding] = {}
        for sentence, vector in zip(usable, vectors, strict=True):
            for match in find(sentence, vector, compiled, self._limits):
                if sentence.question and not questions and match.criterion not in asked:
                    continue
                if restates(sentence, wordings[match.criterion]):
                    continue
                known = best.get(match.criterion)
                if known is None or match.strength > known.strength:
                    best[match.criterion] = _finding(turn, sentence, match)
        return list(best.values())

    def _contents(self, text: str) -> tuple[frozenset[str], ...]:
        """Give the content of each sentence of a text."""
        return tuple(s.content for s in spans(text, self._glossary))

    def _compiled(self, rubric: Rubric) -> CompiledRubric:
        if rubric.hash not in self._known:
            if len(self._known) >= KEPT_RUBRICS:
                self._known.pop(next(iter(self._known)), None)
            self._known[rubric.hash] = CompiledRubric(rubric, self._glossary, self._embedder)
        return self._known[rubric.hash]

    def _verdict(self, criterion: Criterion, finding: Finding | None, digest: str) -> Verdict:
        if finding is None:
            reason = "Nothing that you said shows this."
            return Verdict(criterion.id, Outcome.UNMET, (), reason, digest)
        how = f"recognised by “{finding.cue}”" if finding.cue else "its meaning is close to a strong answer's"
        return Verdict(criterion.id, Outcome.MET, (finding.covered.evidence,), f"Shown here, {how}.", digest)


@cache
def _rules_hash() -> str:
    """Hash the rules themselves, so that no change to them can pass for the same judge."""
    package = files("app.grading")
    names = ("examiner", "matching", "negation", "orders", "substance", "text", "words")
    return sha256(b"".join((package / f"{name}.py").read_bytes() for name in names)).hexdigest()[:16]


def _finding(turn: Turn, sentence: Span, match: Match) -> Finding:
    start, end = sentence.start, sentence.end
    if len(sentence.tokens) > QUOTE_TOKENS:
        start = sentence.tokens[max(0, match.first - MARGIN)].start
        end = sentence.tokens[min(len(sentence.tokens) - 1, match.last + MARGIN)].end
    quote = turn.text[start:end]
    return Finding(Covered(match.criterion, Evidence(turn.index, start, end, quote)), match.strength, match.cue)
