"""Prompts for models: strict data files. An unknown or missing variable is an error."""

from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from app.content.files import digest, load_front_matter
from app.content.schema import PhrasesHead
from app.errors import ContentError


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text with named places for values."""

    name: str
    text: str
    variables: frozenset[str]
    hash: str

    def fill(self, **values: str) -> str:
        """Put the values in.

        Raises:
            ContentError: a value is missing, or there is no place for one.
        """
        if values.keys() != self.variables:
            odd = sorted(values.keys() ^ self.variables)[0]
            raise ContentError(f"prompt {self.name}: variable {odd!r} is {'unknown' if odd in values else 'missing'}")
        return self.text.format_map(values)


def load_prompts(directory: Path) -> dict[str, Prompt]:
    """Read every `<name>.md` of a directory.

    Raises:
        ContentError: a prompt's variables are not exactly those that its front matter declares.
    """
    return {path.stem: _load(path) for path in sorted(directory.glob("*.md"))}


def _load(path: Path) -> Prompt:
    head, body = load_front_matter(path)
    declared = frozenset(head.parse(PhrasesHead).variables)
    try:
        used = frozenset(name for _, name, _, _ in Formatter().parse(body) if name is not None)
    except ValueError as error:
        raise ContentError(f"{path}:1: (document): {error}") from error
    if used != declared:
        odd = sorted(used ^ declared)[0]
        problem = "declared and not used" if odd in declared else "used and not declared"
        raise ContentError(f"{path}:1: variables: {odd!r} is {problem}")
    return Prompt(path.stem, body.strip(), declared, digest(body))
