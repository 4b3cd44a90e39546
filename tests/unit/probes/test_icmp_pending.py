"""Whose answer is this, and who waits too long."""

import asyncio

import pytest

from rabta.probes.icmp_packet import Answer
from rabta.probes.icmp_pending import Pending, Request


FAR = b"\x0a\0\0\2"


def sent(pending: Pending, timeout: float = 2.0) -> Request:
    made = Request(("10.0.0.2", 0), FAR, timeout)
    made.sequence = pending.next_sequence()
    made.payload = made.sequence.to_bytes(2, "big") * 8
    pending.add(made)
    return made


@pytest.fixture
async def pending():
    return Pending()


async def test_an_answer_finds_its_request_once(pending):
    """The second one is stray."""
    made = sent(pending)
    answer = Answer(made.sequence, made.payload)

    assert pending.match(answer) is made
    assert pending.match(answer) is None
    assert (pending.tally.answered, pending.tally.stray) == (1, 1)


async def test_numbers_are_not_reused_while_they_are_under_way(pending):
    """All 65,536 can be, and then there is no more."""
    numbers = {sent(pending).sequence for _ in range(0x10000)}

    assert len(numbers) == 0x10000
    with pytest.raises(BlockingIOError):
        pending.next_sequence()


async def test_those_over_time_are_taken_out_by_deadline(pending):
    """Whatever order they were sent in."""
    late, soon, done = sent(pending, 5.0), sent(pending, 1.0), sent(pending, 0.5)
    pending.match(Answer(done.sequence, done.payload))
    now = asyncio.get_running_loop().time()

    assert pending.next_deadline() == soon.deadline
    assert pending.expired(now) == []
    assert pending.expired(now + 2) == [soon]
    assert pending.expired(now + 9) == [late]
    assert pending.next_deadline() is None
    assert (pending.tally.sent, pending.tally.lost) == (3, 2)


async def test_an_answer_to_a_lost_one_is_late(pending):
    """Once; a second one is stray."""
    made = sent(pending, 0.0)
    pending.expired(asyncio.get_running_loop().time() + 1)
    answer = Answer(made.sequence, made.payload)

    assert pending.match(answer) is None
    assert pending.match(answer) is None
    assert (pending.tally.late, pending.tally.stray) == (1, 1)


@pytest.mark.parametrize(
    ("quoted", "destination", "belongs"),
    [
        (16, FAR, True),
        (4, FAR, True),
        (0, FAR, True),
        (16, b"", True),
        (16, b"\x0a\0\0\3", False),
    ],
)
async def test_an_error_must_quote_what_we_sent(pending, quoted, destination, belongs):
    """As much of it as it quotes, to where we sent it."""
    made = sent(pending)
    answer = Answer(made.sequence, made.payload[:quoted], "ttl_exceeded", destination)

    assert (pending.match(answer) is made) is belongs


async def test_an_error_that_quotes_something_else_is_stray(pending):
    """Somebody guesses."""
    made = sent(pending)
    answer = Answer(made.sequence, b"x" * 16, "host_unreachable", FAR)

    assert pending.match(answer) is None
    assert pending.tally.stray == 1


async def test_extensions_after_the_quoted_packet_do_no_harm(pending):
    """RFC 4884 pads the quoted packet and appends to it."""
    made = sent(pending)
    answer = Answer(made.sequence, made.payload + bytes(80), "ttl_exceeded", FAR)

    assert pending.match(answer) is made


async def test_memory_of_lost_ones_is_bounded(pending):
    """However long everything is lost."""
    for _ in range(6000):
        sent(pending, 0.0)
    pending.expired(asyncio.get_running_loop().time() + 1)

    assert len(pending._lost) == 4096
    assert len(pending) == 0
