"""Find the content directories, and read YAML and front matter so that each fault has a file, a line and a field."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ValidationError

from app.errors import ConfigurationError, ContentError

Model = TypeVar("Model", bound=BaseModel)
_FENCE = "---\n"


def content_root(chosen: Path | None = None) -> Path:
    """Give the directory that holds `prompts/` and `knowledge/`.

    Args:
        chosen: a directory named in the settings; otherwise the one shipped in the wheel, else the source tree.

    Raises:
        ConfigurationError: there is no content at that place.
    """
    package = Path(__file__).resolve().parent.parent
    candidates = [chosen] if chosen else [package / "_shipped", package.parent]
    for root in candidates:
        if (root / "knowledge").is_dir() and (root / "prompts").is_dir():
            return root
    raise ConfigurationError(
        f"no knowledge/ and prompts/ in {candidates[-1]}: set SEVENSTEP_CONTENT_DIR to where they are"
    )


def read_text(path: Path) -> str:
    """Read a UTF-8 file.

    Raises:
        ContentError: it is missing or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ContentError(f"{path}: the file is missing") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{path}: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise ContentError(f"{path}: cannot be read: {error.strerror}") from error


def digest(*texts: str) -> str:
    """Hash texts (16 hex digits)."""
    return sha256("\x1f".join(texts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Located:
    """A YAML document that remembers where each field stands."""

    path: Path
    data: Any
    node: yaml.Node | None
    first_line: int = 1
    """Line of the file on which the document begins."""

    def line(self, where: Sequence[str | int]) -> int:
        """Give the line of a field, or of the nearest one around it."""
        node, line = self.node, self.first_line
        for key in where:
            node, mark = _step_into(node, key)
            if node is None:
                break
            line = self.first_line + mark
        return line

    def fault(self, where: Sequence[str | int], message: str) -> str:
        """Word a fault as `file:line: field: what is wrong`."""
        field = ".".join(str(k) for k in where) or "(document)"
        return f"{self.path}:{self.line(where)}: {field}: {message}"

    def parse(self, model: type[Model]) -> Model:
        """Validate the document.

        Raises:
            ContentError: with one line for each fault.
        """
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            faults = [self.fault(_fields(e["loc"]), _plain(e["msg"], e["type"])) for e in error.errors()]
            raise ContentError("\n".join(dict.fromkeys(faults))) from error


def load_yaml(path: Path, text: str | None = None, first_line: int = 1) -> Located:
    """Load one YAML document.

    Raises:
        ContentError: it is not YAML, or has a key twice.
    """
    source = read_text(path) if text is None else text
    try:
        loader = yaml.CSafeLoader(source)
        node = loader.get_single_node()
        if node is not None:
            _no_duplicates(node, path, first_line)
        data: Any = None if node is None else cast(Any, loader).construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        raise ContentError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = first_line + source.count("\n", 0, error.position)
        raise ContentError(f"{path}:{line}: not valid YAML: a control character") from error
    except ValueError as error:
        line = first_line + _unreadable(source)
        raise ContentError(f"{path}:{line}: not valid YAML: {error}") from error
    except RecursionError as error:
        raise ContentError(f"{path}:{first_line}: not valid YAML: a node contains itself") from error
    return Located(path, data, node, first_line)


def _unreadable(source: str) -> int:
    """Find the first scalar that cannot be what it says it is, and give its line, from 0."""
    loader: Any = yaml.CSafeLoader(source)
    pending: list[Any] = [loader.get_single_node()]
    while pending:
        node = pending.pop(0)
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except ValueError:
                return node.start_mark.line
        elif isinstance(node, yaml.SequenceNode):
            pending = [*node.value, *pending]
        elif isinstance(node, yaml.MappingNode):
            pending = [*(n for pair in node.value for n in pair), *pending]
    return 0


def load_front_matter(path: Path) -> tuple[Located, str]:
    """Load a file that begins with YAML between two `---` lines.

    Returns:
        The front matter, and the text below it.

    Raises:
        ContentError: there is no front matter, or it is not valid.
    """
    text = read_text(path)
    if not text.startswith(_FENCE) or "\n" + _FENCE not in text[3:]:
        raise ContentError(f"{path}:1: (document): must begin with front matter between two --- lines")
    head, body = text[len(_FENCE) :].split("\n" + _FENCE, 1)
    return load_yaml(path, head, first_line=2), body.strip() + "\n"


def _step_into(node: yaml.Node | None, key: str | int) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key].start_mark.line
    return None, 0


def _no_duplicates(node: yaml.Node, path: Path, first_line: int) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                raise ContentError(f"{path}:{first_line + name.start_mark.line}: (key): must be a plain word")
            if name.value in seen:
                line = first_line + name.start_mark.line
                raise ContentError(f"{path}:{line}: {name.value}: the key stands twice")
            seen.add(name.value)
            _no_duplicates(value, path, first_line)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _no_duplicates(value, path, first_line)


def _fields(location: Sequence[str | int]) -> list[str | int]:
    """Drop the names of union members, which stand in parentheses, from a place."""
    return [key for key in location if not str(key).startswith("(")]


def _plain(message: str, kind: str) -> str:
    if kind == "extra_forbidden":
        return "no such field"
    if kind == "missing":
        return "the field is missing"
    return message.removeprefix("Value error, ")
