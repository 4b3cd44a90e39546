"""What a firm or a freelancer says of their work; every figure may be a range.

Amounts are in the profile's currency, shares from 0 to 1, times in hours.
"""

from dataclasses import dataclass, field
from datetime import tzinfo

from rabta.cost.firm.calendar import Calendar
from rabta.cost.firm.ranges import Range, exact
from rabta.cost.levels import AWS_REGION, Step


def _share(value: float) -> Range:
    return exact(value, share=True)


@dataclass(frozen=True, slots=True)
class Group:
    """People who work the same hours and depend on the line alike."""

    name: str
    people: Range
    calendar: Calendar
    dependence: Range = field(default_factory=lambda: _share(0.85))
    """Share of the work that cannot be done without the line."""
    continuity: Range = field(default_factory=lambda: _share(0.0))
    """Share of that which goes on all the same, such as by phones' data."""
    utilisation: Range = field(default_factory=lambda: _share(1.0))
    """Share of the hours that is billed."""
    rate: Range = field(default_factory=lambda: exact(0.0))
    """Billed an hour."""
    wage: Range = field(default_factory=lambda: exact(0.0))
    """Paid an hour."""
    recapture: Range = field(default_factory=lambda: _share(0.5))
    """Share of lost work that is made up for later, after a short outage."""
    premium: Range = field(default_factory=lambda: _share(0.0))
    """Paid on top of the wage for work that is made up for."""


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody who pays by the month and may leave."""

    name: str
    fee: Range
    """A month."""
    credits: tuple[Step, ...] = AWS_REGION
    has_credits: bool = False
    """Whether the contract knows credits at all."""
    value: Range = field(default_factory=lambda: exact(0.0))
    """What is still to be earned from them."""
    margin: Range = field(default_factory=lambda: _share(1.0))
    leaves: Range = field(default_factory=lambda: _share(0.0))
    """Chance that they leave in the period without any outage."""
    annoyed: Range = field(default_factory=lambda: exact(0.0))
    """How much each hour down adds to it: 1 - (1 - leaves) exp(-annoyed x hours)."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop or a campaign; around the clock unless its calendar says otherwise."""

    calendar: Calendar
    ad_spend: Range = field(default_factory=lambda: exact(0.0))
    """An hour."""
    unstoppable: Range = field(default_factory=lambda: _share(0.0))
    """Share of the spending that goes on while the shop cannot be reached."""
    orders: Range = field(default_factory=lambda: exact(0.0))
    """An hour."""
    order_value: Range = field(default_factory=lambda: exact(0.0))
    margin: Range = field(default_factory=lambda: _share(1.0))
    deferred: Range = field(default_factory=lambda: _share(0.0))
    """Share of the orders that come later."""
    latency: Range = field(default_factory=lambda: Range(0.08, 0.25, 0.15))
    """Orders lost for each second of delay, as an exponent."""


@dataclass(frozen=True, slots=True)
class Firm:
    """All of it."""

    currency: str
    year: str
    """Of the prices."""
    zone: tzinfo
    """Of the contracts: where months begin."""
    groups: tuple[Group, ...] = ()
    clients: tuple[Client, ...] = ()
    shop: Shop | None = None
    home: str = ""
    """The uplink that carries when all work; empty: the one measured longest."""
    variable_cost: Range = field(default_factory=lambda: _share(0.0))
    """Share of revenue that need not be spent when it is not earned."""
    restore_hours: Range = field(default_factory=lambda: exact(0.0))
    """Person-hours to put things right after each outage."""
    redo_minutes: Range | None = None
    """Person-minutes to do by hand what the outbox carried through; None: not said."""
