"""The entries a bundle shows, held against the leaves of their hours."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from rabta.report.evidence import entry, merkle, salts, shapes
from rabta.report.evidence.broken import BrokenError
from rabta.report.evidence.leaf import HourLeaf
from rabta.report.evidence.shapes import Bundle, Pair


class Disclosed:
    """Which texts belong to which of the hour leaves *hours*.

    Raises ``BrokenError`` where the counts do not fit.
    """

    def __init__(self, bundle: Bundle, hours: Sequence[HourLeaf]) -> None:
        self._bundle = bundle
        self._hours = hours
        self._position = {pair: at for at, pair in enumerate(bundle.pairs)}
        self.tails = 0
        """Pairs that are not shown to the end of the period."""
        if len(bundle.openings) != len(hours):
            raise BrokenError("openings")
        try:
            self._texts = shapes.unpacked(bundle.entries)
            self._shown = [
                shapes.numbers_in(opening.shown, hour.entries)
                for opening, hour in zip(bundle.openings, hours, strict=True)
            ]
        except ValueError as error:
            raise BrokenError("unreadable", reason=str(error)) from None
        self._starts = [0]
        for shown in self._shown:
            self._starts.append(self._starts[-1] + len(shown))
        if self._starts[-1] != len(self._texts):
            raise BrokenError("openings")

    def entries(self, number: int) -> Iterator[entry.Entry]:
        """Yield the entries of the hour leaf *number*, counted from the first."""
        first, stop = self._starts[number], self._starts[number + 1]
        return map(entry.decode, self._texts[first:stop])

    def check(self) -> int:
        """Hold every entry against its hour; return how many there are."""
        last: dict[Pair, int] = {}
        within: dict[int, int] = {}
        for number, hour in enumerate(self._hours):
            in_period = self._bundle.start <= hour.hour < self._bundle.stop
            if not in_period:
                if self._shown[number]:
                    raise BrokenError("openings")
                continue
            within[hour.number] = hour.hour
            try:
                found = list(self.entries(number))
            except ValueError:
                raise BrokenError("entry", number=hour.number) from None
            self._fits(number, hour, found)
            for one in found:
                pair = (one.uplink, one.target)
                before = last.get(pair)
                if one.before != before and (
                    before is not None or one.before in within
                ):
                    raise BrokenError("withheld", number=hour.number)
                last[pair] = hour.number
        newest = max(within, default=0)
        self.tails = sum(number != newest for number in last.values())
        return len(self._texts)

    def _fits(self, number: int, hour: HourLeaf, found: Sequence[entry.Entry]) -> None:
        first = self._starts[number]
        texts = self._texts[first : first + len(found)]
        made = self._salts(hour.hour)
        if made is None:
            raise BrokenError("entry", number=hour.number)
        hashes = []
        for text, one in zip(texts, found, strict=True):
            at = self._position.get((one.uplink, one.target))
            if at is None:
                raise BrokenError("entry", number=hour.number)
            salt = made[at * salts.SIZE : (at + 1) * salts.SIZE]
            hashes.append(sha256(b"\x00" + salt + text).digest())
        opening = self._bundle.openings[number]
        try:
            proof = shapes.hashes_in(opening.proof)
            if hashes:
                root = merkle.root_by(
                    hour.entries, self._shown[number], hashes, proof
                ).hex()
            elif proof:
                raise BrokenError("entry", number=hour.number)
            else:
                root = hour.figures
        except ValueError:
            raise BrokenError("entry", number=hour.number) from None
        if root != hour.figures:
            raise BrokenError("entry", number=hour.number)

    def _salts(self, hour: int) -> bytes | None:
        """Return the salts of *hour*, of each pair in a row."""
        wanted = salts.SIZE * len(self._bundle.pairs)
        made = self._bundle.hours.get(hour)
        day = self._bundle.days.get(hour // 24)
        if made is None and day is not None and len(day) == wanted:
            step = salts.SIZE
            made = b"".join(
                salts.of_hour(day[at : at + step], hour)
                for at in range(0, wanted, step)
            )
        return made if made is not None and len(made) == wanted else None
