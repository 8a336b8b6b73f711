# ruff: noqa: SIM905
"""Prompt files: front matter that declares variables, and a body that uses exactly those."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from app.content.files import digest, load_front_matter
from app.content.schema import PhrasesHead
from app.errors import ContentError

KINDS = frozenset(
    "accept ack-ahead ack-covered ack-quote ack-topic-quote advance-asked advance-covered advance-stuck advance-time "
    "another-side carry-on close-end close-time credit-early curveball hint leave-it left-open more-questions no-worry "
    "open open-drill redirect-instruction redirect-keywords redirect-off-topic repeat tell tell-again tell-next "
    "warn-last-minutes warn-ten-minutes".split()
)
"""The kinds of phrase that the scripted voice speaks."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way of saying something."""

    key: str
    """Stable within the phrase book: `probe-lead/3`."""
    text: str
    variables: frozenset[str]

    def fill(self, values: Mapping[str, str]) -> str:
        """Put the values in."""
        return self.text.format_map({name: values[name] for name in self.variables})


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """All curated wordings of the scripted voice, by name."""

    phrases: Mapping[str, tuple[Wording, ...]]
    hash: str

    def named(self, name: str) -> tuple[Wording, ...]:
        """Give the wordings of one kind.

        Raises:
            ContentError: there is no such kind.
        """
        try:
            return self.phrases[name]
        except KeyError as error:
            raise ContentError(f"prompts/scripted/{name}.md: the file is missing") from error


def load_phrases(directory: Path) -> PhraseBook:
    """Read every `<name>.md` of a directory; each line of the body that begins with `- ` is one wording.

    Raises:
        ContentError: a wording uses an undeclared variable, a declared one is used nowhere, or there is no wording.
    """
    phrases: dict[str, tuple[Wording, ...]] = {}
    texts: list[str] = []
    for path in sorted(directory.glob("*.md")):
        head, body = load_front_matter(path)
        declared = frozenset(head.parse(PhrasesHead).variables)
        wordings = tuple(
            _wording(path, f"{path.stem}/{i}", line[2:].strip(), declared)
            for i, line in enumerate(line for line in body.splitlines() if line.startswith("- "))
        )
        unused = declared - frozenset[str]().union(*(w.variables for w in wordings))
        if not wordings or unused:
            problem = f"variable {sorted(unused)[0]!r} is declared and not used" if unused else "there is no wording"
            raise ContentError(f"{path}:1: variables: {problem}")
        phrases[path.stem] = wordings
        texts.extend(w.text for w in wordings)
    return PhraseBook(phrases, digest(*texts))


def _wording(path: Path, key: str, text: str, declared: frozenset[str]) -> Wording:
    try:
        used = frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    except ValueError as error:
        raise ContentError(f"{path}: {key}: {error}") from error
    if used - declared:
        raise ContentError(f"{path}: {key}: variable {sorted(used - declared)[0]!r} is not declared")
    return Wording(key, text, used)
