"""IODA's curated outages as labelled events, dirt included.

The rows stay where they are (see the project's data policy): what is fitted from them
are shares. A time that cannot be read, or a country that cannot be named, is counted
and left out; an end before the begin is no end; an empty cause is ``unknown``.
"""

import csv
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.unit.detect.recorded import DATA

from rabta.attribute.cause import (
    Event,
    Family,
    Nearby,
    SignalSeen,
    Surroundings,
    Window,
)
from rabta.attribute.cause.extract import extract
from rabta.attribute.cause.fit import Labelled
from rabta.attribute.cause.scope import TOGETHER
from rabta.clock import DAY, HOUR, MINUTE
from rabta.model import Cause
from rabta.sources import countries
from rabta.sources.continents import neighbours
from rabta.sources.outage_lists import moment


FILE = DATA / "ioda-outages" / "ioda_outages_2018_2020.csv"
CAUSES = {
    "government-ordered": Cause.SHUTDOWN,
    "exams": Cause.SHUTDOWN,
    "cable-cut": Cause.CABLE,
    "power-outage": Cause.POWER,
    "weather": Cause.NATURE,
    "earthquake": Cause.NATURE,
    "other-natural-disaster": Cause.NATURE,
    "misc-routing-problem": Cause.ISP,
    "generic-technical": Cause.ISP,
    "route-leak": Cause.ISP,
    "equipment-failure": Cause.ISP,
    "ddos": Cause.ISP,
}
FAMILIES = (Family.ROUTING, Family.PROBING, Family.TRAFFIC)
STAGES = ("onset", "recurrence", "end", "settled")


@dataclass(frozen=True, slots=True)
class Row:
    """One curated outage."""

    country: str
    place: str
    """Its entity: the country itself, a region of it, a network."""
    zone: tzinfo
    onset: int
    end: int | None
    fell: tuple[bool | None, ...]
    cause: Cause
    confirmed: bool

    @property
    def level(self) -> str:
        return self.place.partition("/")[0]


def rows(file: Path = FILE) -> tuple[list[Row], Counter]:
    """Return what can be used, oldest first, and why the rest cannot."""
    found, aside = [], Counter()
    with file.open(encoding="utf-8-sig", errors="replace") as text:
        for raw in csv.DictReader(text):
            row = {k.strip(): (v or "").strip() for k, v in raw.items() if k}
            onset, end = moment(row["Begin time"]), moment(row["End time"])
            country = countries.code(row["Country"])
            if onset is None or not country:
                aside["no time that can be read" if country else "no such country"] += 1
                continue
            if end is not None and end <= onset:
                aside["ends before it begins: end left out"] += 1
                end = None
            scope = next(v for k, v in row.items() if k.startswith("Scope"))
            fell = tuple(_flag(v) for k, v in row.items() if "visible by human" in k)
            found.append(
                Row(
                    country,
                    _place(scope, country),
                    _zone(country),
                    onset,
                    end,
                    fell,
                    CAUSES.get(row["Cause"].lower(), Cause.UNKNOWN),
                    row["Confirmation Status"].lower() == "confirmed",
                )
            )
    return sorted(found, key=lambda one: (one.onset, one.place)), aside


def _flag(text: str) -> bool | None:
    word = text.lower()
    return True if word in ("true", "ture") else False if word == "false" else None


def _place(scope: str, country: str) -> str:
    word = scope.lower()
    if word.startswith("country") or not word:
        return f"country/{country}"
    kind = "asn" if word.startswith("as") else "region"
    return f"{kind}/{country}-{word}"


def _zone(country: str) -> tzinfo:
    """Return the first zone of a country: these lists know one."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab")
    for line in table.read_text("utf-8").splitlines():
        if line.startswith(country + "\t"):
            return ZoneInfo(line.split("\t")[2])
    return UTC


def cases(every: list[Row], stage: str) -> list[tuple[Event, Surroundings]]:
    """Return each row as it was known at one *stage*.

    ``onset``: when and which signals; ``recurrence``: with what came before at that
    entity; ``end``: with its length; ``settled``: five days later, with what followed.
    """
    began = min(one.onset for one in every)
    by_place = defaultdict(list)
    for one in every:
        by_place[one.place].append(Window(one.onset, one.end))
    out = []
    for n, one in enumerate(every):
        nearby = []
        for step in (-1, 1):
            k = n + step
            while 0 <= k < len(every) and abs(every[k].onset - one.onset) <= TOGETHER:
                if every[k].country != one.country:
                    nearby.append(Nearby(f"country/{every[k].country}", every[k].onset))
                k += step
        ended = stage in ("end", "settled")
        now = one.onset + HOUR // 2
        if ended:
            now = (one.end or one.onset) + MINUTE
        if stage == "settled":
            now = max(now, one.onset + 5 * DAY + HOUR)
        event = Event(
            one.place,
            one.onset,
            one.end if ended else None,
            now,
            step_seconds=60.0,
            signals=tuple(
                SignalSeen(family, fell)
                for family, fell in zip(FAMILIES, one.fell, strict=True)
            ),
        )
        around = Surroundings(
            zone=one.zone, nearby=tuple(nearby), continent=neighbours(one.country)
        )
        if stage != "onset":
            around = replace(
                around,
                known_since=began,
                others=tuple(
                    w
                    for w in by_place[one.place]
                    if w.onset != one.onset and w.onset <= now
                ),
            )
        out.append((event, around))
    return out


def labelled(every: list[Row], stage: str = "end") -> list[Labelled]:
    """Return what the model learns from: facts at *stage*, with those seen later."""
    late = [extract(*one) for one in cases(every, "settled")]
    out = []
    for row, case, after in zip(every, cases(every, stage), late, strict=True):
        seen = extract(*case)
        known = {one.id for one in seen}
        later = tuple(one for one in after if one.id not in known)
        out.append(
            Labelled(
                row.cause, row.level, row.country, seen, later if stage == "end" else ()
            )
        )
    return out
