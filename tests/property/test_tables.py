"""Tables in any order say the same, and no bytes whatever end in a traceback."""

import csv
import io
import random
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rabta.errors import RabtaError
from rabta.sources.tables import choose, look, read


T = 1_692_493_200
cells = st.one_of(
    st.none(),
    st.integers(-(10**6), 10**6),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda x: round(x, 3)),
)
tables = st.lists(
    st.tuples(st.integers(T, T + 10**6), cells, cells), min_size=2, max_size=60
).filter(
    lambda rows: (
        any(row[1] is not None for row in rows) and len({row[0] for row in rows}) > 1
    )
)


def written(rows) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["time", "a", "b"])
    writer.writerows(rows)
    return out.getvalue().encode()


def loaded(content: bytes, **options):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.csv"
        file.write_bytes(content)
        table = look(file)
        return read(table, choose(table), **options)


@settings(max_examples=40, deadline=None)
@given(rows=tables, seed=st.integers(0, 99))
def test_the_order_of_rows_and_rows_told_twice_side_by_side_do_not_matter(rows, seed):
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)

    for one, other in zip(
        loaded(written(rows)), loaded(written(shuffled)), strict=True
    ):
        assert one.name == other.name
        assert np.array_equal(one.times, other.times)
        assert np.array_equal(one.values, other.values, equal_nan=True)
        assert (np.diff(one.times) >= 0).all()


@settings(max_examples=30, deadline=None)
@given(rows=tables)
def test_gathering_keeps_the_mean_and_counts_the_rows(rows):
    for one, binned in zip(
        loaded(written(rows)), loaded(written(rows), held=1), strict=True
    ):
        measured = np.isfinite(one.values)
        assert binned.weights is not None
        assert binned.weights.sum() == measured.sum()
        total = np.nansum(np.nan_to_num(binned.values) * binned.weights)
        assert np.isclose(total, one.values[measured].sum(), atol=1e-3)
        assert (binned.times % (binned.bin_seconds * 1_000_000) == 0).all()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(str.encode),
        st.text(alphabet='0123456789,.;\n\r" -:T\tNa', max_size=300).map(str.encode),
        st.tuples(tables, st.integers(0, 2000), st.binary(max_size=4)).map(
            lambda x: _spoilt(written(x[0]), x[1], x[2])
        ),
        st.binary(max_size=200).map(lambda body: b"PAR1" + body + b"PAR1"),
    )
)
def test_any_bytes_are_read_or_refused_in_one_line(content):
    series, refused = _tried(content)

    assert series or refused
    assert "\n" not in refused
    for one in series:
        assert len(one.times) == len(one.values)
        assert not np.isinf(one.values).any()


def _tried(content: bytes):
    try:
        return loaded(content), ""
    except RabtaError as error:
        return [], str(error)


def _spoilt(content: bytes, place: int, junk: bytes) -> bytes:
    place %= len(content)
    return content[:place] + junk + content[place + len(junk) :]
