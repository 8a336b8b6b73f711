"""Run the benchmarks named on the command line, or all of them."""

import sys
from collections.abc import Callable, Iterable

from evals.bench import models, search, server, turns

BENCHMARKS: dict[str, Callable[[], Iterable[str]]] = {
    "turns": turns.measure,
    "search": search.measure,
    "server": server.measure,
    "models": models.measure,
}


def main() -> None:
    """Print the figures of each benchmark as it ends."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"there is no benchmark {unknown[0]!r}: choose of {', '.join(BENCHMARKS)}")
    for name in chosen:
        print(f"## {name}", flush=True)
        for line in BENCHMARKS[name]():
            print(f"- {line}", flush=True)


if __name__ == "__main__":
    main()
