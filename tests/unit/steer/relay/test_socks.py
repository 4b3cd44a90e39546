"""SOCKS5 as bytes: what is understood, what is refused, and that noise is harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.steer.relay import socks
from rabta.steer.relay.asked import Place
from rabta.steer.relay.refusal import RefusalError


NAME = b"\x05\x01\x00\x03\x0bexample.com\x01\xbb"
IPV4 = b"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x50"
IPV6 = b"\x05\x01\x00\x04" + bytes.fromhex("20010db8" + "0" * 23 + "1") + b"\x00\x50"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (NAME, Place("example.com", 443)),
        (IPV4, Place("192.0.2.1", 80)),
        (IPV6, Place("2001:db8::1", 80)),
        (b"\x05\x01\x00\x03\x05[::1]\x00\x50", Place("::1", 80)),
        (b"\x05\x01\x00\x03\x06UPPER.\x00\x50", Place("upper", 80)),
    ],
)
def test_a_request_is_read_whole_and_what_follows_stays(data, place):
    assert socks.read_request(data + b"more") == (place, len(data))
    for end in range(len(data)):
        assert socks.read_request(data[:end]) is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x05\x02" + NAME[2:], 7),  # BIND
        (b"\x05\x03" + NAME[2:], 7),  # UDP ASSOCIATE
        (b"\x05\x01\x00\x02" + NAME[4:], 8),
        (b"\x04" + NAME[1:], 1),
        (b"\x05\x01\x00\x03\x00\x00\x50", 1),
        (b"\x05\x01\x00\x03\x03a b\x00\x50", 1),
        (b"\x05\x01\x00\x03\x02\xc3\xa4\x00\x50", 1),
        (IPV4[:-2] + b"\x00\x00", 1),
    ],
)
def test_what_cannot_be_served_has_its_reply_code(data, code):
    with pytest.raises(RefusalError) as refusal:
        socks.read_request(data)
    assert refusal.value.code == code
    assert socks.reply_to(refusal.value) == bytes([5, code, 0, 1, *bytes(6)])


def test_the_method_follows_whether_a_token_is_needed():
    assert socks.read_methods(b"\x05\x02\x00\x02rest") == (b"\x00\x02", 4)
    assert socks.choose(b"\x00\x02", token_needed=False) == socks.ANONYMOUS
    assert socks.choose(b"\x00\x02", token_needed=True) == socks.PASSWORD
    assert socks.choose(b"\x00", token_needed=True) == socks.NO_METHOD
    assert socks.choose(b"", token_needed=False) == socks.NO_METHOD


def test_a_password_is_read_and_the_users_name_is_not_needed():
    assert socks.read_password(b"\x01\x02me\x06secretX") == ("secret", 11)
    assert socks.read_password(b"\x01\x00\x06secret") == ("secret", 9)
    assert socks.read_password(b"\x01\x02me") is None


@given(st.binary(max_size=600))
def test_noise_is_refused_or_waited_for_and_never_beyond_its_bounds(data):
    for reader in (socks.read_methods, socks.read_password, socks.read_request):
        try:
            found = reader(data)
        except RefusalError:
            continue
        if found is None:
            assert len(data) < socks.LONGEST
        else:
            assert 0 < found[1] <= min(len(data), socks.LONGEST)


@given(st.text(max_size=300), st.integers(0, 65535))
def test_a_name_is_taken_only_as_a_name(name, port):
    raw = name.encode()[:255]
    data = b"\x05\x01\x00\x03" + bytes([len(raw)]) + raw + port.to_bytes(2, "big")
    try:
        found = socks.read_request(data)
    except RefusalError:
        return
    assert found is not None
    place = found[0]
    assert place.port == port
    assert place.host.isascii()
    assert not set(place.host) & set(" /\\@%#?\r\n\t\0")
