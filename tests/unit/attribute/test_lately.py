"""Checks that fail now and then: chance, or more than that."""

import pytest

from rabta.attribute.lately import Lately
from rabta.clock import HOUR, MINUTE, SECOND


NOW = 10 * HOUR


def story(checks: str) -> Lately:
    """One check a minute, the last of them now: ``x`` failed."""
    lately = Lately()
    for number, one in enumerate(reversed(range(len(checks)))):
        lately.take(NOW - one * MINUTE, good=checks[number] != "x")
    return lately


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        ("." * 20, (0, 0)),
        ("...x......x.........", (0, 0)),
        ("..x...x...x...x...x.", (5, 20)),
        ("x.x.x.", (3, 6)),
        ("x", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_it_takes_more_than_chance(checks, told):
    assert story(checks).failing(0, NOW) == told


def test_what_came_while_the_line_was_out_tells_nothing():
    assert story("xxxxxxx.......").failing(NOW - 6 * MINUTE, NOW) == (0, 0)


def test_what_is_old_tells_nothing():
    assert story("x.x.x.x.x.").failing(0, NOW + HOUR) == (0, 0)


def test_an_outage_counts_once():
    lately = story("......xxxxxxxx")
    lately.settle(NOW - 7 * MINUTE)
    assert lately.failing(0, NOW) == (0, 0)


def test_questions_asked_again_at_once_count_once():
    lately = story(".........")
    for second in range(30):
        lately.take(NOW + (50 + second) * SECOND, good=False)
    assert lately.failing(0, NOW + 2 * MINUTE) == (0, 0)
