from itertools import permutations, product

import numpy as np
import pytest

from rabta.detect.medians import median, middle_of_six


def test_the_network_finds_the_median_of_any_six():
    """By the 0-1 principle, and of distinct values for good measure."""
    for six in [*product((0.0, 1.0), repeat=6), *permutations((1.0, 2, 3, 5, 8, 13))]:
        assert np.median(six) == middle_of_six(*six)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 100, 288])
def test_selection_agrees_with_sorting(size):
    values = np.round(np.random.default_rng(size).standard_normal(size), 1)

    assert np.median(values) == median(values.copy().data, size)
