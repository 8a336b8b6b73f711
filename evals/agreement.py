"""Compare the examiner with a second reader of the scripted candidates: `python -m evals.agreement`."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from app.bootstrap import Application
from app.content.files import load_yaml
from app.domain.case import Rubric
from app.domain.transcript import Speaker, Turn
from app.domain.verdict import Outcome
from app.interview.candidate import CandidateFile, TiedAnswer

HERE = Path(__file__).resolve().parent
READINGS = HERE / "datasets" / "readings_v1"
TUNED = ("ad-click-prediction", "harmful-content-detection", "video-recommendation")
"""Cases on whose answers generic cues were tuned."""


def main() -> None:
    """Print agreement, kappa and the four counts, for the cases tuned on and for the others."""
    application = Application()
    groups = {"tuned on": Counter[str](), "not tuned on": Counter[str]()}
    for path in sorted(READINGS.glob("*.json")):
        slug, quality = path.stem.rsplit("-", 1)
        groups["tuned on" if slug in TUNED else "not tuned on"] += _compared(application, slug, quality, path)
    for name, counts in groups.items():
        agreement, kappa = _kappa(counts)
        print(f"{name}: {counts.total()} verdicts, agreement {agreement:.3f}, kappa {kappa:.3f}, {dict(counts)}")  # noqa: T201


def _compared(application: Application, slug: str, quality: str, path: Path) -> Counter[str]:
    case = application.library.case(slug)
    rubric = Rubric(f"{slug}/all", case.opening, case.criteria, f"{case.hash}/all")
    answers = load_yaml(HERE / "candidates" / slug / f"{quality}.yaml").parse(CandidateFile).root
    turns = [
        Turn(i, Speaker.CANDIDATE, a.text if isinstance(a, TiedAnswer) else a, getattr(a, "step", None))
        for i, a in enumerate(answers)
    ]
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    counts = Counter[str]()
    for verdict in application.examiner.grade(rubric, turns):
        theirs, ours = read[verdict.criterion]["verdict"] == "met", verdict.outcome is Outcome.MET
        counts[("rightly met" if ours else "missed") if theirs else ("wrongly met" if ours else "rightly unmet")] += 1
    return counts


def _kappa(counts: Counter[str]) -> tuple[float, float]:
    """Give observed agreement and Cohen's kappa (1960)."""
    total = counts.total()
    agreement = (counts["rightly met"] + counts["rightly unmet"]) / total
    ours = (counts["rightly met"] + counts["wrongly met"]) / total
    theirs = (counts["rightly met"] + counts["missed"]) / total
    chance = ours * theirs + (1 - ours) * (1 - theirs)
    return agreement, (agreement - chance) / (1 - chance)


if __name__ == "__main__":
    main()
