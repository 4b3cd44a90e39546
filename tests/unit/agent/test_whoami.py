"""When a line is asked whose network it leaves by, and when nobody is."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from rabta.agent import whoami
from rabta.agent.providers import Providers
from rabta.agent.rig import Rig
from rabta.agent.whoami import Whoami
from rabta.clock import DAY, SECOND, ManualClock
from rabta.config import Config, UplinkSettings
from rabta.config import Store as StoreSettings
from rabta.model import Line, Uplink
from rabta.probes.binding import Binding


NOW = 1_700_000_000_000_000
ANSWERS = {
    "myip.opendns.com": ("39.40.1.2",),
    "0.1.40.39.origin.asn.cymru.com": ("17557 | 39.32.0.0/11 | PK | apnic |",),
    "AS17557.asn.cymru.com": ("17557 | PK | apnic | 2000 | PTCL-AS-PK PTCL, PK",),
}


class Line4:
    """One line, the parts that ask for it, and what was asked."""

    def __init__(self, monkeypatch, folder, source="192.168.1.2", **settings):
        self.asked = []
        self.answers = dict(ANSWERS)
        self.clock = ManualClock(NOW)
        self.known = Providers()
        self.spent = 0
        line = Line(4, source, "192.168.1.1", resolvers=("192.168.1.1",))
        uplink = Uplink("wan0", "wan0", 3, "wired", carrier=True, lines=(line,))
        self.rig = Rig(uplink, line, Binding("wan0", source, 4, "source"), None)
        rigs = SimpleNamespace(all=lambda: (self.rig,), anycast=lambda _: ("9.9.9.9",))
        config = Config(StoreSettings(folder), **settings)
        self.whoami = Whoami(config, rigs, self.known, self.clock, self.spend)
        monkeypatch.setattr(whoami, "look_up", self.look_up)

    def spend(self, uplink, spent):
        assert uplink == "wan0"
        self.spent += spent

    async def look_up(self, binding, server, name, *_, clock):
        self.asked.append((server, name))
        return self.answers.get(name, ()), 100

    def become(self, **changes):
        self.rig.line = replace(self.rig.line, **changes)

    @property
    def asn(self):
        return self.known.put_on((self.rig.uplink,))[0].asn


@pytest.fixture
def line(monkeypatch, tmp_path):
    return Line4(monkeypatch, tmp_path)


async def test_a_line_is_asked_once_a_day_and_its_network_once_a_month(line):
    assert await line.whoami.look()
    assert line.asn == 17557
    assert [name for _, name in line.asked] == list(ANSWERS)
    assert line.spent == 300

    assert not await line.whoami.look()
    assert len(line.asked) == 3

    line.clock.advance(DAY)
    assert not await line.whoami.look()
    assert line.asked[3:] == [("208.67.222.222", "myip.opendns.com")]


async def test_a_public_address_of_ones_own_asks_nobody_for_it(monkeypatch, tmp_path):
    line = Line4(monkeypatch, tmp_path, source="39.40.1.2")

    await line.whoami.look()

    assert line.asn == 17557
    assert {server for server, _ in line.asked} == {"192.168.1.1"}


@pytest.mark.parametrize(
    "settings",
    [
        {"learn_providers": False},
        {"uplinks": (UplinkSettings("wan0", asn=45669),)},
    ],
)
async def test_nobody_is_asked_when_told_not_to_or_told_the_answer(
    monkeypatch, tmp_path, settings
):
    line = Line4(monkeypatch, tmp_path, **settings)

    assert not await line.whoami.look()

    assert line.asked == []


async def test_without_an_answer_it_is_asked_ever_more_seldom(line):
    line.answers.clear()

    for _ in range(6 * 3600 // 5):
        await line.whoami.look()
        line.clock.advance(5 * SECOND)

    assert 10 <= len([n for _, n in line.asked if n == "myip.opendns.com"]) <= 14


async def test_an_outage_does_not_lose_what_is_known_nor_ask(line):
    await line.whoami.look()
    asked = len(line.asked)

    line.become(source="", has_route=False)
    line.clock.advance(2 * DAY)
    await line.whoami.look()

    assert line.asn == 17557
    assert len(line.asked) == asked


async def test_another_gateway_is_another_network_until_it_is_known(line):
    await line.whoami.look()
    line.answers.clear()

    line.become(source="10.0.0.7", gateway="10.0.0.1")

    assert await line.whoami.look()
    assert line.asn == 0


async def test_an_address_that_is_none_of_the_internet_is_no_answer(line):
    line.answers["myip.opendns.com"] = ("10.1.2.3", "junk")

    assert not await line.whoami.look()

    assert line.asked[-1] == ("1.1.1.1", "whoami.cloudflare")
    assert line.known.lines == {}
