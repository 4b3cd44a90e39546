"""Tor Metrics: estimated users per country and day, ``userstats-*-country.csv``.

Those of bridges, who hide that they use Tor, are a series of their own: more of them
while those of relays fall is what blocking of Tor looks like.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from rabta.clock import SECOND
from rabta.errors import DataError
from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "CC0", "The Tor Project", "https://metrics.torproject.org", commercial=True
)
BASE = "https://metrics.torproject.org"


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read the table; comments and the rows of all countries together are passed.

    Raises:
        DataError: it has other columns.
    """
    del about
    header: list[str] = []
    who = "bridge_" if b"userstats-bridge" in stream.head(4000) else ""
    found: dict[str, tuple[list[int], list[float]]] = {}
    for offset, block in stream.lines():
        place = offset
        for line in block.split(b"\n"):
            cells = line.decode("utf-8", "replace").strip().split(",")
            if len(cells) > 1 and not cells[0].startswith("#"):
                if not header:
                    header = [one.strip() for one in cells]
                else:
                    _row(dict(zip(header, cells, strict=False)), found, tally, place)
            place += len(line) + 1
    if not {"date", "country", "users"} <= set(header):
        raise DataError(
            "another schema: no columns date, country, users", file=str(stream.path)
        )
    for country, (times, values) in sorted(found.items()):
        yield piece(
            "tor",
            f"tor_{who}users_per_day",
            f"country/{country}",
            times,
            values,
            unit="users",
            worse="lower",
        )


def _row(
    row: dict[str, str],
    found: dict[str, tuple[list[int], list[float]]],
    tally: Tally,
    offset: int,
) -> None:
    country = row.get("country", "").strip().upper()
    text = ",".join(row.values())
    time = micros(row.get("date"))
    if time is None or not tally.plausible(time):
        tally.put_aside("a time that cannot be", offset, text)
        return
    if len(country) != 2 or not country.isalpha() or country == "??":
        tally.skip()
        return
    try:
        users = float(row.get("users", ""))
    except ValueError:
        tally.put_aside("users is no number", offset, text)
        return
    tally.keep()
    times, values = found.setdefault(country, ([], []))
    times.append(time)
    values.append(users)


def pages(base: str, entity: str, start: int, stop: int) -> list[str]:
    """Return the tables of a country: users of relays, and of bridges.

    Raises:
        KeyError: Tor Metrics knows no such kind of entity.
    """
    kind, _, code = entity.partition("/")
    query = {
        "start": _day(start),
        "end": _day(stop),
        {"country": "country"}[kind]: code.lower(),
    }
    asked = urlencode(query)
    return [
        f"{base}/userstats-relay-country.csv?{asked}&events=off",
        f"{base}/userstats-bridge-country.csv?{asked}",
    ]


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment / SECOND, UTC).strftime("%Y-%m-%d")
