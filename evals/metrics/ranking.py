"""How well a ranking finds what is relevant: from ids in the order found, best first, and the relevant ids."""

from collections.abc import Collection, Sequence
from math import log2


def recall_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Give the share of the relevant ids among the first k.

    With more relevant ids than places, k of them are a full recall.

    Raises:
        ValueError: nothing is relevant.
    """
    _some(relevant)
    return len(set(ranked[:k]) & set(relevant)) / min(len(set(relevant)), k)


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str]) -> float:
    """Give one over the place of the first relevant id, 0 if none was found.

    Raises:
        ValueError: nothing is relevant.
    """
    _some(relevant)
    return next((1 / place for place, one in enumerate(ranked, 1) if one in relevant), 0.0)


def ndcg_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Give the normalised discounted cumulative gain over the first k, each relevant id having gain 1.

    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, 2002; discount log2(place + 1).

    Raises:
        ValueError: nothing is relevant.
    """
    _some(relevant)
    gain = sum(1 / log2(place + 1) for place, one in enumerate(ranked[:k], 1) if one in relevant)
    ideal = sum(1 / log2(place + 1) for place in range(1, min(len(set(relevant)), k) + 1))
    return gain / ideal


def _some(relevant: Collection[str]) -> None:
    if not relevant:
        raise ValueError("nothing is relevant, so the measure is not defined")
