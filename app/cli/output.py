"""Print to the terminal: results to standard output, everything else to standard error."""

import json
import sys
from typing import Any, NoReturn


def show(text: str) -> None:
    """Print a result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def show_json(data: Any) -> None:
    """Print a result as JSON."""
    show(json.dumps(data, ensure_ascii=False, indent=1))


def note(text: str) -> None:
    """Print something that is no result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def fail(message: str, code: int) -> NoReturn:
    """Print an error as one line, and stop."""
    note("sevenstep: " + " ".join(message.split()))
    sys.exit(code)
