"""When each probe of each line is due; the steady rhythm, bursts apart."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from zlib import crc32

from rabta.attribute.reach import main_probe
from rabta.model import LineKey, Probe, Rung, Target


_JITTER = 0.1  # seconds: enough not to beat with other people's timers
_FIRST_ROUND = 5.0  # seconds
_MOST_STRETCHED = 60.0
_CONFIRMED = frozenset({Rung.ANYCAST, Rung.DOMESTIC, Rung.INTERNATIONAL})
_RARE = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """One kind of probe of one target over one line."""

    key: LineKey
    target: Target
    probe: Probe

    def __hash__(self) -> int:
        # A target has twenty fields and is hashed for every probe: its name will do.
        return hash((self.key, self.target.name, self.probe))


@dataclass(frozen=True, slots=True)
class _Beat:
    """When a slot is due, seconds: at ``phase`` and every ``period`` from there."""

    phase: float
    period: float


def _unhurried(_: Slot) -> float:
    return 1.0


def rounds_of(target: Target, probe: Probe) -> int:
    """Return in which round *target* has its turn with *probe*: 4 for each fourth.

    What tells a line's state is measured at the full rate; the other ways of asking a
    host that answers confirm what it says already.
    """
    rare = target.rung in _CONFIRMED and probe is not main_probe(target.probes)
    return _RARE if rare else 1


class Schedule:
    """A heap of due times on the monotonic clock.

    Targets of a rung are spread over their interval and the kinds of probe of one
    target over the time between, so that the line carries a steady trickle, no target
    hears twice in a second from one line, and a cut is noticed by whichever probe comes
    next.

    The lines take turns: what is asked over several of them is asked over one after
    the other, a good part of the time between two probes of one line apart, so that no
    host hears from all lines at once. Each line is measured for itself, so over several
    lines a host may hear from more than one within a second. They still share their
    beats where they can:
    while one line asks one target, the next line asks another.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._origin: float | None = None
        self._heap: list[tuple[float, int, Slot]] = []
        self._number = 0
        self._lines: dict[LineKey, int] = {}
        self._beat: dict[Slot, _Beat] = {}
        self._due: dict[Slot, float] = {}
        self._failing: set[Slot] = set()

    def set(self, targets: Mapping[LineKey, Sequence[Target]], now: float) -> None:
        """Follow a change of what is probed; unchanged slots keep their rhythm."""
        self._number_lines(targets)
        # a dict and not a set: the order must be the same in every run
        wanted = dict.fromkeys(
            Slot(key, target, probe)
            for key, members in targets.items()
            for target in members
            for probe in target.probes
        )
        for slot in self._due.keys() - wanted.keys():
            del self._due[slot], self._beat[slot]
            self._failing.discard(slot)
        if self._origin is None:
            self._origin = now
        rounds = {slot: rounds_of(slot.target, slot.probe) for slot in wanted}
        kept = {
            s: b.period == s.target.interval * rounds[s] for s, b in self._beat.items()
        }
        moved = {(s.key, s.target.name) for s in wanted if not kept.get(s)}
        for place in _places(s for s in wanted if (s.key, s.target.name) in moved):
            self._place(place, self._origin, now, rounds[place.slot])

    def _place(self, place: "_Place", origin: float, now: float, rounds: int) -> None:
        slot, interval = place.slot, place.slot.target.interval
        own = place.offset + place.step * self._share(slot, place.members)
        own %= interval
        turn = place.turn + self._lines[slot.key]
        turn += rounds // 2 if slot.key[1] == 6 else 0
        self._beat[slot] = _Beat(
            phase=origin + turn % rounds * interval + own,
            period=interval * rounds,
        )
        self._push(slot, now + own * _first_round(slot))

    def _number_lines(self, lines: Iterable[LineKey]) -> None:
        """Give each line the lowest free number of its family, for as long as it is."""
        lines = tuple(lines)
        self._lines = {key: n for key, n in self._lines.items() if key in lines}
        for key in lines:
            if key not in self._lines:
                taken = {n for k, n in self._lines.items() if k[1] == key[1]}
                self._lines[key] = min({*range(len(taken) + 1)} - taken)

    def _share(self, slot: Slot, members: int) -> float:
        """Return by which part of the time to the next kind a line comes later.

        On the local link there is nobody who hears from two of them.
        """
        if slot.target.rung is Rung.GATEWAY:
            return 0.0
        both = len(slot.target.families) > 1
        later = 1 / 3 / members if both and slot.key[1] == 6 else 0.0
        return _part(self._lines[slot.key], members) + later

    def next_due(self) -> float | None:
        """Return the time of the next slot; None when nothing is scheduled."""
        while self._heap and self._due.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(
        self, now: float, stretch: Callable[[Slot], float] = _unhurried
    ) -> list[Slot]:
        """Take the slots that are due and schedule each again.

        *stretch* is the factor on a slot's interval, where bytes are short.

        After a pause (a suspended machine) a slot is taken once, not once per interval
        missed.
        """
        due: list[Slot] = []
        while (at := self.next_due()) is not None and at <= now:
            slot = heapq.heappop(self._heap)[2]
            due.append(slot)
            beat = self._beat[slot]
            period = slot.target.interval if slot in self._failing else beat.period
            period *= min(stretch(slot), _MOST_STRETCHED)
            # At least half a period on: the first round runs ahead of its phase.
            rounds = (now + period / 2 - beat.phase) // period + 1
            at = beat.phase + rounds * period
            self._push(slot, at + self._jitter(at))
        return due

    def heard(self, slot: Slot, now: float, *, ok: bool) -> None:
        """Follow what came of a slot: while it fails it has its turn in every round."""
        if ok:
            self._failing.discard(slot)
        elif slot in self._due:
            self._failing.add(slot)
            soon = now + slot.target.interval
            if self._due[slot] > soon:
                self._push(slot, soon)

    def _jitter(self, at: float) -> float:
        """Draw the delay of one moment, in seconds: what meets there stays together."""
        return crc32(f"{self._seed} {at:.3f}".encode()) / 2**32 * _JITTER

    def _push(self, slot: Slot, at: float) -> None:
        self._number += 1
        self._due[slot] = at
        heapq.heappush(self._heap, (at, self._number, slot))


