"""Check every quote against the transcript, in code, whoever the judge was."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.transcript import Turn
from app.domain.verdict import Outcome, Verdict


def checked(verdict: Verdict, turns: Sequence[Turn]) -> Verdict:
    """Give the verdict, or `cannot_assess` if a quote does not stand in the candidate's own words."""
    if all(e.stands_in(turns) for e in verdict.evidence):
        return verdict
    reason = "The judge quoted words that the candidate did not say, so its verdict does not count."
    return replace(verdict, outcome=Outcome.CANNOT_ASSESS, evidence=(), reason=reason)
