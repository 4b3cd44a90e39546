"""How much work an outage log touches: the part of a price that no figure changes.

Worked out for a few shifts of the uncertain begins; between them it is interpolated,
so that a hundred thousand draws cost no second walk through the log. All begins move
together in a draw, which makes the range rather too wide than too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from rabta.clock import HOUR, SECOND
from rabta.cost.firm.calendar import Calendar, Times, Worked
from rabta.cost.firm.outages import Outage, Pieces, pieces
from rabta.cost.firm.profile import Firm
from rabta.cost.firm.ranges import Floats


PATIENCE = 4.0
"""Hours an outage may last before less of it can be made up for; an estimate."""
FADING = 24.0
"""Hours in which that falls to 37 %; an estimate after Park, Cho and Rose 2011."""
_NODES = 9


@dataclass(frozen=True, slots=True)
class Exposure:
    """Figures at each of *shifts*; arrays are (shifts,) or (shifts, …)."""

    shifts: Floats
    """-1 to 1, rising; one entry where no begin is uncertain."""
    lost: Floats
    """(shifts, groups): hours of one person, times severity."""
    made_up: Floats
    """(shifts, groups): the same, times how much of it can be made up for."""
    down_hours: Floats
    """Hours down, by the clock."""
    outages: Floats
    """How many whole outages anybody worked in."""
    uptime: Floats
    """(shifts, months)."""
    shop_down: Floats
    """Hours of the shop's calendar, times severity; none that are only slower."""
    shop_slow: tuple[tuple[float, Floats], ...]
    """For each delay in seconds the shop's hours with it, none of them down."""


def exposure(firm: Firm, outages: Sequence[Outage], start: int, stop: int) -> Exposure:
    """Return what *outages* within [start, stop) touch."""
    uncertain = any(one.uncertainty_seconds for one in outages)
    shifts = np.linspace(-1, 1, _NODES) if uncertain else np.zeros(1)
    worked = _calendars(firm, start, stop)
    months = _months(start, stop, firm.zone)
    cuts = [pieces(outages, start, stop, shift) for shift in shifts]
    staff = [worked[group.calendar] for group in firm.groups]
    shop = worked[firm.shop.calendar] if firm.shop else None
    extras = sorted({x for cut in cuts for x in cut.extra[cut.down == 0] if x > 0})
    return Exposure(
        shifts,
        np.array([[_lost(cut, one) for one in staff] for cut in cuts]),
        np.array([[_made_up(cut, one) for one in staff] for cut in cuts]),
        np.array([_down(cut).sum() for cut in cuts]),
        np.array([_touched(cut, staff) for cut in cuts]),
        np.array([_uptime(cut, months) for cut in cuts]),
        np.array([_shut(cut, shop) if shop else 0.0 for cut in cuts]),
        tuple(
            (float(x), np.array([_slow(cut, shop, x) for cut in cuts]))
            for x in extras
            if shop
        ),
    )


def _calendars(firm: Firm, start: int, stop: int) -> dict[Calendar, Worked]:
    wanted = {group.calendar for group in firm.groups}
    if firm.shop:
        wanted.add(firm.shop.calendar)
    return {one: Worked.of(one, start, stop) for one in wanted}


def _lost(cut: Pieces, worked: Worked) -> float:
    return float((worked.between(cut.start, cut.end) * cut.severity).sum())


def _made_up(cut: Pieces, worked: Worked) -> float:
    fades = np.exp(-np.maximum(0, cut.lasted - PATIENCE) / FADING)
    return float((worked.between(cut.start, cut.end) * cut.severity * fades).sum())


def _shut(cut: Pieces, worked: Worked) -> float:
    """Return the hours nobody could order; where only delay is known, not these."""
    hours = worked.between(cut.start, cut.end) * cut.severity
    return float(hours[(cut.down == 1) | (cut.extra == 0)].sum())


def _slow(cut: Pieces, worked: Worked, extra: float) -> float:
    hours = worked.between(cut.start, cut.end)
    return float(hours[(cut.extra == extra) & (cut.down == 0)].sum())


def _down(cut: Pieces) -> Floats:
    return np.asarray((cut.end - cut.start) / HOUR * cut.down)


def _touched(cut: Pieces, staff: Sequence[Worked]) -> float:
    hours = sum((one.between(cut.start, cut.end) for one in staff), np.zeros(1))
    return float(((hours > 0) * cut.begins).sum())


def _uptime(cut: Pieces, months: Times) -> Floats:
    """Return the share of each month the line was not down."""
    was_down = cut.down > 0
    down = Worked.over(
        zip(cut.start[was_down].tolist(), cut.end[was_down].tolist(), strict=True)
    )
    whole = (months[1:] - months[:-1]) / HOUR
    return np.asarray(1 - down.between(months[:-1], months[1:]) / whole)


def _months(start: int, stop: int, zone: tzinfo) -> Times:
    """Return where the calendar months that touch [start, stop) begin, and the end."""
    moment = datetime.fromtimestamp(start / SECOND, zone)
    year, month = moment.year, moment.month
    found: list[int] = []
    while True:
        begin = datetime(year, month, 1, tzinfo=zone)
        found.append(round(begin.timestamp()) * SECOND)
        if found[-1] >= stop:
            return np.array(found, dtype=np.int64)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
