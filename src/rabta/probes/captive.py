"""Captive portal check: does plain HTTP bring what it must, or somebody's login page?

The target's URL is asked for in the clear and compared with *expect*: empty means
status 204 without a body, anything else is the exact body of a 200. A portal that
announces itself by DHCP option 114 or a router advertisement (RFC 8910, with the API
of RFC 8908) is not asked there: those options reach the host's DHCP client, while the
interception that RFC 8952 describes is what breaks the user's work, and is seen here.

Value: seconds, when the answer was genuine.
"""

from rabta import failure
from rabta.model.observation import Observation
from rabta.model.target import Probe, Target
from rabta.probes.aim import Aim
from rabta.probes.http import Visit
from rabta.probes.url import Url


async def probe(aim: Aim) -> Observation:
    """Ask once, without following where the answer points."""
    visit = Visit(aim, Url.parse(aim.target.url or f"http://{aim.target.host}/"))
    sent = aim.clock.now()
    failed = await visit.make()
    if failed is None:
        failed = verdict(aim.target, visit.status, bytes(visit.body))
    return aim.observe(
        Probe.CAPTIVE,
        sent,
        value=None if failed else visit.stream.watch.seconds,
        failure=failed,
        detail=visit.detail(),
        spent_bytes=visit.stream.spent_bytes,
    )


def verdict(target: Target, status: int, body: bytes) -> str | None:
    """Name what an answer that is not genuine stands for; None when it is.

    A redirect, a page in place of the expected one and status 511 (RFC 6585) are a
    portal's. An error of the server is named as such: it may well be its own.
    """
    if target.expect:
        wanted = target.expect.strip().encode()
        genuine = status == 200 and body.strip() == wanted
    else:
        genuine = status == 204 and not body
    if genuine:
        return None
    portal = status < 400 or status == 511
    return failure.CAPTIVE_PORTAL if portal else failure.HTTP_STATUS
