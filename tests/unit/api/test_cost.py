"""What disruptions cost, by the API and on the pages."""

import pytest
import requests

from rabta.api import ApiSettings
from rabta.config.load import profile
from rabta.cost.firm.table import firm_of
from tests.browser import elsewhere, sample
from tests.browser.office import office
from tests.unit.cost.test_table import PROFILE


@pytest.fixture(scope="module")
def priced():
    firm = firm_of(profile(PROFILE))
    with office(ApiSettings(targets=sample.TARGETS, firm=firm)) as one:
        elsewhere.fill(one.store, one.now)
        yield one


@pytest.fixture(scope="module")
def without_profile():
    with office() as one:
        yield one


def ask(served, path, **query):
    return requests.get(f"{served.url}{path}", params=query, timeout=20)


def test_a_country_is_priced_by_all_methods_that_hold(priced):
    found = ask(priced, "/api/v1/cost/country/PK", **{"from": "-7d"}).json()
    (outage,) = found["classes"]

    assert outage["kind"] == "outage"
    assert 4 < outage["hours"] < 7
    assert len(outage["pool"]["members"]) == 7
    assert outage["refusals"][0]["why"]["ur"]


@pytest.mark.parametrize("path", ["country/QQ", "asn/17557", "country/ß"])
def test_what_has_no_figures_is_not_there(priced, path):
    assert ask(priced, f"/api/v1/cost/{path}").status_code in {404, 422}


def test_own_lines_are_priced_by_the_profile(priced):
    found = ask(priced, "/api/v1/cost", **{"from": "-30d"}).json()

    assert found["lines"]
    assert found["cost"]["revenue_view"]["currency"] == "USD"
    assert found["saved"] is None


def test_without_a_profile_it_is_said_how_to_write_one(without_profile):
    told = ask(without_profile, "/api/v1/cost")

    assert told.status_code == 404
    assert "[firm]" in told.json()["detail"]


def test_one_disruption_has_the_price_that_holds_for_it(priced):
    by_entity = {
        one["entity"]: ask(priced, f"/api/events/{one['id']}/cost").json()
        for one in ask(priced, "/api/events").json()
    }

    assert by_entity["country/PK"]["country"]["classes"]
    own = [cost for name, cost in by_entity.items() if name.startswith("uplink/")]
    assert own
    assert all(cost["own"] and not cost["country"] for cost in own)
    assert by_entity["asn/17557"] == {"country": None, "own": None}


@pytest.mark.parametrize(
    ("language", "title"), [("en", "What it cost"), ("ur", "اس کی قیمت")]
)
def test_the_pages_show_the_range_and_its_sources(priced, language, title):
    entity = ask(priced, "/entity/country/PK", lang=language).text

    assert title in entity
    assert "World Bank NY.GDP.MKTP.CD" in entity
    for one in ask(priced, "/api/events").json():
        page = ask(priced, f"/events/{one['id']}", lang=language).text
        kind = one["entity"].partition("/")[0]
        assert (title in page) == (
            kind in {"uplink", "host"} or one["entity"] == "country/PK"
        )


def test_pages_without_figures_show_no_price(without_profile):
    for one in ask(without_profile, "/api/events").json():
        assert "What it cost" not in ask(without_profile, f"/events/{one['id']}").text
