"""A line with several resolvers of which one is dead: services stay up."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from .daemon import Rabta, all_fine
from .world import FOLDER, Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]

UPLINKS = 2
OWN, DEAD, THIRD = "39.41.0.53", "39.41.0.54", "208.67.222.222"


@contextmanager
def given(lab: Lab, resolvers: Sequence[str]) -> Iterator[None]:
    """Let the first uplink's DHCP name *resolvers*; nobody answers at DEAD."""
    (lease,) = (
        file
        for file in Path("/run/systemd/netif/leases").iterdir()
        if f"DNS={OWN}" in file.read_text()
    )
    usual = lease.read_text()
    lease.write_text(usual.replace(f"DNS={OWN}", f"DNS={' '.join(resolvers)}"))
    with lab.filtered("core1", "prerouting", f"ip daddr {DEAD} drop"):
        yield
    lease.write_text(usual)


@pytest.mark.parametrize(
    "resolvers",
    [(DEAD, OWN), (DEAD, OWN, THIRD), (OWN, THIRD, DEAD)],
    ids=["first of two", "first of three", "last of three"],
)
def test_a_dead_resolver_of_several_is_nobodys_fault(
    lab: Lab, resolvers: Sequence[str]
) -> None:
    """Until none is left: then it is the resolvers', and no service's."""
    with given(lab, resolvers), Rabta(lab, FOLDER / "several", pace=0.2) as rabta:
        assert rabta.wait(all_fine, 60, 25) is not None, rabta.codes
        said = {code for _, codes in rabta.changes for code in codes.values()}
        assert said <= {"fine", "undetermined", "starting"}
        assert [r for u in rabta.status["uplinks"][:1] for r in resolvers_of(u)] == [
            *resolvers
        ]
        if THIRD in resolvers:
            return
        with lab.fault("resolver", uplink=1, how="silent"):
            found = rabta.wait(lambda c: c["uplink/indus"] == "dns-resolver", 40, 15)
            assert found is not None, rabta.codes
            accused = {code for codes in rabta.told for code in codes[2:3]}
            assert not {c for c in accused if "tampering" in str(c)}


def test_a_lie_of_the_living_one_is_still_a_lie(lab: Lab) -> None:
    """The dead resolver beside it hides nothing."""
    with given(lab, (DEAD, OWN)), Rabta(lab, FOLDER / "lying", pace=0.2) as rabta:
        assert rabta.wait(all_fine, 60, 5) is not None, rabta.codes
        with lab.fault("dns-forged", service="code", uplinks=[1]):
            found = rabta.wait(
                lambda c: c["service/code"] == "dns-tampering-resolver", 60, 1
            )
            assert found is not None, rabta.codes
            assert rabta.codes["uplink/indus"] == "fine"


def resolvers_of(uplink: dict) -> list[str]:
    """Return the resolvers of its IPv4 line, in order."""
    (line,) = (one for one in uplink["uplink"]["lines"] if one["family"] == 4)
    return list(line["resolvers"])
