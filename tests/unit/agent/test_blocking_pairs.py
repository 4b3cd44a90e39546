"""Pairs that differ in one thing: who is asked, in which order, what follows."""

import random
from dataclasses import replace

import pytest

from rabta import failure
from rabta.agent.blocking_pairs import PUBLIC_NAME, Pairs, pairs
from rabta.attribute.blocking.pairs import ELSEWHERE, OUTER, paired
from rabta.config import Service
from rabta.config.services import expand
from rabta.model import Observation, Phases, Probe, Rung, State, Target, TlsDetail
from rabta.model.trial import Layer


HOST, HELPER = "code.example.org", "198.51.100.7"
ADDRESSES = ("203.0.113.1", "203.0.113.2", "203.0.113.3")
HARMLESS = "www.example.com"
CONTROL = Target(
    "innocuous-sni",
    Rung.CONTROL,
    "{host}",
    (Probe.TLS,),
    role="innocuous-sni",
    sni=HARMLESS,
)


def asked(url=f"https://{HOST}/"):
    target, *controls = expand(Service("code", "Code", url), (CONTROL,))
    return target, pairs(target, controls, ADDRESSES, [(HELPER, 8443)])


def seen(probe, at, failed=None, stage="tls"):
    detail = TlsDetail("", Phases(), failed_in=stage if failed else "")
    value = None if failed else 0.1
    return Observation(1, "wan1", 4, "code", probe, value, failed, at, detail=detail)


async def told(answer, repetitions=3, url=f"https://{HOST}/"):
    """Ask everything; *answer* says how each question fails."""
    target, made = asked(url)
    found = []

    async def measure(target, probe, at):
        one = seen(probe, at, answer(target, probe, at))
        found.append((target, one))
        return one

    asker = Pairs(measure)
    for number in range(repetitions):
        await asker.ask(made, number, 0.0)
    return target, found


def test_only_the_names_and_the_extension_differ():
    _, made = asked()
    names = [(a[0].sni, b[0].sni, a[2]) for a, b in made if a[1] is Probe.QUIC_HELLO]
    assert names == [(HARMLESS, HOST, at) for at in ADDRESSES[:2]]
    hellos = [(a, b) for a, b in made if a[1] is not Probe.QUIC_HELLO]
    assert all((a[1], b[1]) == (Probe.HELLO, Probe.ECH) for a, b in hellos)
    assert all((a[0], a[2]) == (b[0], b[2]) for a, b in hellos)
    assert {(a[0].sni, a[2], a[0].port) for a, _ in hellos} == {
        (name, *place)
        for name in (HARMLESS, PUBLIC_NAME)
        for place in ((ADDRESSES[0], 443), (ADDRESSES[1], 443), (HELPER, 8443))
    }
    assert HOST not in {a[0].sni for a, _ in hellos}


def test_without_tls_or_a_harmless_name_there_are_no_pairs():
    assert asked(f"http://{HOST}/")[1] == []
    target = asked()[0]
    assert pairs(target, (), ADDRESSES, []) == []


async def test_who_is_first_changes_and_each_is_asked_three_times():
    _, found = await told(lambda *_: None)
    order = [
        t.sni
        for t, one in found
        if one.probe is Probe.QUIC_HELLO and one.address == ADDRESSES[0]
    ]
    assert order == [HARMLESS, HOST, HOST, HARMLESS, HARMLESS, HOST]


async def test_where_the_harmless_half_is_mute_the_other_is_not_asked():
    target, found = await told(lambda *_: failure.GENERIC_TIMEOUT)
    assert {one.probe for _, one in found} == {Probe.QUIC_HELLO, Probe.HELLO}
    assert HOST not in {t.sni for t, _ in found}
    assert list(paired(target, found)) == []


async def test_a_name_that_is_never_answered_makes_a_step():
    def answer(target, probe, _):
        named = probe is Probe.QUIC_HELLO and target.sni == HOST
        return failure.GENERIC_TIMEOUT if named else None

    steps = list(paired(*await told(answer)))
    hellos = [s for s in steps if s.layer is Layer.QUIC_HELLO]
    assert [s.failure for s in hellos] == [failure.GENERIC_TIMEOUT] * 2
    assert {s.innocuous for s in hellos} == {State.UP}
    assert not any(s.failure for s in steps if s.layer is Layer.ECH)


@pytest.mark.parametrize(
    ("spared", "helper"), [((), State.DOWN), ((HELPER,), State.UP)]
)
async def test_encrypted_hellos_are_compared_with_those_elsewhere(spared, helper):
    def answer(target, probe, at):
        cut = probe is Probe.ECH and target.sni == PUBLIC_NAME and at not in spared
        return failure.CONNECTION_RESET if cut else None

    steps = [s for s in paired(*await told(answer)) if s.layer is Layer.ECH]
    assert {(s.host, s.failure, s.helper) for s in steps} == {
        (HARMLESS, "", State.UP),
        (PUBLIC_NAME, failure.CONNECTION_RESET, helper),
    }


def test_a_connection_that_failed_is_no_word_on_the_hello():
    target = replace(asked()[0], sni=HARMLESS, role=OUTER)
    bare = seen(Probe.HELLO, ADDRESSES[0])
    ech = seen(Probe.ECH, ADDRESSES[0], failure.CONNECTION_RESET, "connect")
    assert list(paired(target, [(target, bare), (target, ech)])) == []
    away = replace(target, role=ELSEWHERE)
    cut = seen(Probe.ECH, ADDRESSES[0], failure.CONNECTION_RESET)
    (step,) = paired(target, [(target, bare), (target, cut), (away, bare), (away, ech)])
    assert step.helper is State.UNKNOWN


async def test_chance_accuses_nobody():
    """At 30 % loss each way, with four tries: never answered by chance in 0 of 300."""
    chance = random.Random(1)

    def answer(_target, probe, _at):
        tries = 4 if probe is Probe.QUIC_HELLO else 1
        passed = any(chance.random() < 0.7 * 0.7 for _ in range(tries))
        return None if passed else failure.GENERIC_TIMEOUT

    accused = 0
    for _ in range(300):
        steps = [s for s in paired(*await told(answer)) if s.layer is Layer.QUIC_HELLO]
        accused += bool(steps) and all(s.failure for s in steps)
    assert accused == 0
