"""MRT records from what a collector heard, as RFC 6396 writes them."""

import struct
from ipaddress import ip_address, ip_network


def packed(prefix):
    net = ip_network(prefix)
    size = (net.prefixlen + 7) // 8
    return bytes([net.prefixlen]) + net.network_address.packed[:size]


def attribute(kind, body):
    if len(body) > 255:
        return struct.pack(">BBH", 0x50, kind, len(body)) + body
    return struct.pack(">BBB", 0x40, kind, len(body)) + body


def as_path(path):
    """Return AS_PATH of four octets an AS; a tuple within is an AS_SET."""
    out, run = b"", []
    for one in [*path, None]:
        if isinstance(one, int):
            run.append(one)
            continue
        if run:
            out += struct.pack(f">BB{len(run)}I", 2, len(run), *run)
            run = []
        if one is not None:
            out += struct.pack(f">BB{len(one)}I", 1, len(one), *one)
    return attribute(1, b"\0") + attribute(2, out)


def record(time, kind, subtype, body, micro=None):
    if micro is not None:
        kind, body = 17, struct.pack(">I", micro) + body
    return struct.pack(">IHHI", time, kind, subtype, len(body)) + body


def _head(peer):
    address, asn = peer
    ip = ip_address(address)
    local = ip_address("192.0.2.254" if ip.version == 4 else "2001:db8::fe")
    family = 1 if ip.version == 4 else 2
    return struct.pack(">IIHH", asn, 12654, 0, family) + ip.packed + local.packed


def update(time, peer, announced=(), path=(), withdrawn=(), *, more=b"", micro=None):
    """Return one BGP4MP_MESSAGE_AS4; *more* are further path attributes."""
    old, new = [
        [one for one in many if ip_network(one).version == 4]
        for many in (withdrawn, announced)
    ]
    gone = b"".join(map(packed, old))
    six = b"".join(packed(one) for one in withdrawn if one not in old)
    attributes = as_path(path) if announced else b""
    attributes += more
    if six:
        attributes += attribute(15, struct.pack(">HB", 2, 1) + six)
    six = b"".join(packed(one) for one in announced if one not in new)
    if six:
        attributes += attribute(14, struct.pack(">HBB", 2, 1, 16) + b"\0" * 17 + six)
    body = struct.pack(">H", len(gone)) + gone
    body += struct.pack(">H", len(attributes)) + attributes
    body += b"".join(map(packed, new))
    message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
    return record(time, 16, 4, _head(peer) + message, micro)


def update_added(time, peer, announced=(), path=(), withdrawn=()):
    """Return one BGP4MP_MESSAGE_AS4_ADDPATH; prefixes are (number, IPv4 prefix)."""
    gone, new = [
        b"".join(struct.pack(">I", number) + packed(one) for number, one in many)
        for many in (withdrawn, announced)
    ]
    attributes = as_path(path) if announced else b""
    body = struct.pack(">H", len(gone)) + gone
    body += struct.pack(">H", len(attributes)) + attributes + new
    message = b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body
    return record(time, 16, 9, _head(peer) + message)


def state(time, peer, old, new):
    return record(time, 16, 5, _head(peer) + struct.pack(">HH", old, new))


def dump(time, peers, table):
    """Return TABLE_DUMP_V2 of {prefix: {peer: path}}."""
    body = b"\1\1\1\1" + struct.pack(">HH", 0, len(peers))
    for address, asn in peers:
        ip = ip_address(address)
        form = 2 | (ip.version == 6)
        body += bytes([form]) + b"\2\2\2\2" + ip.packed + struct.pack(">I", asn)
    out = [record(time, 13, 1, body)]
    for number, (prefix, seen) in enumerate(table.items()):
        entries = b""
        for peer, path in seen.items():
            said = as_path(path)
            entries += struct.pack(">HIH", peers.index(peer), time, len(said)) + said
        subtype = 2 if ip_network(prefix).version == 4 else 4
        head = struct.pack(">I", number) + packed(prefix)
        out.append(
            record(time, 13, subtype, head + struct.pack(">H", len(seen)) + entries)
        )
    return b"".join(out)


def dump_v1(time, peer, prefix, path):
    """Return one TABLE_DUMP record: IPv4, two octets an AS."""
    net = ip_network(prefix)
    hops = struct.pack(f">BB{len(path)}H", 2, len(path), *path)
    said = attribute(1, b"\0") + attribute(2, hops)
    body = struct.pack(">HH", 0, 1) + net.network_address.packed
    body += struct.pack(">BBI", net.prefixlen, 1, time)
    body += ip_address(peer[0]).packed + struct.pack(">H", peer[1])
    return record(time, 12, 1, body + struct.pack(">H", len(said)) + said)
