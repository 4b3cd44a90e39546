"""A firm's outages, priced: ranges, the two views, and what matters most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rabta.cost.firm.exposure import Exposure, exposure
from rabta.cost.firm.inputs import inputs, open_inputs, values
from rabta.cost.firm.kernel import COST_VIEW, REVENUE_VIEW, Costs, costs
from rabta.cost.firm.outages import Outage
from rabta.cost.firm.profile import Firm
from rabta.cost.firm.qmc import points
from rabta.cost.firm.ranges import Floats
from rabta.cost.money import Money


DRAWS = 16_384
_SEED = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """One input of the tornado: the total with it at P10 and at P90, others at P50."""

    name: str
    low: float
    high: float

    @property
    def swing(self) -> float:
        """How far the total moves."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class FirmCost:
    """What a period cost a firm."""

    outages: int
    down_hours: float
    lost_hours: Money
    """Person-hours; no money, but a range like it."""
    parts: tuple[tuple[str, Money], ...]
    """By component, P10, P50 and P90 each for itself: they do not add up."""
    revenue_view: Money
    cost_view: Money
    tornado: tuple[Bar, ...]
    """Of the revenue view, or of the cost view where nothing is billed."""
    draws: int


def price(
    firm: Firm, outages: Sequence[Outage], start: int, stop: int, draws: int = DRAWS
) -> FirmCost:
    """Price *outages* within [start, stop), microseconds UTC."""
    return priced(firm, exposure(firm, outages, start, stop), len(outages), draws)


def more(
    firm: Firm,
    base: Sequence[Outage],
    other: Sequence[Outage],
    start: int,
    stop: int,
) -> FirmCost:
    """Price by how much *other* costs more than *base*, draw by draw.

    Two prices do not subtract: credits go by steps, and both rest on the same figures.
    """
    before, after = (exposure(firm, log, start, stop) for log in (base, other))
    known, uncertain = inputs(firm), max(len(before.shifts), len(after.shifts)) > 1
    names = open_inputs(known, uncertain=uncertain)
    value = values(known, names, _cube(DRAWS, names))
    less, all_of_it = (costs(firm, touched, value) for touched in (before, after))
    found = Costs(
        {name: drawn - less.parts[name] for name, drawn in all_of_it.parts.items()},
        all_of_it.lost_hours - less.lost_hours,
    )
    down = float(np.median(after.down_hours) - np.median(before.down_hours))
    return _summed(firm, found, max(0, len(other) - len(base)), down, ())


def priced(firm: Firm, touched: Exposure, count: int, draws: int = DRAWS) -> FirmCost:
    """Price what *count* outages have *touched*."""
    known = inputs(firm)
    names = open_inputs(known, uncertain=len(touched.shifts) > 1)
    found = costs(firm, touched, values(known, names, _cube(draws, names)))
    view = REVENUE_VIEW if found.total(REVENUE_VIEW).any() else COST_VIEW
    tornado = _tornado(firm, touched, names, view)
    return _summed(firm, found, count, float(np.median(touched.down_hours)), tornado)


def _cube(draws: int, names: list[str]) -> Floats:
    return points(draws, len(names), _SEED) if names else np.full((1, 0), 0.5)


def _summed(
    firm: Firm, found: Costs, count: int, down: float, tornado: tuple[Bar, ...]
) -> FirmCost:
    def money(drawn: Floats) -> Money:
        low, likely, high = np.quantile(drawn, (0.1, 0.5, 0.9)).tolist()
        return Money(low, likely, high, firm.currency, firm.year)

    return FirmCost(
        count,
        down,
        money(found.lost_hours),
        tuple(
            (name, money(drawn)) for name, drawn in found.parts.items() if drawn.any()
        ),
        money(found.total(REVENUE_VIEW)),
        money(found.total(COST_VIEW)),
        tornado,
        len(found.lost_hours),
    )


def _tornado(
    firm: Firm, touched: Exposure, names: list[str], view: tuple[str, ...]
) -> tuple[Bar, ...]:
    count = len(names)
    if not count:
        return ()
    u = np.full((2 * count, count), 0.5)
    each = np.arange(count)
    u[each, each], u[count + each, each] = 0.1, 0.9
    total = costs(firm, touched, values(inputs(firm), names, u)).total(view)
    bars = [
        Bar(name, float(total[index]), float(total[count + index]))
        for index, name in enumerate(names)
    ]
    moving = (bar for bar in bars if bar.swing)
    return tuple(sorted(moving, key=lambda bar: -bar.swing))
