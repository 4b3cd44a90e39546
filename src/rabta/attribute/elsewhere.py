"""A service that fails over one line is asked at once over all the others.

Without it the other lines would be known only as they were up to a minute ago, and a
service that is down for everybody would look like a fault of whoever asked first.

Only its timed transfers are made over one line of an uplink after the other.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rabta.attribute.ladder import Ladder


if TYPE_CHECKING:
    from rabta.attribute.service import Service


def compare(ladders: Iterable[Ladder], now: int) -> None:
    """Let each service know what happened to it on the other lines by *now*."""
    every: dict[str, list[Service]] = {}
    tested: set[tuple[str, str]] = set()
    for ladder in ladders:
        for name, service in ladder.services.items():
            every.setdefault(name, []).append(service)
            which = ladder.uplink.name, name
            service.pairing.stands_back = which in tested
            if service.pairing.testing(now):
                tested.add(which)
    for same in every.values():
        for service in same:
            if (news := service.news(now))[0]:
                for other in same:
                    if other is not service:
                        other.hear(news)
