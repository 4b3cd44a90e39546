"""RIPE Atlas results of every type with all they may hold, to be spoiled."""

import base64
import datetime as dt

import dns.edns
import dns.message
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID


AT = 1_700_000_000
SHARED = {
    "prb_id": 7,
    "msm_id": 1001,
    "timestamp": AT,
    "fw": 5080,
    "from": "198.51.100.7",
    "lts": 12,
    "af": 4,
    "src_addr": "192.0.2.7",
    "dst_addr": "192.0.2.9",
    "dst_name": "example.org",
    "proto": "UDP",
}


def reply() -> str:
    """Return a DNS answer of several types of record, as results carry it."""
    asked = dns.message.make_query("example.org", "TXT")
    asked.use_edns(options=[dns.edns.GenericOption(dns.edns.OptionType.NSID, b"x")])
    answer = dns.message.make_response(asked)
    for kind, text in (
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8::1"),
        ("TXT", '"a" "b"'),
        ("SOA", "a.example. b.example. 1 2 3 4 5"),
        ("NS", "ns.example.org."),
        ("MX", "10 mx.example.org."),
        ("DS", "1 8 2 " + "ab" * 32),
    ):
        answer.answer.append(dns.rrset.from_text("example.org.", 60, "IN", kind, text))
    return base64.b64encode(answer.to_wire()).decode()


def certificate() -> str:
    """Return a certificate that names its owner and two hosts."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))  # the same in every run
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "example.org"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COUNTRY_NAME, "PK"),
        ]
    )
    hosts = [x509.DNSName("example.org"), x509.DNSName("www.example.org")]
    begin = dt.datetime.fromtimestamp(AT, dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .sign(key, None)
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


MPLS = {"class": 1, "type": 1, "mpls": [{"exp": 0, "label": 5, "s": 1, "ttl": 1}]}
HOP = {
    "from": "192.0.2.2",
    "rtt": 3.0,
    "size": 68,
    "ttl": 64,
    "ittl": 2,
    "err": "H",
    "mtu": 1400,
    "icmpext": {"version": 2, "rfc4884": 1, "obj": [MPLS]},
}
TIMES = ("origin-ts", "receive-ts", "transmit-ts", "final-ts")
RESULTS: list[dict[str, object]] = [
    {
        **SHARED,
        "type": "ping",
        "sent": 3,
        "rcvd": 2,
        "min": 20.25,
        "avg": 21.0,
        "max": 21.5,
        "result": [{"rtt": 21.5, "ttl": 54}, {"rtt": 90.0, "dup": 1}, {"x": "*"}],
    },
    {
        **SHARED,
        "type": "traceroute",
        "endtime": AT + 9,
        "paris_id": 4,
        "result": [
            {"hop": 1, "result": [HOP, {"x": "*"}, {"from": "192.0.2.1", "late": 2}]},
            {"hop": 255, "error": "sendto failed: Network is unreachable"},
        ],
    },
    {
        **SHARED,
        "type": "ntp",
        "li": "no",
        "mode": "server",
        "ref-ts": 3_909_000_000.5,
        "stratum": 1,
        "version": 4,
        "result": [
            {"rtt": 0.02, "offset": -0.003} | dict.fromkeys(TIMES, 3909000001.5),
            {"x": "*"},
        ],
    },
    {
        **SHARED,
        "type": "dns",
        "qbuf": reply(),
        "result": {"ID": 1, "ANCOUNT": 7, "rt": 12.5, "size": 300, "abuf": reply()},
    },
    {
        **SHARED,
        "type": "dns",
        "resultset": [
            {"subid": 1, "submax": 2, "time": AT, "result": {"abuf": reply()}},
            {"subid": 2, "submax": 2, "time": AT, "error": {"timeout": 5000}},
        ],
    },
    {
        **SHARED,
        "type": "sslcert",
        "method": "TLS",
        "ver": "1.2",
        "rt": 20.5,
        "ttc": 9.5,
        "server_cipher": "0xc02f",
        "cert": [certificate()],
    },
    {**SHARED, "type": "sslcert", "alert": {"level": 2, "decription": 40}},
    {
        **SHARED,
        "type": "http",
        "uri": "http://example.org/",
        "result": [
            {
                "method": "GET",
                "res": 200,
                "ver": "1.1",
                "rt": 20.5,
                "bsize": 10,
                "hsize": 20,
                "header": ["Server: x", ""],
                "readtiming": [{"o": "0", "t": 1.5}],
            },
            {"err": "timeout"},
        ],
    },
    {**SHARED, "type": "http", "result": "GET4 192.0.2.1 0.05 200 1 2"},
    {
        **SHARED,
        "type": "wifi",
        "bundle": 1,
        "wpa_supplicant": {"EAP state": "SUCCESS", "connect-time": "3"},
    },
]
