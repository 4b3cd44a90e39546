"""Spans of time in addresses."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.agent.moments import moment_of
from rabta.api.span import PATTERN, span_of
from rabta.clock import DAY, HOUR, MINUTE, SECOND
from rabta.errors import UsageError
from rabta.ui import Words


NOW = 1_790_000_000 * SECOND


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("-90s", NOW - 90 * SECOND),
        ("-5min", NOW - 5 * MINUTE),
        ("-24h", NOW - DAY),
        ("-7d", NOW - 7 * DAY),
        ("1790000000.5", NOW + SECOND // 2),
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01Z", SECOND),
        ("1970-01-01T05:00+05:00", 0),
        ("-99999999d", 0),
    ],
)
def test_every_form_is_read(text, moment):
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "-5", "5min", "2026-11-31", "٣"])
def test_anything_else_is_refused_with_the_accepted_forms(text):
    with pytest.raises(UsageError, match="-24h"):
        moment_of(text, NOW)


@given(st.from_regex(PATTERN, fullmatch=True).filter(lambda text: "\n" not in text))
def test_all_that_the_documented_pattern_allows_is_read_but_days_no_month_has(text):
    if re.match(r"\d{4}-\d\d-(29|3)", text):
        with contextlib.suppress(UsageError):
            assert moment_of(text, NOW) >= 0
    else:
        assert moment_of(text, NOW) >= 0


@given(st.integers(0, 4_000_000_000))
def test_the_form_that_pages_write_is_allowed_and_read_back(seconds):
    text = Words.iso(seconds * SECOND)
    assert re.fullmatch(PATTERN, text)
    assert moment_of(text, NOW) == seconds * SECOND


def test_a_span_given_backwards_is_turned_round():
    span = span_of("now", "-1h", NOW)
    assert (span.start, span.end) == (NOW - HOUR, NOW)


def test_a_span_that_ends_now_moves_on():
    assert span_of("-1h", "now", NOW).live
    assert not span_of("-2h", "-1h", NOW).live


@given(st.integers(1, 10**10), st.integers(1, 2000))
def test_a_step_is_long_enough_for_the_buckets_wanted(seconds, buckets):
    span = span_of("0", str(seconds % 10**10), NOW)
    step = span.step(buckets)
    longest = 604800 * SECOND
    assert step == longest or (span.end - span.start) / step <= buckets


def test_the_published_pattern_knows_the_calendar():
    days = {(1999, 2, 29): False, (2000, 2, 29): True, (2026, 11, 31): False}
    for (year, month, day), real in days.items():
        text = f"{year}-{month:02}-{day:02}"
        assert bool(re.match(PATTERN, text)) is real
