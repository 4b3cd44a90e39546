"""What a method says of an event: a price with all it rests on, or why it has none."""

from dataclasses import dataclass

from rabta.cost.facts import Fact
from rabta.cost.money import Money
from rabta.model.message import Message


@dataclass(frozen=True, slots=True)
class Line:
    """The price one method puts on one event."""

    method: str
    """Its name, such as ``gdp_share/adb``."""
    money: Money
    inputs: tuple[Fact, ...]
    note: Message | None = None
    pooled: bool = True
    """Whether it counts in the bracket over methods."""
    claimed: bool = False
    """Whether it rests on what advocates or sellers say."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A method that has no price for this event, or fails its own check."""

    method: str
    why: Message


Said = Line | Refusal
