"""The fault matrix covers the decision table, with faults the lab has."""

import inspect
from collections import Counter, defaultdict

import pytest
from benchmarks.lab.cases import Case, cases

from rabta.attribute.table import LINE_ROWS, SERVICE_ROWS

from .faults import FAULTS


ALONE = {"corridor-degradation"}
"""Said only where there is one uplink and nothing to compare with."""
DISTINCT = 5
_WHERE = ("uplink", "uplinks")


@pytest.mark.parametrize("uplinks", [2, 3])
def test_every_row_has_five_variants(uplinks: int) -> None:
    """No row of the table is left out, and none is new to it."""
    rows = {f"{row.number} {row.code}" for row in (*LINE_ROWS, *SERVICE_ROWS)}
    expected = {row for row in rows if row.split()[1] not in ALONE} | {"-1 fine"}
    counts = Counter(case.row for case in cases(uplinks))

    assert counts.keys() == expected
    assert min(counts.values()) >= 5


@pytest.mark.parametrize("uplinks", [2, 3])
def test_no_case_comes_twice(uplinks: int) -> None:
    """What is injected differs, and not only what it is called."""
    counts = Counter(_injected(case) for case in cases(uplinks))

    assert [case for case, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("uplinks", [2, 3])
def test_rows_have_distinct_faults(uplinks: int) -> None:
    """The same fault on another uplink makes no row's evidence broader."""
    found: dict[str, set[str]] = defaultdict(set)
    for case in cases(uplinks):
        found[case.row].add(_injected(case, where=False))
    for row, faults in sorted(found.items(), key=lambda one: int(one[0].split()[0])):
        print(f"{row}: {len(faults)} distinct faults")

    assert {r: len(f) for r, f in found.items() if len(f) < DISTINCT} == {}


def _injected(case: Case, *, where: bool = True) -> str:
    """Say what a case does, and on which uplinks if *where*, but not its name."""
    parts = [
        f"{fault.name} {fault.words} after {fault.after} {sorted(named.items())}"
        for fault in case.faults
        for named in [
            {k: str(v) for k, v in fault.named.items() if where or k not in _WHERE}
        ]
    ]
    parts.append(f"load {case.load if where else bool(case.load)}")
    if where:
        parts.append(f"expected {case.row} of {case.uplinks} {case.service}")
    return "; ".join(parts)


@pytest.mark.parametrize("uplinks", [2, 3])
def test_every_fault_exists_and_takes_its_arguments(uplinks: int) -> None:
    """A case that cannot be injected would only be found out after an hour."""
    for case in cases(uplinks):
        for fault in case.faults:
            signature = inspect.signature(inspect.unwrap(FAULTS[fault.name]))
            signature.bind(None, *fault.words, **fault.named)
