"""The lab as it is when nothing is broken."""

import shutil
from functools import partial

import pytest

from . import plain, plan
from .world import Lab


pytestmark = pytest.mark.lab
UPLINKS = 3


def test_it_is_built_in_three_seconds(lab: Lab) -> None:
    """Building the whole world costs a test module less than three seconds."""
    assert lab.built_in < 3


@pytest.mark.skipif(
    shutil.which("ping") is None,
    reason="no ping: install Debian's package iputils-ping",
)
@pytest.mark.parametrize("uplink", [1, 2, 3])
def test_the_way_out_has_the_hops_of_the_plan(lab: Lab, uplink: int) -> None:
    """Gateway and first public hop answer from the addresses the plan gives them."""
    isp = lab.isp(uplink)

    assert plain.ping(isp.gateway4, uplink).ok
    assert plain.ping(isp.first_hop4, uplink).ok
    said = lab.run(
        ["ping", "-n", "-c1", "-t2", "-W1", "-I", isp.interface, "5.101.1.10"]
    ).stdout
    assert f"From {isp.first_hop4}" in said


@pytest.mark.parametrize("uplink", [1, 2, 3])
@pytest.mark.parametrize("site", plan.ABROAD, ids=lambda site: site.corridor)
def test_each_corridor_has_its_delay(lab: Lab, uplink: int, site: plan.Site) -> None:
    """The best round trip is the corridor's plus the access line's, hardly more."""
    expected = site.rtt + lab.isp(uplink).rtt

    for address in plan.member(site, 10):
        probe = partial(plain.ping, address, uplink, 2.0)
        rounds = [plain.together(probe, probe) for _ in range(4)]
        seen = [one for pair in rounds for one in pair]

        assert all(one.ok for one in seen), seen
        assert expected <= min(one.seconds for one in seen) < expected + 0.1


@pytest.mark.parametrize("uplink", [1, 2, 3])
@pytest.mark.parametrize("service", plan.SERVICES, ids=lambda service: service.name)
def test_services_answer_over_tls_on_both_families(
    lab: Lab, uplink: int, service: plan.Service
) -> None:
    """Each address of a service shows the service's own page and certificate."""
    addresses = *service.addresses4, *service.addresses6
    fetch = partial(plain.fetch, host=service.host, uplink=uplink)
    seen = plain.together(*(partial(fetch, address) for address in addresses))

    for one in seen:
        assert f"{service.name.title()} at work" in one.said


def test_quic_is_answered_by_version_negotiation(lab: Lab) -> None:
    """Services speak just enough QUIC to be reachable."""
    for address in (plan.SERVICE["code"].addresses4[0], "1.1.1.1"):
        assert plain.quic(address).ok


@pytest.mark.parametrize("uplink", [1, 2, 3])
def test_resolvers_know_the_zone(lab: Lab, uplink: int) -> None:
    """The ISP's own and the anycast resolvers give the same true answers."""
    isp, code = lab.isp(uplink), plan.SERVICE["code"]

    for server in (isp.resolver4, isp.resolver6, "1.1.1.1", "208.67.222.222"):
        assert plain.ask(code.host, server, uplink)[1] == [code.addresses4[0]]
        assert plain.ask(f"x7.canary.{plan.ZONE}", server, uplink)[0].ok
        assert plain.ask(f"none.{plan.ZONE}", server, uplink)[0].outcome == "NXDOMAIN"


def test_what_runs_no_resolver_answers_no_query(lab: Lab) -> None:
    """The address that tells injection from resolution is silent or refuses."""
    assert not plain.ask(f"code.{plan.ZONE}", plan.NON_RESOLVER4)[0].ok


def test_the_connectivity_check_is_genuine(lab: Lab) -> None:
    """Without a portal the check gives its 204."""
    seen = plain.fetch(plan.CAPTIVE4, plan.CAPTIVE, "/generate_204", tls=False)

    assert seen.said.startswith("HTTP/1.1 204")


def test_the_vantage_reaches_every_service(lab: Lab) -> None:
    """The remote vantage does not share the country's gateways."""
    for service in plan.SERVICES:
        argv = ["curl", "-sS", "-m5", "--cacert", "/run/lab/ca.pem"]
        argv += ["--resolve", f"{service.host}:443:{service.addresses4[0]}"]
        done = lab.run([*argv, f"https://{service.host}/"], "vantage")

        assert "at work" in done.stdout, done.stderr


def test_programs_of_the_host_need_no_options(lab: Lab) -> None:
    """The host's resolver file and trust store are the lab's."""
    done = lab.run(["curl", "-sS", "-m5", "https://docs.lab.example/"])

    assert "Docs at work" in done.stdout, done.stderr
