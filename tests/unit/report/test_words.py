"""The page says what its facts do, and whoever words it otherwise is found."""

import json
import random
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from rabta import locale
from rabta.clock import ManualClock
from rabta.locale import LANGUAGES
from rabta.model import Evidence, Message
from rabta.report import fonts
from rabta.report.audiences import AUDIENCES
from rabta.report.document import document_of, encoded, report_of
from rabta.report.edition import edition, typesetter
from rabta.report.evidence import open_document, seal_document
from rabta.report.evidence.log import Log
from rabta.report.made import made
from rabta.report.proof import examined, proof_of
from tests.unit.report import forge, office
from tests.unit.report.test_select import CLOCK, facts


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    office.build(folder)
    with Log.open(folder, clock=CLOCK) as log:
        log.close_hours()
    return folder


@pytest.fixture(scope="module")
def complaint(closed):
    found = facts(closed, "isp", uplink="fibre", profiles=("pta", "itu"))
    return found, proof_of(closed, found)


def sealed(complaint, form, language="en"):
    found, proof = complaint
    (file,) = made(found, language, [form], proof)
    return file.content


def said(content):
    told = {}
    for one in examined(content).findings.found:
        told[one.mark.value, one.says.key] = dict(one.says.args)
    return told


def broken(told):
    return {key for mark, key in told if mark == "broken"}


PROVEN = ("proven", "report.check.page_proven")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_reader_holds_a_page_that_comes_out_of_its_facts_again(closed, audience):
    found = facts(closed, audience, uplink="fibre" if audience == "isp" else "")
    proof = proof_of(closed, found)
    for language in LANGUAGES:
        told = said(sealed((found, proof), "html", language))

        assert PROVEN in told
        assert not broken(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_so_does_a_pdf(complaint, language):
    assert PROVEN in said(sealed(complaint, "pdf", language))


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_document_holds_all_that_its_page_is_made_of(closed, audience):
    found = facts(closed, audience, uplink="fibre" if audience == "isp" else "")
    document = encoded(document_of(found))
    again = encoded(document_of(report_of(document)))

    assert json.loads(again) == json.loads(document)


@pytest.mark.parametrize("change", forge.WORDS, ids=lambda one: one.__name__)
def test_a_page_that_its_owner_words_otherwise_is_found(complaint, change):
    content = sealed(complaint, "html")
    for seed in range(3):
        forged = forge.reworded(content, change, complaint[1].key, random.Random(seed))

        assert broken(said(forged)) == {"report.check.broken_page"}, seed


def test_the_first_place_that_differs_is_named(complaint):
    content = sealed(complaint, "html")

    def alter(page, _):
        head, body = page.split("<main>")
        return head + "<main>" + body.replace("Indus Fibre", "Ravi 4G\x1b[2J", 1)

    forged = forge.reworded(content, alter, complaint[1].key, None)
    told = said(forged)["broken", "report.check.broken_page"]

    page = open_document(forged).page.decode()
    assert "Ravi 4G" in page.splitlines()[told["line"] - 1]
    assert "line Ravi 4G[2J" in told["given"]
    assert "line Indus Fibre" in told["made"]


def resealed(complaint, change, form="json"):
    opened = open_document(sealed(complaint, form))
    document = json.loads(opened.document)
    change(document)
    told = json.dumps(document).encode()
    return seal_document(opened.page, form, told, complaint[1].key)


def test_a_sentence_in_the_facts_that_its_figures_do_not_make_is_found(complaint):
    def reword(document):
        document["incidents"][0]["sentence"]["ur"] = "سب آپ کا قصور ہے۔"

    told = said(resealed(complaint, reword))

    place = told["broken", "report.check.broken_words"]
    assert place["path"] == "/incidents/0/sentence/ur"
    assert place["given"] == "سب آپ کا قصور ہے۔"


def test_facts_that_no_page_can_be_made_of_are_found(complaint):
    def unsay(document):
        document["incidents"][0]["sentence"]["key"] = "verdict.of-tomorrow"

    told = said(resealed(complaint, unsay, "html"))

    assert broken(told) == {"report.check.broken_page_unsaid"}


@pytest.mark.parametrize("of", ["version", "edition"])
def test_what_another_version_said_is_not_called_broken(complaint, of):
    opened = open_document(
        resealed(complaint, lambda document: document.update({of: "0.0.9"}), "html")
    )
    page = opened.page.replace(b"line Indus Fibre", b"line of Indus Fibre")
    key = complaint[1].key
    told = said(seal_document(page, "html", opened.document, key))

    assert not broken(told)
    assert PROVEN not in told
    assert "0.0.9" in told["unproven", "report.check.page_version"]["theirs"]


def test_a_pdf_that_its_owner_words_otherwise_is_found(complaint):
    key = complaint[1].key
    content = sealed(complaint, "pdf")
    for change in forge.DRAWN:
        told = said(forge.redrawn(content, change, key, random.Random(1)))

        assert broken(told) == {"report.check.broken_pdf"}, change.__name__
        assert PROVEN not in told


def test_a_pdf_of_another_typesetter_is_not_called_broken(complaint):
    def by_another(document):
        document["typesetter"] = "typst 0.1.0 plan9-mips"

    told = said(resealed(complaint, by_another, "pdf"))
    place = told["unproven", "report.check.page_pdf"]

    assert not broken(told)
    assert PROVEN not in told
    assert place["theirs"] == "typst 0.1.0 plan9-mips"
    assert place["mine"] == typesetter()


@pytest.mark.parametrize(("name", "kind"), [(edition, "woff2"), (typesetter, "ttf")])
def test_another_font_is_told_apart(name, kind, tmp_path, monkeypatch):
    file = resources.files("rabta").joinpath("ui", f"other.{kind}")
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"")
    mine = name.__wrapped__()
    monkeypatch.setattr(fonts, "files", lambda _: (Path(str(file)),))

    assert name.__wrapped__() != mine


def test_nothing_can_be_put_between_the_document_of_a_pdf_and_its_seal(complaint):
    key = complaint[1].key
    content = sealed(complaint, "pdf")
    more = b"9 0 obj\n<<>>\nendobj\nstartxref\n"
    at = content.rindex(b"startxref\n", 0, content.rindex(b"%rabta-seal"))
    forged = content[:at] + more + content[at + 10 :]
    told = said(forge.sealed_again(forged, key))

    assert broken(told) == {"verify.broken.seal"}


def test_facts_told_on_the_day_they_are_of_are_the_same_tomorrow(
    complaint, monkeypatch
):
    found, proof = complaint
    first, *rest = found.incidents
    since = Message.of("evidence.rung-down", rung="gateway", since=first.onset, total=4)
    first = replace(first, evidence=(Evidence("gateway-down", since, 4.5),))
    found = replace(found, incidents=(first, *rest))
    monkeypatch.setattr(locale, "_CLOCK", ManualClock(office.OUTAGE[1]))
    locale._in_every_language.cache_clear()  # as in a process of its own
    today = sealed((found, proof), "json")
    monkeypatch.undo()
    locale._in_every_language.cache_clear()

    assert not broken(said(today))
    assert today == sealed((found, proof), "json")


def test_a_page_made_on_the_day_it_tells_of_is_the_same_tomorrow(
    complaint, monkeypatch
):
    monkeypatch.setattr(locale, "_CLOCK", ManualClock(office.OUTAGE[1]))
    today = sealed(complaint, "html")
    monkeypatch.undo()

    assert PROVEN in said(today)
    assert today == sealed(complaint, "html")
