"""The files of one collector, told of the countries and networks asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

from rabta.cli.reading import config_file
from rabta.errors import UsageError


if TYPE_CHECKING:
    from collections.abc import Iterator

    from rabta.sources.bgp.series import Routes
    from rabta.sources.imported import Item, Tally
    from rabta.sources.stream import Stream


class RouteFiles:
    """One table for all files of a command: a collector's RIB, then its updates."""

    def __init__(self, entity: str, store: Path | None) -> None:
        self._entity = entity
        self._store = store
        self._routes: Routes | None = None

    def read(self, stream: "Stream", tally: "Tally") -> "Iterator[Item]":
        """Take in the next file."""
        if self._routes is None:
            from rabta.agent.networks import known
            from rabta.sources.bgp.series import Routes
            from rabta.sources.bgp.watched import watch

            self._routes = Routes(watch(asked(self._entity), known(self._store)))
        return self._routes.read(stream, tally)


def asked(entity: str) -> tuple[str, ...]:
    """Return the entities named, with commas, or those of the configuration.

    Raises:
        UsageError: there are none.
    """
    if entity:
        return tuple(one.strip() for one in entity.split(",") if one.strip())
    from rabta.config import load

    config = load(config_file())
    found = [f"asn/{one.asn}" for one in config.uplinks if one.asn]
    if len(config.country) == 2:
        found.insert(0, f"country/{config.country.upper()}")
    if not found:
        raise UsageError(
            "routes are about every network there is",
            hint="say whom to tell of: --entity country/PK, or asn/17557,asn/9541",
        )
    return tuple(found)
