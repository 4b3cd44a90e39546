"""What Prometheus scrapes, in the words of its blackbox exporter where it has any.

Labels come from uplinks, targets and the closed sets of the model alone, so that their
number is bounded by what is configured. What was simulated carries one more, so that
nobody takes it for measurements.
"""

import platform
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from rabta import __version__
from rabta.clock import MINUTE, SECOND
from rabta.model import HttpDetail, Live, Observation, Probe, State, Status, TlsDetail
from rabta.store import Store


CONTENT_TYPE = CONTENT_TYPE_LATEST
_RECENT = 3 * MINUTE  # a target that was not probed for longer has no sample
_MOST = 20_000  # observations looked through
_PROBE_LABELS = ("uplink", "family", "target", "probe")
_RATES = (Probe.FETCH, Probe.THROUGHPUT)
_PHASES = ("resolve", "connect", "tls", "processing", "transfer")

Scrape = Callable[[], bytes]


def scraper(live: Live, store: Store, *, simulated: bool) -> Scrape:
    """Return the function that answers a scrape."""
    registry = CollectorRegistry()
    for one in (_Build(), _Lights(live), _Probes(live, store), _Counts(live)):
        registry.register(_Marked(one) if simulated else one)
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)


class _Marked(Collector):
    """Says of every sample that it was simulated."""

    def __init__(self, inner: Collector) -> None:
        self._inner = inner

    def collect(self) -> Iterator[Metric]:
        for metric in self._inner.collect():
            metric.samples = [
                one._replace(labels={**one.labels, "simulated": "true"})
                for one in metric.samples
            ]
            yield metric


class _Build(Collector):
    """Which Rabta this is."""

    def collect(self) -> Iterator[Metric]:
        said = {"version": __version__, "python": platform.python_version()}
        yield InfoMetricFamily("rabta_build", "Version of Rabta", said)


class _Lights(Collector):
    """Verdicts, lines and rungs, from the newest status."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        status = self._live.status()
        yield _verdicts(status)
        line = _states("rabta_line_state", "State of a line", ("uplink", "family"))
        rung = _states(
            "rabta_rung_state",
            "State of a step of the ladder",
            ("uplink", "family", "rung", "group"),
        )
        loss = _gauge("rabta_line_loss_ratio", "Loss of a minute", "uplink", "family")
        rtt = _gauge("rabta_line_rtt_seconds", "Median RTT", "uplink", "family")
        spent = _gauge("rabta_spent_bytes_today", "Cost of today's probes", "uplink")
        for lane in status.uplinks:
            spent.add_metric([lane.uplink.name], lane.spent_bytes_today)
            for one in lane.lines:
                labels = [lane.uplink.name, str(one.family)]
                _add_state(line, labels, one.state)
                if one.loss_ratio is not None:
                    loss.add_metric(labels, one.loss_ratio)
                if one.rtt_seconds is not None:
                    rtt.add_metric(labels, one.rtt_seconds)
                for light in one.rungs:
                    _add_state(rung, [*labels, light.rung, light.group], light.state)
        service = _states("rabta_service_state", "State of a service", ("service",))
        for each in status.services:
            _add_state(service, [each.name], each.verdict.state)
        yield from (line, rung, loss, rtt, spent, service)


class _Probes(Collector):
    """The newest observation of every target."""

    def __init__(self, live: Live, store: Store) -> None:
        self._live = live
        self._store = store

    def collect(self) -> Iterator[Metric]:
        now = self._live.status().time
        success = _gauge("probe_success", "Whether it succeeded", *_PROBE_LABELS)
        seconds = _gauge(
            "probe_duration_seconds", "How long it took", *_PROBE_LABELS, "phase"
        )
        rate = _gauge("rabta_probe_bits_per_second", "Measured rate", *_PROBE_LABELS)
        for one in self._newest(now):
            labels = [one.uplink, str(one.family), one.target, one.probe]
            success.add_metric(labels, float(one.ok))
            if one.value is None:
                continue
            if one.probe in _RATES:
                rate.add_metric(labels, one.value)
                continue
            seconds.add_metric([*labels, "total"], one.value)
            for phase, spent in _phases(one):
                seconds.add_metric([*labels, phase], spent)
        yield from (success, seconds, rate)

    def _newest(self, now: int) -> list[Observation]:
        recent = self._store.observations(
            start=now - _RECENT, stop=now + SECOND, limit=_MOST
        )
        newest = {(o.uplink, o.family, o.target, o.probe): o for o in recent}
        return list(newest.values())


class _Counts(Collector):
    """How many probes were sent and lost, for rates over any span."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        sent = CounterMetricFamily(
            "rabta_probes_sent", "Probes sent since the start", labels=_PROBE_LABELS
        )
        lost = CounterMetricFamily(
            "rabta_probes_lost", "Those without a good answer", labels=_PROBE_LABELS
        )
        for one in self._live.counts():
            labels = [one.uplink, str(one.family), one.target, one.probe]
            sent.add_metric(labels, one.sent)
            lost.add_metric(labels, one.lost)
        yield from (sent, lost)


def _verdicts(status: Status) -> Metric:
    info = InfoMetricFamily(
        "rabta_verdict", "What is believed", labels=["entity", "state", "code"]
    )
    lanes = (lane.verdict for lane in status.uplinks)
    services = (service.verdict for service in status.services)
    for verdict in (status.host, *lanes, *services):
        info.add_metric([verdict.entity, verdict.state, verdict.code], {})
    return info


def _gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, labels=labels)


def _states(name: str, says: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return _gauge(name, f"{says}: 1 for the one it is in", *labels, "state")


def _add_state(metric: GaugeMetricFamily, labels: list[str], state: State) -> None:
    for each in State:
        metric.add_metric([*labels, each], float(each is state))


def _phases(observation: Observation) -> Iterator[tuple[str, float]]:
    detail = observation.detail
    if isinstance(detail, HttpDetail | TlsDetail):
        for name in _PHASES:
            seconds = getattr(detail.phases, name)
            if seconds is not None:
                yield name, seconds
