"""The dashboard as people meet it, in a real browser over a real server."""

import re
import time
from dataclasses import replace

import pytest

from rabta.clock import SECOND, SystemClock
from rabta.model import Message, Observation, Probe, State
from tests.browser import sample
from tests.browser.conftest import AXE


PAGES = ("/", "/events", "/events/2", "/why", "/uplinks/storm", "/health", "/reports")
PAGES += ("/nothing",)
CHARTED = ".plot[data-points]"


def later() -> int:
    return SystemClock().now() + 5 * SECOND


def seen(uplink: str, target: str) -> tuple[Observation, ...]:
    return (sample._seen(later(), uplink, target, Probe.ICMP, 0.2),)


@pytest.mark.parametrize("path", PAGES[:-1])
def test_a_page_loads_without_complaints_or_foreign_requests(visit, path):
    reader = visit()
    reader.open(path)
    reader.until("document.querySelector('#connection')?.textContent.includes('alues')")
    assert reader.page.evaluate("document.documentElement.lang") == "en"


def test_the_docs_page_shows_every_operation_from_local_files(visit):
    reader = visit()
    reader.open("/api/docs")
    reader.page.wait_for_selector("#operations-past-points_api_points_get")


def test_the_sentence_changes_within_three_seconds_of_the_status(visit):
    reader = visit()
    reader.open("/")
    reader.page.wait_for_selector("#connection[data-lost=false]")
    cut = sample.verdict(reader.office.now, "host", "cut", State.DOWN)
    changed = replace(reader.office.live.status(), host=cut)
    asked = time.monotonic()
    reader.office.publish(changed)
    reader.until(
        "document.querySelector('#sentence').textContent.startsWith('Nothing answers')"
    )
    assert time.monotonic() - asked < 3
    state = reader.page.get_attribute("[data-live=verdict]", "data-state")
    assert state == "down"
    assert "Nothing answers" in reader.page.text_content("#announce")


def test_a_new_uplink_appears_and_its_chart_with_the_first_values(visit):
    reader = visit()
    reader.open("/")
    reader.page.wait_for_selector(CHARTED)
    status = reader.office.live.status()
    third = sample._lane(reader.office.now, "spare", 3, fine=True)
    reader.office.publish(replace(status, uplinks=(*status.uplinks, third)))
    reader.page.wait_for_selector("[data-live=lane-spare]")
    plot = "[data-chart=latency][data-uplink=spare] .plot"
    reader.page.wait_for_selector(f"{plot}[data-empty]")
    assert reader.page.locator(".uplot").count() == 4
    reader.office.measure(seen("spare", "west-1"))
    reader.office.publish(sample.advance(reader.office.live.status(), later()))
    reader.page.wait_for_selector(f"{plot}[data-points] .uplot")


def test_a_chart_gains_points_within_a_second_without_a_reload(visit):
    reader = visit()
    reader.open("/")
    plot = "[data-chart=latency][data-uplink=ptcl] .plot"
    reader.page.wait_for_selector(f"{plot}[data-points]")
    reader.page.wait_for_selector("#connection[data-lost=false]")
    reader.page.evaluate("window.untouched = true")
    newest = float(reader.page.get_attribute(plot, "data-newest"))
    asked = time.monotonic()
    reader.office.measure(seen("ptcl", "west-1"))
    reader.until(f"Number(document.querySelector('{plot}').dataset.newest) > {newest}")
    assert time.monotonic() - asked < 1.5
    assert reader.page.evaluate("window.untouched")


def test_when_rabta_is_gone_the_page_says_since_when_its_values_stand(visit):
    reader = visit()
    reader.open("/")
    reader.page.wait_for_selector("#connection[data-lost=false]")
    reader.office.stop()
    reader.page.wait_for_selector("#connection[data-lost=true]")
    said = reader.page.text_content("#connection")
    assert said.startswith("Connection to Rabta lost, last values from")
    assert re.search(r"\d\d:\d\d:\d\d", said)
    reader.complaints.clear()  # the browser's own lines about the lost connection


