"""A firm's profile out of a ``[firm]`` table."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rabta.config.read import Section
from rabta.cost.firm.calendar import Calendar, Shift
from rabta.cost.firm.profile import Client, Firm, Group, Shop
from rabta.cost.firm.ranges import Range, read
from rabta.cost.levels import AWS_REGION, Step


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)")
_NAME = r"[a-z0-9][a-z0-9_-]*"
_CALENDAR = ("hours", "weekdays", "ramadan_hours")
_GROUP_SHARES = ("dependence", "continuity", "utilisation", "recapture", "premium")
_CLIENT_SHARES = ("margin", "leaves")
_SHOP_SHARES = ("unstoppable", "margin", "deferred")
_SHOP_MONEY = ("ad_spend", "order_value")


def firm_of(table: Section) -> Firm:
    """Read *table*; what is not said keeps the default of ``profile``.

    Raises:
        ConfigError: with file, line, key and the accepted form.
    """
    reader = _Reader(table)
    return Firm(
        reader.currency,
        reader.year,
        reader.zone,
        tuple(reader.group(one) for one in table.tables("group", *_GROUP_KEYS)),
        tuple(reader.client(one) for one in table.tables("client", *_CLIENT_KEYS)),
        reader.shop(table.table("shop", *_SHOP_KEYS)) if "shop" in table else None,
        home=table.text("home"),
        **reader.ranges(table, shares=("variable_cost",), plain=_FIRM_PLAIN),
    )


_GROUP_KEYS = ("name", "people", "rate", "wage", *_GROUP_SHARES, *_CALENDAR)
_CLIENT_KEYS = ("name", "fee", "credits", "value", "annoyed", *_CLIENT_SHARES)
_SHOP_KEYS = (
    *("orders", "latency", "hours", "weekdays", "ramadan_hours"),
    *_SHOP_SHARES,
    *_SHOP_MONEY,
)
_FIRM_PLAIN = ("restore_hours", "redo_minutes")


class _Reader:
    """The profile's currency, zone and days off, for all its parts."""

    def __init__(self, table: Section) -> None:
        self.currency = table.text(
            "currency", "USD", pattern="[A-Z]{3}", form='three letters such as "USD"'
        )
        if "year" not in table:
            table.fail("year", "missing; the year of these prices, such as 2026")
        self.year = str(table.integer("year", 2026, 1990, 2100))
        self._rates = _rates(table, self.currency)
        self.zone = _zone(table)
        self._holidays = _holidays(table)
        self._names: set[str] = {"shop", "shift"}

    def group(self, table: Section) -> Group:
        if "people" not in table:
            table.fail("people", "missing; how many work in this group")
        kept = self.ranges(
            table, shares=_GROUP_SHARES, money=("rate", "wage"), plain=("people",)
        )
        return Group(self._name(table), calendar=self._calendar(table), **kept)

    def client(self, table: Section) -> Client:
        if "fee" not in table:
            table.fail("fee", "missing; what they pay a month")
        kept = self.ranges(
            table, shares=_CLIENT_SHARES, money=("fee", "value"), plain=("annoyed",)
        )
        steps, given = AWS_REGION, "credits" in table
        if given and table.raw("credits") != "aws":
            steps = steps_of(table)
        return Client(self._name(table), credits=steps, has_credits=given, **kept)

    def shop(self, table: Section) -> Shop:
        kept = self.ranges(
            table, shares=_SHOP_SHARES, money=_SHOP_MONEY, plain=("orders", "latency")
        )
        return Shop(self._calendar(table), **kept)

    def ranges(
        self,
        table: Section,
        *,
        shares: tuple[str, ...] = (),
        money: tuple[str, ...] = (),
        plain: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Return the figures that are given, by key."""
        found: dict[str, Any] = {}  # keywords of a part of the profile
        for key in (*shares, *money, *plain):
            if key not in table:
                continue
            value = table.raw(key)
            try:
                one, currency = read(value, share=key in shares)
            except ValueError as error:
                form = '5, "5 to 8" or [low, most likely, high]'
                table.fail(key, f"expected {form}, got {value!r}", str(error))
            if currency and key not in money:
                table.fail(key, f"is no money, got {value!r}")
            found[key] = self._converted(table, key, one, currency)
        return found

    def _converted(self, table: Section, key: str, one: Range, currency: str) -> Range:
        if currency in {"", self.currency}:
            return one
        if currency not in self._rates:
            hint = f"add to [firm]: exchange = {{ {currency} = 280 }}"
            table.fail(key, f"no exchange rate of {currency} is given", hint)
        rate = self._rates[currency]
        mode = None if one.mode is None else one.mode / rate
        return Range(one.low / rate, one.high / rate, mode, one.share)

    def _name(self, table: Section) -> str:
        if "name" not in table:
            table.fail("name", "missing; what to call it")
        form = "lower-case letters, digits, dashes"
        name = table.text("name", pattern=_NAME, form=form)
        if name in self._names:
            table.fail("name", f"{name!r} is taken")
        self._names.add(name)
        return name

    def _calendar(self, table: Section) -> Calendar:
        usual = Calendar(self.zone)
        days = usual.weekdays
        if "weekdays" in table:
            names = table.strings("weekdays")
            for index, name in enumerate(names):
                if name not in DAYS:
                    table.fail_item("weekdays", index, f"expected one of {DAYS}")
            days = frozenset(DAYS.index(name) for name in names)
        return Calendar(
            self.zone,
            shifts_of(table, "hours") if "hours" in table else usual.shifts,
            days,
            self._holidays,
            shifts_of(table, "ramadan_hours") if "ramadan_hours" in table else None,
        )


def shifts_of(table: Section, key: str) -> tuple[Shift, ...]:
    """Read a list of local hours such as ``["09:00-18:00"]``."""
    found: list[Shift] = []
    for index, text in enumerate(table.strings(key)):
        match = _SHIFT.fullmatch(text)
        if match is None:
            table.fail_item(key, index, f'expected "09:00-18:00", got {text!r}')
        begin = time(int(match[1]), int(match[2]))
        found.append((begin, time(int(match[3]) % 24, int(match[4]))))
    return tuple(found)


def _zone(table: Section) -> tzinfo:
    name = table.text("timezone", "UTC")
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.fail("timezone", f"expected a zone such as Asia/Karachi, got {name!r}")


def _holidays(table: Section) -> frozenset[date]:
    found = set()
    given = table.raw("holidays") or []
    if not isinstance(given, list):
        table.fail("holidays", "expected a list of dates such as [2026-08-14]")
    for index, item in enumerate(given):
        try:
            one = date.fromisoformat(item) if isinstance(item, str) else item
        except ValueError:
            one = None
        if not isinstance(one, date) or isinstance(one, datetime):
            table.fail_item("holidays", index, f"expected a date, got {item!r}")
        found.add(one)
    return frozenset(found)


def _rates(table: Section, currency: str) -> Mapping[str, float]:
    given = table.raw("exchange") or {}
    if not isinstance(given, dict) or not all(
        isinstance(v, int | float) and v > 0 for v in given.values()
    ):
        form = f"{{ PKR = 280 }}: how many for one {currency}"
        table.fail("exchange", f"expected {form}")
    return {str(key): float(value) for key, value in given.items()}


def steps_of(table: Section) -> tuple[Step, ...]:
    """Read ``credits``: below each uptime the share of the fee given back."""
    given = table.raw("credits")
    form = '"aws" or [[uptime, share], …] such as [[0.99, 0.1], [0.95, 0.5]]'
    found: list[Step] = []
    for step in given if isinstance(given, list) else [None]:
        pair = tuple(step) if isinstance(step, list) and len(step) == 2 else ()
        if len(pair) != 2 or not all(
            isinstance(v, int | float) and 0 <= v <= 1 for v in pair
        ):
            table.fail("credits", f"expected {form}, got {given!r}")
        found.append((float(pair[0]), float(pair[1])))
    return tuple(found)
