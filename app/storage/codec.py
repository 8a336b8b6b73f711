"""Turn domain values to JSON-able data and back, strictly.

What is read back must fit the dataclass: an unknown kind or field, a missing field without a default, or a value of the
wrong type is a `DataVersionError` that names it. Fields with defaults may be missing, so older data stays readable.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from app.domain.events import EVENT_KINDS, Event, kind_of
from app.errors import DataVersionError

T = TypeVar("T")
_ADVICE = "the data was written by another version of Sevenstep; use that version, or update this one"


def encode_event(event: Event) -> dict[str, Any]:
    """Turn an event to data, with its kind under `kind`."""
    return {"kind": kind_of(event), **encode(event)}


def decode_event(data: Mapping[str, Any]) -> Event:
    """Turn data back to an event.

    Raises:
        DataVersionError: the kind or a field is not known, or a value does not fit.
    """
    rest = dict(data)
    kind = rest.pop("kind", None)
    if not isinstance(kind, str) or kind not in EVENT_KINDS:
        raise DataVersionError(f"unknown kind of event {kind!r}: {_ADVICE}")
    return decode(EVENT_KINDS[kind], rest, kind)


def encode(value: object) -> dict[str, Any]:
    """Turn a dataclass to data.

    Raises:
        ValueError: a number is not finite; JSON has no such number.
        TypeError: there is a value in it that this codec does not know.
    """
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{value!r} is not a dataclass")
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def decode(kind: type[T], data: object, where: str = "") -> T:
    """Turn data back to a dataclass.

    Args:
        kind: the dataclass.
        data: what `encode` gave.
        where: its name in messages, by default the dataclass's.

    Raises:
        DataVersionError: a field is not known or missing, or a value does not fit.
    """
    where = where or kind.__name__.casefold()
    if not isinstance(data, Mapping):
        raise _misfit(where, data)
    known = _fields(kind)
    given = cast("Mapping[str, Any]", data)
    for name in given:
        if name not in known:
            raise DataVersionError(f"unknown field {where}.{name}: {_ADVICE}")
    for name, (field, _) in known.items():
        if name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise DataVersionError(f"missing field {where}.{name}: {_ADVICE}")
    values = {name: _read(known[name][1], value, f"{where}.{name}") for name, value in given.items()}
    try:
        return kind(**values)
    except ValueError as error:
        raise DataVersionError(f"{where} breaks a rule ({error}): {_ADVICE}") from error


@cache
def _fields(kind: type) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {f.name: (f, hints[f.name]) for f in fields(kind)}


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} cannot be stored: JSON has no such number")
    if value is None or isinstance(value, str | int | float):
        return value
    return encode(value)


def _read(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        (hint,) = (arg for arg in get_args(hint) if arg is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise _misfit(where, value)
        items = cast("list[Any]", value)
        return tuple(_read(get_args(hint)[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if is_dataclass(hint):
        return decode(cast("type[Any]", hint), value, where)
    return _scalar(hint, value, where)


def _scalar(hint: type, value: Any, where: str) -> Any:
    if issubclass(hint, Enum):
        for member in hint:
            # By type too, for True == 1 and 1.0 == 1.
            if member.value == value and type(member.value) is type(value):
                return member
    elif hint is float and type(value) in (int, float):
        return float(value)
    elif type(value) is hint:
        return value
    raise _misfit(where, value)


def _misfit(where: str, value: object) -> DataVersionError:
    shown = repr(value)
    return DataVersionError(f"{where} cannot be {shown if len(shown) <= 60 else shown[:60] + '…'}: {_ADVICE}")
