import json
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.events import EVENT_KINDS, Answered, Event, Heard, Intent, Plan, Spoke, Started
from app.domain.framework import Level, Step
from app.domain.transcript import Evidence, MoveKind
from app.domain.verdict import Fingerprint, Outcome, Verdict
from app.errors import DataVersionError
from app.storage.codec import decode, decode_event, encode, encode_event

SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
}


def anything(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is UnionType:
        return st.one_of(*(anything(arg) for arg in get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(anything(get_args(hint)[0]), max_size=3).map(tuple)
    if hint is NoneType:
        return st.none()
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{f.name: anything(hints[f.name]) for f in fields(hint)})
    return st.sampled_from(hint) if issubclass(hint, Enum) else SCALARS[hint]


def through_json(data: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(data, allow_nan=False))


@pytest.mark.parametrize("kind", EVENT_KINDS.values(), ids=EVENT_KINDS)
@given(data=st.data())
def test_every_event_comes_back_the_same(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(anything(kind))

    back = decode_event(through_json(encode_event(event)))

    assert back == event
    assert type(back) is kind
    assert repr(back) == repr(event)  # enums are enums again, tuples are tuples


@given(anything(Fingerprint))
def test_every_fingerprint_comes_back_the_same(fingerprint: Fingerprint) -> None:
    assert decode(Fingerprint, through_json(encode(fingerprint))) == fingerprint


@pytest.mark.parametrize("outcome", Outcome)
def test_every_verdict_comes_back_the_same(outcome: Outcome) -> None:
    verdict = Verdict("metric", outcome, (Evidence(2, 0, 3, "nDCG"),), "named it", "f00d", assisted=True)

    assert decode(Verdict, through_json(encode(verdict))) == verdict


def test_an_event_is_stored_with_all_its_fields_as_plain_json() -> None:
    event = Started(1.5, Plan("feed", Level.SENIOR, 45, steps=(Step.DATA,)), "abc")

    assert encode_event(event) == {
        "kind": "started",
        "at": 1.5,
        "plan": {
            "case": "feed",
            "level": "senior",
            "minutes": 45,
            "mode": "full",
            "steps": [3],
            "voice": "scripted",
            "judge": "examiner",
            "seed": 0,
        },
        "case_hash": "abc",
    }


def test_fields_with_defaults_may_be_missing_from_older_data() -> None:
    back = decode_event({"kind": "spoke", "at": 2, "text": "Go on.", "move": "probe", "step": 4})

    assert back == Spoke(2.0, "Go on.", MoveKind.PROBE, Step.MODEL)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"kind": "sneezed", "at": 1.0}, "'sneezed'"),
        ({"at": 1.0}, "None"),
        ({"kind": ["spoke"], "at": 1.0}, "spoke"),
        ({"kind": "paused", "at": 1.0, "mood": "low"}, "paused.mood"),
        ({"kind": "answered", "at": 1.0, "text": "hm"}, "answered.answer_id"),
        ({"kind": "answered", "at": 1.0, "text": 5, "answer_id": "a"}, "answered.text"),
        ({"kind": "answered", "at": 1.0, "text": None, "answer_id": "a"}, "answered.text"),
        ({"kind": "paused", "at": "noon"}, "paused.at"),
        ({"kind": "paused", "at": True}, "paused.at"),
        ({"kind": "heard", "at": 1.0, "intent": "sarcasm"}, "heard.intent"),
        ({"kind": "heard", "at": 1.0, "intent": "stuck", "covered": "c1"}, "heard.covered"),
        (
            {"kind": "heard", "at": 1.0, "intent": "stuck", "covered": [{"criterion": "c1", "evidence": {"turns": 1}}]},
            "heard.covered[0].evidence.turns",
        ),
        ({"kind": "heard", "at": 1.0, "intent": "stuck", "assumption": ["x"]}, "heard.assumption"),
        ({"kind": "spoke", "at": 1.0, "text": "", "move": "probe", "step": 8}, "spoke.step"),
        ({"kind": "spoke", "at": 1.0, "text": "", "move": "probe", "step": True}, "spoke.step"),
        ({"kind": "spoke", "at": 1.0, "text": "", "move": "probe", "step": 1, "probe": 1.0}, "spoke.probe"),
    ],
)
def test_data_that_does_not_fit_is_refused_by_name(data: dict[str, Any], named: str) -> None:
    with pytest.raises(DataVersionError) as raised:
        decode_event(data)

    assert named in str(raised.value)
    assert "another version of Sevenstep" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_long_value_that_does_not_fit_is_shown_cut_short() -> None:
    with pytest.raises(DataVersionError) as raised:
        decode_event({"kind": "answered", "at": 1.0, "text": ["word"] * 1000, "answer_id": "a"})

    assert len(str(raised.value)) < 250


def test_stored_data_that_breaks_a_rule_of_the_domain_is_refused() -> None:
    data = encode(Verdict("metric", Outcome.UNMET, (), "", "f00d")) | {"outcome": "met"}

    with pytest.raises(DataVersionError, match="met without evidence"):
        decode(Verdict, data)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_refused_before_it_is_stored(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(Answered(number, "a1", "text"))


def test_a_value_that_the_codec_does_not_know_is_refused_before_it_is_stored() -> None:
    with pytest.raises(TypeError):
        encode(Heard(1.0, Intent.STUCK, covered=[]))  # pyright: ignore[reportArgumentType]
