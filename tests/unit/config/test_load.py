"""From file, environment and flags to one checked configuration."""

from pathlib import Path

import pytest

from rabta.config import Config, UplinkSettings, load
from rabta.errors import ConfigError


@pytest.fixture
def env(tmp_path):
    return {"HOME": str(tmp_path), "TZ": "Asia/Karachi", "LANG": "C.UTF-8"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / ".config/rabta/rabta.toml"
    path.parent.mkdir(parents=True)
    return path


def complaint(file, text, env) -> str:
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(None, env)
    return str(caught.value)


def test_without_a_file_the_defaults_hold(env, tmp_path):
    config = load(None, env)

    assert config.file is None
    assert config.country == "PK"
    assert config.language == "en"
    assert config.store.path == tmp_path / ".local/share/rabta/store"
    assert (config.dashboard.host, config.dashboard.port) == ("127.0.0.1", 4880)
    assert [service.name for service in config.services] == ["github", "gmail"]
    assert config.throughput.server == ""


def test_a_full_file_is_understood(env, file):
    file.write_text(
        """
country = "world"
language = "ur"
services = ["gitlab", "https://shop.example.pk/health"]
targets_file = "mine.toml"
[dashboard]
host = "0.0.0.0"
port = 80
token_file = "token"
[store]
path = "/srv/rabta"
raw_days = 2
minute_days = 3
[[uplink]]
interface = "wwan0"
name = "jazz"
isp = "Jazz"
asn = 45669
metered = true
[[uplink]]
interface = "eth0"
budget_mb_per_day = 0.5
[[target]]
name = "vpn"
host = "vpn.example.com"
probes = ["icmp"]
interval = "5 min"
[throughput]
server = "wss://ndt.example.pk/ndt/v7/download"
interval = "6 h"
[power]
nut = "ups@localhost:3493"
[[vantage]]
url = "https://other.example/"
token_file = "/etc/token"
[lab]
pace = 0.1
""",
        "utf-8",
    )

    config = load(None, env)

    assert config.country == "world"
    assert [service.name for service in config.services] == [
        "gitlab",
        "shop.example.pk-health",
    ]
    assert config.targets_file == file.parent / "mine.toml"
    assert config.dashboard.token_file == file.parent / "token"
    assert config.store.path == Path("/srv/rabta")
    assert config.uplink("wwan0") == UplinkSettings(
        "wwan0", "jazz", "Jazz", 45669, True
    )
    assert config.uplink("wwan0").metered is True
    assert config.uplink("eth0").budget_bytes == 500_000
    assert config.uplink("ppp0") is None
    assert config.extra_targets[0].interval == 300.0
    assert config.throughput.interval == 21600.0
    assert config.power.nut == "ups@localhost:3493"
    assert config.vantages[0].url == "https://other.example"
    assert config.vantages[0].name == "vantage-1"
    assert config.lab.pace == 0.1


def test_what_is_not_said_of_an_uplink_is_left_open():
    assert UplinkSettings("eth0").budget_bytes is None
    assert UplinkSettings("eth0").metered is None


def test_flag_beats_environment_beats_file_beats_default(env, file):
    file.write_text("[dashboard]\nport = 1111\n", "utf-8")

    assert load(None, env).dashboard.port == 1111
    assert load(None, env).origin("dashboard.port") == f"{file}:2"

    env["RABTA_PORT"] = "2222"
    assert load(None, env).dashboard.port == 2222
    assert load(None, env).origin("dashboard.port") == "RABTA_PORT"

    flags = {("dashboard", "port"): 3333, ("dashboard", "host"): None}
    config = load(None, env, flags)
    assert config.dashboard.port == 3333
    assert config.origin("dashboard.port") == "--port"
    assert config.origin("dashboard.host") == "default"
    assert config.origin("country") == "time zone Asia/Karachi"


def test_paths_in_the_environment_start_where_the_user_stands(
    env, file, tmp_path, monkeypatch
):
    file.write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    env["RABTA_STORE"] = "here"

    assert load(None, env).store.path == tmp_path / "here"


def test_a_wrong_variable_is_named(env):
    env["RABTA_PORT"] = "many"

    with pytest.raises(ConfigError, match=r"^RABTA_PORT: expected a whole number"):
        load(None, env)


def test_the_file_can_be_named_by_argument_and_by_environment(env, tmp_path):
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text('country = "DE"', "utf-8")
    two.write_text('country = "FR"', "utf-8")
    env["RABTA_CONFIG"] = str(two)

    assert load(None, env).country == "FR"
    assert load(one, env).country == "DE"


def test_a_file_that_was_named_must_exist(env, tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml: there is no such file; write"):
        load(tmp_path / "none.toml", env)


def test_a_folder_is_not_a_file(env, tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, env)


def test_bytes_that_are_no_text_are_reported_with_their_line(env, file):
    file.write_bytes(b"# fine\n# \xff\n")

    with pytest.raises(ConfigError, match=r"rabta\.toml:2: not UTF-8 text"):
        load(None, env)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\nport = [", ":2: not valid TOML"),
        (
            "langage = 'en'",
            ":1: langage: there is no such key; did you mean 'language'?",
        ),
        (
            "language = 'de'",
            ":1: language: expected one of 'auto', 'en', 'ur', got 'de'",
        ),
        ("country = 'pk'", ':1: country: expected "auto", "world" or two capital'),
        ("services = 'github'", ":1: services: expected a list"),
        ("services = [\n'github',\n3]", ":3: services[2]: expected text, got 3"),
        (
            "services = ['gthub']",
            "'gthub' in the catalogue; did you mean 'github'?",
        ),
        ("services = ['github','github']", "services[2]: 'github' is listed twice"),
        ("services = ['ftp://x.pk']", "the scheme is http or https"),
        ("services = ['https://u:p@x.pk']", "must not hold a user name or password"),
        ("services = ['https://x.pk:99999']", "expected a URL such as"),
        ("services = ['https://']", "expected a URL such as"),
        ("dashboard = 3", ":1: dashboard: expected a table [dashboard], got 3"),
        ("[dashboard]\nprot = 1", ":2: dashboard.prot: there is no such key; did you"),
        (
            "[dashboard]\nport = '1'",
            ":2: dashboard.port: expected a whole number from 0",
        ),
        ("[dashboard]\nport = true", ":2: dashboard.port: expected a whole number"),
        ("[dashboard]\nport = 65536", ":2: dashboard.port: expected a whole number"),
        ("[dashboard]\nhost = '0.0.0.0'", ":2: dashboard.host: 0.0.0.0 can be reached"),
        ("[dashboard]\nhost = 'a b'", ":2: dashboard.host: expected an address"),
        ("[dashboard]\ntoken_file = ''", ":2: dashboard.token_file: expected a path"),
        ("[store]\nraw_days = 0", ":2: store.raw_days: expected a whole number from 1"),
        ("[store]\nraw_days = 100", "store.minute_days: expected at least raw_days"),
        ("[[uplink]]\nname = 'a'", ":1: uplink[1].interface: missing"),
        ("[uplink]\ninterface = 'a'", ":1: uplink: expected tables [[uplink]], got"),
        ("uplink = [1]", ":1: uplink[1]: expected a table [[uplink]], got 1"),
        (
            "[[uplink]]\ninterface='a'\n[[uplink]]\ninterface='a'",
            ":4: uplink[2].interface: 'a' is listed twice",
        ),
        (
            "[[uplink]]\ninterface='a'\nname='x'\n[[uplink]]\ninterface='b'\nname='x'",
            ":6: uplink[2].name: 'x' names two uplinks",
        ),
        ("[[uplink]]\ninterface='a'\nasn=-1", ":3: uplink[1].asn: expected a whole"),
        ("[[uplink]]\ninterface='a'\nmetered=1", "uplink[1].metered: expected true or"),
        (
            "[[uplink]]\ninterface='a'\nbudget_mb_per_day='x'",
            "expected a number from 0",
        ),
        (
            "[[uplink]]\ninterface='a'\nbudget_mb_per_day=nan",
            "expected a number from 0",
        ),
        ("[[target]]\nname='x'\nhost='a.pk'", ":1: target[1].probes: missing"),
        (
            "[[target]]\nname='x'\nhost='1.2.3'\nprobes=['icmp']",
            "target[1].host: expected",
        ),
        (
            "[[target]]\nname='x'\nhost='a..b'\nprobes=['icmp']",
            "target[1].host: expected",
        ),
        ("[[target]]\nname='x'\nhost='a.pk'\nprobes=['ping']", "target[1].probes[1]:"),
        ("[[target]]\nname='x'\nhost='a.pk'\nprobes=[]", "expected at least one of"),
        ("[[target]]\nname='x'\nhost='a.pk'\nprobes=['tcp','tcp']", "listed twice"),
        (
            "[[target]]\nname='x'\nhost='a.pk'\nprobes=['http']",
            "target[1].url: missing",
        ),
        (
            "[[target]]\nname='x'\nhost='a.pk'\nprobes=['tcp']\ninterval='soon'",
            ":5: target[1].interval: expected seconds from 1 to 86400, or text",
        ),
        (
            "[[target]]\nname='x'\nhost='a.pk'\nprobes=['tcp']\ninterval=0.5",
            "target[1].interval: expected seconds from 1",
        ),
        (
            "[[target]]\nname='x'\nhost='::1'\nprobes=['tcp']\nfamilies=[4]",
            "target[1].families: ::1 is an IPv6 address",
        ),
        (
            "[[target]]\nname='x'\nhost='a.pk'\nprobes=['tcp']\nfamilies=[5]",
            "target[1].families: expected a list out of [4, 6], got [5]",
        ),
        (
            "[throughput]\nserver = 'http://x'",
            "throughput.server: expected a WebSocket",
        ),
        ("[power]\nnut = 'ups'", ':2: power.nut: expected "ups@host"'),
        ("[[vantage]]\nname = 'x'", ":1: vantage[1].url: missing"),
        ("[[vantage]]\nurl = 'x.pk'", "vantage[1].url: expected an http(s) URL"),
        ("[helper]\nurl = 'https://203.0.113.5'", "helper.token_file: missing"),
        (
            "[helper]\ntoken_file='t'\nfingerprint='00'\nurl='https://a.example'",
            "helper.url: expected an address, not a name",
        ),
        ("[lab]\npace = 0", ":2: lab.pace: expected a number from 0.001 to 1000"),
    ],
)
def test_a_mistake_names_file_line_key_and_accepted_form(text, expected, env, file):
    said = complaint(file, text, env)

    assert said.startswith(str(file))
    assert expected in said


def test_a_helper_is_a_vantage_as_well(env, file):
    pin = "sha256:" + ":".join(["AB"] * 32)
    text = "[helper]\nurl='https://[2001:db8::5]:99/'\ntoken_file='t'\n"
    file.write_text(f"{text}fingerprint='{pin}'\n", "utf-8")

    config = load(None, env)

    assert config.helper is not None
    assert config.helper.url == "https://[2001:db8::5]:99"
    assert config.vantages == (config.helper,)


def test_secrets_are_never_read_by_loading(env, file):
    """A status must not fail because a token file is gone."""
    file.write_text("[dashboard]\ntoken_file = '/nowhere/token'\n", "utf-8")

    assert isinstance(load(None, env), Config)
