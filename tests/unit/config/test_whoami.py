"""Whom to ask for addresses and networks: data, and the user's word over it."""

import datetime as dt
import tomllib
from importlib import resources

import pytest

from rabta.config import load
from rabta.config.targets import targets
from rabta.config.whoami import Directory, Whoami, directory, parse
from rabta.errors import ConfigError


def config(tmp_path, text=""):
    file = tmp_path / "rabta.toml"
    file.write_text(text, "utf-8")
    return load(file, {"HOME": str(tmp_path)})


def test_what_is_shipped_says_where_it_is_from():
    file = resources.files("rabta.config").joinpath("targets/whoami.toml")
    tables = tomllib.loads(file.read_text("utf-8"))

    for table in (*tables["whoami"], tables["origins"]):
        assert table["source"]
        assert isinstance(table["date"], dt.date)
        assert isinstance(table["verified"], bool)


def test_only_who_is_measured_anyway_is_asked_for_an_address(tmp_path):
    made = config(tmp_path)
    asked = {one.host for one in directory(made).whoami}

    assert asked
    assert asked <= {target.host for target in targets(made)}


def test_nobody_is_asked_where_the_user_wants_none_of_it(tmp_path):
    assert directory(config(tmp_path, "learn_providers = false")) == Directory()


def test_a_target_file_of_ones_own_names_everybody_who_is_asked(tmp_path):
    (tmp_path / "mine.toml").write_text(
        '[[whoami]]\nhost = "192.0.2.1"\nquery = "me.example"\n'
        '[origins]\nipv4 = "o.example"\n'
    )
    made = config(tmp_path, 'targets_file = "mine.toml"')

    assert directory(made) == Directory(
        (Whoami("192.0.2.1", "me.example"),), "o.example"
    )
    assert "192.0.2.1" not in {target.host for target in targets(made)}

    (tmp_path / "mine.toml").write_text("")
    assert directory(made) == Directory()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[whoami]]\nquery = "me.example"', "whoami[1].host: missing"),
        ('[[whoami]]\nhost = "ns.example"\nquery = "me"', "expected an address"),
        ('[[whoami]]\nhost = "192.0.2.1"\nquery = "me"\ntype = "MX"', "one of 'A'"),
        ('[origins]\nipv5 = "x"', "no such key"),
    ],
)
def test_a_mistake_is_named_with_its_line(text, says):
    with pytest.raises(ConfigError) as caught:
        parse(text, "mine.toml")

    assert str(caught.value).startswith("mine.toml:")
    assert says in str(caught.value)
