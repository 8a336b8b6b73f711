"""`eval`: loads the suites only when they are asked for, since they sit above the program."""

from importlib import import_module
from pathlib import Path
from typing import Any

from app.cli.output import note, show, show_json


def run_eval(suite: str, out: Path | None, as_json: bool) -> None:
    """Run a suite and print its result."""
    result: dict[str, Any] = import_module("evals.run").run_suite(suite, out)
    markdown = result.pop("markdown")
    if as_json:
        show_json(result)
    else:
        show(markdown)
    if out:
        note(f"Written to {out}")
