"""A file got over two uplinks at once is whole, of one state, and goes on in pieces."""

import os

import pytest

from rabta.clock import SystemClock
from rabta.model import Job, JobState
from rabta.outbox.orders import download_order
from rabta.outbox.outcome import ServerError
from rabta.outbox.task import Task
from rabta.outbox.transfer import pieces
from rabta.outbox.transfer.download import download
from rabta.probes.binding import Binding
from rabta.steer.ways import Way


SIZE = 5 * pieces.LENGTH + 12_345
TWO = ("127.0.0.2", "127.0.0.3")


class Lines:
    """Two addresses of loopback, each an uplink of its own."""

    def ways(self, needs, host):
        return tuple(Way(one, (Binding("", one, 4, "source"),)) for one in TWO)


@pytest.fixture
def content(server):
    made = os.urandom(SIZE)
    server.files["/film"] = bytearray(made)
    return made


@pytest.fixture
def task(server, tmp_path):
    async def keep(*_):
        pass

    order = download_order(f"{server.base}/film", tmp_path / "film")
    job = Job(1, order, JobState.RUNNING, 0)
    return Task(job, "127.0.0.1", Lines(), SystemClock(), keep)


def large(server):
    """Return the (client, number) of the pieces that were sent."""
    return [(c, s // pieces.LENGTH) for c, s, e in server.spans if e - s > 1]


async def test_both_uplinks_carry_pieces_of_one_file(server, task, content, tmp_path):
    outcome = await download(task)

    assert outcome.says.key == "outbox.got"
    assert (tmp_path / "film").read_bytes() == content
    assert {client for client, _ in large(server)} == set(TWO)
    assert {number for _, number in large(server)} == set(range(6))


async def test_pieces_on_the_disk_are_not_got_again(server, task, content, tmp_path):
    part = tmp_path / "film.1.rabta-part"
    part.write_bytes(content[: 2 * pieces.LENGTH])
    os.truncate(part, SIZE)
    kept = pieces.written({0, 1})
    task.token = (
        f'{{"tag": "\\"one\\"", "size": {SIZE}, "whole": false, "pieces": "{kept}"}}'
    )

    await download(task)

    assert (tmp_path / "film").read_bytes() == content
    assert {number for _, number in large(server)} == {2, 3, 4, 5}


async def test_states_of_the_file_are_never_mixed(server, task, content, tmp_path):
    async def keep(done, token, uplink):
        if token.endswith('"pieces":"0"}'):  # just begun: it changes now
            server.etag = '"two"'
            server.files["/film"] = bytearray(reversed(content))

    task.keep = keep
    with pytest.raises(ServerError):
        await download(task)
    await download(task)

    assert (tmp_path / "film").read_bytes() == content[::-1]


async def test_a_server_without_ranges_sends_it_in_one_piece(
    server, task, content, tmp_path
):
    server.ranges = False

    await download(task)

    assert (tmp_path / "film").read_bytes() == content


async def test_what_is_small_is_not_cut(server, task, tmp_path):
    server.files["/film"] = bytearray(b"small")

    await download(task)

    assert (tmp_path / "film").read_bytes() == b"small"


def test_a_set_of_pieces_survives_as_text():
    for done in (set(), {0}, {3, 70, 2499}):
        assert pieces.read(pieces.written(done)) == done
