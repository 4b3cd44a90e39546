"""``[throughput]`` becomes one target for each direction, and nothing without it."""

import pytest

from rabta.config import load
from rabta.config.settings import Throughput
from rabta.config.targets import targets
from rabta.config.throughput import throughput_targets
from rabta.errors import ConfigError
from rabta.model import Probe, Rung
from rabta.model.target import DOWNLOAD, UPLOAD


@pytest.mark.parametrize(
    ("server", "download"),
    [
        ("wss://ndt.example.pk", "wss://ndt.example.pk/ndt/v7/download"),
        ("wss://ndt.example.pk/", "wss://ndt.example.pk/ndt/v7/download"),
        ("wss://ndt.example.pk/ndt/v7", "wss://ndt.example.pk/ndt/v7/download"),
        ("wss://n.example/ndt/v7/download", "wss://n.example/ndt/v7/download"),
        ("ws://192.0.2.1:8080/a/upload?t=1#x", "ws://192.0.2.1:8080/a/download?t=1"),
    ],
)
def test_whatever_of_its_url_is_given_both_directions_are_found(server, download):
    down, up = throughput_targets(Throughput(server, 600.0))

    assert (down.name, down.url) == (DOWNLOAD, download)
    assert (up.name, up.url) == (UPLOAD, download.replace("/download", "/upload"))
    assert down.probes == up.probes == (Probe.THROUGHPUT,)
    assert down.rung is Rung.CONTROL
    assert down.interval == 600.0


def test_host_port_and_family_follow_from_the_url():
    down, _ = throughput_targets(Throughput("ws://[2001:db8::1]/ndt/v7"))
    assert (down.host, down.port, down.families) == ("2001:db8::1", 80, (6,))

    down, _ = throughput_targets(Throughput("wss://ndt.example.pk"))
    assert (down.host, down.port, down.families) == ("ndt.example.pk", 443, (4, 6))


def configured(tmp_path, text):
    file = tmp_path / "rabta.toml"
    file.write_text(text, "utf-8")
    return load(file, {"HOME": str(tmp_path), "TZ": "UTC"})


def test_it_is_off_until_a_server_is_named(tmp_path):
    text = "[throughput]\ninterval = '1 h'\n"

    found = targets(configured(tmp_path, text))
    assert not any(Probe.THROUGHPUT in one.probes for one in found)

    text += "server = 'wss://ndt.example.pk'\n"
    names = {t.name: t.interval for t in targets(configured(tmp_path, text))}
    assert names[DOWNLOAD] == names[UPLOAD] == 3600.0


@pytest.mark.parametrize(
    "server", ["wss://", "ws://a:b@ndt.pk", "wss://ndt.pk:99999", "ws://[::1", "x"]
)
def test_what_is_no_server_is_refused_with_its_line(tmp_path, server):
    with pytest.raises(ConfigError, match=r"rabta.toml:2: throughput.server: expected"):
        configured(tmp_path, f"[throughput]\nserver = '{server}'\n")


def test_a_target_table_cannot_ask_for_it(tmp_path):
    text = "[[target]]\nname='x'\nhost='a.pk'\nprobes=['throughput']\n"

    with pytest.raises(ConfigError, match=r"probes.*expected one of .*fetch, got"):
        configured(tmp_path, text)
