"""When each probe of each line is due; the steady rhythm, bursts apart."""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from rabta.model import LineKey, Probe, Rung, Target


_JITTER = 0.05  # of the interval: enough not to beat with other people's timers
_FIRST_ROUND = 5.0  # seconds
_MOST_STRETCHED = 60.0


@dataclass(frozen=True, slots=True)
class Slot:
    """One kind of probe of one target over one line."""

    key: LineKey
    target: Target
    probe: Probe

    def __hash__(self) -> int:
        # A target has twenty fields and is hashed for every probe: its name will do.
        return hash((self.key, self.target.name, self.probe))


def _unhurried(_: Slot) -> float:
    return 1.0


class Schedule:
    """A heap of due times on the monotonic clock.

    Targets of a rung are spread over their interval and the kinds of probe of one
    target over the time between, so that the line carries a steady trickle, no target
    hears from us twice in a second, and a cut is noticed by whichever probe comes next.

    All lines keep one time: what is due at the same point of the same interval leaves
    in the same moment over each of them. That compares the lines under one condition
    of the far end, and wakes this machine once instead of once per line.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._origin: float | None = None
        self._heap: list[tuple[float, int, Slot]] = []
        self._number = 0
        self._phase: dict[Slot, float] = {}
        self._due: dict[Slot, float] = {}

    def set(self, targets: Mapping[LineKey, Sequence[Target]], now: float) -> None:
        """Follow a change of what is probed; unchanged slots keep their rhythm."""
        # a dict and not a set: the order must be the same in every run
        wanted = dict.fromkeys(
            Slot(key, target, probe)
            for key, members in targets.items()
            for target in members
            for probe in target.probes
        )
        for slot in self._due.keys() - wanted.keys():
            del self._due[slot], self._phase[slot]
        if self._origin is None:
            self._origin = now
        for slot, offset in _phases(slot for slot in wanted if slot not in self._due):
            self._phase[slot] = self._origin + offset
            self._push(slot, now + offset * _first_round(slot))

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
            interval = slot.target.interval * min(stretch(slot), _MOST_STRETCHED)
            # At least half an interval on: the first round runs ahead of its phase.
            phase = self._phase[slot]
            rounds = (now + interval / 2 - phase) // interval + 1
            jitter = self._jitter(phase, interval, rounds)
            self._push(slot, phase + rounds * interval + jitter)
        return due

    def _jitter(self, phase: float, interval: float, rounds: float) -> float:
        """Draw the delay of one beat, in seconds: the same one for every line."""
        beat = f"{self._seed} {phase} {interval} {rounds}"
        return crc32(beat.encode()) / 2**32 * interval * _JITTER

    def _push(self, slot: Slot, at: float) -> None:
        self._number += 1
        self._due[slot] = at
        heapq.heappush(self._heap, (at, self._number, slot))


def _first_round(slot: Slot) -> float:
    """Hurry the first round: the first picture should stand within seconds."""
    return min(1.0, _FIRST_ROUND / slot.target.interval)


def _phases(slots: Iterable[Slot]) -> list[tuple[Slot, float]]:
    groups: dict[tuple[LineKey, Rung, float], dict[str, list[Slot]]] = {}
    for slot in slots:
        group = groups.setdefault(
            (slot.key, slot.target.rung, slot.target.interval), {}
        )
        group.setdefault(slot.target.name, []).append(slot)
    phases = []
    for (_, _, interval), members in groups.items():
        for position, name in enumerate(sorted(members)):
            kinds = sorted(members[name], key=lambda slot: slot.probe)
            step = interval / len(kinds)
            start = step * position / len(members)
            phases += [(slot, start + step * n) for n, slot in enumerate(kinds)]
    return phases
