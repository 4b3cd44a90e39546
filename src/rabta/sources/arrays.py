"""A JSON array of objects of any size, as runs of whole objects.

An object may begin wherever its first key does, as all of them have the same: a run
ends before the last such place in what was read that leaves it whole.
"""

import re
from collections.abc import Iterator

import msgspec

from rabta.errors import DataError
from rabta.sources.stream import CHUNK, LONGEST_LINE, Stream


_FIRST = re.compile(rb"\s*\[\s*(\{\s*\"[^\"]{0,200}\")")
_EMPTY = re.compile(rb"\s*\[\s*\]\s*")
_HEAD = 4096
_TRIES = 40
_DAMAGED = 2 * CHUNK  # as much without a whole object is not sound


def rows_of_array(stream: Stream) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (offset, objects with commas between, whether they are whole).

    Raises:
        DataError: it is no array of objects, or one of them has no end.
    """
    left, offset, key = b"", 0, b""
    for chunk in stream.chunks():
        left += chunk
        if not key:
            if len(left) < _HEAD and not left.rstrip().endswith(b"]"):
                continue
            left = left.removeprefix(b"\xef\xbb\xbf")
            key, start = _key(left, stream)
            if not key:
                return
            left, offset = left[start:], start
        places = list(_places(left, key))
        end = next((one for one in places if _is_whole(left[:one])), 0)
        damaged = not end and places and len(left) > _DAMAGED
        if damaged:
            end = places[0]
        if end:
            yield offset, _bare(left[:end]), not damaged
            left, offset = left[end:], offset + end
        elif len(left) > LONGEST_LINE:
            raise DataError(
                f"an object of more than {LONGEST_LINE // 1_000_000} MB",
                file=str(stream.path),
                hint="export one object a line, or shorter periods",
            )
    if not key:
        key, start = _key(left, stream)
        left = left[start:] if key else b""
    text = left.rstrip()
    if text.endswith(b"]"):
        yield offset, text[:-1], _is_whole(text[:-1])
    elif text:
        stream.tally.partial = stream.tally.partial or (
            f"cut off at byte {offset + len(text)} of what it holds"
        )
        yield offset, text, False


def _key(text: bytes, stream: Stream) -> tuple[bytes, int]:
    """Return how every object begins, and where the first one does."""
    found = _FIRST.match(text)
    if found:
        return found[1], found.start(1)
    if _EMPTY.fullmatch(text):
        return b"", 0
    raise DataError(
        "nested too deeply" if b"[[[[" in text[:_HEAD] else "no array of objects",
        file=str(stream.path),
    )


def _places(text: bytes, key: bytes) -> Iterator[int]:
    """Yield the last places where an object may begin after another one."""
    place = len(text)
    for _ in range(_TRIES):
        place = text.rfind(key, 1, place)
        if place <= 0:
            return
        before = text[max(0, place - 64) : place].rstrip()
        if before.endswith(b",") and before[:-1].rstrip().endswith(b"}"):
            yield place


def _bare(text: bytes) -> bytes:
    return text.rstrip().rstrip(b",")


def _is_whole(text: bytes) -> bool:
    try:
        msgspec.json.decode(b"[" + _bare(text) + b"]", type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def split(text: bytes, *, cut: bool) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, object) of objects of which some are damaged, the last if *cut*.

    What follows an object that was cut off is its inside, and not to be read as more.
    """
    try:
        rows = msgspec.json.decode(b"[" + text + b"]", type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        pass
    else:
        for row in rows:
            yield -1, bytes(row)
        return
    found = re.match(rb"\{\s*\"[^\"]{0,200}\"", text)
    places = [0]
    if found:
        place = 0
        while (place := text.find(found[0], place + 1)) > 0:
            places.append(place)
    places.append(len(text))
    first = 0
    while first < len(places) - 1:
        last = min(first + _TRIES, len(places) - 1)
        for after in range(first + 1, last + 1):
            part = _bare(text[places[first] : places[after]])
            if _is_whole(part):
                break
        else:  # none of it is
            after = last if cut and last == len(places) - 1 else first + 1
            part = text[places[first] : places[after]]
        yield places[first], part
        first = after
