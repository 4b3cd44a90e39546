"""The pages about countries and networks, in a real browser."""

import pytest

from tests.browser import elsewhere
from tests.browser.conftest import AXE
from tests.browser.office import office


PAGES = ("/entities", "/entity/country/PK", "/entity/country/TJ", "/entity/asn/17557")


@pytest.fixture(scope="module")
def served():
    """One office for all: these tests only read, and judging takes seconds."""
    with office() as one:
        elsewhere.fill(one.store, one.now)
        yield one


def test_every_page_is_sound_for_axe_in_both_languages_and_schemes(visit):
    if not AXE.exists():
        pytest.skip("no axe-core: run python hatch_build.py")
    for theme, language in (("light", "en"), ("dark", "ur")):
        reader = visit(theme=theme)
        for path in PAGES:
            reader.open(f"{path}?lang={language}")
            assert reader.page.evaluate("document.documentElement.lang") == language
            reader.page.evaluate(AXE.read_text("utf-8"))
            found = reader.page.evaluate("axe.run()")
            told = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
            assert not told, (path, theme, language)


def test_the_map_is_reached_by_keyboard_and_says_each_state_in_words(visit):
    reader = visit()
    reader.open("/entities")
    reader.page.focus(".world a[href='/entity/country/IR']")
    named = "document.activeElement.getAttribute('aria-label')"
    assert reader.page.evaluate(named).endswith("Iran: Half or more is missing")
    link = reader.page.locator(".world a[href='/entity/country/TJ']")
    assert link.get_attribute("aria-label") == "Tajikistan: No fresh data"
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/entity/country/IR")
    assert "Half or more is missing" in reader.page.text_content("h1")


def test_search_finds_a_country_by_its_name_in_urdu_and_a_network(visit):
    reader = visit()
    for words, told in (("پاکستان", "PK"), ("17557", "AS17557"), ("atlantis", "")):
        reader.open("/entities")
        reader.page.fill("input[type=search]", words)
        reader.page.press("input[type=search]", "Enter")
        reader.page.wait_for_url("**q=**")
        rows = reader.page.locator("tbody tr").all_text_contents()
        assert len(rows) == (1 if told else 0)
        assert all(told in row for row in rows)


def test_signals_show_baseline_gap_and_cut_beside_the_own_uplinks(visit):
    reader = visit(scripts=False)
    reader.open("/entity/country/PK")
    tracks = reader.page.locator(".track")
    assert tracks.count() == 5
    first = tracks.nth(0)
    assert first.locator(".usual").count() == 1
    assert first.locator(".mark.outage").count() == 1
    assert first.locator(".gap").count() >= 1
    assert first.locator(".value").get_attribute("d").count("M") >= 2
    assert "no data" in first.locator("tbody").text_content()
    assert "has no vote" in tracks.nth(2).text_content()
    assert "ptcl" in tracks.nth(3).text_content()
    first.locator("a").focus()
    page = reader.page.text_content("main")
    assert "Several public signals of Pakistan fell" in page
    assert reader.page.locator(".happened .bullets").first.locator("li").count() < 12
    assert "A fault of the measuring itself" in page
    assert "CC BY-NC-SA 4.0" in page
    assert "bgp: 4900 to 1500" in page


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("path", PAGES)
def test_on_a_phone_no_cell_of_a_table_hides_at_the_side(visit, path, language):
    reader = visit(width=390)
    reader.open(f"{path}?lang={language}")
    hidden = reader.page.evaluate(
        """() => [...document.querySelectorAll('.scroll')]
             .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth)
             .map((one) => one.textContent.trim().slice(0, 80))"""
    )
    assert not hidden
    labels = reader.page.evaluate(
        """() => [...document.querySelectorAll('.stacked [data-label]')].map((one) =>
             [one.dataset.label, getComputedStyle(one, '::before').content])"""
    )
    assert all(label and shown != "none" for label, shown in labels)
    assert len(labels) >= 3


def test_data_that_ended_are_said_to_be_old_and_never_called_fine(visit):
    reader = visit()
    reader.open("/entity/country/TJ")
    assert "No fresh data" in reader.page.text_content("h1")
    assert "nothing is known of the present" in reader.page.text_content(".verdict")
    assert reader.page.get_attribute(".verdict", "data-state") == "unknown"


def test_time_runs_from_the_left_in_urdu_too(visit):
    reader = visit()
    reader.open("/entity/country/PK?lang=ur")
    x = reader.page.evaluate(
        """() => ['.gap', '.mark'].map((one) =>
             document.querySelector(`.track ${one}`).getBoundingClientRect().x)"""
    )
    assert x[0] < x[1]


def test_what_is_not_stored_has_a_page_that_says_so(visit):
    reader = visit()
    reader.open("/entity/country/XX")
    assert "no such page" in reader.page.text_content("main")
    reader.complaints.clear()  # the browser's own line about the 404


def test_the_dashboard_tells_of_the_own_line_alone(visit):
    reader = visit()
    reader.open("/")
    assert "public signals" not in reader.page.text_content("main")
    reader.open("/events")
    assert "public signals" in reader.page.text_content("main")


def test_the_way_past_the_map_shows_only_when_it_is_focused(visit):
    reader = visit()
    reader.open("/entities")
    clip = "getComputedStyle(document.querySelector('.world .skip')).clipPath"
    assert reader.page.evaluate(clip) == "inset(50%)"
    reader.page.focus(".world .skip")
    assert reader.page.evaluate(clip) == "none"
