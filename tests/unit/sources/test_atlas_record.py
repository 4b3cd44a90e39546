"""Every field of RIPE Atlas results that RIPE's own parser reads, by name and source.

The names and where they stand are ``benchmarks.sources.atlas_fields``; the benchmark
beside it compares with that parser itself.
"""

import base64
import datetime as dt
import json

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from benchmarks.sources.atlas_fields import DATA, GROUPS, RECORD, RESULTS, SHARED
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rabta.sources.atlas_record import READERS, record
from rabta.sources.atlas_record.names import message

from .helpers import recorded


SHARE = {
    "prb_id": 7,
    "msm_id": 1001,
    "timestamp": 1_700_000_000,
    "fw": 5080,
    "from": "198.51.100.7",
    "lts": 12,
    "group_id": 1000,
    "bundle": 3,
    "af": 4,
    "src_addr": "192.0.2.7",
    "dst_addr": "192.0.2.9",
    "dst_name": "example.org",
    "proto": "UDP",
}
PING = {
    **SHARE,
    "type": "ping",
    "proto": "ICMP",
    "sent": 3,
    "rcvd": 2,
    "dup": 1,
    "size": 64,
    "step": 240,
    "ttl": 55,
    "min": 20.25,
    "avg": 21.0,
    "max": 21.5,
    "result": [
        {"rtt": 21.5},
        {"rtt": 20.25, "ttl": 54, "srcaddr": "192.0.2.8"},
        {"rtt": 90.0, "dup": 1},
        {"x": "*"},
    ],
}
TRACE = {
    **SHARE,
    "type": "traceroute",
    "endtime": 1_700_000_009,
    "paris_id": 4,
    "size": 40,
    "result": [
        {
            "hop": 1,
            "result": [
                {"from": "192.0.2.1", "rtt": 1.0, "size": 68, "ttl": 64, "ittl": 2},
                {"from": "192.0.2.1", "late": 2, "rtt": 99.0},
                {"x": "*"},
                {
                    "from": "192.0.2.2",
                    "rtt": 3.0,
                    "err": "H",
                    "mtu": 1400,
                    "dstoptsize": 8,
                    "hbhoptsize": 16,
                    "icmpext": {
                        "version": 2,
                        "rfc4884": 1,
                        "obj": [{"class": 1, "mpls": [{"label": 5}]}],
                    },
                },
            ],
        },
        {"hop": 255, "error": "sendto failed: Network is unreachable"},
    ],
}
NTP = {
    **SHARE,
    "type": "ntp",
    "endtime": 1_700_000_009,
    "li": "no",
    "mode": "server",
    "poll": 8,
    "precision": 9.5e-7,
    "ref-id": "GPS",
    "ref-ts": 3_909_000_000.5,
    "root-delay": 0,
    "root-dispersion": 0.001,
    "stratum": 1,
    "version": 4,
    "result": [
        {
            "rtt": 0.0219,
            "offset": -0.003,
            "origin-ts": 3_909_000_001.1,
            "receive-ts": 3_909_000_001.2,
            "transmit-ts": 3_909_000_001.3,
            "final-ts": 3_909_000_001.4,
        },
        {"x": "*"},
    ],
}
HTTP = {
    **SHARE,
    "type": "http",
    "uri": "http://example.org/",
    "result": [
        {
            "af": 6,
            "bsize": 1000,
            "hsize": 200,
            "dst_addr": "2001:db8::9",
            "src_addr": "2001:db8::7",
            "method": "GET",
            "res": 200,
            "rt": 33.5,
            "ver": "1.1",
        },
        {"af": 4, "dst_addr": "192.0.2.9", "method": "GET", "err": "connect: timeout"},
    ],
}
TLS = {
    **SHARE,
    "type": "sslcert",
    "dst_port": "443",
    "method": "TLS",
    "ver": "1.2",
    "rt": 80.5,
    "ttc": 30.5,
    "alert": {"level": 2, "decription": 40},
}
WIFI = {
    **SHARE,
    "type": "wifi",
    "wpa_supplicant": {
        "address": "02:00:00:00:00:01",
        "bssid": "02:00:00:00:00:02",
        "connect-time": "7",
        "group_cipher": "CCMP",
        "id": "1",
        "ip_address": "192.0.2.7",
        "key_mgmt": "WPA2-PSK",
        "mode": "station",
        "pairwise_cipher": "CCMP",
        "ssid": "office",
        "wpa_state": "COMPLETED",
    },
}
ZONE = """
a.example. 300 IN A 192.0.2.9
a.example. 300 IN AAAA 2001:db8::9
a.example. 300 IN NS ns.example.
b.example. 300 IN CNAME a.example.
9.2.0.192.in-addr.arpa. 300 IN PTR a.example.
a.example. 300 IN MX 10 mail.example.
a.example. 300 IN SOA ns.example. root.example. 5 60 70 80 90
a.example. 300 IN DS 7 8 2 0102030405060708010203040506070801020304050607080102030405060708
a.example. 300 IN DNSKEY 257 3 8 AQID
a.example. 300 IN TXT "one" "two"
a.example. 300 IN RRSIG A 8 2 300 20250102030405 20250101030405 7 example. AQID
a.example. 300 IN NSEC b.example. A NS
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example. 300 IN NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A
a.example. 300 IN NSEC3PARAM 1 0 12 aabbccdd
a.example. 300 IN SRV 1 2 443 b.example.
a.example. 300 IN SSHFP 4 2 0102030405060708010203040506070801020304050607080102030405060708
a.example. 300 IN TLSA 3 1 1 0102030405060708010203040506070801020304050607080102030405060708
a.example. 300 IN HINFO "cpu" "os"
"""  # noqa: E501 - one record a line


