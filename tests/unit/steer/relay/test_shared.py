"""A relay that others use: a token, an allow-list, and no way to the inside."""

import contextlib

import pytest

from rabta.config import Relay as Settings
from rabta.errors import UsageError
from rabta.steer.relay.listen import listen
from rabta.steer.relay.server import Relay

from .clients import ask, basic, connect, socks
from .conftest import Known, uplink


A = uplink("a", "127.0.0.2")
SECRET = "sixteen-letters-or-more"
INSIDE = {
    "rebound.example": [(4, "127.0.0.1")],
    "six.example": [(6, "::ffff:127.0.0.1")],
    "metadata.example": [(4, "169.254.169.254")],
    "router.example": [(4, "192.168.1.1")],
    "mixed.example": [(4, "10.0.0.1"), (6, "fd00::1")],
}


def shared(start, *uplinks, clients=("127.0.0.0/8",), **more):
    return start(
        Known(*uplinks),
        host="0.0.0.0",
        clients=clients,
        token=SECRET,
        names=INSIDE,
        **more,
    )


async def test_others_need_the_token(start):
    async with shared(start) as started:
        for fields in ((), (basic("wrong"),), ("Proxy-Authorization: Bearer x",)):
            said = await connect(started, "10.0.0.1:80", *fields)
            assert said.startswith("HTTP/1.1 407 ")
            assert 'Proxy-Authenticate: Basic realm="Rabta"' in said
        for fields in (basic(SECRET), f"Proxy-Authorization: Bearer {SECRET}"):
            said = await connect(started, "10.0.0.1:80", fields)
            assert said.startswith("HTTP/1.1 403 ")
        for password, code in ((None, -1), ("wrong", -2), (SECRET, 2)):
            told, _, writer = await socks(started, "10.0.0.1", 80, password=password)
            assert told == code
            writer.close()


async def test_others_reach_nothing_of_the_inside(start, site):
    places = [
        *(f"{name}:80" for name in INSIDE),
        *(f"127.0.0.1:{site.port}", f"localhost:{site.port}", f"[::1]:{site.port}"),
        *(f"0.0.0.0:{site.port}", f"[::ffff:127.0.0.1]:{site.port}"),
        *("169.254.169.254:80", "[fd00:ec2::254]:80", "192.168.1.1:80"),
    ]
    async with shared(start, A) as started:
        for place in (*places, f"127.0.0.1:{started.port}"):
            said = await connect(started, place, basic(SECRET))
            assert said.startswith("HTTP/1.1 403 "), place
            text = f"GET http://{place}/ HTTP/1.1\r\nHost: a\r\n{basic(SECRET)}\r\n\r\n"
            assert (await ask(started, text)).startswith("HTTP/1.1 403 "), place
    assert site.peers == []


async def test_strangers_are_not_heard(start):
    async with shared(start, clients=("192.0.2.0/24",)) as started:
        with contextlib.suppress(ConnectionResetError):
            assert not await connect(started, "a.example:80", basic(SECRET))


@pytest.mark.parametrize(
    ("token", "clients"),
    [("", ("10.0.0.0/8",)), ("short", ("10.0.0.0/8",)), (SECRET, ())],
)
async def test_it_refuses_to_be_an_open_proxy(token, clients):
    with listen("0.0.0.0", 0) as opened:
        settings = Settings(host="0.0.0.0", clients=clients)
        with pytest.raises(UsageError, match="others can reach it"):
            Relay(settings, Known(), opened, token=token)
