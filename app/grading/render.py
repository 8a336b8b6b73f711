"""Write a report as Markdown, as one self-contained HTML page, or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from app.domain.transcript import Evidence, Turn
from app.domain.verdict import Outcome
from app.grading.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from pydantic import TypeAdapter

OUTCOME_WORDS = {Outcome.MET: "met", Outcome.UNMET: "not met", Outcome.CANNOT_ASSESS: "not assessed"}


def as_json(report: Report) -> str:
    """Give the report as JSON."""
    return report_adapter().dump_json(report, indent=2).decode()


def as_data(report: Report) -> dict[str, Any]:
    """Give the report as JSON-able data."""
    return report_adapter().dump_python(report, mode="json")


@cache
def report_adapter() -> TypeAdapter[Report]:
    """Give what turns reports into JSON and back."""
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def as_markdown(report: Report) -> str:
    """Give the report as Markdown."""
    return _template("report.md.j2").render(report=report)


def as_html(report: Report) -> str:
    """Give the report as one HTML page that needs nothing else, with the quotes marked in the transcript."""
    return _template("report.html.j2").render(report=report)


def highlighted(turn: Turn, quotes: list[tuple[Evidence, str]]) -> list[tuple[str, tuple[str, ...]]]:
    """Cut a turn's text where quotes begin and end.

    Args:
        turn: of the candidate.
        quotes: evidence with the id of the criterion that it is for.

    Returns:
        Pieces of the text in order, each with the ids of the criteria that it is evidence for.
    """
    inside = [(e, name) for e, name in quotes if e.turn == turn.index]
    cuts = sorted({0, len(turn.text), *(e.start for e, _ in inside), *(e.end for e, _ in inside)})
    return [
        (turn.text[a:b], tuple(name for e, name in inside if e.start <= a and b <= e.end))
        for a, b in pairwise(cuts)
        if b > a
    ]


def quotes_of(report: Report) -> list[tuple[Evidence, str]]:
    """Give all evidence of a report with the criterion that it is for."""
    return [(e, c.id) for s in report.steps for c in s.criteria for e in c.evidence]


def clock(seconds: float) -> str:
    """Write seconds as minutes and seconds: `12:05`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def verdict_line(report: Report) -> str:
    """Say the recommendation, or why there is none, in one line."""
    card = report.scorecard
    if card.recommendation is None:
        return f"No recommendation. {card.withheld or 'Nothing was assessed.'}"
    near = " (borderline: within one standard error of the next word)" if card.borderline else ""
    return f"{card.recommendation.capitalize()} for {report.level}{near}"


def score_text(score: float | None) -> str:
    """Write a score out of five, or say that there is none."""
    return "not assessed" if score is None else f"{score:.1f} / 5"


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    def autoescape(name: str | None) -> bool:
        return bool(name and name.endswith(".html.j2"))

    environment = Environment(
        loader=PackageLoader("app.grading"),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

    def as_markup(text: str) -> Markup:
        return Markup(markdown.render(text))

    def svg(text: str) -> Markup:
        """Pass a drawing through; only for our own content, candidates' text never comes this way."""
        return Markup(text[text.index("<svg") :] if "<svg" in text else "")

    filters: dict[str, Callable[..., Any]] = {
        "clock": clock,
        "score": score_text,
        "outcome": OUTCOME_WORDS.__getitem__,
        "markdown": as_markup,
        "inline": _inline,
        "date": _date,
        "svg": svg,
    }
    names: dict[str, Any] = {"verdict_line": verdict_line, "highlighted": highlighted, "quotes_of": quotes_of}
    environment.filters.update(filters)
    environment.globals.update(names)
    return environment


def _inline(text: str) -> str:
    return " ".join(text.split())


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %B %Y, %H:%M UTC")
