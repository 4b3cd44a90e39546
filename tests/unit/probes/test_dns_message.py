"""Answers are read as dnspython reads them, and hostile bytes harm nobody."""

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.model import Rung, Target
from rabta.probes.dns_judge import failure_of, is_bogon, is_public
from rabta.probes.dns_message import Answer, Query, make_query, read_answer


QUERY = make_query("www.example.com", 4)


def response(query: Query = QUERY, *records: str, rcode=dns.rcode.NOERROR, kind="A"):
    message = dns.message.make_response(dns.message.from_wire(query.wire))
    message.set_rcode(rcode)
    if records:
        message.answer = [
            dns.rrset.from_text_list(query.name + ".", 60, "IN", kind, records)
        ]
    return message


def test_a_question_is_what_dnspython_would_ask():
    asked = dns.message.from_wire(QUERY.wire)

    assert str(asked.question[0]) == "www.example.com. IN A"
    assert asked.id == QUERY.id
    assert asked.flags & dns.flags.RD
    theirs = dns.message.make_query("www.example.com", "A", id=QUERY.id)
    assert theirs.to_wire() == QUERY.wire


def test_the_label_is_new_each_time():
    names = {make_query("{label}.example.com", 4).name for _ in range(50)}

    assert len(names) == 50
    assert all(name.endswith(".example.com") for name in names)


def test_family_6_asks_for_aaaa():
    asked = dns.message.from_wire(make_query("www.example.com", 6).wire)

    assert str(asked.question[0]) == "www.example.com. IN AAAA"


def test_without_a_name_the_root_is_asked_for():
    query = make_query("", 4)

    assert str(dns.message.from_wire(query.wire).question[0]) == ". IN SOA"
    assert not query.wants_addresses


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match="no domain name"):
        make_query(name, 4)


@given(st.lists(st.ip_addresses(v=4).map(str), unique=True, max_size=40))
def test_addresses_are_read_as_dnspython_wrote_them(addresses):
    wire = response(QUERY, *addresses).to_wire(max_size=65535)

    answer = read_answer(wire, QUERY)

    assert answer.rcode == "NOERROR"
    assert answer.count == len(addresses)
    assert set(answer.addresses) <= set(addresses)
    assert len(answer.addresses) == min(32, len(addresses))


def test_a_chain_of_aliases_leads_to_its_addresses():
    message = response()
    for text in (
        "www.example.com. 60 IN CNAME cdn.example.net.",
        "cdn.example.net. 60 IN CNAME edge.example.net.",
        "edge.example.net. 60 IN A 1.2.3.4",
    ):
        name, ttl, class_, kind, value = text.split()
        message.answer.append(dns.rrset.from_text(name, int(ttl), class_, kind, value))

    answer = read_answer(message.to_wire(), QUERY)

    assert answer == Answer("NOERROR", ("1.2.3.4",), 3)


def test_a_thousand_records_are_counted_and_few_kept():
    addresses = [f"1.2.{i // 256}.{i % 256}" for i in range(1000)]
    wire = response(QUERY, *addresses).to_wire(max_size=65535)

    answer = read_answer(wire, QUERY)

    assert answer.count == 1000
    assert len(answer.addresses) == 32


def test_truncation_is_told():
    message = response(QUERY, "1.2.3.4")
    message.flags |= dns.flags.TC

    assert read_answer(message.to_wire(), QUERY).truncated
    assert read_answer(message.to_wire()[:40], QUERY).rcode == ""
    assert read_answer(message.to_wire()[:33], QUERY).rcode == "NOERROR"


def test_an_error_without_its_question_is_an_answer():
    wire = QUERY.wire[:2] + b"\x81\x82" + bytes(8)

    assert read_answer(wire, QUERY) == Answer("SERVFAIL")


