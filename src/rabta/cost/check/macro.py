"""Acceptance figures of the country methods."""

from datetime import UTC, datetime

from rabta.clock import DAY, HOUR, SECOND
from rabta.cost.check.published import Published, published
from rabta.cost.check.row import Row
from rabta.cost.country import price
from rabta.cost.event import Event, Scope
from rabta.cost.facts import Facts, shipped
from rabta.cost.methods.commerce import kappa
from rabta.cost.methods.deloitte_people import by_people
from rabta.cost.methods.gdp_share import implied_share
from rabta.cost.methods.it_sector import of_working_time
from rabta.cost.methods.netloss import a_day
from rabta.cost.methods.slow_growth import share_lost
from rabta.cost.pool import bracket
from rabta.cost.weight import slowed
from rabta.model import Kind


_START = round(datetime(2023, 3, 1, tzinfo=UTC).timestamp()) * SECOND
_X = round(datetime(2024, 2, 18, tzinfo=UTC).timestamp()) * SECOND
_SEVEN = (3.69, 4.25, 4.9, 9.22, 13.84, 24.91, 53.04)
_PARTS = ("rides", "meals", "freelancers", "telecom")
_COST = "NetBlocks COST (Dawn 1876517)"
_PASHA = "P@SHA over SBP exports"
_ICRIER = "ICRIER 2018"


def macro_rows() -> list[Row]:
    """Return the rows about countries and sectors."""
    facts = shipped("PK")
    return [
        *_shares(facts),
        *_not_ours(),
        *_lists(),
        *_platforms(facts),
        *_sector(facts),
        *_slow(facts),
    ]


def _shares(facts: Facts) -> list[Row]:
    gdp = facts.nearest("gdp", 2023).value
    people = facts.nearest("population", 2023).value
    day = {
        one.method: one.money.likely / 1e6
        for one in price(Event(_START, _START + DAY), facts).lines
    }
    rate = facts.one("cost_rate").value
    high = gdp / 365 * facts.one("deloitte_high").value / 1e6
    pide = facts.one("pide_share").value * 83.25e12 / 365 / 1e9
    rows = [
        Row(
            "1",
            "digital share that COST's rate implies, GDP 2023",
            5.75,
            100 * implied_share(rate, gdp),
            0.002,
            "%",
            "D",
            _COST,
        ),
        _usd("2", "gdp_share at 1.5 %, 24 h", 13.84, day["gdp_share/adb"], "D", "ADB"),
        _usd(
            "3", "gdp_share at 2.7 %, 24 h", 24.91, day["gdp_share/moitt"], "D", "MoITT"
        ),
        _usd("4", "deloitte low", 3.69, day["deloitte/low"], "S", "Deloitte 2016"),
        _usd(
            "4", "deloitte medium", 9.22, day["deloitte/medium"], "S", "Deloitte 2016"
        ),
        _usd("4", "deloitte high", 17.53, high, "S", "Deloitte 2016"),
        Row(
            "6",
            "24 h of Rs 83.25 tn",
            1.3,
            pide,
            0.001,
            "PKR bn",
            "S",
            "PIDE, Oct 2023",
        ),
        Row(
            "20",
            "NetLoss by head over daily GDP (refused)",
            23.2,
            a_day(facts, people) / (gdp / 365),
            0.005,
            "x",
            "D",
            "Tagat et al. 2024",
        ),
    ]
    for name, value in (("low", 14.85), ("medium", 163.35), ("high", 584.1)):
        got = by_people(facts, name, people) / 1e6
        what = f"deloitte by head, {name} (refused)"
        rows.append(_usd("5", what, value, got, "S", "Deloitte 2016"))
    centre, spread = bracket(_SEVEN)
    low, top = centre / spread**1.2815516, centre * spread**1.2815516
    for what, value, got in (
        ("bracket of seven: P50", 10.38, centre),
        ("bracket of seven: P10", 2.89, low),
        ("bracket of seven: P90", 37.2, top),
    ):
        rows.append(_usd("24", what, value, got, "D", "the rule"))
    rows.append(
        Row("24", "bracket of seven: GSD", 2.71, spread, 0.002, "", "D", "the rule")
    )
    parts = [facts.one(f"pide_{one}") for one in _PARTS]
    for what, value, got in (
        ("four parts, low", 1004, sum(one.low for one in parts) / 1e6),
        ("four parts, high", 1007, sum(one.high for one in parts) / 1e6),
    ):
        rows.append(Row("7", what, value, got, 1e-4, "PKR m", "S", "PIDE, Oct 2023"))
    return rows


def _not_ours() -> list[Row]:
    """Published figures that no method of Rabta yields: there is nothing to hold."""
    return [
        Row("8", "India, 12,615 h mobile", 2370, None, 0, "USD m", "S", _ICRIER),
        Row("8", "India, 3,700 h all", 678.4, None, 0, "USD m", "S", _ICRIER),
        Row("9", "236 days", 237, None, 0, "USD m", "S", "CIPESA 2017"),
    ]


