"""``rabta cost`` as a user runs it."""

import csv
import json
from zipfile import ZipFile

import pytest

from tests.unit.cost.test_table import PROFILE


MAY = ("--from", "2023-05-09T00:00+00:00", "--to", "2023-05-13T00:00+00:00")
MORNING = ("--from", "2026-11-23T09:00+05:00", "--to", "2026-11-23T11:00+05:00")


def test_a_country_event_shows_methods_bracket_refusals_and_sources(rabta):
    done = rabta("cost", "country/PK", "--kind", "outage", "--scope", "mobile", *MAY)

    assert done.returncode == 0, done.stderr
    assert "gdp_share/adb      USD 36 m (30.4 m … 41.5 m)" in done.stdout
    assert "Bracket over 7 methods: P10 USD 7.47 m" in done.stdout
    assert "not used: netloss" in done.stdout
    assert "World Bank NY.GDP.MKTP.CD, CC BY 4.0" in done.stdout


def test_json_is_one_object_with_sentences_in_both_languages(rabta):
    done = rabta(
        *("cost", "country/PK", "--kind", "throttling", "--depth", "0.35", "--json"),
        *("--from", "2024-08-01", "--to", "2024-08-15"),
    )
    found = json.loads(done.stdout)
    (only,) = found["classes"]

    assert found["hypothetical"]
    assert {one["method"] for one in only["lines"]} >= {"speed_exports", "icrier"}
    assert "SBP" in only["warnings"][0]["en"]
    assert only["warnings"][0]["ur"]
    assert only["lines"][0]["inputs"][0]["source"]


def test_it_speaks_urdu(rabta):
    done = rabta("cost", "country/PK", "--kind", "outage", *MAY, "--language", "ur")

    assert done.returncode == 0, done.stderr
    assert "پورا ملک" in done.stdout


def test_a_firm_asks_about_an_outage(rabta):
    done = rabta("cost", "--profile", PROFILE, "--kind", "outage", *MORNING)

    assert done.returncode == 0, done.stderr
    assert "Revenue lost" in done.stdout
    assert "Either the one or the other" in done.stdout
    assert "developers.rate" in done.stdout
    assert "failover" not in done.stdout


def test_a_firm_prices_what_is_stored(rabta, filled):
    done = rabta(
        *("cost", "--profile", PROFILE, "--store", filled, "--json"),
        *("--from", "2020-01-01", "--to", "2030-01-01"),
    )
    found = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert not found["hypothetical"]
    assert "indus-fibre" in found["lines"]
    assert found["saved"] is None
    assert found["unobserved_hours"] > 0


def test_the_impact_analysis_is_written_as_a_table(rabta, tmp_path):
    file = tmp_path / "impact.csv"
    done = rabta("cost", "--profile", PROFILE, "--impact", file)

    assert done.returncode == 0, done.stderr
    assert "RTO 4 h · MTPD 1 d 20 h" in done.stdout.replace("\u00a0", " ")
    head, first, second = csv.reader(file.read_text("utf-8-sig").splitlines())
    assert head[1] == "RTO (hours)"
    assert first[:2] == ["Card payments", "4.0"]
    assert first[6] == "'=Orders by telephone"  # no formula for a spreadsheet
    assert second[0] == "Mail"


@pytest.mark.parametrize("language", ["en", "ur"])
def test_it_is_written_as_a_workbook_too(rabta, tmp_path, language):
    file = tmp_path / "impact.xlsx"
    done = rabta(
        *("cost", "--profile", PROFILE, "--impact", file, "--language", language)
    )

    assert done.returncode == 0, done.stderr
    with ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet  # no formula came of the text that looks like one
    assert "=Orders by telephone" in texts
    assert "<v>20000</v>" in sheet
    assert ('rightToLeft="1"' in sheet) == (language == "ur")


def test_a_file_that_cannot_be_written_is_one_clear_line(rabta, tmp_path):
    file = tmp_path / "missing" / "impact.csv"
    done = rabta("cost", "--profile", PROFILE, "--impact", file)

    assert done.returncode == 1
    assert f"rabta: {file} cannot be written: No such file" in done.stderr


def test_figures_of_others_come_out(rabta):
    done = rabta("cost", "--check")
    found = json.loads(rabta("cost", "--check", "--json").stdout)

    assert done.returncode == 0, done.stdout
    ours = [row for row in found["rows"] if row["got"] is not None]
    assert all(row["good"] for row in ours)
    others = [row for row in found["rows"] if row["got"] is None]
    assert {row["good"] for row in others} == {None}
    numbers = {int(row["number"]) for row in found["rows"]}
    assert numbers == set(range(1, 30)) - {12, 13}
    assert f"{len(ours)} of {len(ours)} figures come out" in done.stdout
    assert f"the {len(others)} marked –" in done.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("asn/17557",), "'asn/17557' has no price"),
        (("country/QQ", "--kind", "outage"), "no figures of QQ are known"),
        (("country/PK", "--depth", "0.5"), "needs its --kind"),
        (
            ("country/PK", "--kind", "outage", "--service", "x"),
            "--service is of the block of one service",
        ),
        (
            ("country/PK", "--kind", "blocking", "--service", "orkut"),
            "of 'orkut' no figures are known",
        ),
        (("--from", "soon"), "--from soon: no time"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "--from must be before --to"),
        ((), "nothing is known of your firm"),
        (
            ("--profile", PROFILE, "--kind", "outage", "--scope", "mobile"),
            "--scope is of a country",
        ),
        (
            ("--profile", PROFILE, "--impact", "impact.txt"),
            "let the name end in .csv or .xlsx",
        ),
    ],
)
def test_bad_usage_is_one_clear_line(rabta, words, complaint):
    done = rabta("cost", *words)

    assert done.returncode == 2
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1
