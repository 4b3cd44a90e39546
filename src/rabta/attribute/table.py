"""The decision table: first match wins, from the host outwards.

``docs/explanation/ladder.md`` shows it to readers; codes are stable names. Confidence
is that of the rule alone and is multiplied by the beliefs it rests on. Shares of
causes are priors for one uplink, to be re-fitted on labelled events; what is missing
to 1 is the unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rabta.attribute import line_rows as line
from rabta.attribute import service_rows as service
from rabta.attribute.scene import Match, Scene, ServiceScene
from rabta.model import Cause, State


SceneT = TypeVar("SceneT", contravariant=True)  # noqa: PLC0105  (read-only use)

MODEL = "ladder-6"
"""Version of these rules; changes whenever a verdict could change."""

BURST = 0.1
"""Seconds to the second evaluation while bursts are under way."""
ROUNDS = 18
"""Rounds of probes for which something must be worse: three minutes at 10 s."""


@dataclass(frozen=True, slots=True)
class Row(Generic[SceneT]):
    """One row: when it applies and what it says."""

    number: int
    code: str
    when: Callable[[SceneT], Match | None]
    confidence: float
    state: State
    causes: tuple[tuple[Cause, float], ...]
    next_test: str
    """Key under ``next.``: the test that would decide most; empty for none."""
    alternatives: tuple[str, ...] = ()
    """Keys under ``alternative.``."""
    hold: float = BURST
    """Seconds a settled fault must last after it was concluded."""
    rounds: int = ROUNDS
    """Rounds of probes a mere worsening must last from its onset."""


C, D, M, G = Cause, State.DOWN, State.MIXED, State.DEGRADED

LINE_ROWS: tuple[Row[Scene], ...] = (
    Row(0, "captive-portal", line.captive, 0.95, D,
        ((C.LAN, 0.9),), "sign-in", ("isp-notice",)),
    Row(1, "local-power", line.local_power, 0.98, D,
        ((C.POWER, 0.85), (C.LAN, 0.1)), "mains", ("cable-pulled",)),
    Row(1, "lan-link", line.link, 0.98, D,
        ((C.LAN, 0.9), (C.POWER, 0.05)), "cable", ("local-power",)),
    Row(2, "lan-gateway", line.gateway, 0.95, D,
        ((C.LAN, 0.8), (C.POWER, 0.15)), "restart-router", ("local-power",)),
    Row(3, "lan-wifi", line.wifi, 0.9, G,
        ((C.LAN, 0.95),), "wire", ("router-busy",), rounds=10),
    Row(4, "isp-access", line.access, 0.9, D,
        ((C.ISP, 0.7), (C.POWER, 0.13), (C.MAINTENANCE, 0.1), (C.LAN, 0.05)),
        "router-lights", ("area-power", "maintenance")),
    Row(5, "isp-core", line.core, 0.9, D,
        ((C.ISP, 0.72), (C.MAINTENANCE, 0.15), (C.POWER, 0.05), (C.CABLE, 0.04)),
        "other-uplink", ("maintenance", "regional")),
    Row(6, "regional-outage", line.regional, 0.6, D,
        ((C.POWER, 0.3), (C.ISP, 0.2), (C.SHUTDOWN, 0.18), (C.CABLE, 0.15)),
        "public-feeds", ("shared-upstream", "area-power", "shutdown")),
    Row(7, "national-gateway-outage", line.national_gateway, 0.9, M,
        ((C.CABLE, 0.4), (C.SHUTDOWN, 0.3), (C.ISP, 0.2)),
        "public-feeds", ("cable", "shutdown", "shared-upstream")),
    Row(7, "isp-international", line.international, 0.9, M,
        ((C.ISP, 0.6), (C.CABLE, 0.25), (C.MAINTENANCE, 0.08)),
        "other-network", ("cable", "national")),
    Row(8, "corridor-degradation-national", line.corridor_national, 0.9, G,
        ((C.CABLE, 0.5), (C.ISP, 0.25), (C.MAINTENANCE, 0.1)),
        "path-change", ("maintenance", "shared-upstream"), hold=5.0),
    Row(8, "corridor-degradation-isp", line.corridor_isp, 0.8, G,
        ((C.ISP, 0.6), (C.CABLE, 0.2), (C.MAINTENANCE, 0.12)),
        "path-change", ("cable", "maintenance"), hold=5.0),
    Row(8, "corridor-degradation", line.corridor, 0.8, G,
        ((C.ISP, 0.4), (C.CABLE, 0.35), (C.MAINTENANCE, 0.1)),
        "other-network", ("cable", "maintenance"), hold=5.0),
    Row(9, "gateway-degradation", line.gateway_slow, 0.6, G,
        ((C.CABLE, 0.35), (C.ISP, 0.3), (C.THROTTLING, 0.15)),
        "pair-test", ("congestion", "cable", "policy"), hold=5.0),
    Row(9, "isp-international", line.international_slow, 0.6, G,
        ((C.ISP, 0.6), (C.CABLE, 0.2), (C.THROTTLING, 0.05)),
        "other-network", ("congestion", "cable"), hold=5.0),
    Row(10, "anycast-operator", line.operator, 0.9, G,
        ((C.SERVICE, 0.6), (C.ISP, 0.3)), "path", ("peering",), hold=10.0),
    Row(11, "dns-resolver", line.resolver, 0.95, M,
        ((C.ISP, 0.85), (C.MAINTENANCE, 0.08)),
        "other-resolver", ("router-dns",), hold=1.0),
    Row(12, "dns-intercepted", line.intercepted, 0.85, M,
        ((C.LAN, 0.4), (C.ISP, 0.3), (C.BLOCKING, 0.2)),
        "non-resolver", ("router-dns", "policy"), hold=1.0),
    Row(21, "bufferbloat", line.own_traffic, 0.85, G,
        ((C.LAN, 0.8), (C.ISP, 0.1)), "idle-line", ("isp-congestion",)),
    Row(21, "bufferbloat", line.bufferbloat, 0.7, G,
        ((C.LAN, 0.45), (C.ISP, 0.45)), "idle-line", ("isp-congestion",)),
    Row(0, "http-intercepted", line.intercepted_pages, 0.85, G,
        ((C.ISP, 0.55), (C.LAN, 0.3)), "plain-page", ("isp-notice", "local-filter")),
    Row(1, "lan-link", line.disputed, 0.95, G,
        ((C.LAN, 0.9),), "other-device", (), hold=1.0),
    Row(22, "undetermined", line.undetermined, 0.5, M, (), "wait", (), hold=5.0),
)  # fmt: skip

TUNNEL_ROWS: tuple[Row[Scene], ...] = (
    Row(4, "tunnel-down", line.tunnel, 0.9, D,
        ((C.SERVICE, 0.45), (C.BLOCKING, 0.15), (C.ISP, 0.15), (C.LAN, 0.1)),
        "without-tunnel", ("tunnel-filter",), hold=1.0),
    LINE_ROWS[-1],
)  # fmt: skip
"""For lines that ride on another one: nothing else can be told from within."""

SERVICE_ROWS: tuple[Row[ServiceScene], ...] = (
    Row(13, "dns-tampering-path", service.tampering_path, 0.9, D,
        ((C.BLOCKING, 0.85), (C.ISP, 0.08)), "other-network", ("dns-proxy",)),
    Row(13, "dns-tampering-resolver", service.tampering_resolver, 0.9, D,
        ((C.BLOCKING, 0.75), (C.ISP, 0.15)), "non-resolver", ("dns-stale",)),
    Row(14, "ip-blocking", service.ip_blocking, 0.85, D,
        ((C.BLOCKING, 0.65), (C.ISP, 0.2), (C.SERVICE, 0.1)),
        "other-network", ("peering", "server-filter")),
    Row(15, "sni-blocking", service.sni_blocking, 0.95, D,
        ((C.BLOCKING, 0.9), (C.LAN, 0.04)), "other-network", ("local-filter",)),
    Row(16, "http-blocking", service.http_blocking, 0.97, D,
        ((C.BLOCKING, 0.9), (C.LAN, 0.04)), "other-network", ("local-filter",)),
    Row(17, "quic-blocking", service.quic_blocking, 0.85, G,
        ((C.BLOCKING, 0.5), (C.LAN, 0.2), (C.ISP, 0.2)),
        "other-network", ("local-filter", "udp-policy")),
    Row(18, "throttling", service.throttling, 0.85, G,
        ((C.THROTTLING, 0.85), (C.SERVICE, 0.1)),
        "tunnel", ("peering", "server-limit")),
    Row(19, "service-outage", service.outage, 0.95, D,
        ((C.SERVICE, 1.0),), "status-page", ("shared-upstream",)),
    Row(20, "peering", service.peering, 0.7, D,
        ((C.ISP, 0.65), (C.SERVICE, 0.15), (C.BLOCKING, 0.1)),
        "sibling", ("ip-filter", "server-filter")),
    Row(22, "undetermined", service.undetermined, 0.5, D, (), "remote-vantage",
        ("service-down", "path-fault")),
    Row(22, "undetermined", service.unsteady, 0.5, G, (), "remote-vantage",
        ("service-down", "path-fault")),
)  # fmt: skip