def answer(*lines):
    query = dns.message.make_query("a.example.", "ANY", use_edns=0, want_dnssec=True)
    query.id = 4711
    told = dns.message.make_response(query, our_payload=1232)
    told.flags |= dns.flags.AA | dns.flags.AD
    for line in lines:
        name, ttl, klass, kind, data = line.split(None, 4)
        told.answer.append(dns.rrset.from_text(name, ttl, klass, kind, data))
    told.use_edns(
        0, dns.flags.DO, 1232, options=[dns.edns.NSIDOption(b"s1.fra")], pad=0
    )
    return query, told


def dns_result(*lines):
    query, told = answer(*lines)
    wire = told.to_wire()
    return {
        **SHARE,
        "type": "dns",
        "resultset": [
            {
                "subid": 1,
                "submax": 2,
                "proto": "TCP",
                "dst_addr": "192.0.2.53",
                "qbuf": base64.b64encode(query.to_wire()).decode(),
                "result": {
                    "rt": 12.5,
                    "size": len(wire),
                    "abuf": base64.b64encode(wire).decode(),
                },
            },
            {"subid": 2, "error": {"timeout": 5000}},
        ],
    }


def reach(value, path):
    for name in path.split("."):
        if isinstance(value, tuple | list):
            value = [got for one in value for got in as_list(reach(one, name))]
        else:
            value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value


def as_list(value):
    return [*value] if isinstance(value, tuple | list) else [value]


def told(raw, keys):
    """What stands in the JSON under the first of the keys that is there."""
    return next((raw[key] for key in keys.split() if raw.get(key) is not None), None)


def same(found, there, name):
    if there is None:  # the family can be told from the address
        assert found is None or name == "ping.af", name
    elif isinstance(found, int | float):
        assert found == pytest.approx(float(there), abs=0), name
    else:
        assert found == str(there), name


def fields(raw):
    """Check all fields that are copied; return how many stood in the JSON."""
    found, kind = record(raw), raw["type"]
    there = 0
    for name, keys, ours in SHARED + RESULTS[kind]:
        if keys and not (name == "seconds_since_sync" and (raw.get("lts") or 0) < 0):
            if isinstance(told(raw, keys), dict | list):
                continue
            same(getattr(found, ours), told(raw, keys), f"{kind}.{name}")
            there += told(raw, keys) is not None
    return there


