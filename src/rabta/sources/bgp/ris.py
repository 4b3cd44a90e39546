"""RIPE RIS' archives: a table every eight hours, updates every five minutes.

Paths: ris.ripe.net/docs/mrt.
One collector stands for all. The default is a small one: its table is some tens of
megabytes. Another is asked for by its address in the configuration.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from rabta.clock import HOUR, MINUTE, SECOND
from rabta.sources.bgp.networks import Networks
from rabta.sources.bgp.series import LICENCE, Routes
from rabta.sources.bgp.watched import watch
from rabta.sources.times import of


__all__ = ["BASE", "LASTING", "LICENCE", "opened", "pages"]

BASE = "https://data.ris.ripe.net/rrc04"
LASTING = True
"""What was published once never changes: it is not asked for again."""
_TABLES = 8 * HOUR
_UPDATES = 5 * MINUTE
_WRITTEN = 5 * MINUTE  # after the end of what a file is about


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the address of the table before *start* and of all updates since.

    Raises:
        KeyError: it is neither a country nor a network.
    """
    if entity.partition("/")[0] not in ("country", "asn"):
        raise KeyError(entity)
    table = start - start % _TABLES
    return [_address(base, "bview", table), *_updates(base, table, stop)]


def _updates(base: str, start: int, stop: int) -> Iterator[str]:
    for time in range(start, stop - _UPDATES - _WRITTEN + 1, _UPDATES):
        yield _address(base, "updates", time)


def _address(base: str, what: str, time: int) -> str:
    moment = datetime.fromtimestamp(time / SECOND, UTC)
    return f"{base}/{moment:%Y.%m}/{what}.{moment:%Y%m%d.%H%M}.gz"


def table_anew(left: Sequence[str]) -> tuple[int, str] | None:
    """Return where among the addresses *left* the next table belongs, and its own."""
    for place, url in enumerate(left):
        folder, updates, moment = url.rpartition("/updates.")
        if updates and int(moment[9:11]) % (_TABLES // HOUR) == 0 == int(moment[11:13]):
            return place, f"{folder}/bview.{moment}"
    return None


def written(time: int) -> int:
    """Return when the archive of *time* is there, microseconds."""
    return time - time % _UPDATES + _UPDATES + _WRITTEN


def until(url: str) -> int:
    """Return up to when the archive at *url* tells, microseconds."""
    name = url.rpartition("/")[2]
    moment = datetime.strptime(name.partition(".")[2][:13], "%Y%m%d.%H%M")  # noqa: DTZ007
    begun = of(moment)
    return begun + _UPDATES if name.startswith("updates") else begun


def collector(base: str) -> str:
    """Return the collector's name, the last part of its address."""
    return urlsplit(base).path.rstrip("/").rpartition("/")[2] or "ris"


def opened(base: str, entity: str, known: Networks) -> Routes:
    """Return what takes the answers in, one after the other.

    Raises:
        UsageError: the networks of a country are not known.
    """
    return Routes(watch((entity,), known), collector(base))