def _lists() -> list[Row]:
    facts = shipped("PK")
    brookings = sum(one.usd for one in published() if one.source == "brookings") / 1e6
    cipesa = facts.one("cost_escalator_cipesa").value ** 4
    share = facts.one("cost_escalator_share").value ** 4
    return [
        _usd("10", "Brookings' list", 2391, brookings, "S", "West 2016"),
        Row("11", "CIPESA's figures, 4 years", 2.0736, cipesa, 1e-4, "x", "S", _COST),
        Row("11", "G20 shares, 4 years", 1.4641, share, 1e-4, "x", "S", _COST),
    ]


def _platforms(facts: Facts) -> list[Row]:
    block = Event(_X, _X + 318 * DAY, Kind.BLOCKING, Scope.PLATFORM)
    lines = {one.method: one.money.likely / 1e9 for one in price(block, facts).lines}
    year, alone = _row(2024, "year"), _row(2024, "X 18 Feb to 31 Dec")
    province = facts.one("cost_rate").value * 864 * 0.00618 / 1e6
    top = "Top10VPN 2024"
    return [
        Row(
            "14",
            "X, 318 d, gdp_share/cost",
            1.34,
            lines["gdp_share/cost"],
            0.01,
            "USD bn",
            "D",
            top,
        ),
        Row(
            "14",
            "X, 318 d, reported rate",
            1.34,
            lines["reported"],
            0.005,
            "USD bn",
            "S",
            top,
        ),
        _usd("15", "Balochistan, 864 h at 0.62 %", 11.8, province, "D", top),
        Row(
            "16",
            "one block of the 2024 total",
            82.7,
            100 * alone.usd / year.usd,
            0.001,
            "%",
            "D",
            top,
        ),
    ]


def _sector(facts: Facts) -> list[Row]:
    days, hours = (facts.one(f"working_{unit}").value for unit in ("days", "hours"))
    loss = facts.one("it_loss").value
    exports23 = facts.nearest("it_exports", 2023, "FY").value
    exports24 = facts.nearest("it_exports", 2024, "FY").value
    rate = facts.one("cost_rate").value
    return [
        _usd(
            "17",
            "sector, a working day of FY23",
            5.49,
            of_working_time(loss, exports23, days) / 1e6,
            "D",
            _PASHA,
        ),
        _usd(
            "18",
            "sector, a working hour of FY24, 0.587",
            0.91,
            of_working_time(0.587, exports24, hours) / 1e6,
            "D",
            _PASHA,
        ),
        _usd(
            "18",
            "sector, a working hour of FY24, 0.645",
            1.00,
            of_working_time(0.645, exports24, hours) / 1e6,
            "D",
            _PASHA,
        ),
        Row(
            "19",
            "USD 300 m at COST's rate",
            135.7,
            300e6 / rate,
            1e-3,
            "h",
            "D",
            "P@SHA (Dawn 1852470)",
        ),
        Row(
            "19",
            "USD 300 m of FY24 exports",
            9.31,
            100 * 300e6 / exports24,
            1e-3,
            "%",
            "D",
            "P@SHA (Dawn 1852470)",
        ),
    ]


def _slow(facts: Facts) -> list[Row]:
    month = Event(_X, _X + HOUR, Kind.THROTTLING, depth=0.35)
    sustained = {one.method: one.money.high for one in price(month, facts).lines}
    exports = sustained["speed_exports"] / (
        facts.nearest("it_exports", 2024, "FY").value / 8760
    )
    traffic = sustained["icrier"] / (facts.nearest("gdp", 2024).value / 8760)
    mobile = slowed(0.35, facts.one("icrier_mobile").value)
    growth = share_lost(0.35, facts.one("speed_growth").value)
    kappas = [
        kappa(facts.one(f"akamai_{one}").value, 2) for one in ("desktop", "mobile")
    ]
    akamai = "Akamai/SOASTA 2017"
    return [
        Row(
            "21",
            "exports at 65 % of the speed",
            19.4,
            100 * exports,
            0.005,
            "%",
            "D",
            "Abeliansky and Hilbert 2017",
        ),
        Row(
            "21",
            "GDP at 65 % of the traffic",
            12.5,
            100 * traffic,
            0.005,
            "%",
            "D",
            _ICRIER,
        ),
        Row(
            "21",
            "GDP at 65 % of mobile traffic",
            6.7,
            100 * mobile,
            0.0075,
            "%",
            "D",
            _ICRIER,
        ),
        Row(
            "22",
            "GDP at 65 % of the speed",
            0.186,
            100 * growth,
            0.005,
            "%",
            "D",
            "Rohman and Bohlin",
        ),
        Row(
            "23",
            "conversions a second, desktop",
            0.2271,
            kappas[0],
            1e-3,
            "1/s",
            "D",
            akamai,
        ),
        Row(
            "23",
            "conversions a second, phone",
            0.1519,
            kappas[1],
            1e-3,
            "1/s",
            "D",
            akamai,
        ),
    ]


def _usd(
    number: str, what: str, expected: float, got: float, mark: str, source: str
) -> Row:
    return Row(number, what, expected, got, 0.003, "USD m", mark, source)


def _row(year: int, what: str) -> Published:
    return next(one for one in published() if (one.year, one.what) == (year, what))
