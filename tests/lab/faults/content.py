"""What is done to one service: by somebody on the path, or by the service itself."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from tests.lab import plan
from tests.lab.servers.ports import MIDDLEBOX


if TYPE_CHECKING:
    from tests.lab.world import Lab


_BARE = 120
"""Bytes that a packet of TCP without payload never has, and a ClientHello exceeds."""


@contextmanager
def ip_blocked(
    lab: "Lab",
    uplinks: Sequence[int] = (1,),
    service: str = "code",
    how: str = "drop",
    *,
    siblings: bool = False,
) -> Iterator[None]:
    """Block the service's main addresses: ``drop``, ``reset`` or ``prohibited``.

    *siblings* blocks its other addresses as well.
    """
    found = plan.SERVICE[service]
    count = 2 if siblings else 1
    act = {
        "drop": ("drop", "drop"),
        "reset": ("meta l4proto tcp reject with tcp reset",) * 2,
        "prohibited": (
            "reject with icmp type admin-prohibited",
            "reject with icmpv6 type admin-prohibited",
        ),
    }[how]
    rules = [f"ip daddr {a} {act[0]}" for a in found.addresses4[:count]]
    rules += [f"ip6 daddr {a} {act[1]}" for a in found.addresses6[:count]]
    with ExitStack() as stack:
        for number in uplinks:
            stack.enter_context(lab.filtered(f"core{number}", "forward", *rules))
        yield


@contextmanager
def sni_blocked(
    lab: "Lab", uplinks: Sequence[int] = (1,), service: str = "code", how: str = "reset"
) -> Iterator[None]:
    """Block by the name in the ClientHello: ``reset``, ``race``, ``drop``, ``mitm``.

    ``race`` resets the client only, before the genuine answer, which still comes.
    """
    host = plan.SERVICE[service].host
    with ExitStack() as stack:
        for number in uplinks:
            if how != "mitm":
                fault = lab.rule(f"acc{number}", act=how, sni=host)
                stack.enter_context(fault)
                continue
            lead = f'iifname "acc" tcp dport 443 redirect to :{MIDDLEBOX}'
            usual = {"isp": number, "hosts": []}
            stack.enter_context(lab.conduct("middlebox", usual, hosts=[host]))
            stack.enter_context(lab.filtered(f"core{number}", "dnat", lead))
        yield


@contextmanager
def http_blocked(
    lab: "Lab", uplinks: Sequence[int] = (1,), service: str = "code", how: str = "page"
) -> Iterator[None]:
    """Block by the Host header: a page in its stead, or nothing.

    ``page`` and ``redirect`` say so, ``error`` is a bare 403; ``reset``, ``race`` and
    ``drop`` cut it off, ``slow`` polices what comes back to 4 kbit/s.
    """
    host = plan.SERVICE[service].host
    with ExitStack() as stack:
        for number in uplinks:
            body = "<title>Surf Safely! This website is not accessible</title>"
            head = "HTTP/1.1 200 OK"
            if how == "redirect":
                to = lab.isp(number).blockpage4
                head, body = f"HTTP/1.1 302 Found\r\nLocation: http://{to}/", ""
            if how == "error":
                head, body = "HTTP/1.1 403 Forbidden", "<h1>403 Forbidden</h1>"
            page = f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            act: dict[str, Any] = {"act": "page", "page": page}
            if how in ("reset", "race", "drop"):
                act = {"act": how}
            elif how == "slow":
                act = {"act": "police", "rate": 4e3}
            stack.enter_context(lab.rule(f"acc{number}", host=host, **act))
        yield


@contextmanager
def quic_blocked(
    lab: "Lab", uplinks: Sequence[int] = (1,), service: str = ""
) -> Iterator[None]:
    """Drop UDP/443 to one service, or to everybody."""
    rules = ["udp dport 443 drop"]
    if service:
        found = plan.SERVICE[service]
        rules = [f"ip daddr {a} udp dport 443 drop" for a in found.addresses4]
        rules += [f"ip6 daddr {a} udp dport 443 drop" for a in found.addresses6]
    with ExitStack() as stack:
        for number in uplinks:
            stack.enter_context(lab.filtered(f"core{number}", "forward", *rules))
        yield


@contextmanager
def quic_name_blocked(
    lab: "Lab", uplinks: Sequence[int] = (1,), service: str = "code"
) -> Iterator[None]:
    """Drop the flows of QUIC whose first packet names the service."""
    host = plan.SERVICE[service].host
    with ExitStack() as stack:
        for number in uplinks:
            stack.enter_context(lab.rule(f"acc{number}", act="drop", quic=host))
        yield


@contextmanager
def ech_blocked(
    lab: "Lab", uplinks: Sequence[int] = (1,), how: str = "reset"
) -> Iterator[None]:
    """``reset`` or ``drop`` hellos that carry an encrypted one, to whomever."""
    with ExitStack() as stack:
        for number in uplinks:
            stack.enter_context(lab.rule(f"acc{number}", act=how, ech=True))
        yield


@contextmanager
def throttled(
    lab: "Lab",
    uplinks: Sequence[int] = (1,),
    service: str = "code",
    rate: float = 140e3,
    how: str = "police",
    by: str = "sni",
) -> Iterator[None]:
    """Slow down what comes back on connections that show the service's name.

    ``police`` drops what exceeds the rate, ``shape`` holds it back for up to a second.
    *by* says where the name is looked for: ``sni`` or ``host`` (plain HTTP).
    """
    host = plan.SERVICE[service].host
    with ExitStack() as stack:
        for number in uplinks:
            rule = lab.rule(f"acc{number}", act=how, rate=rate, **{by: host})
            stack.enter_context(rule)
        yield


@contextmanager
def service_down(
    lab: "Lab", service: str = "code", how: str = "error"
) -> Iterator[None]:
    """Break the service itself.

    ``error`` (500), ``hang`` (after the request), ``mute`` (in any handshake),
    ``refused`` or ``timeout``.
    """
    found = plan.SERVICE[service]
    if how in ("error", "hang"):
        what = {"status": 500} if how == "error" else {"hang": True}
        with lab.conduct("service", {"name": service}, **what):
            yield
        return
    act = "drop"
    if how == "refused":
        act = "meta l4proto tcp reject with tcp reset"
    elif how == "mute":
        act = f"meta length > {_BARE} drop"
    rules = [f"ip daddr {a} th dport {{ 80, 443 }} {act}" for a in found.addresses4]
    rules += [f"ip6 daddr {a} th dport {{ 80, 443 }} {act}" for a in found.addresses6]
    with lab.filtered(found.site, "input", *rules):
        yield


@contextmanager
def helper_down(lab: "Lab") -> Iterator[None]:
    """Let the unrelated server be gone that is asked for a service's name."""
    rules = [f"ip daddr {plan.HELPER4} drop", f"ip6 daddr {plan.HELPER6} drop"]
    with lab.filtered("west", "input", *rules):
        yield


@contextmanager
def vantage_at_home(lab: "Lab", service: str = "code") -> Iterator[None]:
    """Let the vantage stand in this country, where *service* is blocked for all."""
    found = plan.SERVICE[service]
    rules = [f"ip daddr {a} drop" for a in found.addresses4]
    rules += [f"ip6 daddr {a} drop" for a in found.addresses6]
    usual = {"country": "DE", "asns": []}
    with (
        lab.conduct("vantage", usual, country=plan.COUNTRY, asns=[plan.NEIGHBOUR]),
        lab.filtered("vantage", "output", *rules),
    ):
        yield


@contextmanager
def service_slow(
    lab: "Lab", service: str = "code", seconds: float = 5.0, rate: float = 0.0
) -> Iterator[None]:
    """Make the service take *seconds* to think, and send at *rate* bit/s."""
    usual = {"name": service}
    with lab.conduct("service", usual, seconds=seconds, rate=rate):
        yield
