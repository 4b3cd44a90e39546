"""What is said when Rabta starts."""

from dataclasses import replace

import pytest

from rabta.api import up
from rabta.api.serve import listen
from rabta.api.up import greeting, reachable
from rabta.config import Config, Dashboard, Store
from rabta.model import Line, Rung, Target, Uplink


def said(tmp_path, host, language="en", sign_in=""):
    config = Config(Store(tmp_path), language=language, dashboard=Dashboard(host))
    return greeting(config, [f"http://{host}:4880/"], sign_in)


def test_on_this_machine_alone_there_is_nothing_to_warn_of(tmp_path):
    for host in ("127.0.0.1", "localhost", "::1"):
        assert len(said(tmp_path, host)) == 1


@pytest.mark.parametrize(
    ("language", "word"), [("en", "unencrypted"), ("ur", "بغیر رمز")]
)
def test_where_others_reach_it_the_cure_is_told_before_the_link(
    tmp_path, language, word
):
    lines = said(tmp_path, "192.168.1.10", language, "/signin?key=x")

    assert word in lines[1]
    assert "192.168.1.10" in lines[1]
    assert "ssh -L" in lines[1]
    assert lines[2].endswith("http://192.168.1.10:4880/signin?key=x")


@pytest.mark.parametrize(("language", "word"), [("en", "Cure"), ("ur", "علاج")])
def test_a_country_nothing_is_known_of_is_told_with_its_cure(tmp_path, language, word):
    unknown = Config(Store(tmp_path), language=language, country="XX")
    own = Target("here", Rung.DOMESTIC, "192.0.2.1", ())

    told = greeting(unknown, ["http://127.0.0.1:4880/"], "")[-1]
    assert word in told
    assert "XX" in told
    assert 'rung = "domestic"' in told
    for known in (
        replace(unknown, country="PK"),
        replace(unknown, country="world"),
        replace(unknown, extra_targets=(own,)),
    ):
        assert len(greeting(known, ["http://127.0.0.1:4880/"], "")) == 1


def uplink(name, *sources):
    families = (6 if ":" in one else 4 for one in sources)
    lines = tuple(Line(f, s, "") for f, s in zip(families, sources, strict=True))
    return Uplink(name, name, 3, "wired", carrier=True, lines=lines)


@pytest.mark.parametrize(
    ("host", "uplinks", "addresses"),
    [
        ("127.0.0.1", (uplink("a", "192.168.1.10"),), ["127.0.0.1"]),
        (
            "0.0.0.0",
            (uplink("a", "192.168.1.10", "2001:db8::10"), uplink("b", "10.0.0.7")),
            ["192.168.1.10", "10.0.0.7"],
        ),
        ("0.0.0.0", (uplink("a", "169.254.3.4"),), ["127.0.0.1"]),
        ("0.0.0.0", (), ["127.0.0.1"]),
    ],
)
async def test_bound_to_all_addresses_those_that_others_can_use_are_told(
    monkeypatch, tmp_path, host, uplinks, addresses
):
    async def look(_):
        return uplinks

    monkeypatch.setattr(up, "look", look)
    with listen(host, 0) as opened:
        port = opened.getsockname()[1]

        found = await reachable(Config(Store(tmp_path)), opened)

    assert found == [(one, port) for one in addresses]


def test_nobody_is_told_that_others_reach_all_addresses(tmp_path):
    config = Config(Store(tmp_path), dashboard=Dashboard("0.0.0.0"))
    urls = ["http://192.168.1.10:4880/", "http://10.0.0.7:4880/"]

    lines = greeting(config, urls, "/signin?key=x")

    assert all(url in lines[0] for url in urls)
    assert "192.168.1.10" in lines[1]
    assert lines[2].endswith("http://192.168.1.10:4880/signin?key=x")
    assert not any("0.0.0.0" in line for line in lines)
