"""The fault matrix: every row of the decision table, five variants or more of each.

A case is one fault, or several at once, and what Rabta should say of each entity that
is concerned. Uplinks are counted from 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.lab.packets import IN, OUT


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the lab and its arguments; *after* seconds later than the first."""

    name: str
    words: tuple[str, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Case:
    """One cell's worth of the matrix."""

    row: str
    """Number of the row and the code expected, such as ``4 isp-access``."""
    variant: str
    faults: tuple[Fault, ...]
    uplinks: tuple[int, ...] = ()
    """Uplinks of which the code is expected; empty for a service's case."""
    service: str = ""
    load: int = 0
    """Keep this uplink busy with downloads."""
    patience: float = 60.0
    """Seconds until the verdict must stand."""

    @property
    def code(self) -> str:
        return self.row.split()[1]

    @property
    def remote(self) -> bool:
        """Whether a word of the LAN would be a false accusation."""
        return not self.code.startswith(("lan-", "local-"))

    def needs_vantage(self, uplinks: int) -> bool:
        """Whether no other line and nothing the service says decides it."""
        if not self.service:
            return False
        if self.code == "service-outage":
            return uplinks < 3 and "error" not in self.variant
        if len(self.faults[0].named.get("uplinks", ())) < uplinks:
            return False
        return self.code in ("ip-blocking", "peering", "http-blocking")


def cases(uplinks: int) -> list[Case]:
    """Return the matrix for a lab with so many uplinks."""
    every = tuple(range(1, uplinks + 1))
    return [
        *_house(every),
        *_isp(every),
        *_abroad(every),
        *_names(every),
        *_services(every),
    ]


def _f(name: str, *words: str, after: float = 0.0, **named: Any) -> Fault:
    return Fault(name, words, named, after)


def _each(
    row: str,
    uplinks: tuple[int, ...],
    *faults: tuple[str, dict[str, Any]],
    patience: float = 60.0,
) -> Iterator[Case]:
    """Alternate *faults* over the uplinks; the same fault comes to another uplink."""
    for n, fault in enumerate(faults):
        name, named = fault
        first = faults.index(fault)
        uplink = uplinks[(first + faults[:n].count(fault)) % len(uplinks)]
        words = " ".join(f"{k}={v}" for k, v in named.items())
        variant = f"{name} {words}".strip() + f" on {uplink}"
        one = (_f(name, uplink=uplink, **named),)
        yield Case(row, variant, one, (uplink,), patience=patience)


def _house(every: tuple[int, ...]) -> Iterator[Case]:
    portal = "captive-portal"
    yield from _each(
        "0 captive-portal",
        every,
        (portal, {}),
        (portal, {"tls": "drop"}),
        (portal, {"drop_rest": False}),
        (portal, {"how": "page", "tls": "reset"}),
        (portal, {"how": "required", "tls": "drop"}),
        ("captive-names", {}),
    )
    notice = "http-notice"
    yield from _each(
        "0 http-intercepted",
        every,
        (notice, {}),
        (notice, {"family": 4}),
        (notice, {"family": 6}),
        (notice, {"how": "page"}),
        (notice, {"how": "forged"}),
        (portal, {"tls": "drop", "drop_rest": False}),
    )
    yield from _each(
        "1 lan-link",
        every,
        ("link-down", {}),
        ("link-down", {}),
        ("address-lost", {}),
        ("address-lost", {"self_assigned": True}),
        ("no-default-route", {}),
        ("address-conflict", {}),
    )
    pulled = (_f("power-lost"), _f("link-down", uplink=1, after=75.0))
    yield Case("1 lan-link", "on battery for a minute", pulled, (1,))
    for n, (name, named) in enumerate(
        (
            ("link-down", {}),
            ("address-lost", {}),
            ("address-lost", {"self_assigned": True}),
            ("no-default-route", {}),
        )
    ):
        uplink = every[n % len(every)]
        faults = (_f("power-lost"), _f(name, uplink=uplink, after=4.0, **named))
        says = f"{name} self-assigned" if named else name
        yield Case("1 local-power", f"{says} on {uplink}", faults, (uplink,))
    down = tuple(_f("link-down", uplink=u, after=4.0) for u in every)
    yield Case("1 local-power", "all links", (_f("power-lost"), *down), every)
    yield from _each(
        "2 lan-gateway",
        every,
        ("gateway-dead", {}),
        ("gateway-silent", {}),
    )
    row = "2 lan-gateway"
    yield Case(row, "all", (_f("all-cut", "gateway"),), every)
    hung = tuple(_f("gateway-silent", uplink=u) for u in every)
    yield Case(row, "all silent", hung, every)
    apart = _f("gateway-dead"), *(replace(one, after=3.0) for one in hung[1:])
    yield Case(row, "one dead, then the others silent", apart, every)
    yield from _each(
        "3 lan-wifi",
        every,
        ("wifi", {}),
        ("wifi", {"loss": 0.6, "bad_share": 0.2}),
        ("wifi", {"loss": 0.0, "delay": 0.06}),
        ("wifi", {"loss": 0.4, "bad_share": 0.5}),
        ("wifi", {"loss": 0.2, "delay": 0.03, "stall": (1.0, 0.2)}),
    )


def _isp(every: tuple[int, ...]) -> Iterator[Case]:
    dead = "first-hop-dead"
    yield from _each(
        "4 isp-access",
        every,
        (dead, {"how": "silent"}),
        (dead, {"how": "unplugged"}),
        (dead, {"how": "filtered"}),
    )
    yield Case("4 isp-access", "all", (_f("all-cut", "access"),), every)
    hows = ("silent", "filtered", "unplugged")
    apart = tuple(
        _f(dead, uplink=u, how=how, after=3.0 * n)
        for n, (u, how) in enumerate(zip(every, hows, strict=False))
    )
    yield Case("4 isp-access", "one after the other, each its own way", apart, every)
    yield Case(
        "4 isp-access",
        "two of its ways at once",
        tuple(_f(dead, uplink=every[0], how=how) for how in ("silent", "filtered")),
        every[:1],
    )
    cut = "upstream-cut"
    yield from _each(
        "5 isp-core",
        every,
        (cut, {"how": "silent"}),
        (cut, {"how": "routed"}),
        (cut, {"how": "one-way"}),
        ("ipv6-dead", {"where": "bng"}),
        ("ipv6-dead", {}),
    )
    row = "6 regional-outage"
    yield Case(row, "core", (_f("all-cut", "core"),), every)
    yield Case(row, "national", (_f("all-cut", "national"),), every)
    mixed = tuple(
        _f(cut, uplink=u, how="routed" if u % 2 else "one-way") for u in every
    )
    yield Case(row, "routed and one-way", mixed, every)
    late = tuple(_f(cut, uplink=u, after=3.0 * (u > 1)) for u in every)
    yield Case(row, "3 s apart", late, every)
    later = tuple(_f(cut, uplink=u, how="routed", after=8.0 * (u > 1)) for u in every)
    yield Case(row, "8 s apart", later, every)
    queues = (1e6, 2.0), (2e6, 1.0), (3e6, 0.5), (1.5e6, 1.5), (2e6, 0.7)
    for n, (rate, queue) in enumerate(queues):
        u = every[n % len(every)]
        fault = _f("slow-line", uplink=u, rate=rate, queue=queue)
        variant = f"{rate / 1e6:g} Mbit/s, {queue:g} s on {u}"
        yield Case("21 bufferbloat", variant, (fault,), (u,), load=u, patience=90)
    yield from _each(
        "22 undetermined",
        every,
        ("domestic", {}),
        ("domestic", {"anycast": True}),
        ("domestic", {"share": 0.8}),
        ("domestic", {"share": 0.6}),
        ("domestic", {"share": 0.6, "anycast": True}),
        patience=90,
    )
    yield from _each(
        "-1 fine",
        every,
        ("icmp-filtered", {}),
        ("loss", {"share": 0.005}),
        ("resolver", {"how": "ok", "seconds": 0.15}),
        ("dns-interception", {}),
        ("icmp-filtered", {}),
    )


def _abroad(every: tuple[int, ...]) -> Iterator[Case]:
    row = "7 national-gateway-outage"
    yield Case(row, "routed", (_f("isolated"),), every)
    yield Case(row, "silent", (_f("corridor"),), every)
    yield Case(row, "one-way", (_f("corridor", ways=(1,), hole=True),), every)
    apart = (
        _f("isolated", uplinks=every[:1]),
        _f("isolated", uplinks=every[1:], after=3.0),
    )
    yield Case(row, "3 s apart", apart, every)
    yield Case(row, "both", (_f("isolated"), _f("corridor", after=1.0)), every)
    row = "7 isp-international"
    for n, (name, named) in enumerate(
        (
            ("isolated", {}),
            ("corridor", {}),
            ("corridor", {"ways": (IN,), "hole": True}),
            ("corridor", {"ways": (OUT,), "hole": True}),
        )
    ):
        u = every[n % len(every)]
        way = {(IN,): "nothing back, ", (OUT,): "nothing out, "}.get(
            named.get("ways"), ""
        )
        fault = _f(name, uplinks=(u,), **named)
        yield Case(row, f"{way}{name} on {u}", (fault,), (u,))
    first = every[:1]
    both = _f("corridor", uplinks=first), _f("isolated", uplinks=first, after=1.0)
    yield Case(row, f"both on {every[0]}", both, first)
    kinds: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (("west",), {}),
        (("gulf",), {}),
        (("us",), {"extra_delay": 0.06}),
        (("east",), {"loss": 0.3}),
        (("west", "gulf"), {}),
    )
    for words, named in kinds:
        says = ", ".join(words) + "".join(f" {k}={v}" for k, v in named.items())
        fault = _f("corridor", *words, **named)
        yield Case(
            "8 corridor-degradation-national", says, (fault,), every, patience=90
        )
    for n, (words, named) in enumerate(kinds):
        u = every[n % len(every)]
        says = ", ".join(words) + "".join(f" {k}={v}" for k, v in named.items())
        fault = _f("corridor", *words, uplinks=(u,), **named)
        row = "8 corridor-degradation-isp"
        yield Case(row, f"{says} on {u}", (fault,), (u,), patience=90)
    slow: tuple[dict[str, Any], ...] = (
        {"extra_delay": 0.08},
        {"loss": 0.15},
        {"jitter": 0.08},
        {"loss": 0.1, "extra_delay": 0.05},
        {"extra_delay": 0.15},
    )
    for n, named in enumerate(slow):
        says = " ".join(f"{k}={v}" for k, v in named.items())
        u = every[n % len(every)]
        both = _f("corridor", **named)
        yield Case("9 gateway-degradation", says, (both,), every, patience=90)
        one = _f("corridor", uplinks=(u,), **named)
        yield Case("9 isp-international", f"{says} on {u}", (one,), (u,), patience=90)
    row = "10 anycast-operator"
    for operator in ("nine", "one", "eight", "umbrella"):
        fault = _f("anycast-down", operator=operator)
        yield Case(row, operator, (fault,), every)
    for how in ("one-way", "unreachable"):
        fault = _f("anycast-down", operator="one", how=how)
        yield Case(row, f"one {how}", (fault,), every)
    fault = _f("anycast-down", operator="nine", uplinks=every[-1:])
    yield Case(row, "nine from the last", (fault,), every[-1:])


