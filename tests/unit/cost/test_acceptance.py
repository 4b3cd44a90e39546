"""Figures that others published, or that follow from theirs, come out again."""

import pytest

from rabta.cost.check import rows
from rabta.cost.check.published import comparisons
from rabta.cost.facts import shipped


OURS = [row for row in rows() if row.ours]


@pytest.mark.parametrize(
    "row", OURS, ids=lambda row: f"{row.number}: {row.what} [{row.source}]"
)
def test_the_figure_comes_out(row):
    assert row.good, f"{row.got} {row.unit}, expected {row.expected}"


def test_what_no_method_yields_is_not_called_recomputed():
    others = [row for row in rows() if not row.ours]

    assert {row.number for row in others} == {"8", "9"}
    assert not any(row.good for row in others)


def test_each_figure_names_its_source_and_says_whether_it_is_sourced_or_derived():
    assert all(row.source and row.mark in {"S", "D", "E"} for row in rows())


def test_published_totals_are_reproduced_where_the_method_allows_it():
    found = {
        (one.published.year, one.published.what): one
        for one in comparisons(shipped("PK"))
    }

    assert found[2023, "year"].ratio == pytest.approx(0.985, abs=0.001)
    assert found[2024, "X 18 Feb to 31 Dec"].reproduced
    assert not found[2024, "Balochistan 16 Jul to 21 Aug"].reproduced
    assert found[2022, "23 countries"].ours is None
    assert found[2022, "23 countries"].usd_an_hour == pytest.approx(524_575, rel=1e-3)
