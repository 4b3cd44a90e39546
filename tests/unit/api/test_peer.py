"""What changes something is done for the account that runs Rabta only."""

import http.client
import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import requests

from rabta.api.peer import account_of
from tests.unit.accounts import NOBODY, needs_another_account


pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells whose a connection is"
)
ASK = """
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
connection.request(*sys.argv[2:])
print(connection.getresponse().status)
"""


def as_nobody(port: int, method: str, path: str) -> str:
    done = subprocess.run(
        [sys.executable, "-S", "-c", ASK, str(port), method, path],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        user=NOBODY,
    )
    return done.stdout.strip()


@needs_another_account
def test_another_account_may_read_and_change_nothing(served):
    port = urlsplit(served.url).port

    assert as_nobody(port, "GET", "/api/outbox") == "200"
    for path in ("/api/outbox/1/cancel", "/outbox/1/retry", "/api/outbox/1/retry"):
        assert as_nobody(port, "POST", path) == "403"


def test_ones_own_account_needs_no_token(served):
    answer = requests.post(f"{served.url}/api/outbox/7/cancel", timeout=10)

    assert answer.status_code == 404  # admitted; there is no such job


def test_a_forged_forwarding_header_makes_nobody_somebody_else(served):
    headers = {"X-Forwarded-For": "192.0.2.1"}
    answer = requests.post(
        f"{served.url}/api/outbox/7/cancel", headers=headers, timeout=10
    )

    assert answer.status_code == 404


def test_who_has_gone_is_nobody_and_not_root(served):
    """An end that nobody holds any more is listed as root's."""
    where = urlsplit(served.url)
    connection = http.client.HTTPConnection("127.0.0.1", where.port)
    connection.connect()
    client = connection.sock.getsockname()
    server = connection.sock.getpeername()

    assert account_of(client, server) == os.geteuid()
    connection.close()
    assert account_of(client, server) is None


@pytest.mark.parametrize(
    ("listening", "asked"),
    [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "127.0.0.1")],
)
def test_both_families_are_found_and_ipv4_through_ipv6(listening, asked):
    family = socket.AF_INET6 if ":" in listening else socket.AF_INET
    with socket.socket(family) as server:
        try:
            if listening == "::":
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            server.bind((listening, 0))
        except OSError:
            pytest.skip("no IPv6 on the loopback here")
        server.listen()
        with (
            socket.create_connection((asked, server.getsockname()[1])),
            server.accept()[0] as accepted,
        ):
            ends = accepted.getpeername()[:2], accepted.getsockname()[:2]

            assert account_of(*ends) == os.geteuid()


def test_without_tables_nobody_is_known(tmp_path):
    assert account_of(("127.0.0.1", 1), ("127.0.0.1", 2), tmp_path) is None
    assert account_of(("", 0), ("127.0.0.1", 2)) is None
