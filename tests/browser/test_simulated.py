"""What was made up is marked as such."""

import pytest
import requests

from rabta.api import ApiSettings
from tests.browser import sample
from tests.browser.office import office


@pytest.mark.parametrize(("simulated", "marks"), [(True, 1), (False, 0)])
def test_every_page_of_a_simulation_carries_the_ribbon_and_no_other_does(
    simulated, marks
):
    settings = ApiSettings(targets=sample.TARGETS, simulated=simulated)
    with office(settings) as served:
        for path in ("/", "/events", "/events/1", "/why", "/uplinks/ptcl", "/health"):
            for language, words in (("en", "nothing on this page"), ("ur", "مشقی")):
                page = requests.get(f"{served.url}{path}?lang={language}", timeout=10)
                assert page.status_code == 200
                assert page.text.count('class="ribbon"') == marks
                assert (words in page.text) is simulated
