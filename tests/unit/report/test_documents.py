"""Each reader gets a document of their own, whole in one file, in both languages."""

import json
import re
import zlib
from dataclasses import replace

import pytest

from rabta.agent.reporting import Order, report
from rabta.clock import HOUR
from rabta.config import load
from rabta.config.load import profile
from rabta.cost.firm.redone import Carry
from rabta.cost.firm.table import firm_of
from rabta.cost.service.contract import contracts_of
from rabta.locale import DIRECTION, LANGUAGES
from rabta.report.audiences import AUDIENCES
from rabta.report.document import document_of
from rabta.report.made import made
from rabta.report.period import period_of
from rabta.store import Store
from tests.unit.cost.test_table import PROFILE
from tests.unit.report import office
from tests.unit.report.test_select import CLOCK, facts


CONTRACT = """
[[contract]]
name = "Indus business"
uplink = "fibre"
source = "No. 4711 of 2026-01-15"
availability = 0.999
loss = 0.2
fee = 12000
currency = "PKR"
credits = [[0.999, 0.1], [0.9, 0.3]]
"""


def contracted(folder, tmp_path, audience, uplink=""):
    file = tmp_path / "rabta.toml"
    file.write_text(CONTRACT)
    contracts = contracts_of(load(file, {"HOME": str(tmp_path)}).contracts)
    setup = replace(office.SETUP, contracts=contracts)
    period = period_of(office.PERIOD, office.ZONE)
    with Store.open(folder, clock=CLOCK, read_only=True) as store:
        return report(store, setup, Order(audience, period, uplink), CLOCK)


def written(found, language, form):
    (file,) = made(found, language, [form])
    return file.content


