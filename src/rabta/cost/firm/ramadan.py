"""When Ramadan is, by the tabular Islamic calendar; the moon may differ by two days.

Thirty years of 10,631 days, with leap days in years 2, 5, 7, 10, 13, 16, 18, 21, 24,
26 and 29 (the civil epoch, 16 July 622 Julian).
"""

from datetime import date, timedelta


_EPOCH = date(622, 7, 19)  # Gregorian of 16 July 622 Julian
_BEFORE = 29 * 4 + 30 * 4  # days of the eight months before it
_LENGTH = 30


def ramadans(first: date, last: date) -> list[tuple[date, date]]:
    """Return the (first, last) day of each Ramadan that touches [first, last]."""
    begin = int((first - _EPOCH).days / 354.367) - 1
    stop = int((last - _EPOCH).days / 354.367) + 3
    found = []
    for year in range(max(1, begin), stop):
        start = _new_year(year) + timedelta(days=_BEFORE)
        end = start + timedelta(days=_LENGTH - 1)
        if start <= last and end >= first:
            found.append((start, end))
    return found


def _new_year(year: int) -> date:
    """Return the first day of Muharram of the Hijri *year*."""
    return _EPOCH + timedelta(days=(year - 1) * 354 + (3 + 11 * year) // 30)
