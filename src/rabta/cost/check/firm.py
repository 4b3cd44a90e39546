"""Acceptance figures of a firm, a freelancer and two lines."""

from dataclasses import replace
from datetime import UTC

import numpy as np

from rabta.cost.check.row import Row
from rabta.cost.firm.calendar import Calendar
from rabta.cost.firm.exposure import Exposure
from rabta.cost.firm.kernel import churn
from rabta.cost.firm.price import FirmCost, priced
from rabta.cost.firm.profile import Firm, Group
from rabta.cost.firm.ranges import exact
from rabta.cost.levels import AWS_REGION, break_even, credit, pair


_ZERO = np.zeros(1)
_RULE = "the formulas, worked by hand"


def firm_rows() -> list[Row]:
    """Return the rows about single firms."""
    firm, alone = _worked(), _freelancer()
    parts = {name: money.likely for name, money in firm.parts}
    more = float(churn(np.zeros(1), np.array([0.01]), np.array([1.0]))[0]) * 1200
    given = float(credit(np.array([0.985]), AWS_REGION)[0])
    links = [
        Row(
            "27",
            f"97 % and 95 % lines, {beta:.0%} common",
            expected,
            pair(0.97, 0.95, beta),
            6e-6,
            "",
            "D",
            "common-cause factor, beta estimated",
        )
        for beta, expected in (
            (0, 0.99850),
            (0.1, 0.99579),
            (0.5, 0.98462),
            (0.9, 0.97298),
        )
    ]
    return [
        Row(
            "25",
            "200 people, 6 h: hours lost for good",
            326.4,
            firm.lost_hours.likely,
            1e-9,
            "h",
            "D",
            _RULE,
        ),
        Row("25", "revenue lost", 6120, parts["revenue"], 1e-6, "USD", "D", _RULE),
        Row(
            "25", "overtime premium", 961.71, parts["catch_up"], 1e-5, "USD", "D", _RULE
        ),
        Row(
            "25",
            "revenue view",
            7081.71,
            firm.revenue_view.likely,
            1e-5,
            "USD",
            "D",
            _RULE,
        ),
        Row(
            "26",
            "freelancer, 5 h",
            18,
            alone.revenue_view.likely,
            1e-9,
            "USD",
            "D",
            _RULE,
        ),
        Row(
            "26",
            "a client of USD 1,200 likelier to leave by 1 %",
            12,
            more,
            0.006,
            "USD",
            "D",
            _RULE,
        ),
        *links,
        Row(
            "28",
            "credit at 98.5 % of a month",
            30,
            100 * given,
            1e-9,
            "%",
            "S",
            "AWS EC2 region SLA",
        ),
        Row(
            "29",
            "fibre of Rs 5,000, Rs 2,240 an hour, 80 % avoided",
            2.79,
            break_even(5000, 2240, 0.8),
            1e-3,
            "h/month",
            "D",
            "prices of Pakistani providers",
        ),
    ]


def _touched(hours: float) -> Exposure:
    """One outage of so many hours within working time, none of it too long ago."""
    lost = np.array([[hours]])
    return Exposure(
        _ZERO, lost, lost, np.array([hours]), np.ones(1), np.ones((1, 1)), _ZERO, ()
    )


def _group(people: float, dependence: float, rate: float, recapture: float) -> Group:
    return Group(
        "staff",
        exact(people),
        Calendar(UTC),
        dependence=exact(dependence, share=True),
        rate=exact(rate),
        recapture=exact(recapture, share=True),
    )


def _worked() -> FirmCost:
    group = replace(
        _group(200, 0.85, 25, 0.6),
        utilisation=exact(0.75, share=True),
        wage=exact(1100 / 280),
        premium=exact(0.5, share=True),
    )
    return priced(Firm("USD", "2025", UTC, (group,)), _touched(6 * 0.8), 1)


def _freelancer() -> FirmCost:
    firm = Firm("USD", "2025", UTC, (_group(1, 0.9, 8, 0.5),))
    return priced(firm, _touched(5), 1)
