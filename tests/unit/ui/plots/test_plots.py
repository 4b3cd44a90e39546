"""Drawings are well-formed, truthful about gaps, and ask for nothing."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rabta.clock import DAY, HOUR, MINUTE
from rabta.ui.plots import Figure, Mark, Panel, Said, page, svg
from rabta.ui.plots.axes import short, time_ticks, value_ticks


START = 1_692_489_600_000_000
NS = "{http://www.w3.org/2000/svg}"


def figure(values=None, **mark) -> Figure:
    values = np.full(288, 100.0) if values is None else values
    panel = Panel(
        "bgp <&>", "weekly", START, 5 * MINUTE, values, np.full(len(values), 99.0)
    )
    calm = Panel("quiet", "weekly", START, 5 * MINUTE, values, values)
    given = {
        "onset": START + 2 * HOUR,
        "end": START + 4 * HOUR,
        "onset_uncertainty": 600.0,
        "end_uncertainty": 300.0,
        "severity": "outage",
        "fired": frozenset({"bgp <&>"}),
        "says": 'outage from "02:00" & so on',
    }
    return Figure("country/IQ", UTC, (panel, calm), (Mark(**{**given, **mark}),))


def rectangles(text: str, css: str):
    root = ET.fromstring(text)
    return [r for r in root.iter(f"{NS}rect") if css in r.get("class", "").split()]


def test_a_disruption_is_strong_where_it_was_seen_and_faint_elsewhere():
    text = svg(figure())

    (strong,) = rectangles(text, "mark")
    (faint,) = rectangles(text, "quiet")
    assert float(strong.get("width")) == pytest.approx(2 / 24 * 884, abs=0.2)
    assert float(strong.get("y")) < float(faint.get("y"))
    assert strong.find(f"{NS}title").text == 'outage from "02:00" & so on'


def test_uncertainty_is_a_band_around_each_end_as_wide_as_it_is():
    onset, end = rectangles(svg(figure()), "unsure")

    assert float(onset.get("width")) == pytest.approx(1200 / 86400 * 884, abs=0.2)
    assert float(end.get("width")) == pytest.approx(600 / 86400 * 884, abs=0.2)


def test_a_disruption_that_lasts_reaches_the_edge_and_has_one_band():
    text = svg(figure(end=None))

    (strong,) = rectangles(text, "mark")
    right = float(strong.get("x")) + float(strong.get("width"))
    assert right == pytest.approx(960 - 12, abs=0.2)
    assert len(rectangles(text, "unsure")) == 1


def test_a_gap_breaks_the_line():
    values = np.full(288, 100.0)
    values[100:120] = np.nan
    root = ET.fromstring(svg(figure(values)))

    line = next(p for p in root.iter(f"{NS}path") if p.get("class") == "value")
    assert line.get("d").count("M") == 2
    assert "nan" not in svg(figure(values))


def test_many_points_make_a_small_drawing_that_keeps_the_spike():
    values = np.full(500_000, 50.0)
    values[250_000] = 400.0
    text = svg(figure(values))

    assert len(text) < 200_000
    root = ET.fromstring(text)
    line = next(p for p in root.iter(f"{NS}path") if p.get("class") == "value")
    heights = [float(y) for y in re.findall(r" (\d+\.\d)", line.get("d"))]
    assert max(heights) - min(heights) > 60


@pytest.mark.parametrize(
    "values",
    [np.full(3, np.nan), np.zeros(3), np.array([1e12, 1.0, -5e3]), np.ones(1)],
    ids=["nothing", "zero", "wide", "one"],
)
def test_any_values_can_be_drawn(values):
    text = svg(figure(values))

    ET.fromstring(text)
    assert "nan" not in text
    assert "inf" not in text


def said(language: str) -> Said:
    return Said(language, f"t-{language}", ("<b>",), ("a",), (("x & y",),), ("z",))


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.found += [v for k, v in attrs if k in ("src", "href", "xlink:href")]


def test_a_page_speaks_both_languages_and_asks_for_nothing():
    text = page([(figure(), [said("en"), said("ur")])], "ur")

    assert '<html lang="ur" dir="rtl">' in text
    assert "default-src 'none'" in text
    assert "&lt;b&gt;" in text
    assert "x &amp; y" in text
    links = Links()
    links.feed(text)
    assert links.found == []
    assert not {"script", "link", "img", "iframe"} & set(links.tags)
    urls = set(re.findall(r"https?://[^\"'\s<]+", text))
    assert urls <= {"http://www.w3.org/2000/svg"}  # a name, not an address
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize("span", [MINUTE, HOUR, DAY, 9 * DAY, 90 * DAY, 3000 * DAY])
def test_times_on_the_axis_are_few_round_local_and_in_order(span):
    zone = ZoneInfo("Asia/Kathmandu")  # 5 h 45 min ahead

    ticks = time_ticks(START, START + span, zone)

    instants = [instant for instant, _ in ticks]
    assert instants == sorted(instants)
    assert 1 <= len(ticks) <= 11
    assert all(START <= instant <= START + span for instant in instants)
    if span >= DAY:
        assert all(":" not in text or text.endswith("00") for _, text in ticks)


def test_values_on_the_axis_are_round():
    assert value_ticks(0, 97) == [0, 50]  # four at most, at round distances
    assert value_ticks(0, 100) == [0, 50, 100]
    assert value_ticks(5, 5) == [5]
    assert [short(x) for x in (0.25, 999, 1200, 3.1e9)] == [
        "0.25",
        "999",
        "1.2 k",
        "3.1 G",
    ]
