"""Whether a path leaves the country elsewhere than before."""

import pytest

from rabta.attribute.cause import Event, PathSeen, Surroundings
from rabta.attribute.cause.borders import crossing, moved
from rabta.attribute.cause.path import border
from rabta.model import PathDetail
from rabta.model.observation import Hop


HOME = [("100.64.0.1", 3), ("39.32.1.1", 9)]
WEST = [("62.115.4.9", 112), ("80.81.192.7", 115), ("93.184.216.34", 116)]
EAST = [("203.208.9.1", 95), ("129.250.2.3", 240), ("93.184.216.34", 241)]


def path(*hops, reached=True):
    found = (
        Hop(ttl, address, None if ms is None else ms / 1000)
        for ttl, (address, ms) in enumerate(hops, 1)
    )
    return PathDetail(tuple(found), reached)


west, east = path(*HOME, *WEST), path(*HOME, *EAST)


@pytest.mark.parametrize(
    ("one", "network"),
    [
        (west, "62.115.4.0/24"),
        (path(*HOME, ("", None), *WEST), "62.115.4.0/24"),
        # a router that takes its time to answer is no crossing
        (path(*HOME[:1], ("39.32.1.1", 90), ("39.32.1.5", 8), *WEST), "62.115.4.0/24"),
        (path(("fe80::1", 1), ("2400:1::1", 4), ("2001:db8:5:6::1", 120),
              ("2606::1", 121)), "2001:db8:5::/48"),
        (path(*HOME, ("39.32.9.9", 14)), ""),
        (path(*HOME, WEST[-1]), ""),
        (path(), ""),
    ],
    ids=["crossing", "a silent hop", "a slow router", "IPv6", "at home",
         "the target alone", "nothing"],
)  # fmt: skip
def test_the_greatest_rise_of_delay_is_the_crossing(one, network):
    assert crossing(one) == network


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ([west] * 6, [east] * 3, True),
        ([west] * 6, [west] * 3, False),
        ([west] * 6, [west, east], None),
        ([west, east] * 3, [east] * 3, None),
        ([west] * 5 + [east], [east] * 3, None),
        ([west] * 3, [east] * 3, None),
        ([west] * 6, [east], None),
        ([west] * 6, [path(*HOME)] * 3, None),
    ],
    ids=["moved", "stayed", "half of them", "two before", "seen before",
         "few before", "few after", "cut off"],
)  # fmt: skip
def test_another_crossing_is_told_where_there_was_one_before(before, after, said):
    assert moved(before, after) is said


def seen(corridor, changed, number):
    after, z = (180.0, 20.0) if corridor == "west" else (100.0, 0.1)
    return PathSeen(
        str(number), f"{corridor}-{number}", corridor, 100.0, after, z,
        step=True, changed=changed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("west_changed", "lines", "said"),
    [(True, 2, None), (True, 4, ("yes",)), (False, 4, ("no",))],
    ids=["too few to tell", "enough", "none changed"],
)
def test_a_few_changed_paths_are_no_word_against_a_cable(west_changed, lines, said):
    paths = tuple(
        seen(corridor, west_changed and corridor == "west", n)
        for n in range(lines)
        for corridor in ("west", "east", "gulf")
    )
    event = Event("country/PK", 0, None, 1)
    found = border(event, Surroundings(paths=paths))
    assert (found and found.outcomes) == said
