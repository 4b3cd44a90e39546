"""One target over one line: what its probes say together.

A member may be asked in several ways. Each way is a channel with its own usual delay
and its own long-run answer rate, so that a host that never answers echo requests but
always connects is up: the silent channel soon weighs nothing.
"""

from ipaddress import ip_address
from typing import Final

from rabta.attribute.belief import (
    ANSWER,
    LIMIT,
    SETTLED,
    SILENCE,
    silence_weight,
)
from rabta.attribute.change import DelayChange, LossChange, RateChange
from rabta.attribute.delay import Delay
from rabta.attribute.reach import main_probe
from rabta.clock import SECOND
from rabta.model import Probe, Rung, State, Target


_REMEMBERED: Final = 32
_REORDERED: Final = 10 * SECOND
"""An answer older than this against a silence is a clock that stepped, not a race."""
_COST: Final = {
    Probe.NEIGHBOUR: 0,
    Probe.ICMP: 1,
    Probe.TCP: 2,
    Probe.DNS: 3,
}
"""Which way to ask first, cheapest before others."""
_BY_TCP: Final = frozenset(Probe) - {
    Probe.NEIGHBOUR,
    Probe.ICMP,
    Probe.DNS,
    Probe.QUIC,
    Probe.QUIC_HELLO,
}
RELIABLE: Final = 0.7
"""A channel that answered more often than this is expected to answer."""
_KNOWN: Final = 5
"""Answers after which a channel's long-run rate means something."""
MUTE: Final = 0.3
"""A channel that answered less than this share while its host was up means nothing."""


class Channel:
    """One kind of probe of one member."""

    __slots__ = (
        "answers",
        "delay",
        "last",
        "last_ok",
        "late",
        "missed",
        "odds",
        "onset",
        "pending",
        "probe",
        "rate",
        "streak",
        "weight",
    )

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.delay = Delay()
        self.odds = SETTLED
        self.rate = 0.97
        self.weight = SILENCE
        self.answers = 0
        self.streak = 0
        self.pending = 0
        """Lost probes not yet known to be loss rather than an outage."""
        self.missed = 0
        """When the first of these was sent, microseconds UTC."""
        self.onset = 0
        self.last = 0
        self.last_ok = 0
        self.late: dict[int, None] = {}
        """Times of probes already counted as overdue, oldest first."""

    @property
    def state(self) -> State:
        """Whether this way of asking works."""
        if not self.last:
            return State.UNKNOWN
        if self.odds > SETTLED:
            return State.UP
        return State.DOWN if self.odds < -SETTLED else State.UNKNOWN

    def repeated(self, rtt: float) -> bool:
        """Whether *rtt* belongs to a packet that was sent again."""
        return self.probe in _BY_TCP and self.delay.repeated(rtt)

    def learn(self) -> None:
        """Fold what turned out to be loss into the long-run answer rate."""
        step = max(0.02, 1 / (self.answers + 2))
        for _ in range(self.pending):
            self.rate -= step * self.rate
        self.pending = 0
        self.rate += step * (1 - self.rate) if self.streak == 0 else 0.0
        self.weight = silence_weight(self.rate)


