from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.case import Criterion, Rubric
from app.domain.framework import Level, Step
from app.domain.transcript import Evidence, Speaker, Turn
from app.domain.verdict import Fingerprint, Outcome, Verdict
from app.grading.evidence import checked

TURNS = (
    Turn(0, Speaker.INTERVIEWER, "How do you split the data?", Step.DATA),
    Turn(1, Speaker.CANDIDATE, "I split by time. Nothing else.", Step.DATA),
)
FINGERPRINT = Fingerprint("examiner/1", "embeddings", "prompt", "rubric", "0.5")


def test_nothing_is_met_without_evidence() -> None:
    with pytest.raises(ValueError, match="'split' is met without evidence"):
        Verdict("split", Outcome.MET, (), "because", "f")


@pytest.mark.parametrize("outcome", [Outcome.UNMET, Outcome.CANNOT_ASSESS])
def test_other_verdicts_need_no_evidence(outcome: Outcome) -> None:
    assert Verdict("split", outcome, (), "because", "f").outcome is outcome


def test_a_verdict_cannot_lose_its_evidence_later() -> None:
    met = Verdict("split", Outcome.MET, (Evidence(1, 0, 15, "I split by time"),), "because", "f")

    with pytest.raises(ValueError, match="met without evidence"):
        replace(met, evidence=())


@given(text=st.text(min_size=1, max_size=80), data=st.data())
def test_a_quote_stands_where_it_was_said(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    turns = (Turn(0, Speaker.CANDIDATE, text),)

    assert Evidence(0, start, end, text[start:end]).stands_in(turns) == bool(text[start:end].strip())


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(1, 0, 15, "I split by date"),
        Evidence(1, 1, 16, "I split by time"),
        Evidence(1, 0, 0, ""),
        Evidence(1, 16, 17, " "),
        Evidence(0, 0, 26, "How do you split the data?"),
        Evidence(2, 0, 3, "I s"),
        Evidence(-1, 0, 15, "I split by time"),
        Evidence(1, 0, 99, "I split by time. Nothing else. And more"),
    ],
    ids=["other words", "other place", "empty", "blank", "the interviewer's", "no turn", "before all", "past the end"],
)
def test_a_quote_that_does_not_stand_turns_the_verdict_into_none(evidence: Evidence) -> None:
    verdict = checked(Verdict("split", Outcome.MET, (evidence,), "because", "f"), TURNS)

    assert not evidence.stands_in(TURNS)
    assert (verdict.outcome, verdict.evidence) == (Outcome.CANNOT_ASSESS, ())
    assert "did not say" in verdict.reason


def test_one_false_quote_among_true_ones_is_enough() -> None:
    true, false = Evidence(1, 0, 15, "I split by time"), Evidence(1, 0, 15, "I split by luck")

    assert checked(Verdict("c", Outcome.MET, (true,), "r", "f"), TURNS).outcome is Outcome.MET
    assert checked(Verdict("c", Outcome.MET, (true, false), "r", "f"), TURNS).outcome is Outcome.CANNOT_ASSESS


def test_a_verdict_with_a_true_quote_stays_as_it_is() -> None:
    verdict = Verdict("split", Outcome.MET, (Evidence(1, 0, 16, "I split by time."),), "because", "f", assisted=True)

    assert checked(verdict, TURNS) is verdict


@pytest.mark.parametrize("part", [f.name for f in fields(Fingerprint)])
def test_each_part_of_a_fingerprint_changes_its_digest(part: str) -> None:
    assert replace(FINGERPRINT, **{part: "other"}).digest != FINGERPRINT.digest


def test_a_digest_does_not_mix_up_its_parts() -> None:
    one, other = replace(FINGERPRINT, judge="a", model="bc"), replace(FINGERPRINT, judge="ab", model="c")

    assert one.digest != other.digest
    assert len(one.digest) == 16
    assert Fingerprint("examiner/1", "embeddings", "prompt", "rubric", "0.5").digest == FINGERPRINT.digest


def test_a_rubric_can_do_without_steps() -> None:
    rubric = Rubric("own", "How?", (Criterion("a", "Says how"),), "hash")

    assert rubric.criteria[0].step is None
    assert rubric.criteria[0].level is Level.MID