def test_the_case_of_the_name_does_not_matter():
    wire = response(QUERY, "1.2.3.4").to_wire()

    assert read_answer(wire.replace(b"example", b"eXaMpLe"), QUERY).addresses


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        QUERY.wire,
        bytes([QUERY.wire[0] ^ 1]) + response(QUERY, "1.2.3.4").to_wire()[1:],
        response(make_query("other.example.com", 4)).to_wire(),
    ],
    ids=["nothing", "the question itself", "another id", "another name"],
)
def test_what_answers_something_else_is_no_answer(wire):
    assert read_answer(wire, QUERY) is None


_REAL = response(QUERY, "1.2.3.4", "5.6.7.8").to_wire()


@given(
    st.one_of(
        st.binary(max_size=300).map(lambda tail: QUERY.wire[:2] + b"\x80" + tail),
        st.tuples(st.integers(3, len(_REAL)), st.binary(max_size=99)).map(
            lambda cut: _REAL[: cut[0]] + cut[1]
        ),
    )
)
def test_hostile_bytes_never_raise(wire):
    answer = read_answer(wire, QUERY)

    assert answer is None or len(answer.addresses) <= 32


def test_a_name_that_points_at_itself_ends():
    loop = QUERY.wire[:2] + bytes.fromhex("8180 0001 0001 0000 0000 c00c 0001 0001")

    assert read_answer(loop, QUERY) is None
    assert read_answer(loop[:12] + QUERY.wire[12:] + b"\xc0\xff" * 9, QUERY).rcode == ""


def target(role=""):
    return Target("r", Rung.RESOLVER, "192.0.2.53", (), role=role)


@pytest.mark.parametrize(
    ("answer", "role", "expected"),
    [
        (Answer("NOERROR", ("8.8.8.8",), 1), "", None),
        (Answer("NOERROR", ("8.8.8.8",), 1), "fixed-name", None),
        (Answer("NXDOMAIN"), "", failure.DNS_NXDOMAIN),
        (Answer("NXDOMAIN"), "canary", None),
        (Answer("NOERROR", (), 0), "canary", None),
        (Answer("NOERROR", ("10.0.0.1",), 1), "canary", failure.DNS_BOGON),
        (Answer("SERVFAIL"), "canary", failure.DNS_SERVFAIL),
        (Answer("REFUSED"), "canary", failure.DNS_REFUSED),
        (Answer("FORMERR"), "", failure.DNS_NONRECOVERABLE),
        (Answer(""), "canary", failure.DNS_MALFORMED),
        (Answer("NOERROR", (), 0), "", failure.DNS_NO_ANSWER),
        (Answer("NOERROR", (), 2), "", failure.DNS_NO_ANSWER),
        (Answer("NOERROR", (), 0, truncated=True), "", None),
        (Answer("NOERROR", ("127.0.0.1",), 1), "", failure.DNS_BOGON),
        (Answer("NOERROR", ("8.8.8.8", "10.10.34.35"), 2), "", failure.DNS_BOGON),
    ],
)
def test_answers_have_their_failures(answer, role, expected):
    assert failure_of(answer, QUERY, target(role)) == expected


def test_the_soa_of_the_root_needs_no_address():
    assert failure_of(Answer("NOERROR", (), 1), make_query("", 4), target()) is None


def test_local_names_may_have_local_addresses():
    query = make_query("printer.lan", 4)

    assert failure_of(Answer("NOERROR", ("192.168.1.9",), 1), query, target()) is None


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.10.34.36", "100.64.0.1", "127.0.0.1", "169.254.1.1"),
        *("192.0.2.1", "224.0.0.251", "240.0.0.1"),
        *("::", "::1", "fe80::1", "fd00::1", "ff02::fb"),
    ],
)
def test_special_addresses_are_bogons(address):
    assert is_bogon(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_addresses_are_none(address):
    assert not is_bogon(address)


@pytest.mark.parametrize(
    ("name", "public"),
    [("example.com.", True), ("erp", False), ("Erp.Home.Arpa", False), (".", False)],
)
def test_names_are_public_or_not(name, public):
    assert is_public(name) is public
