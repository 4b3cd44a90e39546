"""From observations to a status: the one path of live, replay, demo and soak."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from rabta import __version__
from rabta.agent import ledger
from rabta.agent.as_usual import Known, judged_with_usual
from rabta.agent.figures import Figures
from rabta.agent.ledger import Ledger, kind_of
from rabta.attribute import (
    Context,
    Judgement,
    Ladder,
    LineState,
    Want,
    compare,
    judge,
)
from rabta.clock import MINUTE
from rabta.config.services import SERVICE_INTERVAL
from rabta.model import (
    Attachment,
    Health,
    Kind,
    LineKey,
    LineStatus,
    Message,
    Observation,
    Probe,
    Rung,
    ServiceCell,
    ServiceStatus,
    State,
    Status,
    Target,
    Uplink,
    UplinkStatus,
    UsualDelay,
    Verdict,
)


_ONSET_UNCERTAINTY = {"service": SERVICE_INTERVAL}
"""Seconds between two looks at an entity; everything else is probed every second."""


class Store(ledger.Store, Protocol):
    """The part of the store the pipeline reads and writes."""

    def usual(self, place: Attachment, now: int) -> Sequence[UsualDelay]:
        """Return what was usual at *place* before."""

    def keep_usual(
        self, place: Attachment, delays: Sequence[UsualDelay], now: int
    ) -> None:
        """Keep what is usual at *place*."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an uplink may spend, and how its probes are tied to it."""

    bound_by: str
    spent_bytes_today: int
    budget_bytes: int | None


@dataclass(slots=True)
class _Lane:
    ladder: Ladder
    figures: Figures
    targets: dict[str, Target]
    place: Attachment
    state: LineState | None = None
    curious: bool = False
    """Whether a service had to be asked when last judged, though nothing failed."""


