"""What a leaf's figures say of the observations they were made of."""

import struct

from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from rabta.clock import HOUR, MINUTE
from rabta.failure import BUDGET_SPENT, GENERIC_TIMEOUT
from rabta.report.evidence import entry
from rabta.store.evidence import Measured
from rabta.store.naming import Row


HOUR_NUMBER = 500_000
ROWS = st.lists(
    st.tuples(
        st.integers(0, HOUR - 1),
        st.sampled_from([None, GENERIC_TIMEOUT, BUDGET_SPENT]),
        st.floats(0.0001, 5),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[0],
)


def measured(rows, probe="icmp"):
    return Measured(
        "ptcl",
        "t0",
        4,
        probe,
        tuple(
            Row(
                HOUR_NUMBER * HOUR + at, None if failed else value, failed, "", 84, None
            )
            for at, failed, value in sorted(rows)
        ),
    )


def minutes_of(mask):
    bits = f"{int(mask, 16):060b}"
    return {minute for minute in range(60) if bits[minute] == "1"}


@given(ROWS)
def test_masks_and_counts_are_those_of_the_rows(rows):
    (found,) = entry.entry_of(
        ("ptcl", "t0"), None, HOUR_NUMBER, [measured(rows)]
    ).series

    by_minute = {}
    for at, failed, _ in rows:
        if failed != BUDGET_SPENT:
            by_minute.setdefault(at // MINUTE, []).append(failed is not None)
    assert minutes_of(found.measured) == set(by_minute)
    assert minutes_of(found.poor) == {
        minute for minute, lost in by_minute.items() if 5 * sum(lost) >= len(lost)
    }
    assert minutes_of(found.out) == {
        minute for minute, lost in by_minute.items() if all(lost)
    }
    assert (found.sent, found.lost, found.skipped) == (
        sum(failed != BUDGET_SPENT for _, failed, _ in rows),
        sum(failed == GENERIC_TIMEOUT for _, failed, _ in rows),
        sum(failed == BUDGET_SPENT for _, failed, _ in rows),
    )
    values = sorted(value for _, failed, value in rows if not failed)
    if values:
        assert found.minimum == round(values[0] * 1_000_000)
        assert found.maximum == round(values[-1] * 1_000_000)
    else:
        assert found.median is None


@given(ROWS)
def test_raw_observations_can_be_read_again_to_the_last_bit(rows):
    series = measured(rows)
    lines = entry.raw_of([series]).splitlines()

    for line, row in zip(lines, series.rows, strict=True):
        family, probe, time, value, failure, address, spent, detail = json.decode(line)
        assert (family, probe, time) == (4, "icmp", row.time)
        told = None if value is None else struct.unpack(">d", bytes.fromhex(value))[0]
        assert (told, failure, address, spent, detail) == (
            row.value,
            row.failure,
            row.address,
            row.spent_bytes,
            row.detail,
        )


def test_the_form_is_the_one_that_is_documented():
    rows = [(30 * MINUTE, None, 0.0123456), (59 * MINUTE, GENERIC_TIMEOUT, 1.0)]
    made = entry.entry_of(("ptcl", "t0"), 7, HOUR_NUMBER, [measured(rows)])

    assert entry.encode(made) == (
        b'["ptcl","t0",7,[[4,"icmp",2,1,0,"000000020000001","000000000000001",'
        b'"000000000000001",12346,12346,12346,12346]]]'
    )
    assert entry.decode_all([entry.encode(made)]) == (made,)


def test_rates_are_bits_per_second():
    made = measured([(0, None, 4.6)], probe="throughput")
    (found,) = entry.entry_of(("ptcl", "t0"), None, HOUR_NUMBER, [made]).series
    assert found.median == 5
