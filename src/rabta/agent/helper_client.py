"""What the test command asks of a helper abroad."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rabta import failure
from rabta.agent.addresses import family_of
from rabta.attribute.blocking.assemble import NOWHERE, Afar
from rabta.clock import Clock
from rabta.config import Vantage, read_secret
from rabta.model import Rung, State, Target
from rabta.model.trial import Page
from rabta.probes import Aim
from rabta.probes.helper import Asked, ask_for


if TYPE_CHECKING:
    from collections.abc import Sequence

    from rabta.agent.blocking_test import Way

_CHECK = 25.0  # seconds: the helper tries everything once


def aim_at(helper: Vantage, way: "Way", clock: Clock, *, sni: str = "") -> Aim:
    """Return the aim at *helper* over one line; the address must be a literal."""
    from urllib.parse import urlsplit

    host = urlsplit(helper.url).hostname or ""
    target = Target("helper", Rung.CONTROL, host, (), sni=sni)
    return Aim(target, host, way.uplink.name, way.binding, clock, timeout=_CHECK)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one transfer over plain HTTP takes."""

    url: str
    """Where the helper listens for plain HTTP."""
    once: str
    """To be shown instead of the token, which plain HTTP must not carry."""


async def ask_ticket(
    url: str, aim: Aim, token: str, fingerprint: str
) -> Ticket | Asked:
    """Ask the helper at *url* for a ticket; what went wrong where it gives none."""
    asked = await ask_for(aim, f"{url}/ticket", token, fingerprint)
    if asked.failure:
        return asked
    try:
        port, once = int(asked.document["port"]), str(asked.document["ticket"])
    except (KeyError, TypeError, ValueError):
        return Asked(failure.HTTP_MALFORMED)
    host = f"[{aim.address}]" if ":" in aim.address else aim.address
    return Ticket(f"http://{host}:{port}", once)


async def ask_helper(
    helper: Vantage,
    ways: "Sequence[Way]",
    service: Target,
    addresses: tuple[str, ...],
    clock: Clock,
) -> Afar:
    """Ask how the service fares from there, over the first line that gets through."""
    from urllib.parse import urlsplit

    family = family_of(urlsplit(helper.url).hostname or "")
    body = json.dumps({"url": service.url, "addresses": addresses}).encode()
    token = read_secret(helper.token_file) if helper.token_file else ""
    for way in ways:
        if way.line.family == family:
            asked = await ask_for(
                aim_at(helper, way, clock),
                f"{helper.url}/check",
                token,
                helper.fingerprint,
                body,
            )
            if not asked.failure:
                return afar_of(asked)
    return NOWHERE


def afar_of(asked: Asked) -> Afar:
    """Read a helper's answer; what is not as agreed says nothing."""
    document: Any = asked.document
    try:
        page = document.get("page")
        return Afar(
            addresses=tuple(str(one) for one in document["addresses"]),
            unknown_name=bool(document["unknown_name"]),
            connects={a: State(s) for a, s in document["connects"].items()},
            handshakes={a: State(s) for a, s in document["handshakes"].items()},
            page=Page(
                int(page["status"]),
                int(page["size"]),
                bool(page["whole"]),
                str(page["title"]),
                str(page["location"]),
            )
            if page
            else None,
            reached=State(document["reached"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return NOWHERE