def _names(every: tuple[int, ...]) -> Iterator[Case]:
    yield from _each(
        "11 dns-resolver",
        every,
        *(("resolver", {"how": how}) for how in ("dead", "servfail", "refused")),
        ("resolver", {"how": "silent"}),
        ("resolver", {"how": "ok", "seconds": 6.0}),
    )
    yield from _each(
        "12 dns-intercepted",
        every,
        ("udp53-filtered", {"where": "core"}),
        ("udp53-filtered", {"where": "cpe"}),
        ("dns-interception", {"broken": True}),
        ("dns-interception", {"broken": True, "where": "cpe"}),
        ("udp53-filtered", {"where": "bng"}),
    )


def _on_service(
    row: str,
    every: tuple[int, ...],
    name: str,
    *variants: tuple[str, bool, dict[str, Any]],
    host: str = "",
    patience: float = 60.0,
) -> Iterator[Case]:
    """*variants* are (service, on all uplinks, arguments)."""
    for n, (service, everywhere, named) in enumerate(variants):
        uplinks = every if everywhere else (every[n % len(every)],)
        where = "all" if everywhere else str(uplinks[0])
        words = " ".join(str(value) for value in named.values())
        fault = _f(name, uplinks=uplinks, service=service, **named)
        yield Case(
            row,
            f"{words} {host or service} on {where}".strip(),
            (fault,),
            service=host or service,
            patience=patience,
        )


