"""Spoil a file: its bytes, or what it says."""

import json
import math
import random


_ODD = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    -(2**70),
    1e308,
    0.1,
    "",
    "x",
    "\u0000",
    "NaN",
    "1e999",
    "9999-12-31T23:59:59Z",
    "0001-01-01",
    "2025-02-30",
    "2125-03-01T00:00:00Z",
    "\ud800",
    "country/../..",
    "a" * 3000,
    [],
    {},
    [[]],
    {"a": {}},
)
_BYTES = (b"\0", b"\xff", b'"', b"{", b"[", b"}", b"]", b",", b"\n", b"\\u", b"-", b"e")
_NUMBERS = (b"99999999999999999999", b"-1", b"1e400", b"0", b"NaN", b"1.7976931348e308")


def spoiled(text: bytes, other: bytes, rng: random.Random) -> bytes:
    """Return *text* with something wrong in it, or something of *other*."""
    if text[:1] in b"{[" and rng.random() < 0.6:
        return _said(text, rng)
    return _bytes(bytearray(text), other, rng)


def _said(text: bytes, rng: random.Random) -> bytes:
    """Change, remove or repeat parts of JSON that stays JSON."""
    try:
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return _bytes(bytearray(text), b"", rng)
    for _ in range(rng.randint(1, 3) if rows else 0):
        place = rng.randrange(len(rows))
        rows[place] = _changed(rows[place], rng)
        if rng.random() < 0.1:
            rows.append(rows[place])  # told twice
    if rng.random() < 0.05 and rows:
        rows[0] = _deep(rows[0], rng.choice((100, 1500)))
    try:
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    except (ValueError, RecursionError):
        return b"[" * 3000


def _deep(value, levels: int):
    for _ in range(levels):
        value = [value]
    return value


def _changed(value, rng: random.Random):
    """Walk down to a part, and put something else in its place."""
    if isinstance(value, dict) and value:
        name = rng.choice(list(value))
        found = dict(value)
        chance = rng.random()
        if chance < 0.15:
            del found[name]
        elif chance < 0.25:
            found[rng.choice(list(value))] = value[name]
        else:
            found[name] = _changed(value[name], rng)
        return found
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        found = list(value)
        if rng.random() < 0.2:
            found.insert(place, found[place])
        else:
            found[place] = _changed(found[place], rng)
        return found
    if isinstance(value, (int, float)) and rng.random() < 0.3:
        changed = value * rng.choice((-1, 0.5, 1000, 1e6)) + rng.choice((-1, 0, 1))
        return changed if math.isfinite(changed) else None
    return rng.choice(_ODD)


def _bytes(text: bytearray, other: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 4)):
        place = rng.randint(0, len(text))
        chance = rng.random()
        if chance < 0.25:
            text[place : place + rng.randint(1, 8)] = b""
        elif chance < 0.5:
            text[place : place + rng.randint(0, 3)] = rng.choice(_BYTES)
        elif chance < 0.65:
            text[place : place + rng.randint(0, 6)] = rng.choice(_NUMBERS)
        elif chance < 0.75:
            del text[place:]
        elif chance < 0.85:
            start = rng.randint(0, len(text))
            text[place:place] = text[start : start + rng.randint(1, 60)]
        elif chance < 0.95 and other:
            start = rng.randint(0, len(other) - 1)
            text[place:place] = other[start : start + rng.randint(1, 60)]
        else:
            text[place:place] = rng.randbytes(rng.randint(1, 8))
    return bytes(text[:20_000])
