"""Faults of names and services do what they say."""

import json
import time
from functools import partial

import pytest

from . import plain, plan
from .faults.domain import BOGON, INSIDE
from .plan import SERVICE
from .world import Lab


pytestmark = pytest.mark.lab
CODE, BANK = SERVICE["code"], SERVICE["bank"]
MAIN, SIBLING = CODE.addresses4
OTHER = plan.INNOCUOUS


def ask(server: str, uplink: int = 1, name: str = CODE.host) -> list[str] | str:
    seen, answers = plain.ask(name, server, uplink, timeout=1.0)
    return answers if seen.ok else seen.outcome


def shake(address: str, host: str, uplink: int = 1) -> str:
    return plain.fetch(address, host, uplink=uplink).outcome


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("dead", "timeout"), ("servfail", "SERVFAIL"), ("refused", "REFUSED")],
)
def test_a_broken_resolver_is_the_isps_alone(lab: Lab, how: str, outcome: str) -> None:
    """The ISP's resolver fails as asked, public ones do not."""
    with lab.fault("resolver", how=how):
        assert ask(lab.isp(1).resolver4) == outcome
        assert ask("1.1.1.1") == [MAIN]
        assert ask(lab.isp(2).resolver4, uplink=2) == [MAIN]
    assert ask(lab.isp(1).resolver4) == [MAIN]


def test_a_slow_resolver_is_slow(lab: Lab) -> None:
    """It takes the seconds asked for."""
    with lab.fault("resolver", how="ok", seconds=0.4):
        assert 0.4 < plain.ask(CODE.host, lab.isp(1).resolver4)[0].seconds < 0.8


@pytest.mark.parametrize("where", ["core", "cpe"])
def test_udp53_filtered_leaves_tcp(lab: Lab, where: str) -> None:
    """No DNS over UDP to anybody, TCP/443 to the same addresses."""
    with lab.fault("udp53-filtered", where=where):
        assert ask(lab.isp(1).resolver4) == ask("8.8.8.8") == "timeout"
        assert plain.connect("8.8.8.8", 443).ok
        assert plain.connect("8.8.8.8", 53).ok


@pytest.mark.parametrize("where", ["core", "cpe"])
def test_interception_answers_for_those_who_run_no_resolver(
    lab: Lab, where: str
) -> None:
    """Whoever is asked, the ISP's resolver answers, as its identity shows."""
    with lab.fault("dns-interception", where=where):
        assert ask(plan.NON_RESOLVER4) == [MAIN]
        said = plain.ask("id.server", "8.8.8.8", kind="TXT")[1]
        assert said == ['"indus-resolver"']
    assert plain.ask("id.server", "8.8.8.8", kind="TXT")[1] == ['"eight-any"']


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("bogon", [BOGON[0]]),
        ("nxdomain", "NXDOMAIN"),
        ("blockpage", ["39.41.0.80"]),
        ("refused", "REFUSED"),
        ("servfail", "SERVFAIL"),
    ],
)
def test_a_lying_resolver_lies_about_one_name(
    lab: Lab, answer: str, expected: list[str] | str
) -> None:
    """Other names and other resolvers tell the truth."""
    with lab.fault("dns-forged", answer=answer):
        assert ask(lab.isp(1).resolver4) == expected
        assert ask(lab.isp(1).resolver4, name=BANK.host) == [BANK.addresses4[0]]
        assert ask("8.8.8.8") == [MAIN]


def test_injection_answers_first_and_twice(lab: Lab) -> None:
    """The forged answer comes first and the true one follows, however busy we are."""
    with lab.fault("dns-injected"):
        for server in ("8.8.8.8", "208.67.222.222", "2001:4860:4860::8888"):
            _, answers = plain.ask_all(CODE.host, server, timeout=5.0, wait=5.0, most=2)
            assert answers == [[BOGON[0]], [MAIN]]
        assert ask(plan.NON_RESOLVER4) == [BOGON[0]]
        assert ask("8.8.8.8", name=BANK.host) == [BANK.addresses4[0]]
    with lab.fault("dns-injected", answer="nxdomain", swallow=True):
        assert ask("8.8.8.8") == "NXDOMAIN"


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("drop", "timeout"), ("reset", "ECONNREFUSED"), ("prohibited", "EHOSTUNREACH")],
)
def test_ip_blocking_hits_the_main_address(lab: Lab, how: str, outcome: str) -> None:
    """The sibling address and the other uplink work."""
    with lab.fault("ip-blocked", how=how):
        assert plain.connect(MAIN).outcome == outcome
        assert plain.connect(SIBLING).ok
        assert plain.connect(MAIN, uplink=2).ok
    assert plain.connect(MAIN).ok


@pytest.mark.parametrize(
    ("how", "outcome"),
    [
        ("reset", "ECONNRESET"),
        ("race", "ECONNRESET"),
        ("drop", "timeout"),
        ("mitm", "certificate"),
    ],
)
def test_sni_blocking_follows_the_name_not_the_address(
    lab: Lab, how: str, outcome: str
) -> None:
    """The name fails on any address, another name on the same address does not."""
    with lab.fault("sni-blocked", how=how):
        assert shake(MAIN, CODE.host) == outcome
        assert shake(plan.HELPER4, CODE.host) == outcome
        assert shake(CODE.addresses6[0], CODE.host) == outcome
        assert shake(plan.HELPER4, OTHER) == "ok"
        assert shake(BANK.addresses4[0], BANK.host) == "ok"
        assert shake(MAIN, CODE.host, uplink=2) == "ok"
    assert shake(MAIN, CODE.host) == "ok"


