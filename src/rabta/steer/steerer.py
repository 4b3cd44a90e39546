"""Decides second by second, and has the kernel follow."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rabta.clock import SECOND, Clock
from rabta.config import Config
from rabta.errors import PlatformError
from rabta.model import Message, Uplink
from rabta.steer.decider import Decider, Wishes
from rabta.steer.document import FILE, Decision, write
from rabta.steer.flows import end_flows
from rabta.steer.guard import BEAT, Guard
from rabta.steer.kernel import Kernel
from rabta.steer.lines import Lines
from rabta.steer.plan import Carriers, mark_of, plan_for
from rabta.steer.record import Record
from rabta.steer.trial import anchors, carries
from rabta.steer.usage import Usage


log = logging.getLogger(__name__)

_BARRED = 60.0  # seconds for which what carried nothing is left alone
_WRITE = 5 * SECOND

Tell = Callable[[Decision], None]


@dataclass(slots=True)
class _Hand:
    """What is in force in the kernel."""

    kernel: Kernel
    guard: Guard
    carriers: dict[int, Carriers] = field(default_factory=dict)
    uplinks: tuple[Uplink, ...] = ()


class Steerer:
    """One machine's steering; the routes follow while it runs."""

    def __init__(self, config: Config, lines: Lines, clock: Clock) -> None:
        self._lines = lines
        self._clock = clock
        self._folder = config.store.path
        wishes = Wishes.of(config)
        self._decider = Decider(wishes)
        self._usage = Usage(self._folder, clock) if wishes.caps else None
        self._places = anchors(config)
        self._slots: dict[str, int] = {}
        self._trials: dict[int, asyncio.Task[None]] = {}
        self._refused: Message | None = None
        self._told: Decision | None = None

    async def run(self, tell: Tell) -> None:
        """Steer until cancelled; then the routes are as they were.

        *tell* hears of every change.

        Raises:
            PlatformError: routes cannot be set here, or another program sets them.
        """
        hand = await asyncio.to_thread(_take_hold)
        record = Record(self._folder)
        try:
            while True:
                version = self._lines.version
                decision = self.decide()
                await self._follow(hand)
                decision = self._complete(decision, hand)
                record.follow(decision)
                self._publish(decision, tell)
                await self._lines.news(version, BEAT)
        finally:
            for task in self._trials.values():
                task.cancel()
            hand.guard.dismiss()
            record.end()
            (self._folder / FILE).unlink(missing_ok=True)

    def decide(self) -> Decision:
        """Decide once, and return it."""
        uplinks = self._lines.uplinks
        used = self._usage.count(uplinks) if self._usage else {}
        now, monotonic = self._clock.now(), self._clock.monotonic()
        return self._decider.decide(uplinks, self._lines.beliefs, used, now, monotonic)

    async def _follow(self, hand: _Hand) -> None:
        if not hand.guard.beat():
            log.warning("the guard is gone, and the routes with it; they are set anew")
            hand.guard = await asyncio.to_thread(Guard)
            hand.carriers = {}
        wanted, uplinks = self._decider.wanted(), self._lines.uplinks
        if wanted == hand.carriers and uplinks == hand.uplinks:
            return
        for uplink in uplinks:
            self._slots.setdefault(uplink.name, len(self._slots) + 1)
        before = hand.carriers
        try:
            plan = plan_for(wanted, uplinks, self._slots)
            await asyncio.to_thread(hand.kernel.apply, plan)
        except PlatformError as error:
            log.warning("%s", error)
            hand.carriers = {}
            self._refused = Message.of("steer.refused", reason=error.message)
            return
        self._refused = None
        hand.carriers, hand.uplinks = wanted, uplinks
        for family, carriers in wanted.items():
            left = before.get(family)
            if left is not None and carriers.bulk not in {left.bulk, ""}:
                log.info("IPv%d moves from %s to %s", family, left.bulk, carriers.bulk)
                self._try(family, carriers.bulk, left.bulk)
        await self._end_dead_flows()

    async def _end_dead_flows(self) -> None:
        for family, names in self._decider.dead().items():
            for uplink in self._lines.uplinks:
                if uplink.name in names:
                    mark = mark_of(self._slots, uplink.name)
                    await asyncio.to_thread(end_flows, uplink, family, mark)

    def _try(self, family: int, now: str, before: str) -> None:
        """See whether the new way carries; else go back and leave it alone a while."""
        running = self._trials.pop(family, None)
        if running is not None:
            running.cancel()

        async def trying() -> None:
            if await carries(self._places, family):
                return
            log.warning(
                "IPv%d over %s carries nothing; back to %s", family, now, before
            )
            until = self._clock.monotonic() + _BARRED
            self._decider.bar(family, now, until, instead=before)

        self._trials[family] = asyncio.create_task(trying())

    def _complete(self, decision: Decision, hand: _Hand) -> Decision:
        problems = decision.problems
        if self._refused is not None:
            problems = (*problems, self._refused)
        if not hand.kernel.filters:
            problems = (*problems, Message.of("steer.filters"))
        return replace(decision, applied=True, problems=problems)

    def _publish(self, decision: Decision, tell: Tell) -> None:
        """Write it down at each change, else every few seconds."""
        told = self._told
        changed = told is None or _gist(told) != _gist(decision)
        if changed or told is None or not 0 <= decision.time - told.time < _WRITE:
            self._told = decision
            write(self._folder, decision)
        if changed:
            tell(decision)


def _take_hold() -> _Hand:
    kernel = Kernel()
    kernel.check()
    kernel.clear()  # what one left that was killed together with its guard
    return _Hand(kernel, Guard())


def _gist(decision: Decision) -> tuple[object, ...]:
    """Return what a change is told for; times and figures move all the while."""
    carriers = [(c.family, c.traffic, c.uplink, c.why) for c in decision.carriers]
    return carriers, decision.moves, decision.problems
