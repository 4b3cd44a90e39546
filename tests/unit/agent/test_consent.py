"""Tests run for whom somebody agreed to them, and not too often."""

import pytest

from rabta.agent.consent import GAP, Ledger, where_of
from rabta.clock import SECOND
from rabta.config import Service
from rabta.config.services import expand
from rabta.errors import RabtaError


NOW = 1_800_000_000 * SECOND
WHERE = "https://code.example.org"


def target(url):
    return expand(Service("code", "Code", url))[0]


@pytest.mark.parametrize(
    ("url", "holds"),
    [
        ("https://code.example.org/", True),
        ("https://code.example.org/another/page", True),
        ("http://code.example.org/", False),
        ("https://www.code.example.org/", False),
        ("https://other.example/", False),
    ],
)
def test_an_agreement_is_to_one_host_and_scheme(tmp_path, url, holds):
    Ledger(tmp_path).agree("code", WHERE, NOW)
    Ledger(tmp_path).begin("code", NOW)
    assert Ledger(tmp_path).holds("code", where_of(target(url))) is holds
    assert not Ledger(tmp_path).holds("docs", where_of(target(url)))


def test_an_agreement_to_a_name_alone_is_asked_for_again(tmp_path):
    (tmp_path / "tests.json").write_text('{"code":{"agreed":5,"last":7}}')
    ledger = Ledger(tmp_path)
    assert not ledger.holds("code", WHERE)
    ledger.agree("code", WHERE, NOW)
    assert Ledger(tmp_path).agreed["code"].last == 7  # politeness goes on


def test_an_agreement_lasts_until_it_is_withdrawn(tmp_path):
    Ledger(tmp_path).agree("code", WHERE, NOW)
    assert Ledger(tmp_path).holds("code", WHERE)
    assert Ledger(tmp_path).agreed["code"].agreed == NOW
    assert Ledger(tmp_path).withdraw("code")
    assert not Ledger(tmp_path).withdraw("code")
    assert Ledger(tmp_path).agreed == {}


def test_tests_of_one_service_keep_their_distance(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.agree("code", WHERE, NOW)
    ledger.begin("code", NOW)
    with pytest.raises(RabtaError, match="less than 10 minutes") as refused:
        Ledger(tmp_path).begin("code", NOW + GAP - 5 * SECOND)
    assert "again in 5 s" in str(refused.value)
    Ledger(tmp_path).begin("code", NOW + GAP)


def test_a_file_that_cannot_be_read_is_nobodys_agreement(tmp_path):
    (tmp_path / "tests.json").write_text("{")
    assert Ledger(tmp_path).agreed == {}
