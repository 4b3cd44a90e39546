"""The decision at one moment, as a document. Pure."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rabta.clock import SECOND
from rabta.config import Config
from rabta.model import Message, Uplink
from rabta.steer.beliefs import Beliefs
from rabta.steer.document import Carrier, Decision, Move, Rating
from rabta.steer.lanes import Lane, lanes_of
from rabta.steer.plan import Carriers
from rabta.steer.policy import Choice, Policy, Steering
from rabta.steer.quality import Traffic, r_factor
from rabta.steer.ways import tunnels


FAMILIES = (4, 6)
_KEPT = 50

Choices = dict[Traffic, Choice]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of the uplinks, by name."""

    policy: Policy = field(default_factory=Policy)
    tiers: Mapping[str, int] = field(default_factory=dict)
    caps: Mapping[str, int] = field(default_factory=dict)
    """Bytes a month."""

    @classmethod
    def of(cls, config: Config) -> "Wishes":
        """Take them from the configuration."""
        steer = config.steer
        uplinks = {one.name or one.interface: one for one in config.uplinks}
        return cls(
            Policy(steer.patience, steer.settle, steer.hold),
            {name: one.tier for name, one in uplinks.items()},
            {
                name: round(one.cap_gb_per_month * 1e9)
                for name, one in uplinks.items()
                if one.cap_gb_per_month is not None
            },
        )


class Decider:
    """Both address families, as time goes on."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes
        self._steering = {family: Steering(wishes.policy) for family in FAMILIES}
        self._moves: deque[Move] = deque(maxlen=_KEPT)
        self.choices: dict[int, Choices] = {}
        self.lanes: dict[int, tuple[Lane, ...]] = {}
        self._tunnel = ""

    def decide(
        self,
        uplinks: Sequence[Uplink],
        beliefs: Beliefs | None,
        used: Mapping[str, int],
        now: int,
        monotonic: float,
    ) -> Decision:
        """Return who carries what from *now* (µs UTC, and monotonic seconds) on.

        *used*: bytes of this month by uplink.
        """
        self._tunnel = next((one.name for one in tunnels(uplinks)), "")
        caps = self._wishes.caps
        spent = {name for name, cap in caps.items() if used.get(name, 0) > cap}
        for family in FAMILIES:
            lanes = lanes_of(family, uplinks, beliefs, self._wishes.tiers, spent)
            before = self.choices.get(family, {})
            self.lanes[family] = lanes
            self.choices[family] = self._steering[family].decide(lanes, monotonic)
            for traffic, choice in self.choices[family].items():
                left = before.get(traffic)
                if left is not None and left.uplink not in {"", choice.uplink}:
                    what = left.uplink, choice.uplink, choice.why
                    self._moves.append(Move(now, family, traffic, *what))
        return Decision(
            now,
            False,
            tuple(self._carriers(now, monotonic)),
            tuple(
                self._rating(family, lane, used.get(lane.uplink, 0))
                for family, lanes in self.lanes.items()
                for lane in lanes
            ),
            tuple(self._moves),
            tuple(self._problems(beliefs)),
        )

    def bar(self, family: int, uplink: str, until: float, *, instead: str) -> None:
        """Keep a family's traffic off *uplink*, see ``Steering.bar``."""
        self._steering[family].bar(uplink, until, instead=instead)

    def wanted(self) -> dict[int, Carriers]:
        """Return what routes should say; no carrier where the other family works.

        Nothing while a tunnel takes all traffic: it must not be led around.
        """
        if self._tunnel:
            return {}
        found = {}
        works = any(map(_works, self.lanes.values()))
        for family, lanes in self.lanes.items():
            chosen = self.choices[family]
            if works and lanes and not _works(lanes):
                found[family] = Carriers("", "")
            elif lanes:
                found[family] = Carriers(chosen["bulk"].uplink, chosen["calls"].uplink)
        return found

    def dead(self) -> dict[int, set[str]]:
        """Return the uplinks whose line is dead while another of the family works."""
        return {
            family: {lane.uplink for lane in lanes if not lane.alive}
            for family, lanes in self.lanes.items()
            if _works(lanes)
        }

    def _problems(self, beliefs: Beliefs | None) -> Iterator[Message]:
        if beliefs is None:
            yield Message.of("steer.blind")
        if self._tunnel:
            yield Message.of("steer.tunnel", uplink=self._tunnel)

    def _carriers(self, now: int, monotonic: float) -> list[Carrier]:
        return [
            Carrier(
                family,
                traffic,
                choice.uplink,
                choice.why,
                now - round((monotonic - choice.since) * SECOND),
            )
            for family, choices in self.choices.items()
            for traffic, choice in choices.items()
            if choice.uplink
        ]

    def _rating(self, family: int, lane: Lane, used: int) -> Rating:
        loss, delay = lane.loss_ratio, lane.rtt_seconds
        return Rating(
            lane.uplink,
            family,
            lane.state,
            lane.usable,
            lane.tier,
            lane.metered,
            delay,
            loss,
            None if loss is None else round(r_factor(delay or 0.0, loss), 1),
            used,
            self._wishes.caps.get(lane.uplink),
        )


def _works(lanes: Sequence[Lane]) -> bool:
    return any(lane.alive for lane in lanes)
