"""The real answer, a portal's, and a server's own trouble are told apart."""

import pytest

from rabta import failure
from rabta.model import Probe
from rabta.probes import captive
from tests.unit.probes.loopback import aim, answering, serving, silent


LOGIN = b"<html><title>Hotel Wi-Fi</title>Please log in</html>"


def answer(status: bytes, body: bytes = b"", *headers: bytes) -> bytes:
    lines = (b"HTTP/1.1 " + status, *headers)
    if not status.startswith(b"204"):
        lines = (*lines, b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def checked(handler, expect=""):
    async with serving(handler) as port:
        url = f"http://check.example.com:{port}/generate_204"
        return await captive.probe(aim(0.5, url=url, expect=expect))


@pytest.mark.parametrize(
    ("wire", "expect", "expected"),
    [
        (answer(b"204 No Content"), "", None),
        (answer(b"200 OK", b"success\n"), "success", None),
        (answer(b"200 OK", LOGIN), "", failure.CAPTIVE_PORTAL),
        (answer(b"200 OK", LOGIN), "success", failure.CAPTIVE_PORTAL),
        (answer(b"200 OK"), "success", failure.CAPTIVE_PORTAL),
        (answer(b"204 No Content"), "success", failure.CAPTIVE_PORTAL),
        (answer(b"302 Found", LOGIN), "", failure.CAPTIVE_PORTAL),
        (answer(b"511 Auth Required", LOGIN), "", failure.CAPTIVE_PORTAL),
        (answer(b"404 Not Found"), "", failure.HTTP_STATUS),
        (answer(b"503 Busy"), "success", failure.HTTP_STATUS),
    ],
)
async def test_the_answer_decides(wire, expect, expected):
    seen = await checked(answering(wire), expect)

    assert seen.failure == expected
    assert (seen.value is None) is (expected is not None)


async def test_a_portal_leaves_its_traces():
    location = b"Location: http://10.0.0.1/login"

    seen = await checked(answering(answer(b"302 Found", LOGIN, location)))

    assert seen.probe is Probe.CAPTIVE
    assert seen.detail.status == 302
    assert seen.detail.location == "http://10.0.0.1/login"
    assert seen.detail.title == "Hotel Wi-Fi"


async def test_silence_is_no_portal():
    assert (await checked(silent)).failure == failure.GENERIC_TIMEOUT