def _first_round(slot: Slot) -> float:
    """Hurry the first round: the first picture should stand within seconds."""
    return min(1.0, _FIRST_ROUND / slot.target.interval)


def _part(number: int, members: int) -> float:
    """Return where line *number* begins, 0 to 1: 0, 1/2, 1/4, 3/4, 1/8, ...

    (van der Corput's sequence: whoever comes later takes the middle of a gap.) Where
    there are *members* enough it begins with another one of them.
    """
    size = 1 << number.bit_length()
    part = sum((number >> n & 1) / (2 << n) for n in range(number.bit_length()))
    return floor(part * members) / members if members >= size else part


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a slot stands among those of its rung, before any line's share."""

    slot: Slot
    offset: float
    step: float
    """Seconds from one kind of probe of a target to the next."""
    members: int
    turn: int


def _places(slots: Iterable[Slot]) -> list[_Place]:
    groups: dict[tuple[LineKey, Rung, float], dict[str, list[Slot]]] = {}
    for slot in slots:
        group = groups.setdefault(
            (slot.key, slot.target.rung, slot.target.interval), {}
        )
        group.setdefault(slot.target.name, []).append(slot)
    places = []
    for (_, _, interval), members in groups.items():
        for position, name in enumerate(sorted(members)):
            kinds = sorted(members[name], key=lambda slot: slot.probe)
            step = interval / len(kinds)
            start = step * position / len(members)
            places += [
                _Place(slot, start + step * n, step, len(members), position + n)
                for n, slot in enumerate(kinds)
            ]
    return places
