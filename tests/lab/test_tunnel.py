"""A VPN that rides on an uplink is no second provider, in a real network."""

from collections.abc import Iterator

import pytest

from .daemon import Codes, Rabta, all_fine
from .tunnel import DEVICE, SERVER, vpn
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]
TUNNEL = f"uplink/{DEVICE}"


@pytest.fixture(scope="module")
def rabta(lab: Lab) -> Iterator[Rabta]:
    made = Rabta(lab, FOLDER / "rabta", pace=0.2)
    with made.file.open("a") as file:
        file.write(f'\n[[uplink]]\ninterface = "{DEVICE}"\nasn = 64599\n')
    with vpn(lab, 1), made as running:
        yield running


def told(host: str, indus: str, tunnel: str) -> dict[str, str]:
    return {"host": host, "uplink/indus": indus, TUNNEL: tunnel}


def holds(wanted: dict[str, str]):
    def test(codes: Codes) -> bool:
        return all(codes.get(entity) == code for entity, code in wanted.items())

    return test


def test_it_is_found_and_works(rabta: Rabta) -> None:
    """The tunnel is an uplink of its own kind, measured like any other."""
    assert rabta.wait(all_fine, 60, 5) is not None, _rungs(rabta)
    media = {
        one["uplink"]["name"]: one["uplink"]["medium"]
        for one in rabta.status["uplinks"]
    }
    assert media[DEVICE] == "tunnel"


def test_it_falls_with_its_line_and_makes_no_region_of_one_provider(
    lab: Lab, rabta: Rabta
) -> None:
    """The other provider works: the words are of the one that fails."""
    assert rabta.wait(all_fine, 60, 2) is not None, _rungs(rabta)
    with lab.fault("upstream-cut", uplink=1):
        wanted = {"uplink/indus": "isp-core", TUNNEL: "tunnel-down"}
        assert rabta.wait(holds(wanted), 30, 2) is not None, rabta.codes
        assert rabta.codes["host"] == "isp-core"
    said = {codes.get("host") for _, codes in rabta.changes}
    assert not said & {"regional-outage", "national-gateway-outage"}


def test_a_dead_server_is_nobodys_provider(lab: Lab, rabta: Rabta) -> None:
    """The line beneath goes on, and the tunnel is named for what it is."""
    assert rabta.wait(all_fine, 60, 2) is not None, _rungs(rabta)
    with lab.filtered(SERVER, "input", "udp dport 1194 drop"):
        named = rabta.wait(holds({TUNNEL: "tunnel-down"}), 30, 2)
        assert named is not None, rabta.codes
        assert rabta.codes["uplink/indus"] == "fine"


def _rungs(rabta: Rabta) -> list[tuple[str, ...]]:
    (tunnel,) = [
        one for one in rabta.status["uplinks"] if one["uplink"]["name"] == DEVICE
    ]
    rungs = [rung for line in tunnel["lines"] for rung in line["rungs"]]
    return [(r["rung"], r["group"], r["state"], str(r["members_down"])) for r in rungs]
