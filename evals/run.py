"""Run a suite by name, and write what it gives."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError, InputError

SUITES = ("retrieval",)


def run_suite(name: str, out: Path | None) -> dict[str, Any]:
    """Run a suite.

    Args:
        name: of the suite.
        out: directory for `<name>.json` and `<name>.md`; nothing is written without it.

    Returns:
        The result, with its Markdown form under `markdown`.

    Raises:
        InputError: there is no such suite.
        ConfigurationError: the directory cannot be written.
    """
    if name not in SUITES:
        raise InputError(f"there is no suite {name!r}: choose one of {', '.join(SUITES)}")
    suite = import_module(f"evals.suites.{name}")
    result: dict[str, Any] = suite.run()
    markdown: str = suite.as_markdown(result)
    if out:
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
            (out / f"{name}.md").write_text(markdown, encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"cannot write to {out}: {error.strerror}") from error
    return {**result, "markdown": markdown}
