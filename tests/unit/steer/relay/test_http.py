"""HTTP as bytes: what goes on to the other side, and what never does."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.steer.relay import http
from rabta.steer.relay.asked import Place
from rabta.steer.relay.refusal import RefusalError


def head(*lines, body=b""):
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def test_connect_names_a_place_and_what_follows_is_kept_for_it():
    data = head(
        "CONNECT Example.COM:443 HTTP/1.1", "Host: example.com:443", body=b"\x16"
    )
    read = http.read_head(data)
    assert read.tunnels
    assert (read.place, read.early) == (Place("example.com", 443), b"\x16")
    read = http.read_head(head("CONNECT [2001:DB8::1]:8443 HTTP/1.0"))
    assert read.place == Place("2001:db8::1", 8443)
    for end in range(len(data) - 1):
        assert http.read_head(data[:end]) is None


def test_a_request_goes_on_with_its_path_and_without_what_is_for_the_proxy():
    read = http.read_head(
        head(
            "GET http://Shop.example:8080/a?b=1 HTTP/1.1",
            "Host: another.example",
            "Proxy-Authorization: Basic " + base64.b64encode(b"me:secret").decode(),
            "Proxy-Connection: keep-alive",
            "Connection: close, X-Hop",
            "X-Hop: 1",
            "Accept: */*",
        )
    )
    assert read.place == Place("shop.example", 8080)
    assert read.token == "secret"
    assert read.onward == (
        b"GET /a?b=1 HTTP/1.1\r\nHost: shop.example:8080\r\nAccept: */*\r\n"
        b"Connection: close\r\n\r\n"
    )


def test_an_old_client_gets_an_old_answer():
    read = http.read_head(head("GET http://shop.example HTTP/1.0"))
    assert read.onward.startswith(b"GET / HTTP/1.0\r\nHost: shop.example\r\n")


@pytest.mark.parametrize(
    ("field", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic " + base64.b64encode(b"abc").decode(), ""),
        ("Basic " + base64.b64encode(b"u:a:c").decode(), "a:c"),
        ("Basic %%%", ""),
        ("Digest abc", ""),
        ("", ""),
    ],
)
def test_a_token_is_a_bearer_or_a_basic_password(field, token):
    lines = ("CONNECT a.example:1 HTTP/1.1", "Host: a", f"Proxy-Authorization: {field}")
    assert http.read_head(head(*lines)).token == token


@pytest.mark.parametrize(
    "line",
    [
        "GET https://shop.example/ HTTP/1.1",
        "GET ftp://shop.example/ HTTP/1.1",
        "GET http://user:word@shop.example/ HTTP/1.1",
        "GET http:///path HTTP/1.1",
        "GET http://[::1/ HTTP/1.1",
        "GET http://shop.example:99999/ HTTP/1.1",
        "CONNECT shop.example HTTP/1.1",
        "CONNECT shop.example:0 HTTP/1.1",
        "CONNECT fe80::1%eth0:80 HTTP/1.1",
        "CONNECT [fe80::1%25eth0]:80 HTTP/1.1",
        "CONNECT /path HTTP/1.1",
        "CONNECT a@b.example:443 HTTP/1.1",
        "nonsense",
    ],
)
def test_what_is_no_place_is_refused(line):
    with pytest.raises(RefusalError) as refusal:
        http.read_head(head(line, "Host: shop.example"))
    assert refusal.value.status == 400


def test_a_head_without_end_is_refused():
    with pytest.raises(RefusalError):
        http.read_head(b"GET http://a.example/" + b"a" * (http.LONGEST + 1))


def test_two_lengths_are_refused_so_that_no_request_hides_in_a_body():
    lines = ("POST http://a.example/ HTTP/1.1", "Host: a")
    with pytest.raises(RefusalError):
        http.read_head(head(*lines, "Content-Length: 1", "Content-Length: 2"))


def test_our_own_pages_are_asked_by_address():
    read = http.read_head(head("GET /proxy.pac HTTP/1.1", "Host: 127.0.0.1:4882"))
    assert (read.place, read.path, read.host) == (None, "/proxy.pac", "127.0.0.1")
    for name in ("127.0.0.1", "::1", "localhost"):
        assert http.is_our_name(name)
    for name in ("evil.example", "", "127.0.0.1.evil.example"):
        assert not http.is_our_name(name)


@given(st.binary(max_size=400))
def test_noise_never_breaks_the_reader(data):
    for text in (
        data,
        b"CONNECT " + data,
        b"GET http://" + data + b" HTTP/1.1\r\n\r\n",
    ):
        with contextlib.suppress(RefusalError):
            assert (read := http.read_head(text)) is None or read.method


_TOKEN = st.text("abcXYZ019-._~!@:/[]%?#\\ \t\r\n", max_size=30)


@given(_TOKEN, st.lists(st.tuples(_TOKEN, _TOKEN), max_size=4), st.binary(max_size=40))
def test_no_line_of_ours_is_broken_by_what_a_client_sends(host, fields, body):
    lines = [f"GET http://{host}/x HTTP/1.1", "Host: a"]
    lines += [f"{name}: {value}" for name, value in fields]
    try:
        read = http.read_head(head(*lines, body=body))
    except RefusalError:
        return
    if read is None or read.place is None:
        return
    sent = read.onward.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert sent[0].startswith(b"GET /")
    assert sent[0].endswith(b" HTTP/1.1")
    assert sent[-1] == b"Connection: close"
    assert [line.lower().startswith(b"host:") for line in sent].count(True) == 1
    assert not any(line.lower().startswith(b"proxy-") for line in sent)
