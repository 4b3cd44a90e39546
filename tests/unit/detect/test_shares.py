"""Which unit a column of shares is in."""

import numpy as np
import pytest

from rabta.cli.detect_kinds import is_percent
from rabta.detect.shares import shares


@pytest.fixture
def loss():
    """Return a loss of 1 %, and of everything for five hours."""
    rng = np.random.default_rng(4)
    values = np.abs(0.01 + 0.004 * rng.standard_normal(1000))
    values[400:460] = 1.0
    return values


def test_one_reading_beyond_one_does_not_make_percent_of_all(loss):
    loss[700] = 1.01

    found = shares(loss, percent=is_percent("loss", "loss", ""))

    assert found.aside.tolist() == [700]
    assert np.isnan(found.values[700])
    assert found.values[400:460].tolist() == [1.0] * 60
    assert found.mixed is None


@pytest.mark.parametrize(
    ("name", "unit"), [("loss_percent", ""), ("loss", "%"), ("loss_pct", "")]
)
def test_what_is_called_percent_is_percent_however_small(name, unit):
    values = np.full(1000, 0.2)
    values[400:460] = 0.9

    found = shares(values, percent=is_percent(name, name, unit))

    assert found.values[410] == pytest.approx(0.009)


def test_percent_without_a_name_for_it_is_known_by_its_values(loss):
    found = shares(loss * 100, percent=None)

    np.testing.assert_allclose(found.values, loss)
    assert found.aside.size == 0


@pytest.mark.parametrize("later", [True, False])
@pytest.mark.parametrize("usual", [0.03, 0.99])
def test_a_column_half_in_shares_and_half_in_percent_is_refused(usual, later):
    values = usual + 0.002 * np.random.default_rng(1).standard_normal(500)
    half = np.arange(500) >= 250
    values[half if later else ~half] *= 100.0

    found = shares(values, percent=True)

    assert found.mixed is not None
    assert abs(found.mixed - 250) <= 1


def test_an_outage_of_half_the_recording_is_no_change_of_unit():
    values = np.full(1000, 0.5)
    values[500:] = 100.0

    assert shares(values, percent=True).mixed is None