CASES = [PING, TRACE, NTP, HTTP, TLS, WIFI, dns_result()]


@pytest.mark.parametrize("raw", CASES, ids=lambda raw: raw["type"])
def test_each_field_of_the_table_has_the_value_that_stands_in_the_json(raw):
    copied = [row for row in SHARED + RESULTS[raw["type"]] if row[1]]
    assert fields(raw) == len(copied)


def test_the_table_knows_every_type_that_is_read():
    assert set(RESULTS) == set(READERS)


@pytest.mark.parametrize(
    ("raw", "group"),
    [
        (PING, "result"),
        (HTTP, "result"),
        (NTP, "result"),
    ],
    ids=["ping", "http", "ntp"],
)
def test_each_field_of_a_part_has_the_value_that_stands_in_the_json(raw, group):
    ((_, ours, rows),) = GROUPS[raw["type"]]
    parts = getattr(record(raw), ours)
    assert len(parts) == len(raw[group])
    for part, one in zip(parts, raw[group], strict=True):
        for name, keys, attribute in rows:
            if keys:
                same(getattr(part, attribute), told(one, keys), name)


def test_a_ping_is_read_with_what_it_implies():
    ping = record(PING)
    assert (ping.minimum, ping.average, ping.maximum) == (20.25, 21.0, 21.5)
    assert ping.median == (21.5 + 20.25) / 2  # a duplicate counts for nothing
    assert [e.ttl for e in ping.echoes] == [55, 54, 55, None]
    assert [e.duplicate for e in ping.echoes] == [False, False, True, False]
    assert [e.source for e in ping.echoes][:2] == ["192.0.2.7", "192.0.2.8"]
    assert (ping.size, ping.protocol) == (64, "ICMP")
    old = record({**PING, "fw": 4500, "size": 72, "proto": "I", "lts": -1})
    assert (old.size, old.protocol, old.since_sync) == (64, "ICMP", None)
    lost = record({**PING, "min": -1, "avg": -1, "max": -1, "result": [{"x": "*"}]})
    assert (lost.minimum, lost.average, lost.median) == (None, None, None)


def test_a_traceroute_is_read_hop_by_hop():
    trace = record(TRACE)
    first, last = trace.hops
    assert (first.number, first.median, first.late) == (1, 2.0, 1)
    assert [r.quoted_ttl for r in first.replies] == [2, 1, 1]
    reply = first.replies[2]
    assert (reply.error, reply.mtu) == ("Destination unreachable", 1400)
    assert (reply.destination_options, reply.hop_options) == (8, 16)
    assert (reply.extension.version, reply.extension.rfc4884) == (2, 1)
    assert reply.extension.objects == ({"class": 1, "mpls": [{"label": 5}]},)
    assert last.error == "sendto failed: Network is unreachable"
    assert trace.last_errors == (last.error,)
    assert (trace.reached, trace.answered, trace.succeeded) == (False,) * 3
    assert trace.last_median == 2.0
    good = record({**TRACE, "dst_addr": "192.0.2.1", "result": TRACE["result"][:1]})
    assert (good.reached, good.answered, good.succeeded) == (True,) * 3


def test_the_oldest_web_results_are_read_from_their_words():
    web = record({**HTTP, "fw": 1, "result": "GET4 192.0.2.9 0.25 200 110 2000"})
    (only,) = web.answers
    assert (web.method, only.destination, only.code) == ("GET", "192.0.2.9", 200)
    assert (only.rtt, only.head_size, only.body_size) == (250.0, 110, 2000)


