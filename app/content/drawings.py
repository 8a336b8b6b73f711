"""Render the cases' diagrams with Graphviz, and notice when a drawing is older than its diagram.

Drawings are kept beside the diagrams, so that nobody needs Graphviz to read a report.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from app.content.files import content_root, digest, read_text
from app.errors import ConfigurationError, ContentError

_MARK = "<!-- drawn from {} -->"


def is_current(dot: str, svg: str) -> bool:
    """Say whether a drawing was made from a diagram."""
    return _MARK.format(digest(dot)) in svg


def draw(path: Path) -> Path:
    """Render `architecture.dot` to `architecture.svg` beside it.

    Raises:
        ConfigurationError: Graphviz is not installed.
        ContentError: the diagram is not valid.
    """
    if shutil.which("dot") is None:
        raise ConfigurationError("Graphviz is needed to draw diagrams: install the package graphviz")
    source = read_text(path)
    done = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContentError(f"{path}: Graphviz refuses it: {done.stderr.strip().splitlines()[0]}")
    svg = done.stdout[done.stdout.index("<svg") :]
    target = path.with_suffix(".svg")
    target.write_text(f"{svg.rstrip()}\n{_MARK.format(digest(source))}\n", encoding="utf-8")
    return target


def main() -> None:
    """Draw every diagram that has no current drawing."""
    for path in sorted((content_root() / "knowledge" / "cases").glob("*/architecture.dot")):
        drawing = path.with_suffix(".svg")
        if not drawing.exists() or not is_current(read_text(path), read_text(drawing)):
            sys.stdout.write(f"{draw(path)}\n")


if __name__ == "__main__":
    main()
