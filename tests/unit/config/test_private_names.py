"""Names that are nobody else's business are told to nobody else."""

import pytest

from rabta.config import Service, load
from rabta.config.services import OUTSIDE, expand
from rabta.config.targets import targets
from rabta.errors import ConfigError


def asked(tmp_path, text):
    """Every target of the configuration by which others hear of a service."""
    file = tmp_path / "rabta.toml"
    file.write_text(text, "utf-8")
    found = targets(load(file, {"HOME": str(tmp_path), "TZ": "UTC"}))
    return [t for t in found if t.control_for and t.role in OUTSIDE]


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.office.lan/",
        "https://erp.office.lan/",
        "https://printer.local/",
        "https://wiki.corp.internal/",
        "https://nas.home.arpa/",
        "https://intranet/",
    ],
)
def test_nobody_outside_hears_a_name_that_is_not_public(tmp_path, url):
    assert not asked(tmp_path, f'services = ["{url}"]')
    assert asked(tmp_path, 'services = ["https://www.example.pk/"]')


def test_controls_can_be_forbidden_for_one_service(tmp_path):
    text = """
services = ["https://www.example.pk/", "github"]
[[service]]
name = "https://www.example.pk/"
controls = false
"""
    assert {t.control_for for t in asked(tmp_path, text)} == {"github"}


def test_whether_they_are_is_yes_or_no(tmp_path):
    text = 'services = []\n[[service]]\nname = "github"\ncontrols = "never"\n'
    with pytest.raises(ConfigError):
        asked(tmp_path, text)


def test_the_own_address_may_still_be_asked_with_another_name():
    from tests.lab.targets import _templates

    found = expand(Service("erp", "ERP", "https://erp.office.lan/"), _templates())
    assert {t.role for t in found} == {"", "innocuous-sni"}
