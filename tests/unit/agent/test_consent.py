"""Tests run for whom somebody agreed to them, and not too often."""

import pytest

from rabta.agent.consent import GAP, Ledger
from rabta.clock import SECOND
from rabta.errors import RabtaError


NOW = 1_800_000_000 * SECOND


def test_an_agreement_lasts_until_it_is_withdrawn(tmp_path):
    Ledger(tmp_path).agree("code", NOW)
    assert Ledger(tmp_path).agreed["code"].agreed == NOW
    assert Ledger(tmp_path).withdraw("code")
    assert not Ledger(tmp_path).withdraw("code")
    assert Ledger(tmp_path).agreed == {}


def test_tests_of_one_service_keep_their_distance(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.agree("code", NOW)
    ledger.begin("code", NOW)
    with pytest.raises(RabtaError, match="less than 10 minutes") as refused:
        Ledger(tmp_path).begin("code", NOW + GAP - 5 * SECOND)
    assert "again in 5 s" in str(refused.value)
    Ledger(tmp_path).begin("code", NOW + GAP)


def test_a_file_that_cannot_be_read_is_nobodys_agreement(tmp_path):
    (tmp_path / "tests.json").write_text("{")
    assert Ledger(tmp_path).agreed == {}
