"""``rabta demo``: a process of its own, on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest


pytestmark = pytest.mark.slow


def start(folder, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "rabta", "demo", *words],
        env={**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_once_it_lists_the_month_and_needs_no_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = start(tmp_path, "--once", "--port", str(port))
        stdout, stderr = demo.communicate(timeout=600)

    assert demo.returncode == 0, stderr
    kinds = {json.loads(line)["kind"] for line in stdout.splitlines()}
    assert kinds == {"outage", "degradation", "blocking"}
    assert list(tmp_path.iterdir()) == []


def test_it_is_served_as_simulated_and_leaves_nothing_behind(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = start(tmp_path, "--port", str(port))
    said = demo.stdout.readline()
    assert said.startswith(f"SIMULATED office and month: http://127.0.0.1:{port}/")
    with urllib.request.urlopen(
        f"http://127.0.0.1:{port}/api/status", timeout=30
    ) as answer:
        assert json.load(answer)["simulated"] is True
    asked = time.monotonic()
    demo.send_signal(signal.SIGTERM)
    _, stderr = demo.communicate(timeout=20)

    assert demo.returncode == 0
    assert time.monotonic() - asked < 10
    assert stderr == ""
    assert list(tmp_path.iterdir()) == []
