"""Names are asked over the way the connection takes, by whoever answers first."""

import asyncio
import socket
import threading

import pytest

from rabta.model import Line, Needs, Uplink
from rabta.probes.dns_message import Answer
from rabta.steer.relay import names, system
from rabta.steer.relay.names import Names, listed
from rabta.steer.relay.refusal import RefusalError
from rabta.steer.relay.system import NoSuchNameError
from rabta.steer.ways import ways_for


def uplink(name, families=(4, 6)):
    lines = tuple(
        Line(f, f"source-{f}", "", resolvers=(f"{name}-{f}-one", f"{name}-{f}-two"))
        for f in families
    )
    return Uplink(name, "", 0, "wired", carrier=True, lines=lines)


A, B = uplink("a"), uplink("b", (4,))


class Resolvers:
    """What each resolver says, by (resolver, family); others never answer."""

    def __init__(self, monkeypatch, says=(), system=()):
        self.says = dict(says)
        self.system = system
        self.asked = []
        monkeypatch.setattr(names, "_question", self.question)
        monkeypatch.setattr(names, "by_system", self.by_system)
        monkeypatch.setattr(names, "_TRY", 0.02)

    async def question(self, host, family, binding, resolver):
        del host
        self.asked.append((resolver, family))
        assert binding.source.startswith("source-")
        if (resolver, family) not in self.says:
            await asyncio.sleep(60)
        said = self.says[resolver, family]
        if isinstance(said, str):
            return Answer(said)
        return Answer("NOERROR", tuple(said), len(said))

    async def by_system(self, host):
        self.asked.append(("system", host))
        if isinstance(self.system, Exception):
            raise self.system
        if not self.system:
            await asyncio.sleep(60)
        return list(self.system)


async def resolve(host, *uplinks, known=None, strict=False):
    ways = ways_for(Needs(), host, uplinks, None)
    known = known or Names()
    return await known.addresses(host, ways, uplinks, strict=strict)


async def test_both_families_of_the_first_ways_resolver_in_turn(monkeypatch):
    says = {("a-4-one", 4): ["192.0.2.1", "192.0.2.2"], ("a-4-one", 6): ["2001:db8::1"]}
    asked = Resolvers(monkeypatch, says)
    assert await resolve("shop.example", A, B) == [
        *((6, "2001:db8::1"), (4, "192.0.2.1"), (4, "192.0.2.2")),
    ]
    assert ("system", "shop.example") not in asked.asked


async def test_a_family_that_does_not_answer_is_not_waited_for(monkeypatch):
    Resolvers(monkeypatch, {("a-4-one", 4): ["192.0.2.1"]})
    monkeypatch.setattr(names, "_TRY", 60)
    assert await resolve("shop.example", A) == [(4, "192.0.2.1")]


async def test_the_next_resolver_and_then_the_next_way_are_asked(monkeypatch):
    Resolvers(monkeypatch, {("a-4-one", 4): "SERVFAIL", ("a-4-two", 4): ["192.0.2.1"]})
    assert await resolve("shop.example", uplink("a", (4,))) == [(4, "192.0.2.1")]
    Resolvers(monkeypatch, {("b-4-one", 4): ["192.0.2.2"]})
    assert await resolve("shop.example", A, B) == [(4, "192.0.2.2")]


async def test_the_system_is_asked_last_and_of_names_of_the_house_alone(monkeypatch):
    system = [(4, "192.168.1.20")]
    says = {("a-4-one", 4): "NXDOMAIN", ("a-4-one", 6): "NXDOMAIN"}
    Resolvers(monkeypatch, says, system)
    assert await resolve("git.corp.example", A) == system
    asked = Resolvers(monkeypatch, says, system)
    for host in ("printer", "printer.local", "nas.home.arpa"):
        assert await resolve(host, A) == system
    assert {who for who, _ in asked.asked} == {"system"}


async def test_where_a_line_is_forbidden_the_system_does_not_choose_one(monkeypatch):
    system = [(4, "192.168.1.20")]
    says = {("b-4-one", 4): "NXDOMAIN"}
    asked = Resolvers(monkeypatch, says, system)
    with pytest.raises(RefusalError):
        await resolve("git.corp.example", B, strict=True)
    assert ("system", "git.corp.example") not in asked.asked
    assert await resolve("nas.local", B, strict=True) == system


async def test_a_name_that_does_not_exist_is_refused_as_such(monkeypatch):
    says = {("b-4-one", 4): "NXDOMAIN"}
    Resolvers(monkeypatch, says, NoSuchNameError())
    with pytest.raises(RefusalError) as refusal:
        await resolve("no.example", B)
    assert ("failure", "dns_nxdomain_error") in refusal.value.says.args
    assert refusal.value.code == 4


async def test_what_a_name_was_last_serves_while_nobody_answers(monkeypatch):
    known = Names()
    Resolvers(monkeypatch, {("b-4-one", 4): ["192.0.2.1"]})
    await resolve("shop.example", B, known=known)
    Resolvers(monkeypatch, {}, OSError())
    assert await resolve("shop.example", B, known=known) == [(4, "192.0.2.1")]
    with pytest.raises(RefusalError):
        await resolve("other.example", B, known=known)


async def test_an_address_is_not_asked_for(monkeypatch):
    asked = Resolvers(monkeypatch)
    assert await resolve("192.0.2.7", A) == [(4, "192.0.2.7")]
    assert await resolve("2001:db8::7", A) == [(6, "2001:db8::7")]
    assert await resolve("localhost", A) == [(4, "127.0.0.1"), (6, "::1")]
    assert asked.asked == []


def test_the_hosts_file_comes_first(tmp_path):
    file = tmp_path / "hosts"
    file.write_text(
        "10.0.0.1 One.example two.example # three.example\nbad one.example\n"
    )
    assert listed("one.example", file) == [(4, "10.0.0.1")]
    assert listed("two.example", file) == [(4, "10.0.0.1")]
    assert listed("three.example", file) == []
    assert listed("one.example", tmp_path / "none") == []


async def test_a_dead_resolver_of_the_system_holds_up_nothing_else(monkeypatch):
    answer = threading.Event()

    def hang(host, *_, **__):
        answer.wait(20)
        return [(socket.AF_INET, None, None, None, ("192.0.2.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(system, "MOST", 40)
    asking = [asyncio.create_task(system.by_system("a.example")) for _ in range(40)]
    await asyncio.sleep(0)
    assert await asyncio.to_thread(str, 1) == "1"
    with pytest.raises(OSError, match="unavailable"):
        await system.by_system("b.example")
    asking[0].cancel()
    answer.set()
    told = await asyncio.gather(*asking[1:])
    assert told == [[(4, "192.0.2.1")]] * 39


async def test_the_system_says_that_a_name_does_not_exist(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NoSuchNameError):
        await system.by_system("no.example")
