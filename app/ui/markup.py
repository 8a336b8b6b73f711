"""HTML from templates. Everything put into them is escaped, so whatever people type shows literally."""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain.scoring import FULL_MARK

TEMPLATES = Path(__file__).with_name("templates")


def markup(name: str, **values: object) -> str:
    """Fill in a template.

    Args:
        name: of the template, without `.html.j2`.
        values: what it names; one that is missing is an error.
    """
    return _environment().get_template(f"{name}.html.j2").render(**values)


_CODE = re.compile(r"(^ {0,3}(?:```|~~~).*?^ {0,3}(?:```|~~~)|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)
_SPECIAL = re.compile(r"\$|(?<!\w):(?=[a-zA-Z][\w+/-]*[:\[])")
"""What Streamlit reads more into than Markdown does: formulas, icons and colours."""


def prose(text: str, top: int = 3) -> str:
    """Give Markdown for `st.markdown`, in which nothing is read but plain Markdown; HTML in it shows literally.

    Args:
        text: Markdown.
        top: level of its highest heading on the page.
    """
    parts = _CODE.split(text)
    levels = [len(m[1]) for part in parts[::2] for m in _HEADING.finditer(part)]
    down = top - min(levels, default=top)
    for i in range(0, len(parts), 2):
        plain = _SPECIAL.sub(r"\\\g<0>", parts[i])
        parts[i] = _HEADING.sub(lambda m: "#" * max(1, min(6, len(m[1]) + down)) + " ", plain)
    return "".join(parts)


def clock(seconds: float) -> str:
    """Write seconds as minutes and seconds: `12:05`."""
    whole = int(max(seconds, 0.0))
    return f"{whole // 60}:{whole % 60:02d}"


def score(value: float | None) -> str:
    """Write a score, or say that there is none."""
    return "not assessed" if value is None else f"{value:.1f} / {FULL_MARK:.0f}"


def dollars(value: float) -> str:
    """Write a price: `$0.0031`, `$1.20`."""
    if value >= 0.01 or not value:
        return f"${value:.2f}"
    return f"${value:.2g}" if value >= 0.0001 else "under $0.0001"


def model_name(name: str) -> str:
    """Write a model's name; of a file, its name without folders."""
    return name.replace("\\", "/").rpartition("/")[2] if name.endswith(".gguf") else name


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({"clock": clock, "score": score, "dollars": dollars, "model_name": model_name})
    return environment
