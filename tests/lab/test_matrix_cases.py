"""The fault matrix covers the decision table, with faults the lab has."""

import inspect
from collections import Counter
from itertools import groupby

import pytest
from benchmarks.lab.cases import cases

from rabta.attribute.table import LINE_ROWS, SERVICE_ROWS

from .faults import FAULTS


ALONE = {"corridor-degradation"}
"""Said only where there is one uplink and nothing to compare with."""


@pytest.mark.parametrize("uplinks", [2, 3])
def test_every_row_has_five_variants(uplinks: int) -> None:
    """No row of the table is left out, and none is new to it."""
    rows = {f"{row.number} {row.code}" for row in (*LINE_ROWS, *SERVICE_ROWS)}
    expected = {row for row in rows if row.split()[1] not in ALONE} | {"-1 fine"}
    counts = Counter(case.row for case in cases(uplinks))

    assert counts.keys() == expected
    assert min(counts.values()) >= 5


@pytest.mark.parametrize("uplinks", [2, 3])
def test_variants_differ(uplinks: int) -> None:
    """No case is counted twice."""
    ordered = sorted(cases(uplinks), key=lambda case: case.row)
    for row, group in groupby(ordered, key=lambda case: case.row):
        counts = Counter(case.variant for case in group)

        assert max(counts.values()) == 1, (row, counts)


@pytest.mark.parametrize("uplinks", [2, 3])
def test_every_fault_exists_and_takes_its_arguments(uplinks: int) -> None:
    """A case that cannot be injected would only be found out after an hour."""
    for case in cases(uplinks):
        for fault in case.faults:
            signature = inspect.signature(inspect.unwrap(FAULTS[fault.name]))
            signature.bind(None, *fault.words, **fault.named)
