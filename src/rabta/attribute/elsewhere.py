"""A service that fails over one line is asked at once over all the others.

Without it the other lines would be known only as they were up to a minute ago, and a
service that is down for everybody would look like a fault of whoever asked first.

Only its timed transfers are made over one line of an uplink after the other.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rabta.attribute.ladder import Ladder


if TYPE_CHECKING:
    from rabta.attribute.pairing import Pairing
    from rabta.attribute.service import Service


def compare(ladders: Iterable[Ladder], now: int) -> None:
    """Let each service know what happened to it on the other lines by *now*."""
    every: dict[str, list[Service]] = {}
    shared: dict[tuple[str, str], list[Service]] = {}
    for ladder in ladders:
        for name, service in ladder.services.items():
            every.setdefault(name, []).append(service)
            shared.setdefault((ladder.uplink.name, name), []).append(service)
    for lines in shared.values():
        _take_turns([service.pairing for service in lines], now)
    for same in every.values():
        for service in same:
            if (news := service.news(now))[0]:
                for other in same:
                    if other is not service:
                        other.hear(news)


def _take_turns(lines: Sequence["Pairing"], now: int) -> None:
    """Let the line that began to test the pace of a service finish."""
    testing = [one for one in lines if one.testing(now)]
    first = min(testing, key=lambda one: one.begun, default=None)
    for one in lines:
        one.stands_back = first is not None and one is not first
