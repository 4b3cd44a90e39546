"""What columns mean, words while waiting, and files written whole."""

import io
import time

import pytest

from rabta.cli.detect_input import parse_signal
from rabta.cli.detect_kinds import is_percent, meaning
from rabta.cli.detect_zone import zone_of_entity, zone_of_name
from rabta.cli.progress import _ELSEWHERE, _ON_TERMINAL, Progress
from rabta.errors import UsageError


@pytest.mark.parametrize(
    ("name", "unit", "cells", "kind", "worse"),
    [
        ("bgp", "", [2917], "prefixes", None),
        ("ping-slash24", "", [581], "prefixes", None),
        ("merit-nt", "", [4.4], "count", None),
        ("rtt", "", [178.9], "rtt", None),
        ("ping", "", [19.1], "rtt", None),
        ("latency_ms", "", [19.1], "rtt", None),
        ("column3", "ms", [12.9], "rtt", None),
        ("download", "", [32.4], "throughput", None),
        ("x", "Mbps", [32.4], "throughput", None),
        ("packet loss", "", [0.02], "fraction", True),
        ("loss_pct", "", [2], "fraction", True),
        ("lost_packets", "", [2], "count", True),
        ("success ratio", "", [0.99], "fraction", None),
        ("connected", "%", [98], "fraction", None),
        ("requests", "", [12000], "count", None),
        ("traffic share", "", [5000], "count", None),
        ("Verlust %", "", [2], "fraction", True),
        ("Perte (%)", "", [2], "fraction", True),
        ("Pérdida", "", [200], "count", True),
        ("потери", "", [200], "count", True),
        ("Ausfall %", "", [2], "fraction", None),
        ("Latenz", "", [12], "rtt", None),
        ("experten", "", [12], "count", None),
        ("Umlauf ms", "", [12], "rtt", None),
    ],
)
def test_a_column_is_what_its_name_unit_and_values_say(name, unit, cells, kind, worse):
    said = meaning(name, name, unit, cells)

    assert (said.kind, said.higher_is_worse) == (kind, worse)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("rtt_ms", "ms"),
        ("RTT (ms)", "ms"),
        ("Verlust %", "%"),
        ("loss_pct", "%"),
        ("download Mbps", "Mbit/s"),
        ("upload_kbit/s", "kbit/s"),
        ("requests", ""),
        ("programs", ""),
        ("growth %", "%"),
        ("visible prefixes %", "%"),
    ],
)
def test_a_unit_at_the_end_of_a_name_is_that_of_the_column(name, unit):
    assert meaning(name, name, "", [2.0, 50.0]).unit(name) == unit


def test_percent_is_known_by_name_or_unit():
    assert is_percent("loss_percent", "x", "")
    assert is_percent("loss", "x", "%")
    assert is_percent("loss ratio", "x", "") is False
    assert is_percent("loss", "x", "") is None


def test_a_signal_is_written_as_name_kind_and_column():
    named = parse_signal("probing:prefixes=ping-slash24=x")
    assert (named.name, named.kind, named.column) == (
        "probing",
        "prefixes",
        "ping-slash24=x",
    )
    assert parse_signal("bgp").column == "bgp"


@pytest.mark.parametrize("text", ["=x", "x=", ":rtt=x", "x:delay=y"])
def test_a_signal_that_is_half_written_is_refused(text):
    with pytest.raises(UsageError):
        parse_signal(text)


def test_a_zone_that_does_not_exist_suggests_what_does():
    with pytest.raises(UsageError, match="did you mean Asia/Karachi"):
        zone_of_name("Pakistan/Karachi")
    assert zone_of_name("") is None


def test_a_country_of_one_zone_lives_by_it_and_others_must_say():
    assert str(zone_of_entity("country/IQ")) == "Asia/Baghdad"
    assert zone_of_entity("country/US") is None
    assert zone_of_entity("uplink/ptcl") is None


def test_what_takes_a_moment_is_said_before_a_second_is_over():
    assert _ON_TERMINAL[0] <= 0.5
    assert _ELSEWHERE[0] <= 1
    assert "\r\x1b[Klooking at x.csv 25%" in told_of_a_slow_stage(Terminal())
    assert told_of_a_slow_stage(io.StringIO()) == "looking at x.csv 25%\n"


def test_what_follows_a_stage_on_a_terminal_stands_on_a_line_of_its_own():
    stream = Terminal()
    told_of_a_slow_stage(stream)
    stream.write("rabta: an error\n")

    assert stream.getvalue().endswith("\r\x1b[Krabta: an error\n")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def told_of_a_slow_stage(stream):
    progress = Progress("en", stream)
    with progress.stage("looking", file="x.csv"):
        progress.report(0.25)
        while not stream.getvalue():
            time.sleep(0.01)
        return stream.getvalue()


def test_what_is_quick_is_not_said():
    stream = io.StringIO()
    with Progress("en", stream).stage("looking", file="x.csv"):
        pass

    assert stream.getvalue() == ""
