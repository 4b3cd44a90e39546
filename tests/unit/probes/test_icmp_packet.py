"""Echo on the wire, byte by byte, and the kernel's filter for it."""

import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta import failure
from rabta.probes.bpf import attach, echo_filter
from rabta.probes.icmp_packet import PAYLOAD_BYTES, failure_of, parse, request


WORD = st.integers(0, 0xFFFF)
NONCE = st.integers(0, 2**64 - 1)
FAMILY = st.sampled_from([4, 6])
REPLY = {4: 0, 6: 129}


def ones_sum(data: bytes) -> int:
    """RFC 1071, the slow way."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def as_reply(family: int, packet: bytes) -> bytes:
    return bytes([REPLY[family]]) + packet[1:]


def as_error(family: int, kind: int, code: int, packet: bytes) -> bytes:
    if family == 4:
        head = struct.pack(
            "!BBHHHBBH4s4s", 0x45, 0, 44, 0, 0, 1, 1, 0, b"mine", b"them"
        )
    else:
        head = struct.pack("!IHBB16s16s", 6 << 28, 24, 58, 1, b"m" * 16, b"t" * 16)
    return bytes([kind, code]) + bytes(6) + head + packet


@given(ident=WORD, sequence=WORD, nonce=NONCE)
def test_the_checksum_is_right_and_always_the_same(ident, sequence, nonce):
    """RFC 1071 holds, and load-sharing routers see one flow."""
    packet = request(4, ident, sequence, nonce)

    assert ones_sum(packet) == 0xFFFF
    assert packet[2:4] == request(4, 1, 2, 3)[2:4]
    assert len(packet) == 8 + PAYLOAD_BYTES


@given(ident=WORD, sequence=WORD, nonce=NONCE)
def test_the_sum_the_kernel_completes_is_constant_for_icmpv6(ident, sequence, nonce):
    """The pseudo-header is constant, so the checksum on the wire is too."""
    assert ones_sum(request(6, ident, sequence, nonce)) == 0xFFFF


@given(FAMILY, WORD, WORD, NONCE)
def test_a_reply_is_read_back(family, ident, sequence, nonce):
    """Sequence number and payload survive."""
    packet = request(family, ident, sequence, nonce)
    answer = parse(family, as_reply(family, packet))

    assert answer == (sequence, packet[8:], None, b"")


@given(FAMILY, WORD, NONCE, st.integers(8, 24))
def test_an_error_is_read_back_however_little_it_quotes(family, sequence, nonce, size):
    """Eight bytes of ours are enough to know which request it is about."""
    packet = request(family, 7, sequence, nonce)
    kind = 11 if family == 4 else 3
    answer = parse(family, as_error(family, kind, 0, packet[:size]))

    destination = b"them" if family == 4 else b"t" * 16
    expected = (sequence, packet[8:size], failure.TTL_EXCEEDED, destination)
    assert answer == expected


@given(FAMILY, st.binary(max_size=120))
def test_no_bytes_upset_the_parser(family, packet):
    """Whatever arrives is an answer or none."""
    answer = parse(family, packet)

    assert answer is None or 0 <= answer.sequence <= 0xFFFF


@pytest.mark.parametrize(
    ("family", "kind", "code", "named"),
    [
        (4, 3, 0, failure.NETWORK_UNREACHABLE),
        (4, 3, 1, failure.HOST_UNREACHABLE),
        (4, 3, 3, failure.CONNECTION_REFUSED),
        (4, 3, 4, None),  # fragmentation needed
        (4, 3, 9, failure.ADMIN_PROHIBITED),
        (4, 3, 10, failure.ADMIN_PROHIBITED),
        (4, 3, 13, failure.ADMIN_PROHIBITED),
        (4, 11, 0, failure.TTL_EXCEEDED),
        (4, 5, 0, None),  # redirect
        (6, 1, 0, failure.NETWORK_UNREACHABLE),
        (6, 1, 1, failure.ADMIN_PROHIBITED),
        (6, 1, 3, failure.HOST_UNREACHABLE),
        (6, 1, 4, failure.CONNECTION_REFUSED),
        (6, 1, 5, failure.ADMIN_PROHIBITED),
        (6, 2, 0, None),  # packet too big
        (6, 3, 0, failure.TTL_EXCEEDED),
    ],
)
def test_errors_are_named(family, kind, code, named):
    """RFC 792, 1812 and 4443."""
    assert failure_of(family, kind, code) == named


def passes(program, packet: bytes) -> bool:
    """Ask the kernel itself, which filters any datagram socket alike."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        attach(ours, program)
        ours.setblocking(False)
        theirs.send(packet)
        try:
            return ours.recv(2048) == packet
        except BlockingIOError:
            return False


def on_the_wire(family: int, packet: bytes, options: int = 0) -> bytes:
    """Return *packet* as a raw socket sees it: IPv4 comes with its header."""
    if family == 6:
        return packet
    return bytes([0x45 + options]) + bytes(19 + 4 * options) + packet


@pytest.mark.skipif(sys.platform != "linux", reason="socket filters are Linux's")
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("options", [0, 3])
def test_the_filter_keeps_ours_and_drops_the_rest(family, options):
    """Replies and errors by identifier; everything else stays in the kernel."""
    program = echo_filter(family, 0x1234)
    ours, others = request(family, 0x1234, 5, 6), request(family, 0x1235, 5, 6)
    exceeded = 11 if family == 4 else 3
    unreachable = 3 if family == 4 else 1
    too_big = (3 if family == 6 else 12) - 1

    def seen(packet: bytes) -> bool:
        return passes(program, on_the_wire(family, packet, options))

    assert seen(as_reply(family, ours))
    assert seen(as_error(family, exceeded, 0, ours))
    assert seen(as_error(family, unreachable, 1, ours[:8]))
    assert not seen(as_reply(family, others))
    assert not seen(as_error(family, exceeded, 0, others))
    assert not seen(as_error(family, too_big + 20, 0, ours))
    assert not seen(as_error(family, exceeded, 0, as_reply(family, ours)))
    assert not seen(ours)
    assert not seen(as_reply(family, ours)[:5])
