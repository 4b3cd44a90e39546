"""A git push on a host whose system prefers the wrong line."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .plan import ISPS, ZONE
from .world import Lab


pytestmark = [pytest.mark.lab, pytest.mark.slow]

PORT = 7778
SERVER = f"""
import asyncio
async def serve(reader, writer):
    print(writer.get_extra_info("peername")[0], flush=True)
    try:
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(b"HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except (OSError, asyncio.IncompleteReadError):
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, ["0.0.0.0", "::"], {PORT})
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
"""Says who came, and has no repository."""


@contextmanager
def plain_routes(lab: Lab) -> Iterator[None]:
    """Take the rules by which a source finds its line: few machines have any."""
    rules = [(isp.host4, isp.number) for isp in ISPS[:2]]
    for source, number in rules:
        rule = f"from {source} lookup {100 + number} priority {1000 + number}"
        lab.run(["ip", "rule", "del", *rule.split()])
    try:
        yield
    finally:
        for source, number in rules:
            rule = f"from {source} lookup {100 + number} priority {1000 + number}"
            lab.run(["ip", "rule", "add", *rule.split()])


def test_a_push_goes_over_a_line_that_is_open_to_it_and_no_other(
    lab: Lab, tmp_path: Path
) -> None:
    """The system's own route is metered, and the job must not use such a line."""
    here = tmp_path / "here"
    who = ("-c", "user.name=someone", "-c", "user.email=someone@example.com")
    for words in (
        ("init", "-q", "-b", "main", str(here)),
        ("-C", str(here), *who, "commit", "-q", "--allow-empty", "-m", "One"),
    ):
        subprocess.run(["git", *words], check=True)
    config = tmp_path / "rabta.toml"
    config.write_text('[[uplink]]\ninterface = "wan1"\nmetered = true\n')
    rabta = [sys.executable, "-m", "rabta", "outbox"]
    options = ["--store", str(tmp_path / "store"), "--config", str(config)]
    url = f"http://west10.{ZONE}:{PORT}/r.git"
    argv = [sys.executable, "-c", SERVER]
    with (
        plain_routes(lab),
        lab.popen(argv, "west", stdout=subprocess.PIPE) as server,
    ):
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == b"ready\n"
            push = [*rabta, "push", "--unmetered", str(here), url, *options]
            lab.run(push)
            lab.run([*rabta, "drain", *options])
        finally:
            server.kill()
        peers = server.stdout.read().decode().split()

    second = ISPS[1]
    assert peers
    assert all(one.startswith((second.net4, second.net6)) for one in peers), peers
