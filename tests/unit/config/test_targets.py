"""What is probed, and what the shipped data owes its reader."""

import datetime as dt
import tomllib
from importlib import resources

import pytest

from rabta.config import load
from rabta.config.targets import (
    countries,
    first_hop_target,
    gateway_target,
    parse,
    resolver_targets,
    targets,
)
from rabta.errors import ConfigError
from rabta.model import Line, Probe, Rung, Uplink


FILES = ("world", *(country.lower() for country in countries()))


def config(tmp_path, text="", country="PK"):
    file = tmp_path / "rabta.toml"
    file.write_text(f'country = "{country}"\n{text}', "utf-8")
    return load(file, {"HOME": str(tmp_path)})


def on(rung, found):
    return [target for target in found if target.rung is rung]


def shipped(name):
    file = resources.files("rabta.config").joinpath(f"targets/{name}.toml")
    return tomllib.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_every_shipped_entry_says_where_it_is_from(name):
    tables = [
        table
        for kind in ("target", "control", "resolver")
        for table in shipped(name).get(kind, ())
    ]

    assert tables
    for table in tables:
        assert table["source"], table["name"]
        assert isinstance(table["date"], dt.date), table["name"]
        assert isinstance(table["verified"], bool), table["name"]


def test_anycast_stands_on_four_networks_in_both_families(tmp_path):
    found = on(Rung.ANYCAST, targets(config(tmp_path)))

    for family in (4, 6):
        members = [target for target in found if target.families == (family,)]
        assert {target.asn for target in members} == {13335, 15169, 19281, 36692}
        assert all(target.interval == 5.0 for target in members)
        assert all(
            target.probes == (Probe.ICMP, Probe.TCP, Probe.DNS) for target in members
        )


def test_pakistan_has_domestic_targets_on_three_networks_or_more(tmp_path):
    found = on(Rung.DOMESTIC, targets(config(tmp_path)))

    assert 5 <= len(found) <= 8
    assert len({target.asn for target in found}) >= 3
    assert all(target.country == "PK" and target.interval == 10.0 for target in found)


def test_pakistan_has_each_corridor_twice_by_two_operators(tmp_path):
    found = on(Rung.INTERNATIONAL, targets(config(tmp_path)))

    assert {target.corridor for target in found} == {"west", "gulf", "east", "us"}
    for corridor in ("west", "gulf", "east", "us"):
        members = [target for target in found if target.corridor == corridor]
        assert len({target.operator for target in members}) >= 2
        assert all(target.country not in ("", "PK") for target in members)


def test_the_world_has_no_domestic_targets_and_three_corridors(tmp_path):
    found = targets(config(tmp_path, country="world"))

    assert on(Rung.DOMESTIC, found) == []
    assert len({t.corridor for t in on(Rung.INTERNATIONAL, found)}) >= 3


def test_a_country_without_data_is_measured_like_the_world(tmp_path):
    assert targets(config(tmp_path, country="NP")) == targets(
        config(tmp_path, country="world")
    )


@pytest.mark.parametrize("country", ["PK", "world"])
def test_captive_checks_and_encrypted_dns_are_kept_in_every_country(country, tmp_path):
    controls = on(Rung.CONTROL, targets(config(tmp_path, country=country)))
    probes = {probe for target in controls for probe in target.probes}

    assert {Probe.CAPTIVE, Probe.DOH, Probe.DOT, Probe.DNS, Probe.PATH} <= probes
    assert {Probe.DNS_TCP, Probe.FETCH} <= probes
    for family in (4, 6):
        mine = [t for t in controls if t.families == (family,) and not t.control_for]
        assert {t.role for t in mine} == {"", "trusted-dns", "non-resolver"}


def test_each_corridor_is_traced_once_an_hour(tmp_path):
    paths = [t for t in targets(config(tmp_path)) if t.probes == (Probe.PATH,)]

    assert sorted(t.corridor for t in paths) == ["east", "gulf", "us", "west"]
    assert all(t.interval == 3600.0 and t.rung is Rung.CONTROL for t in paths)