def test_a_trusted_middlebox_is_not_needed_for_a_wrong_certificate(lab: Lab) -> None:
    """An innocuous name on the service's own address reaches the service itself."""
    with lab.fault("sni-blocked", how="mitm"):
        assert shake(MAIN, OTHER) == "certificate"  # the service's own
        assert plain.connect(MAIN).ok


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("page", "not accessible"),
        ("redirect", "Location: http://39.41.0.80/"),
        ("error", "403 Forbidden"),
        ("reset", ""),
        ("race", ""),
    ],
)
def test_http_blocking_follows_the_host_header(lab: Lab, how: str, said: str) -> None:
    """Plain HTTP with the name is answered by somebody else; another name is not."""
    with lab.fault("http-blocked", how=how):
        seen = plain.fetch(MAIN, CODE.host, tls=False)
        assert said in seen.said
        cut = how in ("reset", "race")
        assert seen.outcome == ("ECONNRESET" if cut else "ok")
        assert "at work" in plain.fetch(MAIN, OTHER, tls=False).said
        assert shake(MAIN, CODE.host) == "ok"


def test_quic_can_be_blocked_for_one_or_all(lab: Lab) -> None:
    """TCP to the same port works."""
    with lab.fault("quic-blocked", service="code"):
        assert plain.quic(MAIN).outcome == "timeout"
        assert plain.quic("1.1.1.1").ok
        assert plain.connect(MAIN).ok
    with lab.fault("quic-blocked"):
        assert plain.quic("1.1.1.1").outcome == "timeout"
    assert plain.quic(MAIN).ok


@pytest.mark.parametrize("how", ["police", "shape"])
def test_throttling_slows_one_name(lab: Lab, how: str) -> None:
    """The service crawls at the rate asked for, another name on its address flies."""

    def rate(name: str) -> float:
        argv = ["curl", "-sk", "-m30", "-o", "/dev/null", "-w", "%{speed_download}"]
        argv += ["--interface", "wan1", "--resolve", f"{name}:443:{MAIN}"]
        return 8 * float(lab.run([*argv, f"https://{name}/bytes/100000"]).stdout)

    with lab.fault("throttled", rate=140e3, how=how):
        slow, fast = rate(CODE.host), rate(OTHER)

    assert slow < 150e3
    assert fast > 300e3


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("refused", "ECONNREFUSED"), ("timeout", "timeout"), ("hang", "timeout")],
)
def test_a_dead_service_is_dead_from_everywhere(
    lab: Lab, how: str, outcome: str
) -> None:
    """Both uplinks see the same, the neighbours in its corridor work."""
    with lab.fault("service-down", how=how):
        calls = [partial(plain.fetch, MAIN, CODE.host, uplink=u) for u in (1, 2)]
        assert [seen.outcome for seen in plain.together(*calls)] == [outcome] * 2
        assert plain.connect(plan.member(plan.SITES["us"], 10)[0]).ok
    assert shake(MAIN, CODE.host) == "ok"


def test_a_failing_or_slow_service_still_answers(lab: Lab) -> None:
    """Errors are answers, and patience is rewarded."""
    with lab.fault("service-down", how="error"):
        assert "HTTP/1.1 500" in plain.fetch(MAIN, CODE.host).said
    with lab.fault("service-slow", seconds=1.0):
        started = time.monotonic()
        assert "at work" in plain.fetch(MAIN, CODE.host).said
        assert time.monotonic() - started > 1.9


def test_a_mute_service_connects_and_never_shakes_hands(lab: Lab) -> None:
    """Whatever the name; the helper that is gone cannot even be connected to."""
    with lab.fault("service-down", how="mute"), lab.fault("helper-down"):
        assert plain.connect(MAIN).ok
        assert shake(MAIN, CODE.host) == shake(MAIN, OTHER) == "timeout"
        assert plain.connect(plan.HELPER4).outcome == "timeout"
    assert shake(MAIN, CODE.host) == shake(plan.HELPER4, OTHER) == "ok"


def test_a_vantage_at_home_is_behind_the_same_block(lab: Lab) -> None:
    """It says where it stands, and that it reaches this one service no more."""

    def told() -> tuple[str, dict[str, str]]:
        argv = ["curl", "-s", f"http://{plan.VANTAGE4}/api/status"]
        said = json.loads(lab.run(argv).stdout)
        states = {s["name"]: s["verdict"]["state"] for s in said["services"]}
        return said["country"], states

    with lab.fault("vantage-at-home", service="code"):
        country, states = told()
        assert country == plan.COUNTRY
        assert (states["code"], states["bank"]) == ("down", "up")
    country, states = told()
    assert country != plan.COUNTRY
    assert states["code"] == "up"


def test_behind_a_split_horizon_stands_the_genuine_server(lab: Lab) -> None:
    """The private address shows the service's own certificate."""
    with lab.fault("split-horizon"):
        assert ask(lab.isp(1).resolver4) == [INSIDE[0]]
        assert ask("8.8.8.8") == [MAIN]
        assert shake(INSIDE[0], CODE.host) == "ok"
    assert ask(lab.isp(1).resolver4) == [MAIN]
