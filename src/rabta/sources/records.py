"""Lines of JSON to typed records; what does not fit is put aside, one by one."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from rabta.errors import DataError
from rabta.sources.arrays import rows_of_array, split
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream


T = TypeVar("T")

BROKEN = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, OverflowError)

CUT = "cut off"
"""Why a record that has no end is put aside."""


class Lines(Generic[T]):
    """JSON Lines, or an array of objects, as records of one type."""

    def __init__(self, type_: type[T], *, strict: bool = False) -> None:
        self._lines = msgspec.json.Decoder(type_, strict=strict)
        self._array = msgspec.json.Decoder(list[type_], strict=strict)  # type: ignore[valid-type]

    def records(self, stream: Stream, tally: Tally) -> Iterator[list[tuple[int, T]]]:
        """Yield lists of (offset, record); offsets within a sound chunk are its own."""
        if stream.head(4096).lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"[":
            yield from self._of_array(stream, tally)
            return
        first = True
        for offset, block in stream.lines():
            if first and _opens_a_document(block):
                text = stream.document()
                yield self._one_by_one(0, text, tally, lines=[text])
                return
            first = False
            try:
                found = self._lines.decode_lines(block)
            except BROKEN:
                before = tally.reasons.get(CUT, 0)
                yield self._one_by_one(offset, block, tally)
                if stream.ends_open and tally.reasons.get(CUT, 0) > before:
                    tally.partial = tally.partial or (
                        f"cut off at byte {offset + len(block)} of what it holds"
                    )
            else:
                yield [(offset, one) for one in found]

    def _one_by_one(
        self,
        offset: int,
        block: bytes,
        tally: Tally,
        lines: list[bytes] | None = None,
    ) -> list[tuple[int, T]]:
        found = []
        for line in lines or block.split(b"\n"):
            text = line.strip()
            if text:
                try:
                    found.append((offset, self._lines.decode(text)))
                except BROKEN as error:
                    tally.put_aside(why(error), offset, text)
            offset += len(line) + 1
        return found

    def _of_array(self, stream: Stream, tally: Tally) -> Iterator[list[tuple[int, T]]]:
        """Take an array apart, as many records at once as a chunk of the file holds."""
        for offset, text, whole in rows_of_array(stream):
            found: list[T] | None = None
            if whole:
                with suppress(*BROKEN):  # one of them: which?
                    found = self._array.decode(b"[" + text + b"]")
            if found is not None:
                yield [(offset, one) for one in found]
            else:
                parts = [one for _, one in split(text, cut=bool(tally.partial))]
                yield self._one_by_one(offset, text, tally, lines=parts)


def _opens_a_document(block: bytes) -> bool:
    """Whether an object spans lines, as people's editors write it."""
    line = block.lstrip().split(b"\n", 1)[0].rstrip()
    return line == b"{" or (line[:1] == b"{" and line[-1:] == b",")


def decode(stream: Stream, type_: type[T], *, strict: bool = False) -> T:
    """Decode one document.

    Raises:
        DataError: it is too large, damaged, or of another schema.
    """
    text = stream.document()
    try:
        return msgspec.json.decode(text, type=type_, strict=strict)
    except BROKEN as error:
        raise DataError(
            why(error),
            file=str(stream.path),
            hint=stream.tally.partial and f"the file is {stream.tally.partial}",
        ) from None


def convert(value: msgspec.Raw, type_: type[T], tally: Tally) -> T | None:
    """Decode one part of a document, or put it aside."""
    try:
        return msgspec.json.decode(value, type=type_, strict=False)
    except BROKEN as error:
        tally.put_aside(why(error), -1, bytes(value))
        return None


def why(error: Exception) -> str:
    """Say in a few words why a record was not understood; alike errors alike."""
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    text = str(error)
    if isinstance(error, msgspec.ValidationError):
        return f"another schema: {text}"
    if "truncated" in text:
        return CUT
    return "not JSON"
