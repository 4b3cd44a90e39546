"""The host's own verdict: what all uplinks and services together amount to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rabta.attribute.causes import ranked
from rabta.attribute.context import Context
from rabta.attribute.evidence import label
from rabta.attribute.line import LineState
from rabta.attribute.scene import networks
from rabta.attribute.table import LINE_ROWS, MODEL
from rabta.attribute.uplinks import Finding
from rabta.attribute.weights import WIDE
from rabta.model import Cause, Evidence, Message, State, Verdict


_LAN: Final = frozenset({"lan-link", "lan-gateway", "lan-wifi", "local-power"})
_PROVIDER: Final = frozenset({"isp-access", "isp-core", "regional-outage"})
_BADNESS: Final = (State.DOWN, State.MIXED, State.DEGRADED)


def host_verdict(
    now: int,
    findings: Sequence[Finding],
    uplinks: Sequence[Verdict],
    services: Sequence[Verdict],
    context: Context,
) -> Verdict:
    """Combine all uplinks and services into what the host as a whole can do."""
    lines = [finding.line for finding in findings]
    names = {line.uplink.entity: label(line) for line in lines}
    time = max((line.watermark for line in lines), default=0) or now
    if not lines or all(_routeless(line) for line in lines):
        return _no_uplink(now, time, uplinks)
    rides = {line.uplink.entity for line in lines if line.uplink.tunnelled}
    faults = [v for v in uplinks if v.row >= 0 and v.state is not State.UNKNOWN]
    # what rides on a line shares its trouble, and adds nothing to it
    faults = [v for v in faults if v.entity not in rides] or faults
    working = [v for v in uplinks if v.code == "fine"]
    if faults and working:
        verdict = _partly(faults, working, names)
    elif faults:
        verdict = _all_faulty(faults, lines, names, context)
    elif working:
        verdict = _working(working, uplinks, services, names)
    else:
        verdict = uplinks[0]
        if len(uplinks) > 1 or verdict.sentence.key.endswith("starting"):
            sentence = Message.of("verdict.host-starting")
            verdict = replace(verdict, sentence=sentence)
    return replace(
        verdict,
        time=time,
        entity="host",
        evidence=_told(uplinks, verdict) + _services_told(services),
    )


def _routeless(line: LineState) -> bool:
    """Whether only the default route is missing: not the link, not the mains."""
    lost = line.lacks == "route" and line.address.state is State.DOWN
    return lost and line.carrier.state is not State.DOWN


def _no_uplink(now: int, time: int, uplinks: Sequence[Verdict]) -> Verdict:
    return Verdict(
        time=time,
        entity="host",
        code="no-uplink",
        row=-1,
        state=State.DOWN,
        sentence=Message.of("verdict.no-uplink"),
        confidence=0.98,
        causes=((Cause.LAN, 0.95), (Cause.UNKNOWN, 0.05)),
        evidence=(Evidence("no-route", Message.of("evidence.no-uplink"), 4.6),),
        alternatives=(),
        next_test=Message.of("next.cable"),
        since=max((v.since for v in uplinks), default=now),
        model=MODEL,
    )


def _partly(
    faults: Sequence[Verdict], working: Sequence[Verdict], names: dict[str, str]
) -> Verdict:
    """At least one uplink works: the host goes on, with less in reserve."""
    worst = _worst(faults)
    key = "partly-down" if worst.state is State.DOWN else "partly"
    sentence = Message.of(
        f"verdict.{key}",
        works=_listed(working, names),
        uplink=names[worst.entity],
        code=worst.code,
    )
    return replace(worst, sentence=sentence, state=State.DEGRADED)


def _all_faulty(
    faults: Sequence[Verdict],
    lines: Sequence[LineState],
    names: dict[str, str],
    context: Context,
) -> Verdict:
    worst = _worst(faults)
    if len(faults) == 1:
        return worst
    codes = {verdict.code for verdict in faults}
    down = all(verdict.state is State.DOWN for verdict in faults)
    joined = _listed(faults, names)
    if codes <= _LAN and down:
        if "local-power" in codes:
            worst = next(v for v in faults if v.code == "local-power")
        sentence = Message.of("verdict.lan-common", uplinks=joined, code=worst.code)
        return replace(worst, sentence=sentence, since=_since(faults), family=0)
    if codes <= _PROVIDER and down:
        return _provider(faults, worst, lines, joined, context)
    if len(codes) == 1:
        sentence = Message.of("verdict.alike", uplinks=joined, code=worst.code)
        if worst.code in WIDE:
            args = dict(worst.sentence.args) | {"uplink": joined}
            sentence = Message.of(worst.sentence.key, **args)
        return replace(
            worst, sentence=sentence, state=_best(faults), since=_since(faults)
        )
    sentence = Message.of(
        "verdict.none-well", uplink=names[worst.entity], code=worst.code
    )
    return replace(worst, sentence=sentence, state=_best(faults))


def _provider(
    faults: Sequence[Verdict],
    worst: Verdict,
    lines: Sequence[LineState],
    joined: tuple[str, ...],
    context: Context,
) -> Verdict:
    """All lines end beyond the LAN: one provider's fault, or everybody's."""
    seen = networks(lines)
    if seen < 2:
        code = worst.code if len({v.code for v in faults}) == 1 else "isp-core"
        sentence = Message.of("verdict.alike", uplinks=joined, code=code)
        return replace(worst, sentence=sentence, since=_since(faults), code=code)
    row = next(row for row in LINE_ROWS if row.code == "regional-outage")
    confidence = round(row.confidence * min(v.confidence for v in faults) / 0.9, 3)
    return replace(
        worst,
        code=row.code,
        row=row.number,
        sentence=Message.of("verdict.regional-outage", uplink=joined),
        confidence=min(0.99, confidence),
        causes=ranked(
            row.causes,
            confidence,
            power_lost=context.power_lost(_since(faults)),
            networks=seen,
        ),
        alternatives=tuple(Message.of(f"alternative.{a}") for a in row.alternatives),
        next_test=Message.of(f"next.{row.next_test}"),
        since=_since(faults),
        family=0,
    )


def _working(
    working: Sequence[Verdict],
    uplinks: Sequence[Verdict],
    services: Sequence[Verdict],
    names: dict[str, str],
) -> Verdict:
    """No uplink has a fault; perhaps a service does, or one is not yet known."""
    listed = _listed(working, names)
    failing = [v for v in services if v.row >= 0 and v.state is not State.UNKNOWN]
    if not failing:
        fine = [*working, *(v for v in services if v.code == "fine")]
        newest = max(working, key=lambda v: (v.since, v.entity))
        since = max(verdict.since for verdict in fine)
        if rest := [v for v in uplinks if v.code != "fine"]:
            sentence = Message.of(
                "verdict.works", works=listed, uplinks=_listed(rest, names)
            )
        else:
            checking = any(v.sentence.key.endswith("checking") for v in fine)
            key = "verdict.checking" if checking else "verdict.fine"
            sentence = Message.of(key, uplinks=listed)
        return replace(newest, sentence=sentence, since=since, evidence=())
    worst = _worst(failing)
    service = worst.entity.removeprefix("service/")
    key = "verdict.service-trouble" if len(failing) == 1 else "verdict.services-trouble"
    sentence = Message.of(
        key, uplinks=listed, service=service, code=worst.code, number=len(failing)
    )
    return replace(worst, sentence=sentence, state=State.DEGRADED)


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    return min(verdicts, key=lambda v: (_BADNESS.index(v.state), v.row, v.entity))


def _best(verdicts: Sequence[Verdict]) -> State:
    return max((v.state for v in verdicts), key=_BADNESS.index)


def _since(verdicts: Sequence[Verdict]) -> int:
    """Return when the last of them failed: until then the host still had a way."""
    return max(verdict.since for verdict in verdicts)


def _listed(verdicts: Sequence[Verdict], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted({names[verdict.entity] for verdict in verdicts}))


def _told(uplinks: Sequence[Verdict], verdict: Verdict) -> tuple[Evidence, ...]:
    """Repeat what was found of each uplink; the facts stay with the uplinks."""
    if verdict.code == "no-uplink":
        return verdict.evidence
    return tuple(
        Evidence(v.entity, v.sentence, 2.3 if v.row >= 0 else 0.0) for v in uplinks
    )


def _services_told(services: Sequence[Verdict]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(v.entity, v.sentence, 2.3)
        for v in services
        if v.row >= 0 and v.state is not State.UNKNOWN
    )
