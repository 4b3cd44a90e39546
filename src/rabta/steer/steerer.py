"""Decides second by second, and has the kernel follow."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from rabta.clock import SECOND, Clock
from rabta.config import Config
from rabta.errors import PlatformError
from rabta.model import Message, Uplink
from rabta.steer.document import FILE, Carrier, Decision, Move, Rating, write
from rabta.steer.flows import end_flows
from rabta.steer.guard import BEAT, Guard
from rabta.steer.kernel import Kernel
from rabta.steer.lanes import Lane, lanes_of
from rabta.steer.lines import Lines
from rabta.steer.plan import Carriers, mark_of, plan_for
from rabta.steer.policy import Choice, Policy, Steering
from rabta.steer.quality import Traffic, r_factor
from rabta.steer.trial import anchors, carries
from rabta.steer.usage import Usage


log = logging.getLogger(__name__)

FAMILIES = (4, 6)
_BARRED = 60.0  # seconds for which what carried nothing is left alone
_COUNT = 10 * SECOND
_WRITE = 5 * SECOND
_KEPT = 50

Choices = dict[int, dict[Traffic, Choice]]


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
        settings = config.steer
        policy = Policy(settings.patience, settings.settle, settings.hold)
        self._lines = lines
        self._clock = clock
        self._folder = config.store.path
        self._tiers = {u.name or u.interface: u.tier for u in config.uplinks}
        self._caps = {
            u.name or u.interface: round(u.cap_gb_per_month * 1e9)
            for u in config.uplinks
            if u.cap_gb_per_month is not None
        }
        self._steering = {family: Steering(policy) for family in FAMILIES}
        self._choices: Choices = {}
        self._lanes: dict[int, tuple[Lane, ...]] = {}
        self._usage = Usage(self._folder / "usage.json")
        self._counted = -_COUNT
        self._slots: dict[str, int] = {}
        self._moves: deque[Move] = deque(maxlen=_KEPT)
        self._problems: dict[str, Message] = {}
        self._places = anchors(config)
        self._trials: dict[int, asyncio.Task[None]] = {}
        self._told: Decision | None = None
        self._hand: _Hand | None = None

    @staticmethod
    def _take_hold() -> _Hand:
        kernel = Kernel()
        kernel.check()
        kernel.clear()  # what one left that was killed together with its guard
        return _Hand(kernel, Guard())

    async def run(self, tell: Callable[[Decision], None]) -> None:
        """Steer until cancelled; then the routes are as they were.

        Raises:
            PlatformError: routes cannot be set here, or another program sets them.
        """
        self._hand = await asyncio.to_thread(self._take_hold)
        try:
            while True:
                version = self._lines.version
                self._publish(await self.step(), tell)
                await self._lines.news(version, BEAT)
        finally:
            for task in self._trials.values():
                task.cancel()
            if self._hand is not None:
                self._hand.guard.dismiss()
                (self._folder / FILE).unlink(missing_ok=True)

    async def step(self) -> Decision:
        """Decide once, have it followed, and return it."""
        self.decide()
        if self._hand is not None:
            await self._follow(self._hand)
        return self._decision()

    def decide(self) -> Decision:
        """Decide once, and return it."""
        now = self._clock.monotonic()
        self._count()
        spent = {name for name, cap in self._caps.items() if self._usage.of(name) > cap}
        for family in FAMILIES:
            lanes = lanes_of(
                family, self._lines.uplinks, self._lines.beliefs, self._tiers, spent
            )
            self._lanes[family] = lanes
            before = self._choices.get(family, {})
            self._choices[family] = self._steering[family].decide(lanes, now)
            for traffic, choice in self._choices[family].items():
                self._note(family, traffic, before.get(traffic), choice)
        return self._decision()

    def _publish(self, decision: Decision, tell: Callable[[Decision], None]) -> None:
        """Write it down at each change, else every few seconds."""
        told = self._told
        changed = told is None or _gist(told) != _gist(decision)
        if changed or told is None or not 0 <= decision.time - told.time < _WRITE:
            self._told = decision
            write(self._folder, decision)
        if changed:
            tell(decision)

    def _note(
        self, family: int, traffic: Traffic, before: Choice | None, now: Choice
    ) -> None:
        if before is None or before.uplink == now.uplink or not before.uplink:
            return
        what = (family, traffic, before.uplink, now.uplink, now.why)
        log.info("IPv%d %s moves from %s to %s", *what[:4])
        self._moves.append(Move(self._clock.now(), *what))

    async def _follow(self, hand: _Hand) -> None:
        if not hand.guard.beat():
            log.warning("the guard is gone, and the routes with it; they are set anew")
            hand.guard = await asyncio.to_thread(Guard)
            hand.carriers = {}
        wanted, uplinks = self._carriers(), self._lines.uplinks
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
            self._problems["apply"] = Message.of("steer.refused", reason=error.message)
            return
        self._problems.pop("apply", None)
        hand.carriers, hand.uplinks = wanted, uplinks
        for family, carriers in wanted.items():
            left = before.get(family)
            if left is not None and carriers.bulk not in {left.bulk, ""}:
                self._try(hand, family, left.bulk)
        await self._end_dead_flows()

    def _carriers(self) -> dict[int, Carriers]:
        """Return what carries each family; none where another one works instead."""
        works = {
            family: any(lane.alive for lane in lanes)
            for family, lanes in self._lanes.items()
        }
        found = {}
        for family, lanes in self._lanes.items():
            if not lanes:
                continue
            if not works[family] and any(works.values()):
                found[family] = Carriers("", "")
            else:
                chosen = self._choices[family]
                found[family] = Carriers(chosen["bulk"].uplink, chosen["calls"].uplink)
        return found

    async def _end_dead_flows(self) -> None:
        """End what hangs on lines that are dead, while another one works."""
        for family, lanes in self._lanes.items():
            if not any(lane.alive for lane in lanes):
                continue
            dead = {lane.uplink for lane in lanes if not lane.alive}
            for uplink in self._lines.uplinks:
                if uplink.name in dead:
                    mark = mark_of(self._slots, uplink.name)
                    await asyncio.to_thread(end_flows, uplink, (family,), mark)

    def _try(self, hand: _Hand, family: int, before: str) -> None:
        """See whether the new way carries; else go back and leave it alone a while."""
        running = self._trials.pop(family, None)
        if running is not None:
            running.cancel()

        async def trying() -> None:
            now = hand.carriers[family].bulk
            if await carries(self._places, family):
                return
            log.warning(
                "IPv%d over %s carries nothing; back to %s", family, now, before
            )
            until = self._clock.monotonic() + _BARRED
            self._steering[family].bar(now, until, instead=before)
            await self.step()

        self._trials[family] = asyncio.create_task(trying())

    def _count(self) -> None:
        now = self._clock.now()
        if self._caps and not 0 <= now - self._counted < _COUNT:
            self._counted = now
            interfaces = {u.name: u.interface for u in self._lines.uplinks}
            self._usage.count(interfaces, now)

    def _decision(self) -> Decision:
        """Return what is decided now."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        problems = dict(self._problems)
        if self._lines.beliefs is None:
            problems["blind"] = Message.of("steer.blind")
        if self._hand is not None and not self._hand.kernel.filters:
            problems["filters"] = Message.of("steer.filters")
        return Decision(
            now,
            self._hand is not None,
            tuple(
                Carrier(
                    family,
                    traffic,
                    choice.uplink,
                    choice.why,
                    now - round((monotonic - choice.since) * SECOND),
                )
                for family, choices in self._choices.items()
                for traffic, choice in choices.items()
                if choice.uplink
            ),
            tuple(
                self._rating(family, lane)
                for family, lanes in self._lanes.items()
                for lane in lanes
            ),
            tuple(self._moves),
            tuple(problems.values()),
        )

    def _rating(self, family: int, lane: Lane) -> Rating:
        loss = lane.loss_ratio
        return Rating(
            lane.uplink,
            family,
            lane.state,
            lane.usable,
            lane.tier,
            lane.metered,
            lane.rtt_seconds,
            loss,
            None if loss is None else round(r_factor(lane.rtt_seconds or 0.0, loss), 1),
            self._usage.of(lane.uplink),
            self._caps.get(lane.uplink),
        )


def _gist(decision: Decision) -> tuple[object, ...]:
    """Return what a change is told for; times and figures move all the while."""
    carriers = [(c.family, c.traffic, c.uplink, c.why) for c in decision.carriers]
    return carriers, decision.moves, decision.problems
