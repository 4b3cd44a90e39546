"""A seeded office for the tests of the API and the pages: real store, invented facts.

Two uplinks; the second lost its way abroad 40 minutes ago. Rabta did not run for
20 minutes two hours ago, so that there is a gap to show.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from rabta.clock import HOUR, MINUTE, SECOND, ManualClock
from rabta.locale import texts
from rabta.model import (
    Cause,
    Evidence,
    Health,
    Hop,
    Kind,
    Lease,
    Line,
    LineStatus,
    LiveEvent,
    Message,
    Observation,
    PathDetail,
    Probe,
    ProbeCount,
    Rung,
    RungState,
    ServiceCell,
    ServiceStatus,
    State,
    Status,
    Target,
    Uplink,
    UplinkStatus,
    Verdict,
)
from rabta.store import Store


SENTENCES = {
    "en": {
        "sample.fine": "Everything that is measured works.",
        "sample.abroad": "Traffic abroad over {uplink} is lost; this is consistent "
        "with a fault of the provider or of a cable beyond it.",
        "sample.slow": "{uplink} was slow: round trips abroad took {rtt:ms}.",
        "sample.cut": "Nothing answers on any uplink, not even the gateways.",
        "sample.shop": "shop answers on no line; the others do. This is consistent "
        "with a fault of the service itself.",
        "sample.seen": "{down} of {all} targets abroad stopped answering at {at:time}.",
        "sample.home": "All {all} targets inside the country kept answering.",
        "sample.other": "The other uplink reaches the same targets.",
        "sample.isp": "A fault inside the network of {uplink}.",
        "sample.test": "A path towards Singapore over {uplink}.",
        "sample.disk": "The disk is full: the last 40 s are held in memory.",
    },
    "ur": {
        "sample.fine": "جو کچھ ناپا جا رہا ہے، سب ٹھیک چل رہا ہے۔",
        "sample.abroad": "{uplink} پر بیرونِ ملک ٹریفک ضائع ہو رہی ہے؛ یہ فراہم کنندہ "
        "یا اس سے آگے کسی کیبل کی خرابی سے مطابقت رکھتا ہے۔",
        "sample.slow": "{uplink} سست تھا: بیرونِ ملک آنے جانے کا وقت {rtt:ms} تھا۔",
        "sample.cut": "کسی اپ لنک پر کوئی جواب نہیں، گیٹ وے تک نہیں۔",
        "sample.shop": "shop کسی لائن پر جواب نہیں دیتی؛ باقی دیتی ہیں۔ یہ خود سروس کی "
        "خرابی سے مطابقت رکھتا ہے۔",
        "sample.seen": "بیرونِ ملک {all} میں سے {down} اہداف نے {at:time} پر جواب دینا "
        "چھوڑ دیا۔",
        "sample.home": "ملک کے اندر تمام {all} اہداف جواب دیتے رہے۔",
        "sample.other": "دوسرا اپ لنک انہی اہداف تک پہنچ رہا ہے۔",
        "sample.isp": "{uplink} کے اپنے نیٹ ورک میں خرابی۔",
        "sample.test": "{uplink} پر سنگاپور کی طرف راستہ۔",
        "sample.disk": "ڈسک بھر گئی ہے: آخری 40 سیکنڈ میموری میں ہیں۔",
    },
}
TARGETS = (
    Target("anycast-a", Rung.ANYCAST, "192.0.2.53", (Probe.ICMP,)),
    Target("karachi-1", Rung.DOMESTIC, "192.0.2.81", (Probe.ICMP,), country="PK"),
    Target("lahore-1", Rung.DOMESTIC, "192.0.2.82", (Probe.ICMP,), country="PK"),
    Target("gulf-1", Rung.INTERNATIONAL, "192.0.2.91", (Probe.ICMP,), corridor="gulf"),
    Target("west-1", Rung.INTERNATIONAL, "192.0.2.92", (Probe.ICMP,), corridor="west"),
    Target("rate", Rung.CONTROL, "192.0.2.99", (Probe.FETCH,)),
    Target("mail", Rung.SERVICE, "mail.example", (Probe.HTTP,)),
    Target("shop", Rung.SERVICE, "shop.example", (Probe.HTTP,)),
)
COUNTS = (
    ProbeCount("ptcl", 4, "mail", Probe.HTTP, 1_440, 3),
    ProbeCount("storm", 4, "gulf-1", Probe.ICMP, 21_600, 1_680),
)
_RTT = {
    "gateway-v4": 0.0012,
    "anycast-a": 0.006,
    "karachi-1": 0.011,
    "lahore-1": 0.024,
    "gulf-1": 0.046,
    "west-1": 0.128,
}
_EVERY = 10 * SECOND


def teach() -> None:
    """Let the locale know the sample's sentences."""
    for language, sentences in SENTENCES.items():
        known = texts(language)
        assert isinstance(known, dict)
        known.update(sentences)


