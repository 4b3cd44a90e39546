"""What breaks in the house: link, address, gateway, radio, mains."""

import socket
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.lab.namespaces import command, inside, ip
from tests.lab.packets import IN, OUT
from tests.lab.servers.ports import PORTAL_DNS, PORTAL_HTTP, PORTAL_TLS
from tests.lab.topology import host_routes


if TYPE_CHECKING:
    from tests.lab.world import Lab


@contextmanager
def link_down(lab: "Lab", uplink: int = 1) -> Iterator[None]:
    """Pull the cable: the host's interface loses its carrier."""
    ip(f"air{uplink}", "link set host down")
    try:
        yield
    finally:
        ip(f"air{uplink}", "link set host up")
        _restore(lab, uplink)


@contextmanager
def address_lost(
    lab: "Lab", uplink: int = 1, *, self_assigned: bool = False
) -> Iterator[None]:
    """Let the lease run out; with *self_assigned* leave a 169.254 address."""
    isp = lab.isp(uplink)
    dev = isp.interface
    ip(
        "host",
        f"addr flush dev {dev} scope global",
        f"-6 route del default via fe80::1 dev {dev} metric {100 * uplink}",
    )
    if self_assigned:
        ip("host", f"addr add 169.254.7.{uplink}/16 dev {dev} scope link")
    try:
        yield
    finally:
        ip("host", f"addr flush dev {dev} to 169.254.0.0/16")
        _restore(lab, uplink)


@contextmanager
def no_default_route(lab: "Lab", uplink: int = 1, family: int = 0) -> Iterator[None]:
    """Remove the default route of one uplink; *family* 0 is both."""
    dev = lab.isp(uplink).interface
    flags = {4: [""], 6: ["-6 "]}.get(family, ["", "-6 "])
    for flag in flags:
        for table in ("main", 100 + uplink):
            ip("host", f"{flag}route del default dev {dev} table {table}")
    try:
        yield
    finally:
        _restore(lab, uplink)


def _restore(lab: "Lab", uplink: int) -> None:
    ip("host", *host_routes(lab.isp(uplink)))


@contextmanager
def address_conflict(lab: "Lab", uplink: int = 1) -> Iterator[None]:
    """Plug in a second machine that claims the host's IPv4 address."""
    isp, twin = lab.isp(uplink), f"twin{uplink}"
    command(["ip", "netns", "add", twin])
    command(
        [
            *("ip", "link", "add", "lan", "netns", twin, "type", "veth"),
            *("peer", "name", "twin", "netns", f"air{uplink}"),
        ]
    )
    ip(f"air{uplink}", "link set twin master air up")
    ip(twin, "link set lan up", f"addr add {isp.host4}/24 dev lan")
    try:
        with inside(twin):
            _announce("lan", isp.host4)
        yield
    finally:
        command(["ip", "netns", "delete", twin])
        ip(f"cpe{uplink}", f"neigh del {isp.host4} dev lan")