def test_certificates_are_read_and_what_cannot_be_is_told():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PK"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Office"),
            x509.NameAttribute(NameOID.COMMON_NAME, "example.org"),
        ]
    )
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    other = x509.SubjectAlternativeName([x509.DNSName("www.example.org")])
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(other, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = cert.public_bytes(serialization.Encoding.PEM).decode()
    shown = record({**TLS, "cert": [pem], "dst_port": "https"})
    (only,) = shown.certificates
    for one in (only.subject, only.issuer):
        assert (one.common, one.organisation, one.country) == (
            "example.org",
            "Office",
            "PK",
        )
    assert (only.valid_from, only.valid_until) == (start, end)
    assert only.names == ("www.example.org",)
    digest = cert.fingerprint(hashes.SHA256()).hex().upper()
    assert only.sha256.replace(":", "") == digest
    assert shown.self_signed
    assert shown.port == 443
    assert (shown.alert.level, shown.alert.description) == (2, 40)
    broken = record({**TLS, "cert": [pem, "-----BEGIN CERTIFICATE-----\nAAAA"]})
    assert (len(broken.certificates), len(broken.unreadable)) == (1, 1)
    assert broken.port == 443


def test_wireless_links_are_read():
    wifi = record(WIFI)
    there = [*WIFI["wpa_supplicant"].values()]
    assert [getattr(wifi, ours) for _, _, ours in RESULTS["wifi"]] == there


@pytest.mark.parametrize(
    "line", ZONE.strip().splitlines(), ids=lambda line: line.split()[3]
)
def test_each_value_of_each_type_of_record_is_read(line):
    kind = line.split()[3]
    found = record(dns_result(line))
    good, late = found.responses
    _, sent = answer(line)
    (one,) = good.answer.answers
    (there,) = sent.answer[0]
    assert [getattr(one, ours) for _, ours in RECORD][:4] == [
        line.split()[0],
        kind,
        "IN",
        300,
    ]
    assert one.length > 0
    assert DATA[kind]
    for _, ours in DATA[kind]:
        assert getattr(one.data, ours) == getattr(there, ours)
    assert late.error == "timeout: 5000"
    assert late.answer is None


def test_the_head_of_a_dns_message_and_its_extension_are_read():
    raw = dns_result("a.example. 300 IN A 192.0.2.9")
    first, second = record(raw).responses
    assert (first.number, first.rtt) == (1, 12.5)
    assert first.size == raw["resultset"][0]["result"]["size"]
    assert (first.destination, first.source) == ("192.0.2.53", "192.0.2.7")
    assert (first.protocol, first.family) == ("TCP", 4)
    assert (second.destination, second.protocol) == ("192.0.2.9", "UDP")
    got = first.answer
    assert (got.id, got.opcode, got.code) == (4711, "QUERY", "NOERROR")
    assert got.counts == (1, 1, 0, 1)
    assert [got.flag(bit) for bit in (0x8000, 0x400, 0x200, 0x100, 0x20)] == [
        True,
        True,
        False,
        True,
        True,
    ]
    (question,) = first.query.questions
    assert (question.name, question.type, question.klass) == ("a.example.", "ANY", "IN")
    assert (got.edns.size, got.edns.version, got.edns.wants_dnssec) == (1232, 0, True)
    (option,) = got.edns.options
    assert (option.code, option.length, option.data) == (3, 6, b"s1.fra")


def test_a_message_that_is_cut_off_anywhere_keeps_its_good_part():
    _, sent = answer(*ZONE.strip().splitlines())
    wire = sent.to_wire()
    assert not message(wire).damage
    for size in range(len(wire)):
        found = message(wire[:size])
        assert found.damage, size
        assert len(found.answers) <= len(message(wire).answers)


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    "value", [None, "text", 5, [], {}, [None], [[]], [{"result": 5}], [{"result": []}]]
)
def test_no_shape_of_a_result_breaks_the_reading(kind, value):
    raw = {"type": kind, "timestamp": value, "from": value, "error": value}
    for key in ("result", "resultset", "cert", "alert", "wpa_supplicant", "qbuf"):
        raw[key] = value
    assert record(raw).type == kind


def test_every_field_of_every_recorded_result_is_read():
    file = recorded("ripe-atlas/atlas_results.jsonl")
    results = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(results) == 115
    assert sum(map(fields, results)) > 115 * 6
    messages = [
        response.answer
        for one in map(record, results)
        if one.type == "dns"
        for response in one.responses
        if response.answer
    ]
    assert len(messages) > 40
    assert not [one.damage for one in messages if one.damage]