def verdict(
    now: int, entity: str, key: str, state: State, *, minutes: int = 40, **args: str
) -> Verdict:
    """Return a verdict with everything a page may show of one."""
    since = now - minutes * MINUTE
    bad = state in (State.DOWN, State.DEGRADED)
    seen = Message.of("sample.seen", down=4, all=5, at=since)
    return Verdict(
        time=now,
        entity=entity,
        code=key if bad else "fine",
        row=7 if bad else -1,
        state=state,
        sentence=Message.of(f"sample.{key}", **args),
        confidence=0.83 if bad else 0.99,
        causes=((Cause.CABLE, 0.55), (Cause.ISP, 0.3)) if bad else (),
        evidence=(
            Evidence("abroad-down", seen, 3.2),
            Evidence("domestic-up", Message.of("sample.home", all=6), 1.4),
            Evidence("other-uplink", Message.of("sample.other"), -0.7),
        )
        if bad
        else (),
        alternatives=(Message.of("sample.isp", uplink="storm"),) if bad else (),
        next_test=Message.of("sample.test", uplink="storm") if bad else None,
        since=since,
        model="rules-1",
    )


def _rungs(now: int, abroad: State) -> tuple[RungState, ...]:
    up, since = State.UP, now - HOUR
    return (
        RungState(Rung.CARRIER, up, since=since),
        RungState(Rung.ADDRESS, up, since=since),
        RungState(Rung.GATEWAY, up, rtt_seconds=0.0012, loss_ratio=0, since=since),
        RungState(Rung.FIRST_HOP, State.UNKNOWN, since=since),
        RungState(Rung.RESOLVER, up, rtt_seconds=0.009, loss_ratio=0, since=since),
        RungState(Rung.ANYCAST, up, rtt_seconds=0.006, loss_ratio=0, since=since),
        RungState(Rung.DOMESTIC, up, rtt_seconds=0.0175, loss_ratio=0, since=since),
        RungState(
            Rung.INTERNATIONAL,
            abroad,
            "gulf",
            rtt_seconds=0.046 if abroad is up else None,
            since=since,
        ),
        RungState(
            Rung.INTERNATIONAL,
            State.DEGRADED if abroad is State.DOWN else up,
            "west",
            rtt_seconds=0.128,
            loss_ratio=0.12,
            since=since,
        ),
    )


def _lane(now: int, name: str, number: int, *, fine: bool) -> UplinkStatus:
    line = Line(
        4, f"192.168.{number}.20", f"192.168.{number}.1", resolvers=("192.0.2.53",)
    )
    uplink = Uplink(
        name=name,
        interface=f"eth{number}",
        index=number,
        medium="wired" if fine else "cellular",
        carrier=True,
        lines=(line, Line(6, f"2001:db8:{number}::20", "fe80::1")),
        lease=Lease(line.gateway, now + HOUR, ("192.0.2.53",)),
        metered=not fine,
        isp="PTCL" if fine else "StormFiber",
        asn=64500 + number,
    )
    state = State.UP if fine else State.DEGRADED
    key = "fine" if fine else "abroad"
    args = {} if fine else {"uplink": name}
    return UplinkStatus(
        uplink=uplink,
        verdict=verdict(now, uplink.entity, key, state, **args),
        lines=(
            LineStatus(
                4,
                state,
                _rungs(now, State.UP if fine else State.DOWN),
                0.0321,
                0.0 if fine else 0.118,
                18_400_000.0 if fine else None,
            ),
            LineStatus(
                6,
                State.UNKNOWN,
                tuple(
                    replace(rung, state=State.UNKNOWN, rtt_seconds=None)
                    for rung in _rungs(now, State.UP)[:4]
                ),
                None,
                None,
                None,
            ),
        ),
        bound_by="device" if fine else "source",
        spent_bytes_today=4_200_000,
        budget_bytes=None if fine else 50_000_000,
    )


def _service(now: int, name: str, *, fine: bool) -> ServiceStatus:
    state = State.UP if fine else State.DOWN
    cells = tuple(
        ServiceCell(
            uplink,
            family,
            state if family == 4 else State.UNKNOWN,
            0.212 if fine and family == 4 else None,
            None if fine else "generic_timeout_error",
        )
        for uplink in ("ptcl", "storm")
        for family in (4, 6)
    )
    spoken = verdict(now, f"service/{name}", "fine" if fine else "shop", state)
    return ServiceStatus(name, f"https://{name}.example/", spoken, cells)


def status(now: int) -> Status:
    """Return the office as it is at *now*."""
    host = verdict(now, "host", "abroad", State.DEGRADED, uplink="storm")
    return Status(
        time=now,
        version="0.1.0",
        simulated=False,
        host=host,
        uplinks=(
            _lane(now, "ptcl", 1, fine=True),
            _lane(now, "storm", 2, fine=False),
        ),
        services=(_service(now, "mail", fine=True), _service(now, "shop", fine=False)),
        health=Health(now - 6 * HOUR, now - SECOND, (Message.of("sample.disk"),)),
    )


