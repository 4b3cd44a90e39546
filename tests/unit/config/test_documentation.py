"""The reference and the code name the same things."""

import re
from pathlib import Path

import pytest

from rabta.config import load
from rabta.config.load import ENVIRONMENT
from rabta.config.service_table import SERVICE_KEYS
from rabta.config.show import rows
from rabta.config.target_table import _NOT_DATA, TARGET_KEYS
from rabta.model import Probe


HERE = Path(__file__).parents[3]
TEXT = (HERE / "docs/reference/configuration.md").read_text("utf-8")
WORDS = set(re.findall(r"`([^`]+)`", TEXT))
UPLINK = (
    "interface",
    "name",
    "isp",
    "asn",
    "metered",
    "budget_mb_per_day",
    "tier",
    "cap_gb_per_month",
)


def test_every_key_is_documented_with_its_default():
    for key, value, _ in rows(load(None, {"HOME": "/home/x", "TZ": "UTC"})):
        assert key in WORDS
        if isinstance(value, int) and not isinstance(value, bool):
            assert re.search(rf"`{re.escape(key)}` \| `{value}`", TEXT), key


@pytest.mark.parametrize("key", [*TARGET_KEYS, *SERVICE_KEYS, *UPLINK, *ENVIRONMENT])
def test_every_key_of_a_table_and_every_variable_is_documented(key):
    assert key in WORDS


def test_every_probe_a_target_can_ask_for_is_documented():
    told = {probe.value for probe in Probe if probe not in _NOT_DATA}

    assert told <= WORDS


def test_documents_link_to_files_that_exist():
    for document in [*HERE.glob("*.md"), *HERE.glob("docs/**/*.md")]:
        for link in re.findall(r"\]\(([^)#]+)", document.read_text("utf-8")):
            if "://" not in link and not link.endswith(".png"):
                assert (document.parent / link).exists(), f"{document.name}: {link}"
