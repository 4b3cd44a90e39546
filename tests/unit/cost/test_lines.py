"""With several lines, what was felt is what the carrying line did."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rabta.clock import HOUR, MINUTE
from rabta.cost.firm.lines import Carried, account
from rabta.cost.firm.outages import Outage


DAY = 24 * HOUR


def hours(outages):
    return sum((one.end - one.start) / HOUR * one.severity for one in outages)


def down(begin, end, severity=1.0):
    return Outage(begin * HOUR, end * HOUR, severity, severity == 1.0)


def told(lines, carried=(), home="fibre"):
    return account(lines, carried, home, 0, DAY)


def test_while_it_is_not_known_what_carried_only_what_took_all_lines_was_felt():
    found = told({"fibre": [down(1, 5)], "mobile": [down(4, 6)]})

    assert found.felt == (down(4, 5),)
    assert found.alone == found.felt
    assert found.worst == (down(1, 5),)


def test_what_carried_while_home_was_down_has_saved_that_time():
    carried = [
        Carried(0, 2 * HOUR, "fibre"),
        Carried(2 * HOUR, 5 * HOUR, "mobile"),
        Carried(5 * HOUR, DAY, "fibre"),
    ]
    found = told({"fibre": [down(1, 4)], "mobile": []}, carried)

    assert found.felt == (down(1, 2),)
    assert found.alone == (down(1, 4),)
    assert found.worst == found.felt
    assert found.known_hours == 24


def test_a_line_that_was_slow_saves_the_rest():
    carried = [Carried(0, DAY, "mobile")]
    found = told({"fibre": [down(1, 3)], "mobile": [down(1, 3, 0.25)]}, carried)

    assert found.felt == (down(1, 3, 0.25),)
    assert found.alone == (down(1, 3),)


def test_a_line_that_carried_while_it_was_worse_saves_nothing():
    carried = [Carried(0, DAY, "mobile")]
    found = told({"fibre": [], "mobile": [down(1, 3)]}, carried)

    assert found.felt == (down(1, 3),)
    assert found.alone == found.felt


def test_nothing_is_felt_where_nothing_happened():
    assert told({"fibre": [], "mobile": []}).felt == ()


spans = st.lists(
    st.tuples(st.integers(0, 1380), st.integers(1, 300), st.sampled_from([0.25, 1.0])),
    max_size=5,
)
turns = st.lists(st.integers(0, 1440), max_size=4)


@given(spans, spans, turns)
def test_without_failover_it_is_never_better_and_never_beyond_both_lines(
    fibre, mobile, turns
):
    logs = {
        name: [Outage(b * MINUTE, (b + n) * MINUTE, s, s == 1.0) for b, n, s in spans]
        for name, spans in {"fibre": fibre, "mobile": mobile}.items()
    }
    edges = sorted({turn * MINUTE for turn in turns})
    carried = [
        Carried(begin, end, ("fibre", "mobile")[index % 2])
        for index, (begin, end) in enumerate(pairwise(edges))
    ]
    found = told(logs, carried)
    felt, alone, worst = (hours(log) for log in (found.felt, found.alone, found.worst))
    lines = [hours(told({"fibre": logs[name]}).felt) for name in logs]

    assert felt <= min(alone, worst) + 1e-6
    assert max(alone, worst) <= sum(lines) + 1e-6
