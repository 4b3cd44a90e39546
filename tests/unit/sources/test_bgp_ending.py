"""A table that was cut between two records is told where that can be known."""

from ipaddress import ip_address, ip_network

import pytest

from rabta.sources.bgp import ending

from .bgp_day import START
from .mrt_writer import dump, update
from .test_bgp_table import told


FOUR, SIX = ("192.0.2.1", 101), ("2001:db8::1", 102)
PREFIXES = [
    *(f"{first}.0.{third}.0/24" for first in range(1, 224) for third in (0, 7)),
    *(f"{first:x}::/32" for first in range(0x2001, 0x2C10)),
]
MANY = {4: 200, 6: 1000}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Tables of a few hundred prefixes are large ones."""
    for version, least in MANY.items():
        end = ending.ENDS[version]
        least_ = ending._End(least, end.since, end.first, end.block)
        monkeypatch.setitem(ending.ENDS, version, least_)


def table(prefixes, time=START):
    """Return a table in the order given, as whole records."""
    rows = {
        one: {(FOUR if ip_network(one).version == 4 else SIX): (101, 103)}
        for one in prefixes
    }
    return dump(time, [FOUR, SIX], rows)


def partial(tmp_path, *parts):
    """Return what is wrong with each file, and the visible prefixes of AS103."""
    found, tallies = told(tmp_path, *parts, entities=("asn/103",))
    return [one.partial for one in tallies], found.get(
        ("asn/103", "visible-prefixes-4"), {}
    )


def test_a_whole_table_is_whole(tmp_path):
    (wrong,), seen = partial(tmp_path, table(PREFIXES))
    assert wrong == ""
    assert set(seen.values()) == {446}


@pytest.mark.parametrize(
    ("kept", "last"), [(300, "150.0.7.0"), (446 + 2000, "27d0::")], ids=["IPv4", "IPv6"]
)
def test_a_large_table_that_ends_too_soon_was_cut(tmp_path, kept, last):
    changes = update(START + 300, FOUR, ["1.0.0.0/24"], (101, 103))
    first, second = table(PREFIXES[:kept]), changes
    (wrong, after), seen = partial(tmp_path, first, second)
    assert wrong.startswith("cut off between two records: the table ends at ")
    assert str(ip_address(last)) in wrong
    assert after == ""
    assert seen == {}  # what is lacking would look like an outage


@pytest.mark.parametrize(
    "rows",
    [PREFIXES[:150], PREFIXES[300:] + PREFIXES[:300], PREFIXES[:446]],
    ids=["small", "in another order", "of IPv4 alone"],
)
def test_nothing_is_said_of_what_cannot_be_known(tmp_path, rows):
    (wrong,), seen = partial(tmp_path, table(rows))
    assert wrong == ""
    assert seen


def test_nothing_is_said_of_a_time_when_tables_ended_before(tmp_path):
    (wrong,), _ = partial(tmp_path, table(PREFIXES[:300], time=1_230_768_000))
    assert wrong == ""


def test_changes_alone_have_no_end(tmp_path):
    many = b"".join(update(START, FOUR, [one], (101, 103)) for one in PREFIXES[:300])
    (wrong,), _ = partial(tmp_path, many)
    assert wrong == ""