def text_of(page):
    body = page.decode().split("<main>")[1].split("</main>")[0]
    body = re.sub(r"<svg.*?</svg>", "", body, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", body)


@pytest.fixture(scope="module", params=list(AUDIENCES))
def found(request, folder):
    uplink = "fibre" if request.param == "isp" else ""
    return facts(folder, request.param, uplink=uplink)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_asks_for_nothing_and_reads_in_its_direction(found, language):
    page = written(found, language, "html").decode()

    assert f'<html lang="{language}" dir="{DIRECTION[language]}">' in page
    assert not re.search(r'(src|href)="?(https?:)?//|<link|<script(?! type="app)', page)
    assert ("base64," in page) == (language == "ur")
    embedded = page.split('id="rabta-report">')[1].split("</script>")[0]
    assert json.loads(embedded)["audience"] == found.audience


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_carries_its_fonts_and_the_facts(found, language):
    content = written(found, language, "pdf")

    assert content.startswith(b"%PDF-")
    assert len(content) < 2_000_000
    plain = b"".join(_streams(content))
    assert b"rabta-report/1" in plain
    assert (b"NotoNastaliqUrdu" in content + plain) == (language == "ur")
    assert content == written(found, language, "pdf")


def _streams(content):
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            # a stream may end in \r: then its checksum is cut
            yield zlib.decompressobj().decompress(match[1])
        except zlib.error:
            yield match[1]


def test_a_client_sees_neither_money_nor_the_inside_of_the_network(folder):
    found = facts(folder, "client")
    told = text_of(written(found, "en", "html"))
    data = json.dumps(document_of(found))

    for hidden in ("Indus", "Ravi", "eth0", "power", "router", "USD"):
        assert hidden not in told
        assert hidden not in data
    assert "fibre" not in told
    assert "work over the Internet" in told.lower() or "Work over" in told
    assert "another worked at the time" in told


def test_a_complaint_lists_violated_terms_and_leaves_own_faults_out(folder, tmp_path):
    found = contracted(folder, tmp_path, "isp", "fibre")
    told = text_of(written(found, "en", "html"))
    outcomes = {
        one.term.id: one.outcome.value
        for judged in found.judgements
        for one in judged.results
    }

    assert outcomes["availability"] == "violated"
    assert outcomes["loss"] == "met"
    assert "1 of 2 terms was violated by Indus Fibre" in told
    assert "No. 4711 of 2026-01-15" in told
    assert "1,200" not in told  # three days are no month
    assert "there is none in this report" in told
    assert "are not counted" in told
    assert "Complaint about the line" in told
    assert "Please explain each disruption below" in told
    assert ("Please give back" in told) == bool(found.judgements[0].credit.high)
    counted, not_counted = told.split("Not counted against the provider")
    assert "consistent with a power cut" in not_counted
    assert "consistent with a power cut" not in counted
    assert "Another line of the customer reached the world" in told
    assert "Ravi" not in told + json.dumps(document_of(found))
    assert "cell" not in json.dumps(document_of(found)["lines"])


def test_where_no_term_was_violated_nothing_is_asked(folder):
    for uplink in ("fibre", "cell"):  # no contract; of the PTA only rates, not tested
        told = text_of(written(facts(folder, "isp", uplink=uplink), "en", "html"))

        assert "no term was found violated" in told
        assert "held against its terms" in told
        for asked in ("Complaint", "Please", "give back"):
            assert asked not in told


def test_a_regulator_reads_every_line_the_terms_and_the_method(folder):
    told = text_of(written(facts(folder, "regulator"), "en", "html"))

    for wanted in ("Indus Fibre", "Ravi 4G", "PTA, Pakistan", "RFC 2681", "Y.1540"):
        assert wanted in told
    assert "not measured" in told
    assert "(text read on " in told
    assert "from memory; the text was not read" in told


def test_a_freelancer_gets_a_text_to_send(folder):
    alone = facts(folder, "freelancer", uplink="fibre")
    told = text_of(written(alone, "en", "html"))

    assert "Dear client," in told
    assert "my Internet line was down for" in told
    assert "provider (70" in told
    assert "working hours" not in told  # nobody said which they are
    assert "could not work" not in told


def test_a_freelancer_is_told_of_working_hours_where_they_are_known(folder):
    setup = replace(office.SETUP, firm=firm_of(profile(PROFILE)))
    period = period_of(office.PERIOD, office.ZONE)
    with Store.open(folder, clock=CLOCK, read_only=True) as store:
        found = report(store, setup, Order("freelancer", period, "fibre"), CLOCK)
        both = report(store, setup, Order("freelancer", period), CLOCK)
    told = text_of(written(found, "en", "html"))

    # 10 to 12 and 15 to 15:30 of one day, of 9 to 13 and 14 to 18
    assert found.working_down.low == pytest.approx(2.5 * 3600, abs=5)
    assert found.working_down.high == pytest.approx(2.5 * 3600, abs=5)  # gap: evening
    assert found.together.down_seconds.high > 3 * 3600
    assert "of it in my working hours" in told
    assert "could not work" not in told
    assert both.working_down.high == 0


def test_nobody_claims_an_outage_that_another_line_bridged(folder):
    told = text_of(written(facts(folder, "freelancer"), "en", "html"))

    assert "At no time were all my lines found down" in told
    assert "I was not found without an Internet line" in told
    assert "My line was" not in told  # one of them was
    assert "could not work" not in told


def test_simulated_facts_say_so(tmp_path):
    office.build(tmp_path, simulated=True)
    found = facts(tmp_path, "client")

    assert "SIMULATED" in written(found, "en", "html").decode()
    assert "فرضی" in written(found, "ur", "html").decode()


def test_management_reads_what_it_cost_and_what_nobody_can_say(folder):
    firm = replace(firm_of(profile(PROFILE)), home="fibre")
    setup = replace(office.SETUP, firm=firm)
    period = period_of(office.PERIOD, office.ZONE)
    with Store.open(folder, clock=CLOCK, read_only=True) as store:
        found = report(store, setup, Order("management", period), CLOCK)
    told = text_of(written(found, "en", "html"))

    assert found.costs.unmeasured.revenue_view.high > 0
    assert "more where nobody knows which line carried the work" in told
    assert "eight times of ten" in told
    assert document_of(found)["costs"]["felt"]["revenue_view"]["currency"] == "USD"
    assert document_of(replace(found, audience="client"))["costs"] is None
    assert "no longer kept" not in told


def test_management_reads_from_when_on_jobs_are_still_kept(folder):
    firm = replace(firm_of(profile(PROFILE)), home="fibre")
    setup = replace(office.SETUP, firm=firm)
    period = period_of(office.PERIOD, office.ZONE)
    with Store.open(folder, clock=CLOCK, read_only=True) as store:
        found = report(store, setup, Order("management", period), CLOCK)
    carried = Carry(2, 900, found.start + HOUR)
    later = replace(found, costs=replace(found.costs, carried=carried))
    whole = replace(carried, since=found.start)
    all_of_it = replace(found, costs=replace(found.costs, carried=whole))

    assert "no longer kept" in text_of(written(later, "en", "html"))
    assert "no longer kept" not in text_of(written(all_of_it, "en", "html"))


def test_a_client_is_not_told_that_another_line_worked_where_nobody_knows(folder):
    found = facts(folder, "client")
    dark = tuple(
        replace(line, unknown=(office.OUTAGE,)) if line.uplink == "cell" else line
        for line in found.lines
    )
    told = text_of(written(replace(found, lines=dark), "en", "html"))

    assert "it is not known for part of that time" in told
    assert told.count("another worked at the time") == 1  # the power cut
