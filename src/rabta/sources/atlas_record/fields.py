"""How one JSON object becomes one frozen record: names, keys and kinds in one place.

A field says under which keys firmwares wrote it, the first that is there counts, and
what it is. What is not there or not of that kind is None: old firmware wrote numbers as
text, and some results carry words where others carry numbers.
"""

from dataclasses import field, fields
from typing import Any, TypeVar


T = TypeVar("T")
Object = dict[str, Any]


def text(*keys: str) -> Any:
    """Return a field of text."""
    return field(default=None, metadata={"keys": keys, "kind": str})


def whole(*keys: str) -> Any:
    """Return a field of a whole number."""
    return field(default=None, metadata={"keys": keys, "kind": int})


def decimal(*keys: str) -> Any:
    """Return a field of a number."""
    return field(default=None, metadata={"keys": keys, "kind": float})


def filled(kind: type[T], raw: Object, **more: object) -> T:
    """Return a record of that kind; *more* are the fields that need thought."""
    told = dict(more)
    for one in fields(kind):  # type: ignore[arg-type]
        keys = one.metadata.get("keys", ())
        found = next((raw[key] for key in keys if raw.get(key) is not None), None)
        if found is not None and one.name not in told:
            told[one.name] = _as(one.metadata["kind"], found)
    return kind(**told)


def _as(kind: type, value: object) -> object:
    try:
        return kind(value)
    except (TypeError, ValueError, OverflowError):
        return None


def objects(value: object) -> list[Object]:
    """Return the objects of a list; nothing where there is no list."""
    listed = value if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, dict)]


def median(values: list[float]) -> float | None:
    """Return the middle of the values, or the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if not ordered:
        return None
    return ordered[half] if len(ordered) % 2 else sum(ordered[half - 1 : half + 1]) / 2


PROTOCOLS = {"I": "ICMP", "U": "UDP", "T": "TCP"}


def protocol(raw: Object, otherwise: str | None = None) -> str | None:
    """Return ICMP, UDP or TCP; firmware before 4460 wrote their first letters."""
    told = raw.get("proto")
    if not isinstance(told, str):
        return otherwise
    name = PROTOCOLS.get(told, told).upper()
    return name if name in PROTOCOLS.values() else None
