"""HTML from templates. Everything put into them is escaped, so whatever people type shows literally."""

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


def clock(seconds: float) -> str:
    """Write seconds as minutes and seconds: `12:05`."""
    whole = int(max(seconds, 0.0))
    return f"{whole // 60}:{whole % 60:02d}"


def score(value: float | None) -> str:
    """Write a score, or say that there is none."""
    return "not assessed" if value is None else f"{value:.1f} / {FULL_MARK:.0f}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({"clock": clock, "score": score})
    return environment
