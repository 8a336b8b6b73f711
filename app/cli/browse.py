"""`cases`, `search` and `report`."""

from contextlib import closing

from app.bootstrap import Application
from app.cli.output import show, show_json
from app.domain.case import Case
from app.domain.framework import Level, parse_step

_STARS = {1: "approachable", 2: "usual", 3: "hard"}


def list_cases(as_json: bool) -> None:
    """Print all cases."""
    with closing(Application()) as application:
        found = application.library.cases
    if as_json:
        return show_json([_public(c) for c in found])
    width = max((len(c.slug) for c in found), default=0)
    for case in found:
        show(f"{case.slug:<{width}}  {_STARS[case.difficulty]:<12}  {case.title}: {case.summary}")


def show_case(slug: str, as_json: bool) -> None:
    """Print what a candidate may know of a case before the interview."""
    with closing(Application()) as application:
        case = application.library.case(slug)
    if as_json:
        return show_json(_public(case))
    counts = ", ".join(f"{n} at {level} level" for level, n in _counts(case).items())
    show(f"{case.title} ({_STARS[case.difficulty]}; {', '.join(case.tags)})\n{case.summary}\n")
    show(f"“{case.opening}”\n\nCriteria: {counts}. Start with: sevenstep interview --case {case.slug}")


def search_notes(query: str, step: int | None, limit: int, as_json: bool) -> None:
    """Print the passages nearest to a query."""
    chosen = parse_step(step) if step is not None else None
    with closing(Application()) as application:
        passages = application.retriever.search(query, step=chosen, limit=limit)
    if as_json:
        rows = [{"id": p.id, "title": p.title, "kind": p.kind, "score": p.score, "text": p.text} for p in passages]
        return show_json(rows)
    if not passages:
        show("Nothing found.")
    for passage in passages:
        text = " ".join(passage.text.split())
        show(f"{passage.title}  [{passage.id}]\n    {text[:300]}{'…' if len(text) > 300 else ''}\n")


def print_report(session_id: str, form: str) -> None:
    """Print a report."""
    from app.grading.render import as_html, as_json, as_markdown

    with closing(Application()) as application:
        report = application.reporter.report(session_id)
    show({"md": as_markdown, "html": as_html, "json": as_json}[form](report))


def _public(case: Case) -> dict[str, object]:
    return {
        "slug": case.slug,
        "title": case.title,
        "summary": case.summary,
        "difficulty": case.difficulty,
        "tags": list(case.tags),
        "opening": case.opening,
        "criteria": _counts(case),
    }


def _counts(case: Case) -> dict[str, int]:
    return {level.value: len(case.for_level(level)) for level in Level}
