"""QUIC's first packets, by the examples of RFC 9001, Appendix A."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.probes.client_hello import quic_hello
from rabta.probes.quic_hello import answers
from rabta.probes.quic_initial import (
    crypto_frame,
    first_datagram,
    is_retry,
    keys,
    open_initial,
    packet,
    seal,
)


ID = bytes.fromhex("8394c8f03e515708")
HELLO = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
    "75300901100f088394c8f03e51570806048000ffff"
)
SERVER = bytes.fromhex(
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a"
    "5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3"
    "dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
    "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4"
    "2158407dd074ee"
)
RETRY = bytes.fromhex(
    "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba"
)


def test_the_keys_are_those_of_a_1():
    client, server = keys(ID, "client"), keys(ID, "server")
    assert [one.hex() for one in client] == [
        "1f369613dd76d5467730efcbe3b1a22d",
        "fa044b2f42a3fd3b46fb255c",
        "9f50449e04a0e810283a1e9933adedd2",
    ]
    assert [one.hex() for one in server] == [
        "cf3a5331653c364c88f0f379b6067e37",
        "0ac1493ca1905853b0bba03e",
        "c206b8d9b9f0f37644430b490eeaa314",
    ]


def test_a_clients_packet_is_that_of_a_2():
    """Its head, its first block, and the tag, which depends on all of it."""
    header = bytes.fromhex("c300000001088394c8f03e5157080000449e00000002")
    made = seal(header, 2, 4, HELLO.ljust(1162, b"\0"), keys(ID, "client"))
    assert len(made) == 1200
    assert made[:38].hex() == (
        "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b"
    )
    assert made[-16:].hex() == "e221af44860018ab0856972e194cd934"
    assert open_initial(made, None, "client").payload == HELLO.ljust(1162, b"\0")


def test_a_servers_packet_of_a_3_is_opened():
    opened = open_initial(SERVER, ID, "server")
    assert (opened.destination, opened.source.hex()) == (b"", "f067a5502a4262b5")
    assert opened.payload.startswith(bytes.fromhex("02000000000600405a020000560303ee"))
    assert answers(SERVER, ID, b"")


def test_the_retry_of_a_4_is_known_by_its_tag():
    assert is_retry(RETRY, ID, b"")
    assert answers(RETRY, ID, b"")
    assert not is_retry(RETRY, ID[::-1], b"")
    assert not is_retry(RETRY, ID, b"other")
    assert not is_retry(RETRY[:-1] + b"\0", ID, b"")


@pytest.mark.parametrize("at", [0, 1, 6, 14, 17, 30, 134])
def test_one_changed_bit_is_no_answer(at):
    changed = bytearray(SERVER)
    changed[at] ^= 1
    assert not answers(bytes(changed), ID, b"")


@given(st.binary(max_size=1300), st.binary(max_size=20), st.binary(max_size=20))
def test_no_bytes_upset_the_reader_nor_answer(junk, destination, source):
    assert not answers(junk, destination, source)
    assert not answers(b"\xc0\0\0\0\1" + junk, destination, source)


@given(st.integers(0, 134), st.binary(max_size=8))
def test_a_torn_answer_is_none(size, more):
    assert not answers(SERVER[:size], ID, b"")
    assert answers(SERVER + more, ID, b"")


@given(st.from_regex(r"[a-z0-9]{1,40}(\.[a-z]{2,20}){1,3}", fullmatch=True))
def test_a_hello_shows_its_name_to_whoever_opens_it(name):
    """Also to a box on the way, which knows nothing but the packet."""
    hello = quic_hello(name, b"12345678")
    made = first_datagram(hello, ID, b"12345678")
    assert len(made) == 1200
    payload = open_initial(made, None, "client").payload
    assert payload.startswith(crypto_frame(hello))
    assert name.encode() in payload


def test_an_answer_to_somebody_elses_identifier_is_none():
    made = packet(b"\x02\0\0\0\0", b"somebody", b"server", keys(ID, "server"))
    assert answers(made, ID, b"somebody")
    assert not answers(made, ID, b"12345678")
    assert not answers(made, b"87654321", b"somebody")
