"""Three tries become one trial: lossy is not blocked, and controls are heard."""

from rabta.attribute.blocking import find
from rabta.attribute.blocking.assemble import (
    Afar,
    agreement,
    assemble,
    both,
    witness,
)
from rabta.config import Service
from rabta.config.services import expand
from rabta.model import (
    DnsDetail,
    HttpDetail,
    Observation,
    Phases,
    Probe,
    State,
    Target,
    TlsDetail,
)
from rabta.model.target import Rung
from rabta.model.trial import Outcome, Who


MAIN = expand(Service("code", "Code", "https://code.example.org/"))[0]
ADDRESS = "93.184.216.34"
PHASES = Phases()
UP, DOWN = State.UP, State.DOWN


def control(role, probe=Probe.TLS):
    return Target(role, Rung.CONTROL, "x", (probe,), role=role, query=MAIN.host)


def seen(target, probe, failure=None, address=ADDRESS, detail=None):
    value = None if failure else 0.1
    return target, Observation(
        1, "ptcl", 4, target.name, probe, value, failure, address, detail=detail
    )


def dns(*answers, target=MAIN, failure=None, second=()):
    detail = DnsDetail(MAIN.host, "", answers, len(answers), second, 0.1)
    return seen(target, Probe.DNS, failure, "39.41.0.53", detail)


def tls(failure=None, target=MAIN, failed_in="tls"):
    detail = TlsDetail("x", PHASES, failed_in=failed_in if failure else "")
    return seen(target, Probe.TLS, failure, detail=detail)


def page(status=200):
    detail = HttpDetail(MAIN.url, PHASES, status, title="Code", body_bytes=900)
    return seen(MAIN, Probe.HTTP, detail=detail)


TRUSTED = dns(ADDRESS, target=control("trusted-dns", Probe.DOH))
NAMES = [dns(ADDRESS), TRUSTED]


def test_a_step_that_worked_once_in_three_works():
    tries = [tls("generic_timeout_error"), tls(), tls("generic_timeout_error")]
    found = find(assemble(MAIN, [*NAMES, *tries, page()]))
    assert found.outcome is Outcome.OK


def test_a_name_that_fails_here_and_at_a_helper_but_no_other_does_is_filtered():
    tries = [tls("connection_reset")] * 3
    tries += [tls("connection_reset", control("neutral-helper"))] * 3
    tries += [tls(None, control("helper-name"))]
    tries += [tls("ssl_invalid_hostname", control("innocuous-sni"))]
    found = find(assemble(MAIN, [*NAMES, *tries]))
    assert found.mechanisms == ("tls.reset.sni",)


def test_a_helper_that_fails_with_its_own_name_says_nothing_of_the_name():
    """It is another one's word that counts, and its own that it is well."""
    hangs = "generic_timeout_error"
    tries = [*NAMES, *[tls(hangs)] * 3, tls(None, control("innocuous-sni"))]
    tries += [tls(hangs, control("neutral-helper"))] * 3
    its_own = control("helper-name")
    for own in ([], [tls(hangs, its_own)] * 3):
        found = find(assemble(MAIN, [*tries, *own]))
        assert found.outcome is Outcome.UNDETERMINED
    once = [tls(hangs, its_own)] * 2 + [tls(None, its_own)]
    assert find(assemble(MAIN, [*tries, *once])).outcome is Outcome.BLOCKED


def test_a_helper_that_is_not_reached_says_nothing_of_the_name():
    lost = tls("generic_timeout_error", control("neutral-helper"), "connect")
    tries = [tls("generic_timeout_error"), lost, tls(None, control("innocuous-sni"))]
    assert find(assemble(MAIN, [*NAMES, *tries])).outcome is Outcome.UNDETERMINED


def test_an_address_that_fails_is_blocked_only_where_somebody_reaches_it():
    tries = [*NAMES, *[seen(MAIN, Probe.TCP, "generic_timeout_error")] * 3]
    assert find(assemble(MAIN, tries)).outcome is Outcome.UNDETERMINED
    far = Afar((ADDRESS,), connects={ADDRESS: UP}, reached=UP)
    assert find(assemble(MAIN, tries, far)).outcome is Outcome.UNDETERMINED
    beside = [*tries, seen(control("sibling", Probe.TCP), Probe.TCP)]
    assert find(assemble(MAIN, beside, far)).mechanisms == ("tcp.timeout",)
    far = Afar((ADDRESS,), connects={ADDRESS: DOWN}, reached=DOWN)
    assert find(assemble(MAIN, tries, far)).outcome is Outcome.DOWN


def test_another_line_vouches_for_what_works_and_for_nothing_else():
    works = witness(MAIN, [*NAMES, seen(MAIN, Probe.TCP), tls(), page()])
    assert (works.reached, works.connects[ADDRESS]) == (UP, UP)
    fails = witness(MAIN, [*NAMES, seen(MAIN, Probe.TCP, "connection_refused")])
    assert (fails.reached, fails.connects) == (State.UNKNOWN, {})
    assert both(Afar(reached=DOWN), works).reached is DOWN
    assert both(fails, works).reached is UP


def test_three_networks_that_agree_stand_in_for_a_control_abroad():
    silent = assemble(MAIN, [*NAMES, seen(MAIN, Probe.TCP, "generic_timeout_error")])
    assert agreement([silent] * 2) == Afar()
    agreed = agreement([silent] * 3)
    tries = [*NAMES, seen(MAIN, Probe.TCP, "generic_timeout_error")]
    assert find(assemble(MAIN, tries, agreed)).outcome is Outcome.DOWN
    cut = assemble(MAIN, [*NAMES, tls("connection_reset")])
    assert agreement([silent, silent, cut]) == Afar()


def test_second_answers_and_who_was_asked_are_kept():
    forged = dns("10.1.1.1", failure="dns_bogon_error", second=((ADDRESS,),))
    nobody = dns("10.1.1.1", target=control("non-resolver", Probe.DNS))
    trial = assemble(MAIN, [forged, TRUSTED, nobody])
    own = next(one for one in trial.lookups if one.who is Who.OWN)
    assert own.second
    assert {one.who for one in trial.lookups} == {Who.OWN, Who.TRUSTED, Who.NOBODY}
    assert find(trial).mechanisms == ("dns.injection.bogon",)


def test_what_was_not_measured_is_not_there():
    unmade = seen(MAIN, Probe.TCP, "budget_spent")
    assert not assemble(MAIN, [*NAMES, unmade]).steps


def test_a_resolver_that_answers_for_nobody_hides_nothing():
    silent = "generic_timeout_error"
    mine = [dns(failure=silent)] * 3
    other = control("host", Probe.DNS)
    works = [TRUSTED, tls(), page()]
    hiding = find(assemble(MAIN, [*mine, dns(ADDRESS, target=other), *works]))
    assert hiding.mechanisms == ("dns.timeout",)
    down = find(assemble(MAIN, [*mine, dns(target=other, failure=silent), *works]))
    assert down.outcome is Outcome.OK


def test_a_path_on_which_every_handshake_hangs_is_no_filter():
    hangs = [tls("generic_timeout_error")] * 3
    harmless = [tls("generic_timeout_error", control("innocuous-sni"))]
    reached = Afar(handshakes={ADDRESS: UP})
    found = find(assemble(MAIN, [*NAMES, *hangs, *harmless], reached))
    assert found.outcome is not Outcome.BLOCKED
    assert not found.mechanisms
