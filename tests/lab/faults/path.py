"""What breaks between the house and the world: access, core, corridors, operators."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from tests.lab import plan
from tests.lab.namespaces import ip, tc
from tests.lab.packets import IN, OUT


if TYPE_CHECKING:
    from tests.lab.world import Lab


@contextmanager
def first_hop_dead(lab: "Lab", uplink: int = 1, how: str = "silent") -> Iterator[None]:
    """Lose the ISP's access router: it is ``silent``, or the modem is ``unplugged``.

    Unplugged, the gateway itself says that the network is unreachable; ``filtered``
    is a gateway that answers but forwards nothing.
    """
    match how:
        case "unplugged":
            isp = lab.isp(uplink)
            ip(f"cpe{uplink}", "link set wan down")
            try:
                yield
            finally:
                ip(
                    f"cpe{uplink}",
                    "link set wan up",
                    f"addr replace {isp.cpe6}/64 dev wan nodad",
                    f"route replace default via {isp.first_hop4}",
                    f"-6 route replace default via {isp.first_hop6}",
                )
        case "filtered":
            with lab.filtered(f"cpe{uplink}", "forward", "drop"):
                yield
        case _:
            with lab.filtered(f"bng{uplink}", "prerouting", 'iifname "sub" drop'):
                yield


@contextmanager
def upstream_cut(lab: "Lab", uplink: int = 1, how: str = "silent") -> Iterator[None]:
    """Lose everything beyond the ISP's first hop.

    ``silent`` cuts its own core off, resolver included, ``one-way`` only what comes
    back; ``routed`` leaves the core and the resolver, which have lost all neighbours.
    """
    if how == "routed":
        with lab.filtered(f"core{uplink}", "forward", "drop"):
            yield
    else:
        ways = [IN] if how == "one-way" else [OUT, IN]
        with lab.leg(f"acc{uplink}", ways=ways, hole=True):
            yield


@contextmanager
def isolated(lab: "Lab", uplinks: Sequence[int] = ()) -> Iterator[None]:
    """Lose everything abroad, on these uplinks or on all; the country is fine."""
    with ExitStack() as stack:
        for number in uplinks or _all(lab):
            stack.enter_context(
                lab.filtered(f"core{number}", "forward", 'oifname "gate" drop')
            )
        yield


@contextmanager
def corridor(
    lab: "Lab", *corridors: str, uplinks: Sequence[int] = (), **what: Any
) -> Iterator[None]:
    """Change corridors on these uplinks or on all: cut (default), slow or lossy.

    *what* is what a leg of the forwarder takes: ``loss``, ``jitter``, ``rate``,
    ``extra_delay`` in seconds one way…
    """
    with ExitStack() as stack:
        for name in corridors or plan.CORRIDORS:
            for number in uplinks or _all(lab):
                change = what or {"hole": True}
                stack.enter_context(lab.leg(f"{name}{number}", **change))
        yield


@contextmanager
def all_cut(lab: "Lab", level: str = "access") -> Iterator[None]:
    """Cut every uplink: at ``gateway``, ``access``, ``core`` or ``national`` level."""
    from .line import gateway_dead

    with ExitStack() as stack:
        for number in _all(lab):
            match level:
                case "gateway":
                    fault = gateway_dead(lab, number)
                case "access":
                    fault = first_hop_dead(lab, number)
                case "core":
                    fault = upstream_cut(lab, number)
                case _:
                    fault = upstream_cut(lab, number, how="routed")
            stack.enter_context(fault)
        yield


@contextmanager
def loss(
    lab: "Lab", uplink: int = 1, share: float = 0.15, *, both: bool = True
) -> Iterator[None]:
    """Lose *share* of the packets of one uplink at random in its access, each way.

    Without *both* only what is sent gets lost.
    """
    drop = _dropping(share)
    if not both:
        drop = f'iifname "sub" {drop}'
    with lab.filtered(f"bng{uplink}", "forward", drop):
        yield


@contextmanager
def slow_line(
    lab: "Lab", uplink: int = 1, rate: float = 1e6, queue: float = 2.0
) -> Iterator[None]:
    """Narrow the access line to *rate* bit/s behind *queue* seconds of buffer.

    Each end of the line between gateway and first hop queues what it sends.
    """
    shape = f"root tbf rate {rate:.0f}bit burst 3000 latency {queue:g}s"
    ends = (f"cpe{uplink}", "wan"), (f"bng{uplink}", "sub")
    try:
        for namespace, device in ends:
            tc(namespace, f"qdisc replace dev {device} {shape}")
        yield
    finally:
        for namespace, device in ends:
            tc(namespace, f"qdisc del dev {device} root")


@contextmanager
def ipv6_dead(lab: "Lab", uplink: int = 1, where: str = "core") -> Iterator[None]:
    """Forward no IPv6 any more, at ``core``, ``bng`` or ``cpe``."""
    with lab.filtered(f"{where}{uplink}", "forward", "meta nfproto ipv6 drop"):
        yield


@contextmanager
def toward(
    lab: "Lab", uplinks: Sequence[int] = (1,), service: str = "code", loss: float = 0.5
) -> Iterator[None]:
    """Lose packets toward the network of one service only: a bad peering."""
    site = plan.SITES[plan.SERVICE[service].site]
    share = _dropping(loss)
    with ExitStack() as stack:
        for number in uplinks:
            stack.enter_context(
                lab.filtered(
                    f"core{number}",
                    "forward",
                    f"ip daddr {site.net4}.2.0/24 {share}",
                    f"ip6 daddr {site.net6}:2::/64 {share}",
                )
            )
        yield


@contextmanager
def anycast_down(
    lab: "Lab",
    operator: str = "nine",
    uplinks: Sequence[int] = (),
    how: str = "silent",
) -> Iterator[None]:
    """Lose one anycast operator, for everybody or on the way from these uplinks.

    ``silent``; ``one-way``: its answers get lost; or ``unreachable``, as a router
    says whose route to it was withdrawn.
    """
    found = next(one for one in plan.ANYCAST if one.operator == operator)
    four, six = "drop", "drop"
    hook = "prerouting"
    if how == "unreachable":
        four = "reject with icmp type net-unreachable"
        six = "reject with icmpv6 type no-route"
        hook = "forward" if uplinks else "input"
    elif how == "one-way" and not uplinks:
        hook = "output"
    end = "saddr" if how == "one-way" else "daddr"
    rules = f"ip {end} {found.address4} {four}", f"ip6 {end} {found.address6} {six}"
    places = [f"core{number}" for number in uplinks] or [found.namespace]
    with ExitStack() as stack:
        for place in places:
            stack.enter_context(lab.filtered(place, hook, *rules))
        yield


@contextmanager
def domestic(
    lab: "Lab", uplink: int = 1, share: float = 1.0, *, anycast: bool = False
) -> Iterator[None]:
    """Lose *share* of what goes to domestic networks, in-country nodes if *anycast*."""
    sites = (*plan.DOMESTIC, plan.NODE) if anycast else plan.DOMESTIC
    drop = _dropping(share)
    prefixes = [prefix for site in sites for prefix in site.prefixes]
    prefixes += [plan.IX_SERVER4, plan.IX_SERVER6]
    rules = [f"{'ip6' if ':' in p else 'ip'} daddr {p} {drop}" for p in prefixes]
    with lab.filtered(f"core{uplink}", "forward", *rules):
        yield


@contextmanager
def icmp_filtered(lab: "Lab", uplink: int = 1) -> Iterator[None]:
    """Let no echo pass beyond the ISP's core, as some networks do for ever."""
    rules = "icmp type echo-request drop", "icmpv6 type echo-request drop"
    with lab.filtered(f"core{uplink}", "forward", *rules):
        yield


def _dropping(share: float) -> str:
    """Return the rule that drops so much of what meets it."""
    if share >= 1:
        return "drop"
    return f"numgen random mod 1000 < {round(1000 * share)} drop"


def _all(lab: "Lab") -> list[int]:
    return [isp.number for isp in lab.isps]
