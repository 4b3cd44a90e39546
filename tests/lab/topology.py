"""Lay the plan out: namespaces, links, addresses, routes, address translation."""

from . import plan
from .namespaces import command, ip, nft, sysctl
from .plan import Isp


_ROUTER = (
    ("ipv4/ip_forward", "1"),
    ("ipv6/conf/all/forwarding", "1"),
    ("ipv4/ip_nonlocal_bind", "1"),
    ("ipv6/ip_nonlocal_bind", "1"),
)
_EVERYWHERE = (
    ("ipv6/conf/all/accept_dad", "0"),
    ("ipv6/conf/default/accept_dad", "0"),
    ("ipv6/conf/default/router_solicitations", "0"),
    ("ipv4/conf/all/rp_filter", "0"),
    ("ipv4/conf/default/rp_filter", "0"),
    ("ipv4/icmp_ratelimit", "0"),
    ("ipv4/ping_group_range", "0 0"),
    ("ipv6/icmp/ratelimit", "0"),
)
_IX_NUMBER = {"any": 20, "dom1": 11, "dom2": 12, "dom3": 13}
_TRANSIT_NUMBER = {"west": 1, "gulf": 2, "east": 3, "us": 4}


def build(isps: tuple[Isp, ...]) -> None:
    """Build the whole world; takes about a second."""
    lanes = [f"{part}{isp.number}" for isp in isps for part in _LANE]
    names = ["host", *lanes, "ix", "gate", *plan.SITES]
    command(["sh", "-c", "\n".join(f"ip netns add {name} || exit" for name in names)])
    for name in names:  # before there are links, which copy the defaults
        sysctl(name, _EVERYWHERE + (() if name == "host" else _ROUTER))
    command(["ip", "-batch", "-"], "\n".join(_links(isps)) + "\n")
    for name, lines in _addresses(isps).items():
        ip(name, "link set lo up", *lines)
    for isp in isps:
        _translate(isp)


_LANE = ("air", "cpe", "bng", "core")


def _links(isps: tuple[Isp, ...]) -> list[str]:
    pairs = []
    for isp in isps:
        n = isp.number
        pairs += [
            (f"wan{n}", "host", "host", f"air{n}"),
            ("cpe", f"air{n}", "lan", f"cpe{n}"),
            ("wan", f"cpe{n}", "sub", f"bng{n}"),
            ("ix", f"core{n}", f"core{n}", "ix"),
            ("gate", f"core{n}", f"core{n}", "gate"),
        ]
    pairs += [("ix", name, name, "ix") for name in _IX_NUMBER]
    pairs += [("transit", name, name, "vantage") for name in _TRANSIT_NUMBER]
    return [
        f"link add {a} netns {in_a} type veth peer name {b} netns {in_b}"
        for a, in_a, b, in_b in pairs
    ]


