"""The dashboard and the API tell of a relay that runs, and of none when none does."""

import msgspec
import pytest
import requests

from rabta.clock import SystemClock
from rabta.steer.relay.report import FILE, Report


@pytest.fixture
def relaying(served):
    """Write what a running relay writes; the report."""
    report = Report(
        running=True,
        time=SystemClock().now(),
        address="127.0.0.1:4882",
        connections={"indus-fibre": 3, "": 1},
        moved_bytes={"indus-fibre": 5_000_000, "ravi-4g": 1_000},
        refused_by_rule=7,
        spent=("ravi-4g",),
    )
    file = served.store.path / FILE
    file.write_bytes(msgspec.json.encode(report))
    yield report
    file.unlink()


def test_the_panel_has_every_uplink_and_what_was_refused(served, relaying):
    page = requests.get(f"{served.url}/", timeout=10).text

    assert "127.0.0.1:4882" in page
    assert "Requests refused by a rule: 7" in page
    for name in ("indus-fibre", "ravi-4g", "this network, no uplink"):
        assert name in page[page.index('id="relay"') :]


def test_the_api_tells_the_same(served, relaying):
    told = requests.get(f"{served.url}/api/relay", timeout=10).json()

    assert told["connections"] == {"indus-fibre": 3, "": 1}
    assert told["refused_by_rule"] == 7
    assert told["spent"] == ["ravi-4g"]


def test_where_none_runs_nothing_is_shown(served):
    assert not requests.get(f"{served.url}/api/relay", timeout=10).json()["running"]
    assert 'id="relay"' not in requests.get(f"{served.url}/", timeout=10).text
