"""`sevenstep eval retrieval`: does search find the passage that answers?"""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.bootstrap import Application
from app.content.files import load_yaml
from app.errors import ContentError
from evals.metrics.intervals import Estimate, difference_estimate, mean_estimate
from evals.metrics.ranking import ndcg_at, recall_at, reciprocal_rank

DATASET = Path(__file__).resolve().parent.parent / "datasets" / "retrieval_v1.yaml"
DEPTH = 20
"""How far down rankings are read."""
MODES: tuple[Literal["bm25", "vector", "hybrid"], ...] = ("bm25", "vector", "hybrid")
METRICS: dict[str, Callable[[Sequence[str], Sequence[str]], float]] = {
    "recall@5": lambda ranked, relevant: recall_at(ranked, relevant, 5),
    "MRR": reciprocal_rank,
    "nDCG@5": lambda ranked, relevant: ndcg_at(ranked, relevant, 5),
}


class Query(BaseModel):
    """One query with the passages that answer it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    split: Literal["dev", "test"]
    kind: Literal["lexical", "paraphrase"]
    speaker: Literal["candidate", "interviewer"]
    query: Annotated[str, Field(min_length=5)]
    relevant: Annotated[list[str], Field(min_length=1)]


class Dataset(BaseModel):
    """evals/datasets/retrieval_v1.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    queries: list[Query]


def load(known: frozenset[str], path: Path = DATASET) -> list[Query]:
    """Read the dataset.

    Args:
        known: ids of all passages.
        path: of the dataset.

    Raises:
        ContentError: it is malformed, has an id twice, or names a passage that does not exist.
    """
    located = load_yaml(path)
    queries = located.parse(Dataset).queries
    faults: list[str] = []
    seen: set[str] = set()
    for i, query in enumerate(queries):
        if query.id in seen:
            faults.append(located.fault(("queries", i, "id"), f"{query.id!r} stands twice"))
        seen.add(query.id)
        faults += [
            located.fault(("queries", i, "relevant"), f"no passage {one!r}")
            for one in query.relevant
            if one not in known
        ]
    if faults:
        raise ContentError("\n".join(faults))
    return queries


def run() -> dict[str, Any]:
    """Measure every mode on both splits, and by kind of query.

    Returns:
        JSON-able: estimates by split or kind, mode and metric, and paired differences of hybrid against the others.
    """
    with closing(Application()) as application:
        queries = load(frozenset(c.id for c in application.chunks))
        retriever = application.retriever
        ranked = {
            mode: [[p.id for p in retriever.ranked(q.query, mode, limit=DEPTH)] for q in queries] for mode in MODES
        }
    groups: dict[str, list[int]] = {
        "dev": [i for i, q in enumerate(queries) if q.split == "dev"],
        "test": [i for i, q in enumerate(queries) if q.split == "test"],
        "lexical": [i for i, q in enumerate(queries) if q.kind == "lexical"],
        "paraphrase": [i for i, q in enumerate(queries) if q.kind == "paraphrase"],
        "all": list(range(len(queries))),
    }
    return {
        "suite": "retrieval",
        "dataset": DATASET.stem,
        "embedder": application.embedder.name,
        "groups": {name: _measure(queries, ranked, places) for name, places in groups.items() if places},
        "missed": [
            q.id for q, found in zip(queries, ranked["hybrid"], strict=True) if not set(q.relevant) & set(found[:5])
        ],
    }


def _measure(queries: list[Query], ranked: dict[Any, list[list[str]]], places: list[int]) -> dict[str, Any]:
    result: dict[str, Any] = {"queries": len(places)}
    for name, metric in METRICS.items():
        values = {mode: [metric(ranked[mode][i], queries[i].relevant) for i in places] for mode in MODES}
        result[name] = {mode: _plain(mean_estimate(values[mode])) for mode in MODES}
        for rival in ("bm25", "vector"):
            result[name][f"hybrid-{rival}"] = _plain(difference_estimate(values["hybrid"], values[rival]))
    return result


def _plain(estimate: Estimate) -> list[float]:
    return [round(estimate.mean, 4), round(estimate.low, 4), round(estimate.high, 4)]


def as_markdown(result: dict[str, Any]) -> str:
    """Give the result as a table."""
    columns = [*MODES, "hybrid-bm25", "hybrid-vector"]
    lines = [
        f"# Retrieval on `{result['dataset']}` ({result['embedder']})",
        "",
        "Mean with 95 % bootstrap interval over queries; the last two columns are paired differences.",
        "",
        f"| queries | metric | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    for name, group in result["groups"].items():
        for metric in METRICS:
            cells = [_cell(group[metric][column]) for column in columns]
            lines.append(f"| {name} ({group['queries']}) | {metric} | {' | '.join(cells)} |")
    lines += ["", f"Nothing relevant among the first 5 of hybrid: {', '.join(result['missed']) or 'never'}."]
    return "\n".join(lines) + "\n"


def _cell(values: list[float]) -> str:
    mean, low, high = values
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"