def test_urdu_runs_from_the_right_in_nastaliq_and_time_from_the_left(visit):
    reader = visit()
    reader.open("/")
    reader.page.wait_for_selector(CHARTED)
    reader.page.click("[data-language]")
    reader.page.wait_for_selector("html[lang=ur][dir=rtl]")
    reader.page.wait_for_selector(CHARTED)
    look = reader.page.evaluate(
        """() => {
          const style = (one) => getComputedStyle(document.querySelector(one));
          return {
            family: style('#sentence').fontFamily,
            loaded: document.fonts.check('16px "Noto Nastaliq Urdu"', 'ہے'),
            leading: parseFloat(style('.rungs').lineHeight)
              / parseFloat(style('.rungs').fontSize),
            heading: parseFloat(style('#sentence').lineHeight)
              / parseFloat(style('#sentence').fontSize),
            plot: style('.plot').direction, beats: style('.beats').direction,
            ends: style('.ends').direction, main: style('main').direction,
          };
        }"""
    )
    assert look["family"].startswith('"Noto Nastaliq Urdu"')
    assert look["loaded"]
    assert look["leading"] >= 2.1
    assert look["heading"] >= 2.1
    assert look["main"] == "rtl"
    assert {look["plot"], look["beats"], look["ends"]} == {"ltr"}
    reader.open("/why")  # the choice is remembered
    assert reader.page.get_attribute("html", "lang") == "ur"


def test_in_urdu_the_newest_beat_is_still_the_rightmost(visit):
    reader = visit()
    reader.open("/?lang=ur")
    x = reader.page.evaluate(
        """() => [...document.querySelectorAll('tr:nth-child(2) .beats rect')]
             .map((one) => one.getBoundingClientRect().x)"""
    )
    assert x == sorted(x)
    assert len(x) == 60


def test_values_and_their_units_keep_their_order_in_urdu(visit):
    reader = visit()
    reader.open("/?lang=ur")
    places = reader.page.evaluate(
        """() => {
          const text = document.querySelector('.figures dd bdi').firstChild;
          const at = (needle) => {
            const range = document.createRange();
            const from = text.data.indexOf(needle);
            range.setStart(text, from);
            range.setEnd(text, from + needle.length);
            return range.getBoundingClientRect().x;
          };
          return [at('32'), at('ms')];
        }"""
    )
    assert places[0] < places[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ur"])
def test_axe_finds_nothing_on_any_page(visit, language, theme):
    if not AXE.exists():
        pytest.skip("no axe-core: run python hatch_build.py")
    reader = visit(theme=theme)
    for path in PAGES:
        reader.open(f"{path}?lang={language}")
        for details in reader.page.query_selector_all("summary"):
            details.click()
        reader.page.evaluate(AXE.read_text("utf-8"))
        found = reader.page.evaluate("axe.run().then((found) => found.violations)")
        assert not [
            (path, one["id"], [node["html"][:90] for node in one["nodes"]])
            for one in found
        ]
    reader.complaints[:] = [one for one in reader.complaints if "404" not in one]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axes_are_drawn_in_the_colours_of_the_theme(visit, theme):
    reader = visit(theme=theme)
    reader.open("/?from=-1h")
    reader.page.wait_for_selector(CHARTED)
    darkest, brightest = reader.page.evaluate(
        """() => {
          const canvas = document.querySelector('.plot canvas');
          const { width, height } = canvas;
          const side = canvas.getContext('2d').getImageData(0, 0, 60, height).data;
          let [dark, bright] = [255, 0];
          for (let at = 0; at < side.length; at += 4) {
            if (side[at + 3] < 200) continue;
            dark = Math.min(dark, side[at]);
            bright = Math.max(bright, side[at]);
          }
          return [dark, bright];
        }"""
    )
    if theme == "dark":
        assert brightest > 140
    else:
        assert darkest < 120


def test_a_switch_overrides_the_system_theme_and_is_remembered(visit):
    reader = visit(theme="light")
    reader.open("/")
    background = "getComputedStyle(document.body).backgroundColor"
    light = reader.page.evaluate(background)
    reader.page.click("#theme")
    dark = reader.page.evaluate(background)
    assert dark != light
    reader.open("/why")
    assert reader.page.evaluate(background) == dark


def test_the_keyboard_alone_leads_to_the_evidence_of_a_disruption(visit):
    reader = visit()
    reader.open("/")
    reader.page.keyboard.press("Tab")
    assert focused(reader) == "#content"
    reader.page.keyboard.press("Enter")
    for _ in range(60):
        reader.page.keyboard.press("Tab")
        outline = reader.page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle"
            " + getComputedStyle(document.activeElement).stroke"
            " + !!document.activeElement.closest('svg')"
        )
        assert "solid" in outline or "true" in outline
        if reader.page.evaluate("document.activeElement.id") == "event-2":
            break
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/events/2")
    assert "stopped answering" in reader.page.text_content(".evidence")