def _services(every: tuple[int, ...]) -> Iterator[Case]:
    yield from _on_service(
        "13 dns-tampering-path",
        every,
        "dns-injected",
        ("code", False, {}),
        ("meet", False, {"answer": "nxdomain", "swallow": True}),
        ("pay", True, {}),
        ("docs", False, {"answer": "blockpage"}),
        ("bank", True, {"answer": "blockpage", "swallow": True}),
    )
    yield from _on_service(
        "13 dns-tampering-resolver",
        every,
        "dns-forged",
        ("code", False, {"answer": "bogon"}),
        ("meet", False, {"answer": "nxdomain"}),
        ("pay", False, {"answer": "blockpage"}),
        ("docs", True, {"answer": "nxdomain"}),
        ("bank", True, {"answer": "bogon"}),
    )
    yield from _on_service(
        "14 ip-blocking",
        every,
        "ip-blocked",
        ("code", False, {"how": "drop"}),
        ("meet", False, {"how": "reset"}),
        ("pay", False, {"how": "prohibited"}),
        ("docs", True, {"how": "drop"}),
        ("bank", False, {"how": "drop"}),
    )
    yield from _on_service(
        "15 sni-blocking",
        every,
        "sni-blocked",
        ("code", False, {"how": "reset"}),
        ("meet", False, {"how": "drop"}),
        ("pay", False, {"how": "mitm"}),
        ("docs", True, {"how": "reset"}),
        ("bank", True, {"how": "drop"}),
    )
    yield from _on_service(
        "16 http-blocking",
        every,
        "http-blocked",
        ("docs", False, {"how": "page"}),
        ("docs", False, {"how": "redirect"}),
        ("docs", False, {"how": "reset"}),
        ("docs", True, {"how": "drop"}),
        ("docs", True, {"how": "race"}),
        host="news",
    )
    yield from _on_service(
        "17 quic-blocking",
        every,
        "quic-blocked",
        ("code", False, {}),
        ("meet", False, {}),
        ("pay", True, {}),
        ("docs", False, {}),
        ("bank", True, {}),
    )
    yield from _on_service(
        "18 throttling",
        every,
        "throttled",
        ("code", False, {"rate": 140e3}),
        ("meet", False, {"rate": 100e3}),
        ("pay", False, {"rate": 200e3}),
        ("docs", True, {"rate": 128e3}),
        ("bank", False, {"rate": 150e3}),
        patience=420,  # what the rules ask for, a fifth of it, and twenty transfers
    )
    for service, how in (
        ("code", "error"),
        ("meet", "refused"),
        ("pay", "timeout"),
        ("docs", "hang"),
        ("bank", "error"),
    ):
        fault = _f("service-down", service=service, how=how)
        yield Case("19 service-outage", f"{how} {service}", (fault,), service=service)
    yield from _look_alikes(every)
    row = "20 peering"
    yield from _on_service(
        row,
        every,
        "ip-blocked",
        ("code", False, {"siblings": True}),
        ("meet", False, {"siblings": True}),
        ("pay", False, {"siblings": True}),
    )
    yield from _on_service(
        row,
        every,
        "toward",
        ("docs", False, {"loss": 1.0}),
        ("code", False, {"loss": 1.0}),
    )