class Member:
    """One target and what is believed of it."""

    __slots__ = (
        "best",
        "beyond",
        "channels",
        "delay_change",
        "fresh",
        "last",
        "last_ok",
        "loss_change",
        "mute",
        "odds",
        "onset",
        "primary",
        "rate_change",
        "settled",
        "streak",
        "target",
    )

    def __init__(self, target: Target, probes: tuple[Probe, ...]) -> None:
        self.target = target
        self.channels = {probe: Channel(probe) for probe in probes}
        self.primary = self.channels[main_probe(probes)]
        """The channel whose loss and delay stand for the member."""
        self.beyond = is_beyond(target)
        """Whether its answers prove that something past the gateway is reached."""
        self.best = float("inf")
        """Shortest round-trip time ever seen, seconds."""
        self.mute = False
        """Its silence says nothing, because it hardly ever answers."""
        self.odds = SETTLED
        self.settled = State.UNKNOWN
        self.streak = 0
        """Silences since the last answer, over all channels."""
        self.onset = 0
        self.last = 0
        self.last_ok = 0
        self.fresh = 0
        """When its last outage ended; what was lost before is no loss."""
        self.loss_change = LossChange()
        self.delay_change = DelayChange()
        self.rate_change: RateChange | None = None

    @property
    def uncertain(self) -> bool:
        """Whether one more probe could change what is believed."""
        return -SETTLED <= self.odds <= SETTLED

    @property
    def doubtful(self) -> bool:
        """Whether it deserves an extra probe now."""
        if not self.last or self.mute:
            return False
        if self.streak and self.settled is not State.DOWN:
            return self.uncertain or self.reliable
        return self.uncertain

    @property
    def reliable(self) -> bool:
        """Whether a single silence is out of character."""
        return any(c.rate > RELIABLE and c.streak for c in self.channels.values())

    @property
    def degraded(self) -> bool:
        """Whether it answers worse than usual."""
        return (
            self.loss_change.open
            or self.delay_change.open
            or (self.rate_change is not None and self.rate_change.open)
        )

    @property
    def later(self) -> float:
        """Seconds by which its answers come later than usual."""
        return self.delay_change.above(self.primary.delay.smooth)

    @property
    def worse_since(self) -> int:
        """When it began to answer worse than usual, microseconds UTC."""
        return min(
            change.onset
            for change in (self.loss_change, self.delay_change, self.rate_change)
            if change is not None and change.open
        )

    def answered(self, channel: Channel, time: int, rtt: float) -> bool:
        """Take in an answer to a probe sent at *time*; whether the belief settled."""
        channel.late.pop(time, None)
        if time > self.last:
            self.last = channel.last = time
        if self.proves_little(channel):
            channel.last = channel.last_ok = time
            channel.streak = 0
            channel.answers += 1
            return False
        if self.streak and 0 < self.onset - time < _REORDERED:
            return False  # sent before the silence began: says nothing of now
        repeated = channel.repeated(rtt)
        if not repeated:
            channel.delay.update(rtt)
            self.best = min(self.best, rtt)
        channel.last = channel.last_ok = self.last_ok = time
        channel.odds = min(LIMIT, channel.odds + ANSWER)
        odds = self.odds + ANSWER
        self.odds = min(LIMIT, odds)
        channel.streak = 0
        if channel is self.primary and self.settled is State.UP:
            self._compare(channel, time, rtt, repeated=repeated)
        channel.answers += 1
        if self.streak or channel.pending or channel.rate < 0.97:
            self.streak = 0
            for other in self.channels.values():
                if other is channel or other.pending:
                    self._fold(other)
        if self.odds > SETTLED and self.settled is not State.UP:
            self.settled = State.UP
            self.revive(time)
            return True
        return False

    def proves_little(self, channel: Channel) -> bool:
        """Whether an answer over *channel* shows only that the host is plugged in.

        A gateway that hangs may go on answering ARP. One that has always answered
        echo requests is up only while it still does.
        """
        if channel.probe is not Probe.NEIGHBOUR:
            return False
        echo = self.channels.get(Probe.ICMP)
        return echo is not None and echo.answers >= _KNOWN and echo.rate > RELIABLE

    def _fold(self, channel: Channel) -> None:
        """Count as loss what was lost while the member answered otherwise."""
        if channel is self.primary and self.settled is State.UP:
            for _ in range(channel.pending):
                self.loss_change.lost(channel.missed)
        self.learn(channel)

    def learn(self, channel: Channel) -> None:
        """Fold losses into the long-run answer rate of *channel*."""
        channel.learn()
        self.mute = all(one.rate < MUTE for one in self.channels.values())

    def _compare(
        self, channel: Channel, time: int, rtt: float, *, repeated: bool
    ) -> None:
        loss = self.loss_change
        if repeated:
            if not channel.pending:
                loss.lost(time)
            return
        loss.answered()
        self.delay_change.sample(time, rtt, channel.delay.smooth)

    def overdue(self, channel: Channel, time: int) -> bool:
        """Count a late answer as a silence, once; whether the belief settled."""
        if time in channel.late or time <= channel.last_ok:
            return False
        if len(channel.late) >= _REMEMBERED:
            del channel.late[next(iter(channel.late))]
        channel.late[time] = None
        return self._silence(channel, time)

    def silent(self, channel: Channel, time: int) -> bool:
        """Take in a probe that was never answered; whether the belief settled."""
        if self.settled is not State.DOWN and time >= self.fresh:
            if not channel.pending:
                channel.missed = time
            channel.pending += 1
        if channel.late.pop(time, 0) is None or time < channel.last_ok:
            return False
        return self._silence(channel, time)

    def _silence(self, channel: Channel, time: int) -> bool:
        if not self.streak or time < self.onset:
            self.onset = time
        if not channel.streak or time < channel.onset:
            channel.onset = time
        self.streak += 1
        channel.streak += 1
        self.last = max(self.last, time)
        channel.last = max(channel.last, time)
        channel.odds = max(-LIMIT, channel.odds - channel.weight)
        odds = self.odds - channel.weight
        self.odds = max(-LIMIT, odds)
        if self.odds < -SETTLED and self.settled is not State.DOWN:
            self.settled = State.DOWN
            for one in self.channels.values():
                one.pending = 0
            return True
        return False

    def revive(self, time: int) -> None:
        """Keep the outage that ended at *time* out of the long-run rates."""
        self.fresh = time
        for channel in self.channels.values():
            channel.pending = 0

    def step_back(self, now: int) -> None:
        """Follow a clock that was set back to *now*."""
        marked: tuple[Member | Channel, ...] = (self, *self.channels.values())
        for one in marked:
            one.onset = min(one.onset, now)
            one.last = min(one.last, now)
            one.last_ok = min(one.last_ok, now)
        self.fresh = min(self.fresh, now)
        for channel in self.channels.values():
            channel.missed = min(channel.missed, now)
            channel.late.clear()

    def reached_beyond(self) -> None:
        """Learn from an answer beyond this member: its silence was its own habit."""
        for channel in self.channels.values():
            if channel.pending:
                self.learn(channel)
        self.streak = 0
        self.odds = max(self.odds, SETTLED + SILENCE)
        if self.settled is State.DOWN:
            self.settled = State.UNKNOWN

    def next_probe(self) -> Probe:
        """Choose how to ask again: the way that was silent least, then the cheapest."""
        lively = [
            channel
            for channel in self.channels.values()
            if channel.rate >= MUTE and not self.proves_little(channel)
        ]
        best = min(
            lively or self.channels.values(),
            key=lambda c: (c.streak, _COST.get(c.probe, 9)),
        )
        return best.probe


def is_beyond(target: Target) -> bool:
    """Whether *target* stands past the gateway; a resolver may be the router itself."""
    if target.rung is Rung.RESOLVER:
        try:
            return not ip_address(target.host.partition("%")[0]).is_private
        except ValueError:
            return True
    return target.rung not in (Rung.CARRIER, Rung.ADDRESS, Rung.GATEWAY)