def test_a_users_target_joins_the_shipped_ones(tmp_path):
    text = "[[target]]\nname='vpn'\nhost='192.0.2.7'\nprobes=['icmp']\n"

    assert "vpn" in {t.name for t in targets(config(tmp_path, text))}


def test_two_targets_must_not_share_a_name(tmp_path):
    text = "[[target]]\nname='ptcl'\nhost='192.0.2.7'\nprobes=['icmp']\n"

    with pytest.raises(ConfigError, match="two targets are named 'ptcl'"):
        targets(config(tmp_path, text))


def test_a_targets_file_replaces_all_shipped_data(tmp_path):
    (tmp_path / "mine.toml").write_text(
        """
[[target]]
name = "far"
host = "198.51.100.1"
probes = ["tcp"]
corridor = "east"
[[control]]
name = "helper"
role = "neutral-helper"
host = "198.51.100.2"
probes = ["tls"]
sni = "{host}"
interval = 900
[[resolver]]
name = "canary"
role = "canary"
probes = ["dns"]
query = "{label}.lab.test"
""",
        "utf-8",
    )
    made = config(
        tmp_path, "targets_file = 'mine.toml'\nservices = ['https://shop.example/']\n"
    )

    names = {target.name for target in targets(made)}
    assert names == {
        "far",
        "path-east",
        "shop.example",
        "shop.example/fetch",
        "shop.example/helper",
    }
    resolvers = resolver_targets(UPLINK, made)
    assert {target.query for target in resolvers} == {"{label}.lab.test"}


def test_a_mistake_in_a_targets_file_names_its_line(tmp_path):
    (tmp_path / "mine.toml").write_text("[[target]]\nname = 'x'\nhsot = 'y'\n", "utf-8")
    made = config(tmp_path, "targets_file = 'mine.toml'\n")

    with pytest.raises(ConfigError, match=r"mine\.toml:3: target\[1\]\.hsot: there is"):
        targets(made)


def test_a_missing_targets_file_is_named(tmp_path):
    made = config(tmp_path, "targets_file = 'none.toml'\n")

    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        targets(made)


def test_only_templates_may_leave_the_host_open():
    with pytest.raises(ConfigError, match="host: expected an address"):
        parse("[[target]]\nname='x'\nhost='{host}'\nprobes=['tls']\n", "x.toml")


def test_the_pace_of_the_lab_scales_every_interval(tmp_path):
    slow = targets(config(tmp_path))
    fast = targets(config(tmp_path, "[lab]\npace = 0.1\n"))

    assert [t.interval for t in fast] == pytest.approx([t.interval / 10 for t in slow])


UPLINK = Uplink(
    name="ptcl",
    interface="eth0",
    index=2,
    medium="wired",
    carrier=True,
    lines=(
        Line(4, "192.0.2.2", "192.0.2.1", resolvers=("192.0.2.53", "not an address")),
        Line(6, "2001:db8::2", "fe80::1", resolvers=("2001:db8::53", "fe80::53%eth0")),
    ),
    isp="PTCL",
    asn=17557,
)


def test_each_resolver_gets_two_names_of_two_operators_and_no_random_label():
    found = resolver_targets(UPLINK)

    assert {(t.host, t.query) for t in found} == {
        (host, query)
        for host in ("192.0.2.53", "2001:db8::53", "fe80::53%eth0")
        for query in ("www.microsoft.com", "connectivitycheck.gstatic.com")
    }
    assert {t.role for t in found} == {"fixed-name"}
    assert all(t.rung is Rung.RESOLVER and t.interval == 10.0 for t in found)
    assert {t.families for t in found if ":" in t.host} == {(6,)}
    assert len({t.name for t in found}) == len(found)


def test_gateway_and_first_hop_belong_to_one_line():
    gateway = gateway_target(UPLINK, 6)
    hop = first_hop_target(UPLINK, 4, "100.64.0.1")

    assert (gateway.host, gateway.families, gateway.interval) == ("fe80::1", (6,), 2.0)
    assert gateway.probes == (Probe.NEIGHBOUR, Probe.ICMP)
    assert (hop.host, hop.rung, hop.interval) == ("100.64.0.1", Rung.FIRST_HOP, 2.0)
