"""The row of what comes again, as people meet it in a real browser."""

import pytest

from rabta.clock import SECOND
from tests.browser import evenings, sample
from tests.browser.conftest import AXE


@pytest.fixture
def shedding(served):
    return evenings.fill(served.store, served.now)


def test_one_row_opens_into_its_windows_and_one_leads_on(visit, shedding):
    reader = visit()
    reader.open("/events")
    row = reader.page.locator("tr.recurs")
    assert row.count() == 1
    assert f"× {evenings.COUNT}" in row.text_content()
    assert not row.locator("li a").first.is_visible()
    row.locator("summary").focus()
    reader.page.keyboard.press("Enter")
    assert row.locator("li a").count() == evenings.COUNT
    assert row.locator("li a").first.is_visible()
    row.locator(f"li a[href='/events/{shedding[0]}']").click()
    reader.page.wait_for_url(f"**/events/{shedding[0]}")
    told = reader.page.text_content("main")
    assert "Comes again" in told
    assert f"number 1 of {evenings.COUNT}" in told
    reader.page.click("text=All windows of this pattern")
    reader.page.wait_for_url("**/events?pattern=1")
    assert reader.page.locator("tbody tr").count() == evenings.COUNT


def test_an_opened_row_stays_open_while_the_page_takes_news(visit, shedding):
    """A new disruption changes the list; whoever reads the windows keeps them."""
    reader = visit()
    reader.open("/events")
    reader.page.wait_for_selector("#connection[data-lost=false]")
    reader.page.click("tr.recurs summary")
    evenings.begin(reader.office.store, reader.office.now)
    status = reader.office.live.status()
    reader.office.publish(sample.advance(status, status.time + 5 * SECOND))
    reader.until("document.body.textContent.includes('Comes at its usual hour')")
    assert reader.page.locator("tr.recurs details[open]").count() == 1
    assert reader.page.locator("tr.recurs li a").first.is_visible()


def test_it_is_sound_for_axe_in_both_languages_and_schemes(visit, shedding):
    if not AXE.exists():
        pytest.skip("no axe-core: run python hatch_build.py")
    for theme, language in (("light", "en"), ("dark", "ur")):
        reader = visit(theme=theme)
        for path in ("/events", "/events?pattern=1", f"/events/{shedding[0]}"):
            reader.open(f"{path}{'&' if '?' in path else '?'}lang={language}")
            for closed in reader.page.locator("summary").all():
                closed.click()
            reader.page.evaluate(AXE.read_text("utf-8"))
            found = reader.page.evaluate("axe.run()")
            told = [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]
            assert not told, (path, theme, language)
