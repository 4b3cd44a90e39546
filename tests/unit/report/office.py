"""A small office: two lines over three days, in a real store; names are invented.

On the second day the fibre is down for two hours by the provider's fault and for half
an hour by a power cut on the site; on the third the shop is blocked and Rabta does not
run for one hour.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from rabta.agent.reporting import Setup
from rabta.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from rabta.model import (
    Cause,
    Evidence,
    Health,
    Kind,
    Line,
    Message,
    Observation,
    Probe,
    Rung,
    ServiceStatus,
    State,
    Status,
    Target,
    Uplink,
    UplinkStatus,
    Verdict,
)
from rabta.store import Store
from tests.unit.cost.times import at


ZONE = ZoneInfo("Asia/Karachi")
START = at("2026-10-04T19:00")  # midnight there
STOP = START + 3 * DAY
PERIOD = "2026-10-05..2026-10-07"
TARGETS = (
    Target("anycast-a", Rung.ANYCAST, "192.0.2.1", (Probe.ICMP,)),
    Target("domestic-1", Rung.DOMESTIC, "192.0.2.2", (Probe.ICMP,), country="PK"),
    Target("west-1", Rung.INTERNATIONAL, "192.0.2.3", (Probe.ICMP,), corridor="west"),
)
SETUP = Setup(TARGETS, ZONE, "PK")
FIBRE, CELLULAR = "fibre", "cell"
OUTAGE = (START + DAY + 10 * HOUR, START + DAY + 12 * HOUR)
POWER = (START + DAY + 15 * HOUR, START + DAY + 15 * HOUR + 30 * MINUTE)
BLOCKED = (START + 2 * DAY + 8 * HOUR, START + 2 * DAY + 9 * HOUR)
GAP = (START + 2 * DAY + 20 * HOUR, START + 2 * DAY + 21 * HOUR)
_RTT = {"anycast-a": 0.01, "domestic-1": 0.02, "west-1": 0.12}


def build(
    folder: Path, *, simulated: bool = False, lines: Sequence[str] = (FIBRE, CELLULAR)
) -> ManualClock:
    """Write the office's store to *folder*; a clock that stands after its last day."""
    clock = ManualClock(STOP + HOUR)
    with Store.open(folder, clock=clock) as store:
        store.know_services(["shop"])
        for uplink in lines:
            store.record([*observations(uplink)])
        for entity, kind, span, verdict in happened():
            number = store.open_disruption(entity, kind, span[0], 1.0, 1.0, verdict)
            store.close_disruption(number, span[1])
        store.record([*asked(lines[-1])])
        store.note_gap(*GAP)
        store.put_status(msgspec.json.encode(status(simulated=simulated)))
    return clock


def observations(uplink):
    for number, target in enumerate(TARGETS):
        for time in range(START + number * SECOND, STOP, 10 * MINUTE):
            down = uplink == FIBRE and any(a <= time < b for a, b in (OUTAGE, POWER))
            if GAP[0] <= time < GAP[1]:
                continue
            yield Observation(
                time,
                uplink,
                4,
                target.name,
                Probe.ICMP,
                None if down else _RTT[target.name],
                "generic_timeout_error" if down else None,
            )


def asked(uplink=CELLULAR, service="shop", stop=STOP):
    """Yield what one line asks of a service; it is blocked for an hour."""
    for time in range(START, stop, 10 * MINUTE):
        if GAP[0] <= time < GAP[1]:
            continue
        gone = BLOCKED[0] <= time < BLOCKED[1]
        yield Observation(
            time,
            uplink,
            4,
            service,
            Probe.HTTP,
            None if gone else 0.3,
            "connection_reset" if gone else None,
        )


def happened():
    fibre = f"uplink/{FIBRE}"
    isp = verdict(fibre, "isp-access", Cause.ISP, Message.of(
        "verdict.isp-access", uplink="Indus Fibre"), OUTAGE[0])  # fmt: skip
    power = verdict(fibre, "local-power", Cause.POWER, Message.of(
        "verdict.local-power-carrier", uplink="Indus Fibre"), POWER[0])  # fmt: skip
    shop = verdict("service/shop", "sni-blocking", Cause.BLOCKING, Message.of(
        "verdict.isp-access", uplink="shop"), BLOCKED[0])  # fmt: skip
    yield fibre, Kind.OUTAGE, OUTAGE, isp
    yield fibre, Kind.OUTAGE, POWER, power
    yield "service/shop", Kind.BLOCKING, BLOCKED, shop


def verdict(entity, code, cause, sentence, time):
    return Verdict(
        time,
        entity,
        code,
        4,
        State.DOWN,
        sentence,
        0.85,
        ((cause, 0.7), (Cause.UNKNOWN, 0.3)),
        (
            Evidence("carrier", Message.of("evidence.carrier", interface="eth0"), 0.0),
            Evidence(
                "anycast-down",
                Message.of("evidence.rung-down", rung="anycast", since=time, total=1),
                4.5,
            ),
            Evidence(
                "other-cell-up", Message.of("evidence.other-up", uplink="Ravi 4G"), 2.3
            ),
        ),
        (Message.of("alternative.maintenance"),),
        None,
        time,
    )


def status(*, simulated, at=STOP):
    fine = verdict("host", "fine", Cause.ISP, Message.of("verdict.works"), at)
    fine = replace(fine, causes=(), evidence=(), alternatives=(), state=State.UP)
    lanes = tuple(
        UplinkStatus(
            Uplink(name, name, 2, medium, True, (Line(4, "", ""),), isp=isp),
            fine,
            (),
            "device",
            0,
            None,
        )
        for name, medium, isp in (
            (FIBRE, "wired", "Indus Fibre"),
            (CELLULAR, "cellular", "Ravi 4G"),
        )
    )
    shop = ServiceStatus("shop", "https://shop.example/", fine, ())
    health = Health(START, at, ())
    return Status(at, "0", simulated, fine, lanes, (shop,), health, "PK")
