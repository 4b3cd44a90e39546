"""``[relay]`` in the configuration."""

import pytest

from rabta.config import RelayRule, load
from rabta.errors import ConfigError


def relay(tmp_path, text):
    file = tmp_path / "rabta.toml"
    file.write_text(text)
    return load(file, {}).relay


def test_it_listens_on_loopback_for_nobody_else(tmp_path):
    found = relay(tmp_path, "")
    assert (found.host, found.port) == ("127.0.0.1", 4882)
    assert (found.token_file, found.clients, found.reach) == (None, (), ())


def test_rules_are_read_in_their_order(tmp_path):
    text = """
[[relay.rule]]
hosts = ["*.Zoom.us"]
prefer = "storm"
[[relay.rule]]
hosts = ["*", "192.0.2.1", "2001:db8::1"]
unmetered = true
never = ["vsat"]
"""
    assert relay(tmp_path, text).rule == (
        RelayRule(("*.zoom.us",), prefer="storm"),
        RelayRule(("*", "192.0.2.1", "2001:db8::1"), unmetered=True, never=("vsat",)),
    )


def test_others_may_use_it_with_a_token_and_a_list_of_who_they_are(tmp_path):
    text = '[relay]\nhost = "192.168.1.10"\ntoken_file = "t"\nclients = ["10.0.0.0/8"]'
    found = relay(tmp_path, text)
    assert (found.token_file, found.clients) == (tmp_path / "t", ("10.0.0.0/8",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[relay]\nhost = "0.0.0.0"', "so a token is required"),
        ('[relay]\nhost = "::"\ntoken_file = "t"', "so say who may use the relay"),
        ('[relay]\nhost = "office.example"', "expected an address"),
        ('[relay]\nclients = ["10.0.0.1/8"]', "host bits set"),
        ('[relay]\nreach = ["everything"]', "'everything' does not appear to be"),
        ("[relay]\nport = 70000", "from 0 to 65535"),
        ("[relay]\nportt = 1", "did you mean 'port'?"),
        ("[[relay.rule]]\nunmetered = true", "hosts: missing"),
        ('[[relay.rule]]\nhosts = ["zoom.*"]', "'zoom.*' is no host"),
        ('[[relay.rule]]\nhosts = ["a.b"]\nnever = "lte"', "expected a list"),
    ],
)
def test_mistakes_name_line_and_cure(tmp_path, text, says):
    with pytest.raises(ConfigError) as error:
        relay(tmp_path, text)
    assert says in str(error.value)
    assert "rabta.toml:" in str(error.value)
