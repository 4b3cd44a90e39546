"""``rabta steer``: whose store it means, and what it prints."""

import json
import os
import pwd
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from rabta.cli import steer
from rabta.clock import SystemClock
from rabta.model import Message
from rabta.steer.document import Carrier, Decision, write


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no sudo there")
WHY = Message.of("steer.dead", uplink="ptcl")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The home of a user who called sudo; somebody steers there."""
    store = tmp_path / ".local/share/rabta/store"
    store.mkdir(parents=True)
    carrier = Carrier(4, "bulk", "storm", WHY, SystemClock().now())
    write(store, Decision(SystemClock().now(), True, (carrier,)))
    for name in ("RABTA_STORE", "RABTA_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("SUDO_USER", "asma")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        pwd, "getpwnam", lambda _: SimpleNamespace(pw_dir=str(tmp_path))
    )
    return tmp_path


def test_under_sudo_it_means_the_store_of_who_asked(home):
    del home
    done = CliRunner().invoke(steer.command, ["--json"])

    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["applied"]
    assert told["carriers"][0]["uplink"] == "storm"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "carries nothing"), ("ur", "گزر")]
)
def test_it_says_what_carries_what_and_why(home, language, words):
    del home
    done = CliRunner().invoke(steer.command, ["--language", language])

    assert "storm" in done.output
    assert words in done.output
