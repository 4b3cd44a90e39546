"""The recorded tables say what was typed from them."""

import csv
from pathlib import Path

import pytest

from rabta.cost.check.published import published
from rabta.cost.facts import shipped


DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recorded data is not beside the repository"
)


def table(year):
    text = (DATA / f"shutdowns/top10vpn_{year}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@needs_data
@pytest.mark.parametrize("year", range(2019, 2026))
def test_the_sum_over_countries_is_the_one_that_is_compared_with(year):
    rows = table(year)
    (told,) = (o for o in published() if (o.year, o.entity) == (year, "world"))

    assert sum(float(row["cost_usd"]) for row in rows) == pytest.approx(
        told.usd, rel=1e-4
    )
    assert sum(float(row["duration_hours"]) for row in rows) == pytest.approx(
        told.hours, abs=1
    )
    assert told.what == f"{len(rows)} countries"


@needs_data
def test_there_are_169_years_of_countries():
    assert sum(len(table(year)) for year in range(2019, 2026)) == 169


@needs_data
@pytest.mark.parametrize("year", [2021, 2022, 2023, 2024, 2025])
def test_the_year_of_pakistan_is_the_one_that_is_compared_with(year):
    (row,) = (row for row in table(year) if row["country"] == "Pakistan")
    (told,) = (
        one
        for one in published()
        if (one.year, one.entity, one.what) == (year, "country/PK", "year")
    )

    assert float(row["cost_usd"]) == pytest.approx(told.usd)
    assert float(row["duration_hours"]) == told.hours


@needs_data
def test_gdp_is_the_world_banks():
    text = (DATA / "economy/gdp.csv").read_text("utf-8")
    known = {
        row["Year"]: float(row["Value"])
        for row in csv.DictReader(text.splitlines())
        if row["Country Code"] == "PAK"
    }
    facts = shipped("PK")

    for year in ("2019", "2020", "2021", "2022", "2023"):
        # the World Bank revised 2023 by half a percent
        assert facts.exactly("gdp", year).value == pytest.approx(known[year], rel=0.006)