def focused(reader) -> str:
    return reader.page.evaluate("document.activeElement.getAttribute('href')")


def test_arrow_keys_step_through_a_chart_and_say_what_they_meet(visit):
    reader = visit()
    reader.open("/?from=-1h")
    plot = reader.page.locator("[data-chart=latency][data-uplink=storm] .plot")
    reader.page.wait_for_selector("[data-uplink=storm] .uplot")
    plot.focus()
    told = []
    for key in ("Home", "ArrowRight", "ArrowRight", "End"):
        reader.page.keyboard.press(key)
        told.append(reader.page.text_content("[data-uplink=storm] .readout"))
    assert len(set(told)) == 4
    assert all("ms" in one or "%" in one for one in told)


def test_a_drag_on_one_chart_sets_the_span_of_all_and_of_the_address(visit):
    reader = visit()
    reader.open("/?from=-3h")
    reader.page.wait_for_selector(CHARTED)
    box = reader.page.locator("[data-chart=latency] .u-over").first.bounding_box()
    reader.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 30, steps=5)
    reader.page.mouse.up()
    reader.page.wait_for_url(re.compile(r"from=2\d{3}-.*to=2\d{3}-"))
    ends = reader.page.evaluate(
        "[...document.querySelectorAll('[data-chart]')].map((f) => f.dataset.from)"
    )
    assert len(set(ends)) == 1
    assert ends[0].startswith("2")
    reader.until(
        "document.querySelector('[data-live=span]').textContent.includes('From')"
    )
    reader.page.go_back()
    reader.until("document.querySelector('[data-chart]').dataset.from === '-3h'")


def test_without_scripts_everything_is_there_as_text_and_tables(visit):
    reader = visit(scripts=False)
    reader.open("/?from=-1h")
    text = reader.page.inner_text("main")
    assert "Traffic abroad over storm" in text
    assert "no answer" in text
    assert "generic_timeout_error" not in text
    reader.page.click("[data-uplink=storm] summary")
    rows = reader.page.locator("[data-live=table-storm] tbody tr")
    assert rows.count() >= 12
    assert "ms" in rows.nth(3).inner_text()
    assert not reader.page.is_visible(".plot")
    assert not reader.page.is_visible("#theme")
    reader.page.click("#event-1")
    assert "412\u00a0ms" in reader.page.inner_text("h1")


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("path", PAGES[:-1])
def test_a_phone_needs_no_sideways_scrolling(visit, path, language):
    reader = visit(width=360)
    reader.open(f"{path}?lang={language}")
    reader.page.wait_for_timeout(300)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_name_that_looks_like_markup_stays_a_name(visit):
    reader = visit()
    status = reader.office.live.status()
    evil = "<img src=x onerror=alert(1)>"
    lane = status.uplinks[0]
    lane = replace(lane, uplink=replace(lane.uplink, name=evil, isp=evil))
    said = Message.of("sample.abroad", uplink=evil)
    reader.office.live.newest = replace(
        status, uplinks=(lane,), host=replace(status.host, sentence=said)
    )
    reader.open("/")
    reader.page.wait_for_selector(".chart .plot")
    assert reader.page.locator("img").count() == 0
    assert evil in reader.page.text_content("#sentence")
