"""Money is an amount with a currency and the year of its prices, never one figure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    """A range: *low* and *high* are P10 and P90, or what its method gives as bounds."""

    low: float
    likely: float
    high: float
    currency: str
    year: str
    """Of the figures it rests on, ``2023``, ``FY2024``, ``2023–2024``."""

    def __add__(self, other: "Money") -> "Money":
        """Add bound to bound: as if both were low, or high, together."""
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return Money(
            self.low + other.low,
            self.likely + other.likely,
            self.high + other.high,
            self.currency,
            _years(self.year, other.year),
        )


def _years(one: str, other: str) -> str:
    ends = sorted({*one.split("–"), *other.split("–")} - {""})
    return ends[0] if len(ends) == 1 else f"{ends[0]}–{ends[-1]}" if ends else ""


def shown(amount: float, currency: str) -> str:
    """Write an amount as people read it: ``USD 13.8 m``."""
    for size, unit in ((1e12, " tn"), (1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if abs(amount) >= 0.9995 * size:
            return f"{currency} {_three(amount / size)}{unit}"
    return (
        f"{currency} {amount:.2f}" if abs(amount) < 100 else f"{currency} {amount:.0f}"
    )


def _three(value: float) -> str:
    """Write three significant digits; 100 and more without a point."""
    return f"{value:.0f}" if abs(value) >= 99.95 else f"{value:.3g}"


def span(money: Money) -> str:
    """Write a range: ``USD 3.69 m (2.50 m … 4.10 m)``."""
    if money.low == money.high:
        return shown(money.likely, money.currency)
    low, high = (shown(bound, "").strip() for bound in (money.low, money.high))
    return f"{shown(money.likely, money.currency)} ({low} … {high})"
