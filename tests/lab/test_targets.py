"""The lab's targets are read by Rabta's own configuration."""

from pathlib import Path

from rabta.config import load
from rabta.config.targets import targets
from rabta.model import Rung

from . import plan
from .targets import check, lab_targets, write_configuration


def test_the_target_file_says_what_the_plan_says() -> None:
    """Written out and read back, every target is as it was."""
    assert check().targets == lab_targets()


def test_the_configuration_is_accepted(tmp_path: Path) -> None:
    """Rabta loads it; uplinks have their names, every service has its controls."""
    file = write_configuration(tmp_path, uplinks=3, pace=0.2)

    config = load(file, env={})
    found = targets(config)

    assert [one.name for one in config.uplinks] == ["indus", "ravi", "chenab"]
    services = {t.name for t in found if t.rung is Rung.SERVICE}
    assert services == {*plan.SERVICE, "news"}
    for name in plan.SERVICE:
        roles = {t.role for t in found if t.control_for == name}
        assert roles >= {"trusted-dns", "innocuous-sni", "neutral-helper", "sibling"}


def test_every_rung_has_the_members_the_judgement_needs() -> None:
    """Four anycast operators, three domestic networks, two or more per corridor."""
    found = [t for t in lab_targets() if 4 in t.families]
    by_rung = {rung: [t for t in found if t.rung is rung] for rung in Rung}
    corridors = [t.corridor for t in by_rung[Rung.INTERNATIONAL]]

    assert len({t.asn for t in by_rung[Rung.ANYCAST]}) == 4
    assert len({t.asn // 10 for t in by_rung[Rung.DOMESTIC] if t.asn}) == 3
    assert {corridors.count(corridor) for corridor in plan.CORRIDORS} == {3}
