"""Tor Metrics: estimated users per country and day, ``userstats-*-country.csv``."""

from collections.abc import Iterator

from rabta.sources.imported import Item, Licence, Tally, piece
from rabta.sources.stream import Stream
from rabta.sources.times import micros


LICENCE = Licence(
    "CC0", "The Tor Project", "https://metrics.torproject.org", commercial=True
)


def read(stream: Stream, tally: Tally, about: str) -> Iterator[Item]:
    """Read the table; comments and the rows of all countries together are passed."""
    del about
    header: list[str] = []
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
    for country, (times, values) in sorted(found.items()):
        yield piece(
            "tor",
            "tor_users_per_day",
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