def observations(start: int, stop: int, now: int) -> list[Observation]:
    """Return what was measured in [start, stop), with the gap and the fault."""
    dice = random.Random(start)
    found = []
    for time in range(start // _EVERY * _EVERY, stop, _EVERY):
        if now - 140 * MINUTE <= time < now - 120 * MINUTE:
            continue
        for uplink in ("ptcl", "storm"):
            broken = uplink == "storm" and time > now - 40 * MINUTE
            for target, rtt in _RTT.items():
                lost = dice.random() < (0.7 if broken and "-1" in target else 0.004)
                value = None if lost else rtt * dice.lognormvariate(0.05, 0.15)
                found.append(_seen(time, uplink, target, Probe.ICMP, value))
            if time % MINUTE == 0:
                found += _checks(time, uplink, dice, shop_down=time > now - 25 * MINUTE)
    return found


def _checks(
    time: int, uplink: str, dice: random.Random, *, shop_down: bool
) -> list[Observation]:
    hops = tuple(
        Hop(ttl, address, rtt)
        for ttl, (address, rtt) in enumerate(
            (("192.168.1.1", 0.001), ("", None), ("192.0.2.91", 0.05)), 1
        )
    )
    path = _seen(time, uplink, "path-gulf", Probe.PATH, 0.05)
    return [
        _seen(time, uplink, "mail", Probe.HTTP, dice.uniform(0.15, 0.3)),
        _seen(time, uplink, "shop", Probe.HTTP, None if shop_down else 0.4),
        _seen(time, uplink, "rate", Probe.FETCH, dice.uniform(12e6, 22e6)),
        replace(path, detail=PathDetail(hops, reached=True), address="192.0.2.91"),
    ]


def _seen(
    time: int, uplink: str, target: str, probe: Probe, value: float | None
) -> Observation:
    failure = None if value is not None else "generic_timeout_error"
    return Observation(time, uplink, 4, target, probe, value, failure, spent_bytes=84)


@dataclass
class FakeLive:
    """A live agent whose news the test decides."""

    newest: Status
    counted: tuple[ProbeCount, ...] = ()
    queues: list[asyncio.Queue[LiveEvent]] = field(default_factory=list)

    def status(self) -> Status:
        return self.newest

    def counts(self) -> tuple[ProbeCount, ...]:
        return self.counted

    def publish(self, status: Status) -> None:
        self.newest = status
        self._push(LiveEvent("status", status=status))

    def samples(self, seen: tuple[Observation, ...]) -> None:
        self._push(LiveEvent("samples", samples=seen))

    def _push(self, event: LiveEvent) -> None:
        for queue in self.queues:
            queue.put_nowait(event)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[LiveEvent]]:
        queue: asyncio.Queue[LiveEvent] = asyncio.Queue()
        self.queues.append(queue)
        try:
            yield _drain(queue)
        finally:
            self.queues.remove(queue)


async def _drain(queue: asyncio.Queue[LiveEvent]) -> AsyncIterator[LiveEvent]:
    while True:
        yield await queue.get()


def fill(store: Store, now: int, *, hours: int = 3) -> None:
    """Write the office's past into *store*."""
    store.know_services(["mail", "shop"])
    store.record(observations(now - hours * HOUR, now, now))
    for minutes, key, state in ((50, "fine", State.UP), (39, "abroad", State.DEGRADED)):
        args = {"uplink": "storm"} if key == "abroad" else {}
        store.put_verdict(
            verdict(now - minutes * MINUTE, "host", key, state, minutes=0, **args)
        )
    slow = verdict(
        now - 9 * HOUR, "uplink/ptcl", "slow", State.DEGRADED, uplink="ptcl", minutes=0
    )
    slow = replace(slow, sentence=Message.of("sample.slow", uplink="ptcl", rtt=0.412))
    number = store.open_disruption(
        "uplink/ptcl", Kind.DEGRADATION, slow.since, 5, 0.3, slow
    )
    store.close_disruption(number, now - 8 * HOUR)
    first = verdict(
        now - 40 * MINUTE, "uplink/storm", "isp", State.DOWN, uplink="storm", minutes=0
    )
    number = store.open_disruption(
        "uplink/storm", Kind.OUTAGE, first.since, 10, 0.8, first
    )
    later = verdict(
        now, "uplink/storm", "abroad", State.DEGRADED, uplink="storm", minutes=40
    )
    store.add_disruption_verdict(number, later, Kind.OUTAGE, 0.8)


def open_store(folder: Path, now: int) -> Store:
    """Return a filled store in *folder*."""
    store = Store.open(folder, clock=ManualClock(now))
    fill(store, now)
    return store


def advance(status: Status, now: int) -> Status:
    """Return *status* as of *now*."""
    health = replace(status.health, last_sample=now)
    return replace(status, time=now, health=health)
