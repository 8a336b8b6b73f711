"""Everything under knowledge/ and prompts/, read when it is first asked for."""

from functools import cached_property
from pathlib import Path

from app.content.cases import load_case, load_generic
from app.content.files import digest, load_yaml
from app.content.notes import Note, load_notes
from app.content.phrases import PhraseBook, load_phrases
from app.content.prompts import Prompt, load_prompts
from app.content.schema import AssumptionsFile, TermsFile
from app.domain.case import Case, Criterion, Fact
from app.errors import NotFound


class Library:
    """Give access to the content below one root."""

    def __init__(self, root: Path) -> None:
        """Remember where the content is; nothing is read yet.

        Args:
            root: the directory that holds `knowledge/` and `prompts/`.
        """
        self.root = root
        self.knowledge = root / "knowledge"
        self._cases: dict[str, Case] = {}

    @cached_property
    def slugs(self) -> tuple[str, ...]:
        """Give the slugs of all cases, in order."""
        return tuple(sorted(p.parent.name for p in (self.knowledge / "cases").glob("*/case.yaml")))

    def case(self, slug: str) -> Case:
        """Read a case.

        Raises:
            NotFound: there is none of that name; the message lists those there are.
            ContentError: its files are not valid.
        """
        if slug not in self.slugs:
            raise NotFound(f"there is no case {slug!r}: choose one of {', '.join(self.slugs)}")
        if slug not in self._cases:
            self._cases[slug] = load_case(self.knowledge / "cases" / slug, self.generic)
        return self._cases[slug]

    @property
    def cases(self) -> tuple[Case, ...]:
        """Give all cases, by slug."""
        return tuple(self.case(slug) for slug in self.slugs)

    @cached_property
    def generic(self) -> dict[str, Criterion]:
        """Give the criteria that cases may take up."""
        return load_generic(self.knowledge / "framework" / "criteria.yaml")

    @cached_property
    def framework(self) -> dict[str, Note]:
        """Give the notes on the seven steps, by id."""
        return load_notes(self.knowledge / "framework", "framework")

    @cached_property
    def concepts(self) -> dict[str, Note]:
        """Give the concept notes, by id."""
        return load_notes(self.knowledge / "concepts", "concept")

    @cached_property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """Give the ways of writing one thing, by its canonical form."""
        parsed = load_yaml(self.knowledge / "framework" / "terms.yaml").parse(TermsFile)
        return {canonical: tuple(variants) for canonical, variants in parsed.terms.items()}

    @cached_property
    def assumptions(self) -> tuple[Fact, ...]:
        """Give what is settled in the same way in every case that does not say otherwise."""
        parsed = load_yaml(self.knowledge / "framework" / "assumptions.yaml").parse(AssumptionsFile)
        return tuple(Fact(a.id, a.topic, tuple(a.asks), a.answer) for a in parsed.assumptions)

    @cached_property
    def phrases(self) -> PhraseBook:
        """Give the wordings of the scripted voice."""
        return load_phrases(self.root / "prompts" / "scripted")

    @cached_property
    def prompts(self) -> dict[str, Prompt]:
        """Give the prompts of the interviewer that a model words."""
        return load_prompts(self.root / "prompts" / "interviewer")

    @cached_property
    def terms_hash(self) -> str:
        """Hash what the examiner reads beside the rubric."""
        return digest(*(f"{k}={'|'.join(v)}" for k, v in sorted(self.terms.items())))
