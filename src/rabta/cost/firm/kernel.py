"""From exposure and figures to money: arrays in, arrays out, one entry a draw.

``e = hours x people x dependence x severity x (1 - continuity)`` is lost work; of it
``RF = recapture x exp(-max(0, lasted - 4 h) / 24 h)`` is made up for. The revenue view
counts what is not earned, the cost view what is paid for nothing: one or the other,
never their sum.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rabta.cost.firm.exposure import Exposure
from rabta.cost.firm.profile import Client, Firm, Shop
from rabta.cost.firm.ranges import Floats
from rabta.cost.levels import credit


Value = Callable[[str], Floats]
"""The draws of an input by its name, such as ``developers.dependence``."""

REVENUE_VIEW = (
    *("revenue", "catch_up", "credits", "ads", "orders", "churn", "recovery"),
)
COST_VIEW = ("idle", "catch_up", "credits", "ads", "recovery")


@dataclass(frozen=True, slots=True)
class Costs:
    """Money by component, each (draws,)."""

    parts: dict[str, Floats]
    lost_hours: Floats
    """Person-hours that were not worked and not made up for."""

    def total(self, view: tuple[str, ...]) -> Floats:
        """Add the components of one view."""
        return np.asarray(sum(self.parts[name] for name in view))


def costs(firm: Firm, touched: Exposure, value: Value) -> Costs:
    """Price what is *touched* with the draws *value* gives; ``shift`` is one."""
    shift = value("shift")

    def drawn(nodes: Floats) -> Floats:
        if len(touched.shifts) == 1:
            return np.full_like(shift, nodes[0])
        return np.interp(shift, touched.shifts, nodes)

    parts = dict.fromkeys(dict.fromkeys(REVENUE_VIEW + COST_VIEW), np.zeros_like(shift))
    hours, paid, people = (np.zeros_like(shift) for _ in range(3))
    for index, group in enumerate(firm.groups):
        name = group.name
        many = value(f"{name}.people")
        needs = many * value(f"{name}.dependence") * (1 - value(f"{name}.continuity"))
        lost = drawn(touched.lost[:, index]) * needs
        regained = drawn(touched.made_up[:, index]) * needs
        regained = regained * value(f"{name}.recapture")
        wage = value(f"{name}.wage")
        missing = lost - regained
        billed = value(f"{name}.utilisation") * value(f"{name}.rate")
        parts["revenue"] = parts["revenue"] + missing * billed
        overtime = regained * wage * value(f"{name}.premium")
        parts["catch_up"] = parts["catch_up"] + overtime
        parts["idle"] = parts["idle"] + missing * wage
        hours, paid, people = hours + missing, paid + many * wage, people + many
    parts["revenue"] = parts["revenue"] * (1 - value("variable_cost"))
    mean_wage = np.divide(paid, people, out=np.zeros_like(paid), where=people > 0)
    restoring = drawn(touched.outages) * value("restore_hours")
    parts["recovery"] = restoring * mean_wage
    down = drawn(touched.down_hours)
    for client in firm.clients:
        parts["credits"] = parts["credits"] + _credits(client, touched, value, drawn)
        parts["churn"] = parts["churn"] + _churn(client, down, value)
    if firm.shop is not None:
        parts["ads"], parts["orders"] = _shop(firm.shop, touched, value, drawn)
    return Costs(parts, hours)


def churn(base: Floats, annoyed: Floats, hours: Floats) -> Floats:
    """Return how much likelier a client leaves after so many hours down."""
    return np.asarray((1 - base) * -np.expm1(-annoyed * hours))


def _credits(
    client: Client, touched: Exposure, value: Value, drawn: Callable[[Floats], Floats]
) -> Floats:
    if not client.has_credits:
        return np.zeros_like(value("shift"))
    months = credit(touched.uptime, client.credits).sum(axis=1)
    return value(f"{client.name}.fee") * drawn(months)


def _churn(client: Client, down: Floats, value: Value) -> Floats:
    name = client.name
    more = churn(value(f"{name}.leaves"), value(f"{name}.annoyed"), down)
    return more * value(f"{name}.value") * value(f"{name}.margin")


def _shop(
    shop: Shop, touched: Exposure, value: Value, drawn: Callable[[Floats], Floats]
) -> tuple[Floats, Floats]:
    del shop  # its figures come by name, its hours are in *touched*
    down = drawn(touched.shop_down)
    ads = value("shop.ad_spend") * down * value("shop.unstoppable")
    hours = down
    for extra, slow in touched.shop_slow:
        hours = hours - drawn(slow) * np.expm1(-value("shop.latency") * extra)
    earned = value("shop.orders") * value("shop.order_value") * value("shop.margin")
    return ads, earned * hours * (1 - value("shop.deferred"))