_ASKED_AGAIN = 15.0
"""Seconds until a vantage was asked again, at the pace the matrix runs at."""


def _look_alikes(every: tuple[int, ...]) -> Iterator[Case]:
    """Yield what only looks like an outage or a filter: nothing decides it."""
    late = _ASKED_AGAIN
    home = _f("vantage-at-home", service="code")
    blocked = _f("ip-blocked", uplinks=every, service="code", after=late)
    by_name = _f("sni-blocked", uplinks=every, service="code", after=late)
    mute = _f("service-down", service="code", how="mute", after=late)
    gone = _f("helper-down", after=late)
    row = "22 undetermined"
    if len(every) < 3:  # three networks would agree
        says = "whole country blocks the address, vantage at home"
        yield Case(row, says, (home, blocked), service="code", patience=90)
        says = "mute in any handshake, helper gone, vantage at home"
        yield Case(row, says, (home, mute, gone), service="code", patience=90)
    inside = _f("split-horizon", uplinks=every, service="docs")
    yield Case("-1 fine", "private answer that serves", (inside,), service="docs")
    says = "whole country resets the name, vantage at home"
    yield Case("15 sni-blocking", says, (home, by_name), service="code", patience=90)
    says = "mute in any handshake, helper gone"
    faults = (_f("service-down", service="meet", how="mute"), _f("helper-down"))
    yield Case("19 service-outage", says, faults, service="meet")
