"""What Prometheus gets."""

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from rabta import __version__


@pytest.fixture(scope="module")
def metrics(served):
    answer = requests.get(f"{served.url}/metrics", timeout=10)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return [
        sample
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    ]


def values(metrics, name, **labels):
    return [
        sample.value
        for sample in metrics
        if sample.name == name and labels.items() <= sample.labels.items()
    ]


def test_the_newest_probe_of_every_target_is_there_as_blackbox_would_name_it(metrics):
    assert values(metrics, "probe_success", target="shop", uplink="storm") == [0]
    assert values(metrics, "probe_success", target="mail", uplink="storm") == [1]
    (seconds,) = values(
        metrics,
        "probe_duration_seconds",
        target="mail",
        uplink="ptcl",
        phase="total",
    )
    assert 0.15 <= seconds <= 0.3


def test_a_rate_is_not_passed_off_as_a_duration(metrics):
    assert not values(metrics, "probe_duration_seconds", target="rate")
    (rate,) = values(
        metrics, "rabta_probe_bits_per_second", target="rate", uplink="ptcl"
    )
    assert 12e6 <= rate <= 22e6


def test_each_light_is_in_exactly_one_state(metrics):
    gulf = {"uplink": "storm", "family": "4", "rung": "international", "group": "gulf"}
    assert sum(values(metrics, "rabta_rung_state", **gulf)) == 1
    assert values(metrics, "rabta_rung_state", **gulf, state="down") == [1]
    assert values(metrics, "rabta_service_state", service="shop", state="down") == [1]


def test_what_was_not_measured_has_no_sample(metrics):
    assert not values(metrics, "rabta_line_rtt_seconds", family="6")
    assert values(metrics, "rabta_line_loss_ratio", uplink="storm") == [0.118]


def test_verdicts_cost_and_the_process_itself_are_there(metrics):
    (one,) = values(metrics, "rabta_verdict_info", entity="host", code="abroad")
    assert one == 1
    assert values(metrics, "rabta_spent_bytes_today", uplink="storm") == [4_200_000]
    assert values(metrics, "process_cpu_seconds_total")[0] > 0
    assert values(metrics, "process_resident_memory_bytes")[0] > 10_000_000


def test_probes_are_counted_for_rates_over_any_span(metrics):
    where = {"uplink": "storm", "family": "4", "target": "gulf-1", "probe": "icmp"}
    assert values(metrics, "rabta_probes_sent_total", **where) == [21_600]
    assert values(metrics, "rabta_probes_lost_total", **where) == [1_680]


def test_which_rabta_it_is_can_be_asked(metrics):
    assert values(metrics, "rabta_build_info", version=__version__) == [1]


def test_labels_are_bounded_by_what_is_configured(metrics):
    allowed = {"uplink", "family", "target", "probe", "phase", "rung", "group"}
    allowed |= {"service", "state", "entity", "code", "version", "python"}
    own = [s for s in metrics if s.name.startswith(("rabta_", "probe_"))]
    assert {label for sample in own for label in sample.labels} <= allowed
    assert len(own) < 400