def _announce(device: str, address: str) -> None:
    """Send a gratuitous ARP, as a machine does when it takes an address (RFC 5227)."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((device, 0x0806))
        mac, own = raw.getsockname()[4], socket.inet_aton(address)
        arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + own + bytes(6) + own
        raw.send(b"\xff" * 6 + mac + b"\x08\x06" + arp)


@contextmanager
def gateway_dead(lab: "Lab", uplink: int = 1) -> Iterator[None]:
    """Switch the gateway off behind the switch: carrier stays, ARP fails."""
    ip(f"air{uplink}", "link set cpe down")
    try:
        yield
    finally:
        ip(f"air{uplink}", "link set cpe up")


@contextmanager
def gateway_silent(lab: "Lab", uplink: int = 1) -> Iterator[None]:
    """Hang the gateway: it still answers ARP, but neither pings nor forwards."""
    drop = 'iifname "lan" icmpv6 type nd-neighbor-solicit accept', 'iifname "lan" drop'
    with lab.filtered(f"cpe{uplink}", "prerouting", *drop):
        yield


@contextmanager
def wifi(
    lab: "Lab",
    uplink: int = 1,
    loss: float = 0.5,
    bad_share: float = 0.3,
    delay: float = 0.02,
    stall: tuple[float, float] | None = None,
) -> Iterator[None]:
    """Make the first link a bad radio: losses in bursts, delay that jumps about.

    While bad, which is *bad_share* of the packets in runs of about eight, *loss* of
    them are lost; *delay* is the mean of an exponential addition to each packet.
    """
    air, leg = f"air{uplink}", f"radio{uplink}"
    taps = "near", "far"
    ip(air, *(f"tuntap add dev {tap} mode tap" for tap in taps))
    lab.join_radio(leg, air)
    leave = 1 / 8
    burst = (leave * bad_share / (1 - bad_share), leave, loss)
    lab.order_forwarder(
        do="set", leg=leg, ways=[OUT, IN], burst=burst, jitter=delay, stall=stall
    )
    ip(
        air,
        "link add nearby type bridge mcast_snooping 0",
        "link set nearby up",
        *(f"link set {tap} up" for tap in taps),
        "link set far master air",
        "link set near master nearby",
        "link set host master nearby",
    )
    try:
        yield
    finally:
        ip(air, "link set host master air", "link del nearby")
        lab.order_forwarder(do="part", leg=leg)
        ip(air, *(f"tuntap del dev {tap} mode tap" for tap in taps))


@contextmanager
def captive_portal(
    lab: "Lab",
    uplink: int = 1,
    *,
    tls: str = "end",
    how: str = "redirect",
    drop_rest: bool = True,
) -> Iterator[None]:
    """Lead the web to a login page, as *how* of ``web.Site`` says; names resolve.

    *tls* is ended with a certificate of the portal's own (``end``), answered by a
    reset (``reset``) or dropped like all the rest (``drop``).
    """
    redirect = [f'iifname "lan" tcp dport 80 redirect to :{PORTAL_HTTP}']
    if tls == "end":
        redirect.append(f'iifname "lan" tcp dport 443 redirect to :{PORTAL_TLS}')
    rest = ['iifname "lan" udp dport 53 accept', 'iifname "lan" drop']
    if tls == "reset":
        rest.insert(0, 'iifname "lan" tcp dport 443 reject with tcp reset')
    cpe = f"cpe{uplink}"
    with ExitStack() as stack:
        stack.enter_context(_portal(lab, uplink, how))
        stack.enter_context(lab.filtered(cpe, "dnat", *redirect))
        if drop_rest:
            stack.enter_context(lab.filtered(cpe, "forward", *rest))
        yield


@contextmanager
def captive_names(lab: "Lab", uplink: int = 1) -> Iterator[None]:
    """Lead every name to the portal, whoever is asked; all else is dropped."""
    gateway = lab.isp(uplink).gateway4
    redirect = (
        f'iifname "lan" udp dport 53 redirect to :{PORTAL_DNS}',
        f'iifname "lan" tcp dport 53 redirect to :{PORTAL_DNS}',
        f'iifname "lan" ip daddr {gateway} tcp dport 80 redirect to :{PORTAL_HTTP}',
        f'iifname "lan" ip daddr {gateway} tcp dport 443 redirect to :{PORTAL_TLS}',
    )
    with (
        lab.filtered(f"cpe{uplink}", "dnat", *redirect),
        lab.filtered(f"cpe{uplink}", "forward", 'iifname "lan" drop'),
    ):
        yield


def _portal(lab: "Lab", uplink: int, how: str) -> AbstractContextManager[None]:
    return lab.conduct("portal", {"isp": uplink, "how": "redirect"}, how=how)


@contextmanager
def http_notice(
    lab: "Lab", uplink: int = 1, *, family: int = 0, how: str = "redirect"
) -> Iterator[None]:
    """Answer plain HTTP with a page of the provider's; all else passes.

    *family* 0 is both. *how* is that of ``web.Site``, by a server everything is led
    to; ``forged`` is a redirect that a box on the path answers with.
    """
    if how == "forged":
        to = lab.isp(uplink).blockpage4
        page = f"HTTP/1.1 302 Found\r\nLocation: http://{to}/\r\nContent-Length: 0"
        with lab.rule(f"acc{uplink}", act="page", host="*", page=f"{page}\r\n\r\n"):
            yield
        return
    which = {4: "meta nfproto ipv4 ", 6: "meta nfproto ipv6 "}.get(family, "")
    redirect = f'{which}iifname "lan" tcp dport 80 redirect to :{PORTAL_HTTP}'
    with (
        _portal(lab, uplink, how),
        lab.filtered(f"cpe{uplink}", "dnat", redirect),
    ):
        yield


@contextmanager
def power_lost(lab: "Lab") -> Iterator[None]:
    """Tell the host that it runs on battery."""
    lab.mains(online=False)
    try:
        yield
    finally:
        lab.mains(online=True)