class Pipeline:
    """Ladders, verdicts, disruptions and the status they amount to.

    Synchronous, and its time comes from its arguments: a day of observations replays
    in seconds and gives the same verdicts.
    """

    def __init__(
        self,
        store: Store,
        context: Context,
        *,
        started: int,
        simulated: bool = False,
        known: Known = lambda _: (),
    ) -> None:
        self._store = store
        self._known = known
        """What comes again on an entity."""
        self._ledger = Ledger(store)
        self._lanes: dict[LineKey, _Lane] = {}
        self._usual: dict[Attachment, Sequence[UsualDelay]] = {}
        """Until it is on the disk."""
        self._uplinks: tuple[Uplink, ...] = ()
        self._looked = False
        self._without: int | None = None
        """Since when there is no uplink at all: nothing is left that could tell."""
        self._simulated = simulated
        self._started = started
        self._last_sample: int | None = None
        self._judgement: Judgement | None = None
        self._context = self.context = context
        """What the host knows beyond its probes; replaced when it changes."""

    @property
    def uplinks(self) -> tuple[Uplink, ...]:
        """The uplinks as last announced."""
        return self._uplinks

    def set_uplinks(
        self,
        uplinks: Sequence[Uplink],
        targets: Mapping[LineKey, Sequence[Target]],
        now: int,
    ) -> None:
        """Follow a change of the uplinks or of what is probed over them."""
        self._uplinks = tuple(uplinks)
        self._looked = True
        for uplink in uplinks:
            for line in uplink.lines:
                key = (uplink.name, line.family)
                wanted = targets.get(key, ())
                lane = self._lanes.get(key)
                place = Attachment(*key, line.gateway, uplink.asn)
                if lane is None:
                    ladder = Ladder(uplink, line.family, wanted)
                    lane = self._lanes[key] = _Lane(ladder, Figures(), {}, place)
                    ladder.expect(self._before(place, now))
                elif lane.place != place:
                    lane.place = place
                    lane.ladder.expect(self._before(place, now))
                lane.ladder.update(uplink, now)
                lane.ladder.retarget(wanted)
                lane.targets = {target.name: target for target in wanted}
        living = {(u.name, line.family) for u in uplinks for line in u.lines}
        for key in self._lanes.keys() - living:
            del self._lanes[key]

    def _before(self, place: Attachment, now: int) -> Sequence[UsualDelay]:
        known = self._usual.get(place)
        return self._store.usual(place, now) if known is None else known

    def remember_usual(self, now: int) -> None:
        """Have what is usual kept, for the next start."""
        for lane in self._lanes.values():
            if usual := lane.ladder.usual():
                self._store.keep_usual(lane.place, usual, now)

    def restart(self) -> None:
        """Forget beliefs, not verdicts: the clock stepped, spans mean nothing now.

        What was usual stays so.
        """
        for lane in self._lanes.values():
            if usual := lane.ladder.usual():
                self._usual[lane.place] = usual
        self._lanes.clear()
        self._without = None
        self._ledger.restart()

    def observe(self, observation: Observation) -> None:
        """Take one observation in; unknown targets are passed over."""
        lane = self._lanes.get((observation.uplink, observation.family))
        target = lane.targets.get(observation.target) if lane else None
        if lane is None or target is None:
            return
        lane.ladder.observe(observation)
        lane.figures.observe(observation, target.rung)
        newest = self._last_sample or 0
        if observation.time > newest or newest - observation.time > MINUTE:
            self._last_sample = observation.time  # the clock may have been set back

    def overdue(
        self, key: LineKey, target: str, probe: Probe, sent: int, now: int
    ) -> None:
        """Say that an answer is later than usual."""
        lane = self._lanes.get(key)
        if lane is not None:
            lane.ladder.overdue(target, probe, sent, now)

    def deadline(self, key: LineKey, target: str, probe: Probe) -> float:
        """Seconds after which an answer is overdue."""
        lane = self._lanes.get(key)
        return lane.ladder.deadline(target, probe) if lane is not None else 2.0

    def discreet(self, key: LineKey, service: str) -> bool:
        """Whether nobody but the line's own resolver is asked for a service now."""
        lane = self._lanes.get(key)
        known = lane.ladder.services.get(service) if lane is not None else None
        return known is not None and known.discreet

    def wants(self, key: LineKey, now: int) -> Sequence[Want]:
        """Name the extra probes that would settle a doubt on one line."""
        lane = self._lanes.get(key)
        return lane.ladder.wants(now) if lane is not None else ()

    def uneasy(self, key: LineKey) -> bool:
        """Whether the line was not calm when last judged: an answer may be news.

        Nor is it when a service has to be asked for what happened on another line, or
        because it is slow.
        """
        lane = self._lanes.get(key)
        if lane is None or lane.state is None:
            return False
        return lane.curious or not lane.state.calm

    def evaluate(self, now: int) -> bool:
        """Judge; record what changed; whether a verdict or a line did."""
        before = [state.overall for state in self._states()]
        for lane in self._lanes.values():
            lane.state = lane.ladder.state(now)
        states = self._states()
        moved = before != [state.overall for state in states]
        compare((lane.ladder for lane in self._lanes.values()), now)
        for lane in self._lanes.values():
            services = lane.ladder.services.values()
            lane.curious = any(service.curious(now) for service in services)
        self._context = self.context.remembering(self._context, now)
        judgement = judge(now, states, self._context)
        if not self._looked:
            # Not having looked for uplinks yet is not the same as having none.
            judgement = replace(judgement, host=_just_started(judgement.host))
        else:
            judgement = self._since_when(judgement, now)
        judgement = judged_with_usual(
            judgement, self._known, now, lambda verdict: self._depth(verdict, now)
        )
        self._judgement = judgement
        verdicts = (*judgement.uplinks, *judgement.services, judgement.host)
        news = [verdict for verdict in verdicts if self._ledger.news(verdict)]
        for verdict in news:
            kind = verdict.entity.partition("/")[0]
            self._ledger.apply(
                verdict,
                self._kind(verdict, judgement),
                depth=self._depth(verdict, now),
                uncertainty=_ONSET_UNCERTAINTY.get(kind, 1.0),
            )
        return moved or bool(news)

    def _since_when(self, judgement: Judgement, now: int) -> Judgement:
        """Keep the start of having no uplink, over a start of Rabta as well."""
        if judgement.uplinks:
            self._without = None
            return judgement
        host = judgement.host
        if self._without is None:
            before = self._ledger.since(host.entity, host.code)
            self._without = now if before is None else min(before, now)
        return replace(judgement, host=replace(host, since=self._without))

    def _states(self) -> list[LineState]:
        lanes = self._lanes.values()
        return [lane.state for lane in lanes if lane.state is not None]

    @property
    def calm(self) -> bool:
        """Whether nothing is out of the ordinary, so that judging can wait."""
        lanes = self._lanes.values()
        return (
            self._judgement is not None
            and all(lane.state is not None and lane.state.calm for lane in lanes)
            and all(v.state is State.UP for v in self._judgement.services)
        )

    def _kind(self, verdict: Verdict, judgement: Judgement) -> Kind | None:
        """Tell what to record; the host's verdict counts when it says more than others.

        Two lines of a log for one fault would be counted twice by whoever reads it.
        """
        if verdict is not judgement.host:
            return kind_of(verdict)
        others = (*judgement.uplinks, *judgement.services)
        repeated = any(verdict.code == other.code for other in others)
        all_down = verdict.state is State.DOWN and len(judgement.uplinks) > 1
        return kind_of(verdict) if all_down or not repeated else None

    def _depth(self, verdict: Verdict, now: int) -> float:
        """Measure the share that is lost: of probes, or of the lines to a service.

        Where answers are slower it is what is lost above the usual, which may be none.
        """
        if verdict.state is State.DOWN:
            return 1.0
        if verdict.extra_seconds or verdict.extra_loss:
            return verdict.extra_loss
        kind, _, name = verdict.entity.partition("/")
        if kind == "service":
            cells = self._cells(name)
            failing = sum(cell.state is not State.UP for cell in cells)
            return failing / len(cells) if cells else 0.0
        ratios = [
            loss
            for (uplink, _), lane in self._lanes.items()
            if kind == "host" or uplink == name
            if (loss := lane.figures.read(now)[1]) is not None
        ]
        return max(ratios, default=0.0)

    def status(
        self,
        now: int,
        allowances: Mapping[str, Allowance],
        problems: Iterable[Message],
        notes: Iterable[Message] = (),
    ) -> Status:
        """Assemble what people and programs read."""
        if self._judgement is None:
            self.evaluate(now)
        judgement = self._judgement
        if judgement is None:
            raise AssertionError("evaluate() always judges")
        verdicts = {verdict.entity: verdict for verdict in judgement.uplinks}
        return Status(
            time=now,
            version=__version__,
            simulated=self._simulated,
            host=judgement.host,
            uplinks=tuple(
                self._uplink_status(uplink, verdicts[uplink.entity], allowances, now)
                for uplink in self._uplinks
                if uplink.entity in verdicts
            ),
            services=tuple(self._service_status(v) for v in judgement.services),
            health=Health(
                self._started, self._last_sample, tuple(problems), tuple(notes)
            ),
            country=self.context.country,
        )

    def _uplink_status(
        self,
        uplink: Uplink,
        verdict: Verdict,
        allowances: Mapping[str, Allowance],
        now: int,
    ) -> UplinkStatus:
        lines = []
        for line in uplink.lines:
            lane = self._lanes[uplink.name, line.family]
            state = lane.state or lane.ladder.state(now)
            rungs = tuple(
                rung
                for rung in state.rungs
                if rung.rung not in (Rung.SERVICE, Rung.CONTROL)
            )
            lines.append(
                LineStatus(line.family, state.overall, rungs, *lane.figures.read(now))
            )
        allowance = allowances.get(uplink.name, Allowance("none", 0, None))
        return UplinkStatus(
            uplink,
            verdict,
            tuple(lines),
            allowance.bound_by,
            allowance.spent_bytes_today,
            allowance.budget_bytes,
        )

    def _service_status(self, verdict: Verdict) -> ServiceStatus:
        name = verdict.entity.removeprefix("service/")
        url = next(
            (
                target.url or target.host
                for lane in self._lanes.values()
                if (target := lane.targets.get(name)) is not None
            ),
            "",
        )
        return ServiceStatus(name, url, verdict, self._cells(name))

    def _cells(self, service: str) -> tuple[ServiceCell, ...]:
        return tuple(
            cell
            for lane in self._lanes.values()
            if lane.state is not None
            for name, cell in lane.state.cells
            if name == service
        )


def _just_started(host: Verdict) -> Verdict:
    return replace(
        host,
        code="undetermined",
        row=22,
        state=State.UNKNOWN,
        sentence=Message.of("verdict.host-starting"),
        confidence=0.0,
        causes=(),
        evidence=(),
        next_test=Message.of("next.wait"),
    )
