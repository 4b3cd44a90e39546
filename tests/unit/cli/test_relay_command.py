"""``rabta relay``, as a user would; no daemon runs, and only loopback is asked."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.unit.outbox.servers import serving


pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@contextmanager
def relaying(folder, *words, text=""):
    """Run it until it has said where it is; the process and its first lines."""
    file = folder / "rabta.toml"
    file.write_text(text)
    argv = [sys.executable, "-m", "rabta", "relay", "--port", "0", *words]
    argv += ["--config", str(file), "--store", str(folder / "store")]
    with subprocess.Popen(
        argv,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "RABTA_LANGUAGE": "en"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_serves_a_request_and_stops_when_told(tmp_path):
    with serving() as world, relaying(tmp_path, "--json") as process:
        told = json.loads(process.stdout.readline())
        host, _, port = told["address"].rpartition(":")
        assert told["pac"] == f"http://{host}:{port}/proxy.pac"
        assert (told["measured"], told["token_file"]) == (False, None)
        world.files["/file"] = bytearray(b"all of it")
        client = http.client.HTTPConnection(host, int(port), timeout=10)
        client.request("GET", f"{world.base}/file")
        assert client.getresponse().read() == b"all of it"
        client.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_it_says_how_to_use_it_and_that_nothing_measures(tmp_path):
    rule = '[[relay.rule]]\nhosts = ["*"]\nnever = ["no-such-uplink"]\n'
    with relaying(tmp_path, text=rule) as process:
        first = process.stdout.readline()
        port = re.search(r"127\.0\.0\.1:(\d+)", first)[1]
        process.send_signal(signal.SIGINT)
        said, errors = process.stdout.read(), process.stderr.read()
        process.wait(20)
    assert f"http://127.0.0.1:{port}/proxy.pac" in said
    assert f"curl --proxy socks5h://127.0.0.1:{port} " in said
    assert "rabta up" in said
    assert "no-such-uplink" in errors
    assert process.returncode == 0


def test_it_refuses_to_be_an_open_proxy(rabta, tmp_path):
    file = tmp_path / "rabta.toml"
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("short")
    file.write_text('[relay]\nhost = "0.0.0.0"\n')
    done = rabta("relay", "--config", file)
    assert done.returncode == 2
    assert "so a token is required" in done.stderr
    file.write_text(
        '[relay]\nhost = "0.0.0.0"\ntoken_file = "token"\nclients = ["10.0.0.0/8"]\n'
    )
    done = rabta("relay", "--port", "0", "--config", file)
    assert done.returncode == 2
    assert "the token is too short" in done.stderr
