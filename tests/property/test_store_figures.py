"""The same figures, whichever way they are computed and wherever rows lie."""

import tempfile
from math import isclose
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rabta.clock import DAY, HOUR, SECOND, ManualClock
from rabta.failure import BUDGET_SPENT, GENERIC_TIMEOUT
from rabta.model import (
    Certificate,
    DnsDetail,
    Hop,
    HttpDetail,
    LinkDetail,
    Observation,
    PathDetail,
    Phases,
    Probe,
    RateDetail,
    TlsDetail,
)
from rabta.store import Store, sealed
from rabta.store.naming import decode, encode
from rabta.store.rollup import SQL, Figures, exact, merged


T0 = 20_000 * DAY

values = st.floats(min_value=0, max_value=1e10, allow_nan=False).map(lambda v: v + 0.0)
samples = st.one_of(
    st.tuples(values, st.none()),
    st.tuples(st.none(), st.sampled_from([GENERIC_TIMEOUT, BUDGET_SPENT, None])),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(samples, max_size=200))
def test_sql_and_python_give_the_same_figures(rows):
    """Sealing computes in DuckDB what a chart of hot rows computes here."""
    with sealed.engine() as engine:
        engine.execute("CREATE TABLE raw (value DOUBLE, failure VARCHAR)")
        sealed.insert(engine, "raw", rows)
        found = engine.execute(f"SELECT {SQL} FROM raw").fetchall()

    assert Figures(*found[0]) == exact(rows)


@given(st.lists(st.lists(samples, max_size=20), min_size=1, max_size=12))
def test_merged_figures_are_within_those_of_their_parts(parts):
    """Counts, minimum and maximum are exact, the other two never outside the parts."""
    whole = exact([sample for part in parts for sample in part])
    figures = [exact(part) for part in parts]
    found = merged(figures)

    assert (found.sent, found.lost) == (whole.sent, whole.lost)
    assert (found.minimum, found.maximum) == (whole.minimum, whole.maximum)
    medians = [f.median for f in figures if f.median is not None]
    if medians:
        assert found.median is not None
        assert found.p95 is not None
        assert min(medians) <= found.median <= max(medians)
        assert found.minimum <= found.median <= found.p95 <= found.maximum


observations = st.builds(
    Observation,
    time=st.integers(0, 3 * DAY // SECOND).map(lambda s: T0 + s * SECOND + 17),
    uplink=st.sampled_from(["ptcl", "a/b'c"]),
    family=st.sampled_from([4, 6]),
    target=st.sampled_from(["one", "two", "رابطہ", "it's"]),
    probe=st.sampled_from(list(Probe)),
    value=st.one_of(st.none(), values),
    failure=st.sampled_from([None, None, GENERIC_TIMEOUT, BUDGET_SPENT]),
    address=st.sampled_from(["", "192.0.2.1", "2001:db8::1"]),
    spent_bytes=st.integers(0, 10**7),
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(observations, max_size=60, unique_by=lambda o: o.time),
    st.lists(st.integers(0, 5 * DAY // HOUR), max_size=4),
    st.sampled_from([37, 60, 300, 3600]),
)
def test_no_order_of_recording_and_sealing_changes_an_answer(told, seals, step):
    """Late, repeated and early rows included; the reference never seals."""
    span = {"start": T0, "stop": T0 + 4 * DAY}
    with tempfile.TemporaryDirectory() as name:
        clock = ManualClock(T0 + 5 * DAY)
        with (
            Store.open(Path(name, "hot"), clock=clock) as hot,
            Store.open(Path(name, "cold"), clock=ManualClock(T0)) as cold,
        ):
            hot.record(told)
            share = -(-len(told) // (len(seals) + 1))
            for number, hours in enumerate(seals):
                cold.record(told[number * share : (number + 1) * share])
                cold._clock = ManualClock(T0 + hours * HOUR)
                cold.seal()
            cold.record(told[len(seals) * share :])
            cold.record(told[: share // 2])
            expected = hot.observations(**span, limit=1000)
            kept = cold.observations(**span, limit=1000)
            aside = len(expected) - len(kept)
            assert set(kept) <= set(expected)
            if not any(hours < 3 * DAY // HOUR for hours in seals):
                assert aside == 0  # nothing was ever ahead of the clock
                charts = [
                    {
                        info.key: store.points(info.id, **span, step_seconds=step)
                        for info in store.series()
                    }
                    for store in (hot, cold)
                ]
                assert charts[0].keys() == charts[1].keys()
                for key, chart in charts[0].items():
                    same(chart, charts[1][key])


def same(one, other):
    """Kept minutes carry seven digits, hours and rows all of them."""
    assert (one.time, one.sent, one.lost) == (other.time, other.sent, other.lost)
    if one.exact and other.exact:
        for a, b in zip(one.median + one.p95, other.median + other.p95, strict=True):
            assert (a is None) == (b is None)
            assert a is None or isclose(a, b, rel_tol=1e-6, abs_tol=1e-30)


seconds = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | seconds
short = st.text(max_size=20)
several = st.lists(short, max_size=4).map(tuple)
phases = st.builds(Phases, maybe, maybe, maybe, maybe, maybe)
certificates = st.builds(
    Certificate, short, short, st.integers(), st.integers(), short, several, short
)
details = st.one_of(
    st.builds(DnsDetail, short, short, several, st.integers(), st.just(()), maybe),
    st.builds(TlsDetail, short, phases, short, st.none() | certificates, short),
    st.builds(HttpDetail, short, phases, certificate=st.none() | certificates),
    st.builds(
        PathDetail,
        st.lists(st.builds(Hop, st.integers(), short, maybe)).map(tuple),
        st.booleans(),
    ),
    st.builds(
        RateDetail,
        st.integers(),
        seconds,
        st.lists(st.tuples(seconds, st.integers())).map(tuple),
    ),
    st.from_type(LinkDetail),
)


@given(details)
def test_every_detail_survives_its_encoding(detail):
    """In JSON that a reader without this program understands."""
    text = encode(detail)

    assert decode(text) == detail
    assert len(msgspec.json.decode(text)) == 1


def test_a_detail_that_is_not_understood_costs_no_observation():
    """A later version's, or one with a number that JSON has none for."""
    assert decode('{"smell": {"of": "burning"}}') is None
    assert decode(encode(RateDetail(1, float("nan")))) is None
