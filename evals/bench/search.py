"""Build the index, change one file, search."""

from contextlib import closing
from pathlib import Path
from shutil import copytree
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter

from app.bootstrap import Application
from app.content.files import content_root
from app.settings import Settings

SEARCHES = 300


def measure() -> list[str]:
    """Give the time to build the index, to bring it in step after one change and after none, and to search it."""
    with TemporaryDirectory() as directory:
        root = Path(directory) / "content"
        for name in ("knowledge", "prompts"):
            copytree(content_root() / name, root / name)
        settings = Settings(data_dir=Path(directory) / "data", content_dir=root, _env_file=None)  # pyright: ignore[reportCallIssue]
        whole, count = _sync(settings)
        none, _ = _sync(settings)
        note = root / "knowledge" / "concepts" / "drift.md"
        note.write_text(note.read_text(encoding="utf-8") + "\nOne more sentence about drift.\n", encoding="utf-8")
        one, _ = _sync(settings)
        with closing(Application(settings)) as application:
            times = _searches(application)
    return [
        f"index of {count} passages from nothing: {whole:.2f} s",
        f"one note changed: {one:.2f} s; nothing changed: {none:.3f} s (goal: at most 0.3 s)",
        f"search, {SEARCHES} queries: p50 {1000 * median(times):.1f} ms, "
        f"p95 {1000 * quantiles(times, n=20)[18]:.1f} ms",
    ]


def _sync(settings: Settings) -> tuple[float, int]:
    """Time only the index: the passages are read before."""
    with closing(Application(settings)) as application:
        count = len(application.chunks)
        begin = perf_counter()
        application.sync_index()
        return perf_counter() - begin, count


def _searches(application: Application) -> list[float]:
    criteria = [c for case in application.library.cases for c in case.criteria]
    queries = [f"{c.statement} {c.answer}" for c in criteria][:SEARCHES]
    application.retriever.search(queries[0])
    times: list[float] = []
    for query in queries:
        begin = perf_counter()
        application.retriever.search(query, limit=5)
        times.append(perf_counter() - begin)
    return times
