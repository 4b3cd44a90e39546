"""The entries a bundle shows, held against the leaves of their hours.

A year of forty targets is a million entries: what one hour has in common with the one
before, mostly everything but the figures, is not looked at twice.
"""

from collections.abc import Callable, Sequence

from rabta.report.evidence import entry, merkle, salts, shapes
from rabta.report.evidence.broken import BrokenError
from rabta.report.evidence.leaf import HourLeaf
from rabta.report.evidence.shapes import Bundle, Pair


Watch = Callable[[int, tuple[entry.Entry, ...], list[Pair]], None]


class Disclosed:
    """Which texts belong to which of the hour leaves *hours*.

    Raises ``BrokenError`` where the counts do not fit.
    """

    def __init__(self, bundle: Bundle, hours: Sequence[HourLeaf]) -> None:
        self._bundle = bundle
        self._hours = hours
        self._salts = _Salts(bundle)
        self.tails = 0
        """Pairs that are not shown to the end of the period."""
        if len(bundle.openings) != len(hours):
            raise BrokenError("openings")
        try:
            self._texts = shapes.unpacked(bundle.entries)
            most = len(self._texts)
            self._shown = [
                shapes.numbers_in(opening.shown, hour.entries, most)
                for opening, hour in zip(bundle.openings, hours, strict=True)
            ]
        except ValueError as error:
            raise BrokenError("unreadable", reason=str(error)) from None
        self._starts = [0]
        for shown in self._shown:
            self._starts.append(self._starts[-1] + len(shown))
        if self._starts[-1] != len(self._texts):
            raise BrokenError("openings")

    def _of(self, at: int) -> list[bytes]:
        return self._texts[self._starts[at] : self._starts[at + 1]]

    def entries(self, at: int) -> tuple[entry.Entry, ...]:
        """Return the entries of the hour leaf *at*, counted from the first."""
        return entry.decode_all(self._of(at))

    def check(self, watch: Watch | None = None) -> int:
        """Hold every entry against its hour; return how many there are.

        Each hour that fits is given to *watch*: which hour leaf it is, counted from
        the first, its entries, and whose they are (the very list of the hour before,
        where it is equal). Decoding a year twice would take as long as hashing it.
        """
        chain = _Chain()
        names: list[Pair] = []
        for at, hour in enumerate(self._hours):
            if not self._bundle.start <= hour.hour < self._bundle.stop:
                if self._shown[at]:
                    raise BrokenError("openings")
                continue
            try:
                found = self.entries(at)
                pairs = entry.pairs_in(found)
                names = names if names == pairs else pairs
                self._fits(at, hour, names)
            except ValueError:
                raise BrokenError("entry", number=hour.number) from None
            chain.add(hour.number, names, {one.before for one in found}, found)
            if watch is not None:
                watch(at, found, names)
        self.tails = chain.tails
        return len(self._texts)

    def _fits(self, at: int, hour: HourLeaf, names: list[Pair]) -> None:
        """Raise ``ValueError`` where an entry is not what was hashed."""
        hashes = entry.salted(self._salts.of(hour.hour, names), self._of(at))
        proof = shapes.hashes_in(self._bundle.openings[at].proof)
        if not hashes:
            if proof:
                raise ValueError("a proof of nothing")
            return
        root = merkle.root_by(hour.entries, self._shown[at], hashes, proof)
        if root.hex() != hour.figures:
            raise ValueError("not what was hashed")


class _Salts:
    """The salts of each hour, from what the bundle tells of them."""

    def __init__(self, bundle: Bundle) -> None:
        self._position = {pair: at for at, pair in enumerate(bundle.pairs)}
        self._days = bundle.days
        self._hours = bundle.hours
        self._names: list[Pair] = []
        self._places: list[int] = []
        self._day = b""
        self._given: list[bytes] = []
        """What ``_day`` has for each of ``_names``."""

    def of(self, hour: int, names: list[Pair]) -> list[bytes]:
        """Return a salt for each of *names*; ``ValueError`` where there is none."""
        if names is not self._names:
            try:
                self._places = [self._position[name] * salts.SIZE for name in names]
            except KeyError:
                raise ValueError("an entry of no pair that is named") from None
            self._names, self._day = names, b""
        told = self._hours.get(hour)
        day = self._days.get(hour // 24, b"") if told is None else told
        if len(day) != salts.SIZE * len(self._position):
            raise ValueError("salts that do not fit the pairs")
        if day != self._day:
            self._given = [day[place : place + salts.SIZE] for place in self._places]
            self._day = day
        return self._given if told is not None else salts.of_hour(self._given, hour)


class _Chain:
    """Whether each entry names the one before of its pair."""

    def __init__(self) -> None:
        self._last: dict[Pair, int] = {}
        self._within: set[int] = set()
        self._names: list[Pair] = []
        """The pairs of the newest leaf, ``_number``; not in ``_last`` yet."""
        self._number = -1

    def add(
        self,
        number: int,
        names: list[Pair],
        before: set[int | None],
        found: Sequence[entry.Entry],
    ) -> None:
        """Take the entries *found* in the leaf *number*."""
        if names is not self._names or before != {self._number}:
            self._settle()
            for name, one in zip(names, found, strict=True):
                last = self._last.get(name)
                missed = last is not None or one.before in self._within
                if one.before != last and missed:
                    raise BrokenError("withheld", number=number)
        self._within.add(number)
        self._names, self._number = names, number

    def _settle(self) -> None:
        self._last |= dict.fromkeys(self._names, self._number)

    @property
    def tails(self) -> int:
        """How many pairs are not in the newest leaf."""
        self._settle()
        return sum(last != self._number for last in self._last.values())