def _addresses(isps: tuple[Isp, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"host": []}
    for isp in isps:
        found |= _lane(isp)
        found["host"] += _host(isp)
    found |= {"ix": _bridge("ix"), "vantage": _bridge("transit")}
    found["ix"] += [f"link set core{isp.number} master ix up" for isp in isps]
    found["ix"] += [f"link set {name} master ix up" for name in _IX_NUMBER]
    found["ix"] += [
        f"addr add {plan.IX_SERVER4}/24 dev ix",
        f"addr add {plan.IX_SERVER6}/64 dev ix nodad",
        *_peers(isps, "ix"),
    ]
    for name, number in _IX_NUMBER.items():
        found[name] = [
            *_port("ix", plan.IX4, plan.IX6, number),
            *_peers(isps, name),
            *_own(plan.SITES[name].prefixes),
        ]
        if name != "any":
            found[name] += [f"route add default via {plan.IX4}.1"]
            found[name] += [f"-6 route add default via {plan.IX6}:1"]
    found["gate"] = _gate(isps)
    for site in plan.ABROAD:
        found[site.namespace] = _corridor(site, isps)
    found["vantage"] += [
        f"link set {name} master transit up" for name in _TRANSIT_NUMBER
    ]
    found["vantage"] += ["addr add 80.81.192.100/24 dev transit"]
    found["vantage"] += ["addr add 2001:7f8:1::100/64 dev transit nodad"]
    found["vantage"] += [f"addr add {plan.VANTAGE4}/32 dev lo"]
    found["vantage"] += [f"addr add {plan.VANTAGE6}/128 dev lo nodad"]
    found["vantage"] += _own(plan.VANTAGE.prefixes)
    found["vantage"] += _abroad_routes("vantage")
    found["host"] = found.pop("host")  # the last: nothing it sends gets lost
    return found


def host_routes(isp: Isp) -> list[str]:
    """Return the commands that give the host its addresses and routes of one uplink."""
    n, dev = isp.number, isp.interface
    dhcp = f"dev {dev} metric {100 * n} proto dhcp src {isp.host4}"
    return [
        f"addr replace {isp.host4}/24 dev {dev}",
        f"addr replace {isp.host6}/64 dev {dev} nodad",
        f"route replace default via {isp.gateway4} {dhcp}",
        f"-6 route replace default via fe80::1 dev {dev} metric {100 * n} proto ra",
        f"route replace default via {isp.gateway4} dev {dev} table {100 + n}",
        f"-6 route replace default via fe80::1 dev {dev} table {100 + n}",
    ]


def _host(isp: Isp) -> list[str]:
    n = isp.number
    return [
        f"link set wan{n} up",
        *host_routes(isp),
        f"rule add from {isp.host4} lookup {100 + n} priority {1000 + n}",
        f"-6 rule add from {isp.host6} lookup {100 + n} priority {1000 + n}",
    ]


def _lane(isp: Isp) -> dict[str, list[str]]:
    n, v4, v6 = isp.number, isp.net4, isp.net6
    bng = f"bng{n}"
    air = _bridge("air") + [
        f"link set {port} master air up" for port in ("host", "cpe")
    ]
    cpe = [
        "link set lan up",
        "link set wan up",
        f"addr add {isp.gateway4}/24 dev lan",
        f"addr add {v6}:1:1::1/64 dev lan nodad",
        "addr add fe80::1/64 dev lan nodad",
        f"addr add {isp.cpe4}/30 dev wan",
        f"addr add {isp.cpe6}/64 dev wan nodad",
        f"route add default via {isp.first_hop4}",
        f"-6 route add default via {isp.first_hop6}",
    ]
    access = [
        "link set sub up",
        f"addr add {isp.first_hop4}/30 dev sub",
        f"addr add {isp.first_hop6}/64 dev sub nodad",
        f"-6 route add {v6}:1::/48 via {isp.cpe6}",
        *_tun("acc", f"{v4}.0.2", f"{v4}.0.1", f"{v6}:0:2::2", f"{v6}:0:2::1"),
        f"route add default via {v4}.0.1",
        f"-6 route add default via {v6}:0:2::1",
    ]
    core = [
        *_tun("acc", f"{v4}.0.1", f"{v4}.0.2", f"{v6}:0:2::1", f"{v6}:0:2::2"),
        f"route add {v4}.1.0/24 via {v4}.0.2",
        f"-6 route add {v6}:0:1::/64 via {v6}:0:2::2",
        f"-6 route add {v6}:1::/48 via {v6}:0:2::2",
        *(f"addr add {a}/32 dev lo" for a in (isp.resolver4, isp.blockpage4)),
        *(f"addr add {a}/128 dev lo" for a in (isp.resolver6, isp.blockpage6)),
        *_port("ix", plan.IX4, plan.IX6, n),
        *_peers(plan.ISPS, f"core{n}"),
        "link set gate up",
        f"addr add {v4}.9.1/30 dev gate",
        f"addr add {v6}:0:9::1/64 dev gate nodad",
        f"route add default via {v4}.9.2",
        f"-6 route add default via {v6}:0:9::2",
    ]
    return {f"air{n}": air, f"cpe{n}": cpe, bng: access, f"core{n}": core}


def _gate(isps: tuple[Isp, ...]) -> list[str]:
    lines = []
    for isp in isps:
        lines += [
            f"link set core{isp.number} up",
            f"addr add {isp.net4}.9.2/30 dev core{isp.number}",
            f"addr add {isp.net6}:0:9::2/64 dev core{isp.number} nodad",
            f"route add {isp.prefixes[0]} via {isp.net4}.9.1",
            f"-6 route add {isp.prefixes[1]} via {isp.net6}:0:9::1",
        ]
        table = 100 + isp.number
        for family in ("", "-6 "):
            lines += [f"{family}rule add iif core{isp.number} lookup {table}"]
        for site in plan.ABROAD:
            lines += _capacity(isp, site, table)
    first = isps[0].number
    lines += [  # what stands in the country is reached from abroad through the first
        f"{_family(p)}route add {p} dev core{first} via "
        + (f"{isps[0].net6}:0:9::1" if ":" in p else f"{isps[0].net4}.9.1")
        for site in plan.DOMESTIC
        for p in site.prefixes
    ]
    return lines


def _ends(isp: Isp, site: plan.Site) -> tuple[str, str, str, str]:
    """The addresses of the near and the far end of what *isp* bought on a corridor."""
    net4, net6 = f"{site.net4}.255.{isp.number}", f"{site.net6}:ff:{isp.number}:"
    return f"{net4}1", f"{net4}2", f"{net6}:1", f"{net6}:2"


def _capacity(isp: Isp, site: plan.Site, table: int) -> list[str]:
    near, far, near6, far6 = _ends(isp, site)
    beyond = site.prefixes
    if site.corridor == "east":
        beyond += plan.ANYCAST_ABROAD
    if site.corridor == "west":
        beyond += plan.VANTAGE.prefixes
    return [
        *_tun(f"{site.corridor}{isp.number}", near, far, near6, far6),
        *(
            f"{_family(p)}route add {p} via {far6 if ':' in p else far} table {table}"
            for p in beyond
        ),
    ]


def _corridor(site: plan.Site, isps: tuple[Isp, ...]) -> list[str]:
    number = _TRANSIT_NUMBER[site.namespace]
    extra = plan.ANYCAST_ABROAD if site.namespace == "east" else ()
    lines = [
        *_own((*site.prefixes, *extra)),
        *_port("transit", "80.81.192", "2001:7f8:1:", number),
        *_abroad_routes(site.namespace),
    ]
    for isp in isps:
        near, far, near6, far6 = _ends(isp, site)
        own = [*isp.prefixes]
        if isp is isps[0]:
            own += [p for domestic in plan.DOMESTIC for p in domestic.prefixes]
        lines += [
            *_tun(f"gate{isp.number}", far, near, far6, near6),
            *(
                f"{_family(p)}route add {p} dev gate{isp.number} via "
                + (near6 if ":" in p else near)
                for p in own
            ),
        ]
    return lines


def _abroad_routes(own: str) -> list[str]:
    lines = []
    sites = [*plan.ABROAD, plan.VANTAGE]
    for site in sites:
        if site.namespace == own:
            continue
        number = _TRANSIT_NUMBER.get(site.namespace, 100)
        extra = plan.ANYCAST_ABROAD if site.namespace == "east" else ()
        lines += [
            f"{_family(p)}route add {p} via "
            + (f"2001:7f8:1::{number}" if ":" in p else f"80.81.192.{number}")
            for p in (*site.prefixes, *extra)
        ]
    if own == "vantage":  # home, by the west
        here, here6 = plan.VANTAGE4, plan.VANTAGE6
        lines += [f"route add default via 80.81.192.1 src {here}"]
        lines += [f"-6 route add default via 2001:7f8:1::1 src {here6}"]
    return lines


def _peers(isps: tuple[Isp, ...], own: str) -> list[str]:
    """Routes over the exchange's peering LAN to everybody else on it."""
    ports: dict[str, tuple[int, tuple[str, ...]]] = {
        f"core{isp.number}": (isp.number, isp.prefixes) for isp in isps
    }
    ports |= {name: (n, plan.SITES[name].prefixes) for name, n in _IX_NUMBER.items()}
    return [
        f"{_family(p)}route add {p} via "
        + (f"{plan.IX6}:{number}" if ":" in p else f"{plan.IX4}.{number}")
        for name, (number, prefixes) in ports.items()
        if name != own
        for p in prefixes
    ]


def _own(prefixes: tuple[str, ...]) -> list[str]:
    """Answer for every address of *prefixes*."""
    return [f"{_family(p)}route add local {p} dev lo" for p in prefixes]


def _family(prefix: str) -> str:
    return "-6 " if ":" in prefix else ""


def _port(link: str, net4: str, net6: str, number: int) -> list[str]:
    return [
        f"link set {link} up",
        f"addr add {net4}.{number}/24 dev {link}",
        f"addr add {net6}:{number}/64 dev {link} nodad",
    ]


def _tun(name: str, own4: str, peer4: str, own6: str, peer6: str) -> list[str]:
    return [
        f"tuntap add dev {name} mode tun",
        f"link set {name} up",
        f"addr add {own4} peer {peer4} dev {name}",
        f"addr add {own6} peer {peer6} dev {name} nodad",
    ]


def _bridge(name: str) -> list[str]:
    return [f"link add {name} type bridge mcast_snooping 0", f"link set {name} up"]


def _translate(isp: Isp) -> None:
    table = """table ip nat {{
  chain out {{ type nat hook postrouting priority srcnat
    oifname "{}" {} masquerade
  }}
}}
"""
    nft(f"cpe{isp.number}", table.format("wan", ""))
    if isp.carrier_grade_nat:
        nft(f"bng{isp.number}", table.format("acc", "ip saddr 100.64.0.0/10"))
