"""What was made up is marked as such."""

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from rabta.api import ApiSettings
from tests.browser import sample
from tests.browser.office import office


PAGES = (
    "/",
    "/events",
    "/events/1",
    "/why",
    "/uplinks/ptcl",
    "/health",
    "/reports",
    "/outbox",
    "/entities",
    "/api/docs",
)


@pytest.mark.parametrize(("simulated", "marks"), [(True, 1), (False, 0)])
def test_every_page_of_a_simulation_carries_the_ribbon_and_no_other_does(
    simulated, marks
):
    settings = ApiSettings(targets=sample.TARGETS, simulated=simulated)
    with office(settings) as served:
        for path in PAGES:
            for language, words in (("en", "nothing on this page"), ("ur", "مشقی")):
                page = requests.get(f"{served.url}{path}?lang={language}", timeout=10)
                assert page.status_code == 200
                assert page.text.count('class="ribbon"') == marks
                assert (words in page.text) is simulated


@pytest.mark.parametrize("simulated", [True, False])
def test_every_sample_of_a_simulated_scrape_says_so_and_no_other_does(simulated):
    settings = ApiSettings(targets=sample.TARGETS, simulated=simulated)
    with office(settings) as served:
        answer = requests.get(f"{served.url}/metrics", timeout=10)
    samples = [
        one
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
        if one.name.startswith(("rabta_", "probe_"))
    ]

    assert {"rabta_build_info", "probe_success", "rabta_probes_sent_total"} <= {
        one.name for one in samples
    }
    marked = [one for one in samples if one.labels.get("simulated") == "true"]
    assert marked == (samples if simulated else [])
