"""An installed program goes over the uplinks that are open to its job, and no other."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from rabta.clock import SystemClock
from rabta.errors import UsageError
from rabta.model import Job, JobState, Line, Needs, Order, Push, Uplink
from rabta.outbox import bridge, ssh
from rabta.outbox.orders import host_of, push_order
from rabta.outbox.relayed import relayed
from rabta.outbox.remote import host_in
from rabta.outbox.task import Task
from rabta.steer.lines import Lines
from tests.unit.outbox.test_tools import git


HERE = (Line(4, "127.0.0.1", ""),)
DEAR = Uplink("dear", "lo", 1, "cellular", carrier=True, metered=True, lines=HERE)
FREE = Uplink("free", "lo", 1, "wired", carrier=True, lines=HERE)


def task_of(folder, *uplinks, needs=Needs(), host=""):  # noqa: B008 - it is frozen
    async def keep(*_):
        pass

    lines = Lines(folder, {}, SystemClock())
    lines.uplinks = uplinks
    job = Job(1, Order(Push(str(folder)), "", needs=needs), JobState.RUNNING, 0)
    return Task(job, host, lines, SystemClock(), keep)


async def echo(reader, writer):
    while piece := await reader.read(65536):
        writer.write(piece)
    writer.close()


async def bridged(where, authority, said):
    """What comes back through the bridge, and how it ended."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", bridge.__file__, *where),
        env={**os.environ, bridge.VARIABLE: authority},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    answer, error = await asyncio.wait_for(process.communicate(said), 90)
    return answer, error, process.returncode


async def test_a_bridge_carries_both_ways_until_both_have_said_all(tmp_path):
    said = os.urandom(500_000)
    async with (
        await asyncio.start_server(echo, "127.0.0.1") as server,
        relayed(task_of(tmp_path, FREE)) as proxy,
    ):
        where = "127.0.0.1", str(server.sockets[0].getsockname()[1])

        answer, error, code = await bridged(where, proxy.authority, said)

        assert answer == said
        assert (error, code) == (b"", 0)
        wrong = proxy.authority.replace(proxy.token, "guessed")
        answer, error, code = await bridged(where, wrong, b"")
        assert answer == b""
        assert b" 407 " in error
        assert code == 1


async def test_what_is_not_open_to_the_job_is_forbidden(tmp_path, monkeypatch):
    told = []

    class Relay:
        def __init__(self, settings, *_, token):
            told.extend(settings.rule)

        def serving(self):
            return asyncio.Lock()  # any context

    monkeypatch.setattr("rabta.steer.relay.server.Relay", Relay)
    needs = Needs(unmetered=True)

    async with relayed(task_of(tmp_path, DEAR, FREE, needs=needs)):
        pass

    (rule,) = told
    assert (rule.prefer, rule.never, rule.unmetered) == ("free", ("dear",), True)


async def test_this_machine_needs_no_relay(tmp_path):
    async with relayed(task_of(tmp_path, FREE, host="localhost")) as proxy:
        assert proxy is None


def test_a_host_with_a_way_of_its_own_keeps_it(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("Host inner\n ProxyJump outer\n")
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {config} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    if not Path("/usr/bin/ssh").exists():
        pytest.skip("needs Debian's openssh-client")

    plain, own = (ssh.options([host], relayed=True) for host in ("other", "inner"))

    assert "ProxyCommand" in " ".join(plain)
    assert "ProxyCommand" not in " ".join(own)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://github.com/o/r.git", "github.com"),
        ("ssh://git@host:2222/r", "host"),
        ("git@GitHub.com:o/r.git", "github.com"),
        ("[2001:db8::1]:r", "2001:db8::1"),
        ("/srv/r.git", "localhost"),
        ("../r:x", "localhost"),
        ("C:/r.git", "localhost"),
        ("file:///srv/r.git", "localhost"),
    ],
)
def test_git_names_the_host_of_a_remote_in_many_ways(address, host):
    assert host_in(address) == host


def test_a_push_waits_for_the_host_of_its_remote_and_holds_no_secret(tmp_path):
    git("init", "-q", "-b", "main", tmp_path)
    who = ("-c", "user.name=someone", "-c", "user.email=someone@example.com")
    git("-C", tmp_path, *who, "commit", "-q", "--allow-empty", "-m", "One")
    git("-C", tmp_path, "remote", "add", "origin", "git@example.com:r.git")

    assert host_of(push_order(tmp_path, "origin", "").work) == "example.com"
    assert host_of(push_order(tmp_path, str(tmp_path), "").work) == "localhost"
    with pytest.raises(UsageError, match="holds a"):
        push_order(tmp_path, "https://me:secret@example.com/r.git", "")
    with pytest.raises(UsageError, match="nobody"):
        push_order(tmp_path, "nobody", "")
