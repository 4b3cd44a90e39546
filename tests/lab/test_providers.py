"""Whose network each uplink leaves by, learnt without a word of the user's."""

import json
import sys
import time
from collections.abc import Iterator

import pytest

from . import plan
from .daemon import Rabta, all_fine
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]


@pytest.fixture(scope="module")
def rabta(lab: Lab) -> Iterator[Rabta]:
    with Rabta(lab, FOLDER / "rabta", pace=0.2, told=False) as running:
        yield running


def known(rabta: Rabta) -> dict[str, tuple[int, str]]:
    return {
        one["uplink"]["name"]: (one["uplink"]["asn"], one["uplink"]["provider"])
        for one in rabta.status.get("uplinks", ())
    }


def test_each_line_is_asked_and_its_network_known(lab: Lab, rabta: Rabta) -> None:
    """Behind address translation, and behind the provider's own as well."""
    wanted = {one.name: (one.asn, f"{one.name.title()} Networks") for one in lab.isps}

    assert rabta.wait(lambda _: known(rabta) == wanted, 60) is not None, known(rabta)

    kept = json.loads((FOLDER / "rabta/store/providers.json").read_text())
    lines = kept["lines"]
    assert lines["indus/4"]["address"] == plan.ISPS[0].cpe4
    assert lines["indus/4"]["told_by"] == "1.1.1.1"
    assert lines["indus/6"]["told_by"] == "interface"


def test_the_doctor_and_the_status_name_the_network(lab: Lab, rabta: Rabta) -> None:
    """In words, with who told the address."""
    assert rabta.wait(all_fine, 60, 1) is not None, rabta.codes
    words = ["--config", str(rabta.file)]
    command = [sys.executable, "-m", "rabta"]
    doctor = lab.run([*command, "doctor", *words]).stdout
    assert "Provider of indus: AS64511 Indus Networks" in doctor

    end, status = time.monotonic() + 20, ""  # written every five seconds
    while "AS64512 Ravi Networks" not in status and time.monotonic() < end:
        status = lab.run([*command, "status", *words]).stdout
    assert "AS64512 Ravi Networks" in status


def test_a_fault_of_the_country_is_told_from_a_providers(
    lab: Lab, rabta: Rabta
) -> None:
    """Rows 7 to 9 need two networks that are known to differ."""
    assert rabta.wait(all_fine, 60, 1) is not None, rabta.codes
    with lab.fault("isolated"):
        named = rabta.wait(
            lambda c: c["uplink/indus"] == "national-gateway-outage", 30, 1
        )
        assert named is not None, rabta.codes
