"""What a judge may say of a criterion."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256

from app.domain.transcript import Evidence


class Outcome(StrEnum):
    """The closed set of verdicts. `cannot_assess` is a state of its own and never a low mark."""

    MET = "met"
    UNMET = "unmet"
    CANNOT_ASSESS = "cannot_assess"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a verdict depends on beside the answer; two verdicts compare only if it matches."""

    judge: str
    """Kind of judge, with its version: `examiner/1`."""
    model: str
    """The model's name, or of the embeddings for the examiner."""
    prompt: str
    """Hash of the prompts, or of the examiner's own word lists."""
    rubric: str
    """Hash of the rubric."""
    sampling: str
    """Sampling settings, or thresholds."""

    @property
    def digest(self) -> str:
        """Give a short hash over all parts (16 hex digits)."""
        joined = "\x1f".join(f"{k}={v}" for k, v in asdict(self).items())
        return sha256(joined.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judge's word on one criterion."""

    criterion: str
    outcome: Outcome
    evidence: tuple[Evidence, ...]
    reason: str
    fingerprint: str
    """Digest of the judge's fingerprint."""
    assisted: bool = False
    """The candidate was given a hint before showing it; counts half."""

    def __post_init__(self) -> None:
        """Hold the rule that nothing is met without evidence."""
        if self.outcome is Outcome.MET and not self.evidence:
            raise ValueError(f"verdict on {self.criterion!r} is met without evidence")
