"""Intervals by bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 2000
SEED = 7
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Write it as `0.81 [0.78, 0.84]`."""
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def mean_estimate(values: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED) -> Estimate:
    """Give the mean of independent values with its 95 % percentile interval.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("there is nothing to take a mean of")
    sample = np.asarray(values, dtype=float)
    generator = np.random.default_rng(seed)
    means = generator.choice(sample, size=(resamples, sample.size)).mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(sample.mean()), float(low), float(high))


def difference_estimate(
    ours: Sequence[float], theirs: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED
) -> Estimate:
    """Give the mean of paired differences with its interval.

    Raises:
        ValueError: the two are of unequal length, or empty.
    """
    return mean_estimate([a - b for a, b in zip(ours, theirs, strict=True)], resamples, seed)
