"""What is known of the networks lines leave by, and how answers about them are read."""

from rabta.agent.origins import name_of, network_of, reversed_name
from rabta.agent.providers import Egress, Network, Providers, keep, load
from rabta.clock import DAY
from rabta.model import Line, Uplink


NOW = 1_700_000_000_000_000
PTCL = Network("39.32.0.0/11", 17557, "Pakistan Telecommunication", "PK", NOW)


def uplink(name="wan0", asn=0, families=(4,)):
    lines = tuple(Line(family, "192.168.1.2", "192.168.1.1") for family in families)
    return Uplink(name, name, 3, "wired", carrier=True, lines=lines, asn=asn)


def learnt(family=4, network=PTCL):
    found = Providers()
    found.learn(("wan0", family), Egress("39.40.1.2", "208.67.222.222", NOW, network))
    return found


def test_what_was_learnt_is_put_on_the_uplink_it_was_learnt_of():
    mine, other = learnt().put_on([uplink(), uplink("wan1")])

    assert (mine.asn, mine.provider) == (17557, "Pakistan Telecommunication")
    assert (other.asn, other.provider) == (0, "")


def test_the_users_own_word_always_wins():
    (mine,) = learnt().put_on([uplink(asn=45669)])

    assert (mine.asn, mine.provider) == (45669, "")


def test_a_line_of_another_family_tells_where_there_is_no_better():
    (mine,) = learnt(family=6).put_on([uplink(families=(4, 6))])
    (gone,) = learnt(family=6).put_on([uplink(families=(4,))])

    assert (mine.asn, gone.asn) == (17557, 0)


def test_an_address_of_a_known_network_needs_no_question_for_a_month():
    found = learnt()

    assert found.network_of("39.40.200.1", NOW + DAY) == PTCL
    assert found.network_of("39.80.0.1", NOW + DAY) is None
    assert found.network_of("39.40.200.1", NOW + 31 * DAY) is None
    assert found.network_of("39.40.200.1", NOW + 31 * DAY, old=True) == PTCL


def test_it_survives_a_restart_and_a_damaged_file_is_no_obstacle(tmp_path):
    keep(learnt(), tmp_path)

    assert load(tmp_path) == learnt()

    (tmp_path / "providers.json").write_bytes(b'{"lines": 3}')
    assert load(tmp_path) == Providers()


def test_the_longest_prefix_that_holds_the_address_counts():
    told = (
        "1 | 39.0.0.0/8 | US | arin |",
        "17557 9 | 39.32.0.0/11 | PK | apnic | 2010-09-08",
        "666 | 40.0.0.0/24 | PK | apnic |",
        "nonsense",
    )
    found = network_of(told, "39.40.1.2", NOW)

    assert found == Network("39.32.0.0/11", 17557, "", "PK", NOW)


def test_a_lie_that_is_no_sound_line_is_nothing():
    for line in ("0 | 39.32.0.0/11 | PK", "x | 39.32.0.0/11 | PK", "1 | 39.1/11 | PK"):
        assert network_of((line,), "39.40.1.2", NOW) is None


def test_a_network_is_called_by_its_name_and_not_by_its_handle():
    names = {
        "PKTELECOM-AS-PK Pakistan Telecommunication Company Limited, PK": (
            "Pakistan Telecommunication Company Limited"
        ),
        "TEAM-CYMRU - Team Cymru Inc., US": "Team Cymru Inc.",
        "GOOGLE, US": "GOOGLE",
        "PTCL Pakistan, PK": "PTCL Pakistan",
        "KDDI KDDI CORPORATION, JP": "KDDI KDDI CORPORATION",
    }
    for told, name in names.items():
        assert name_of([f"1 | PK | apnic | 2000-12-12 | {told}"]) == name
    assert name_of(["1 | PK"]) == ""


def test_only_the_first_bits_of_an_address_are_told():
    assert reversed_name("39.40.1.2") == "0.1.40.39"
    assert reversed_name("2400:4100:1:1::2").endswith("1.0.0.0.0.0.1.4.0.0.4.2")
    assert set(reversed_name("2400:4100:1:1::2").split(".")[:20]) == {"0"}
