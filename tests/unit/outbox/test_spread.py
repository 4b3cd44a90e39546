"""Pieces go over every good uplink, and one that stands still holds up nothing."""

import asyncio

import pytest

from rabta.clock import SystemClock
from rabta.model import Job, JobState, Message, Order, Upload
from rabta.outbox.outcome import FinalError, LineError
from rabta.outbox.task import Task
from rabta.outbox.transfer.spread import good, spread
from rabta.steer.ways import Way


FIBRE, STORM = Way("fibre", (), sure=True), Way("storm", (), sure=True)
CELLULAR = Way("cellular", (), sure=True, metered=True)


class Lines:
    def __init__(self, *ways):
        self.open = ways

    def ways(self, needs, host):
        return self.open


async def carry_all(pieces, carry, *ways):
    async def keep(*_):
        pass

    order = Order(Upload("/f", "s3://a/b"), "")
    job = Job(1, order, JobState.RUNNING, 0)
    task = Task(job, "", Lines(*ways), SystemClock(), keep)
    await spread(task, pieces, carry)


def test_a_metered_uplink_carries_only_where_there_is_no_other():
    assert good((FIBRE, STORM, CELLULAR)) == (FIBRE, STORM)
    assert good((CELLULAR,)) == (CELLULAR,)


async def test_the_faster_uplink_carries_more():
    by = []

    async def carry(courier, piece, free):
        uplink = courier.route.ways()[0].uplink
        await asyncio.sleep(0.01 if uplink == "fibre" else 0.05)
        by.append((uplink, piece))

    await carry_all(range(30), carry, FIBRE, STORM)

    uplinks = [uplink for uplink, _ in by]
    assert {piece for _, piece in by} == set(range(30))
    assert uplinks.count("fibre") > uplinks.count("storm") > 0
    assert len(by) <= 31  # at most the last one twice


async def test_the_next_is_under_way_while_an_answer_is_awaited():
    begun, answer = [], asyncio.Event()

    async def carry(courier, piece, free):
        begun.append((piece, courier))
        free()
        if piece == 1:
            answer.set()
        await answer.wait()

    async with asyncio.timeout(5):
        await carry_all(range(2), carry, FIBRE)

    (_, one), (_, other) = begun
    assert one is not other  # on a connection of its own


async def test_no_more_than_one_waits_for_its_answer_while_the_next_is_sent():
    under_way, most, both = 0, 0, asyncio.Event()

    async def carry(courier, piece, free):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 2:
            both.set()
        free()
        await both.wait()
        await asyncio.sleep(0.01)
        under_way -= 1

    await carry_all(range(9), carry, FIBRE)

    assert most == 2


async def test_one_uplink_carries_nothing_twice():
    carried = []

    async def carry(courier, piece, free):
        carried.append(piece)
        free()
        await asyncio.sleep(0.01)

    await carry_all(range(4), carry, FIBRE)

    assert sorted(carried) == [0, 1, 2, 3]


async def test_one_that_stands_still_holds_up_nothing():
    done = set()

    async def carry(courier, piece, free):
        if courier.route.ways()[0].uplink == "storm":
            await asyncio.sleep(60)
        done.add(piece)

    async with asyncio.timeout(5):
        await carry_all(range(5), carry, FIBRE, STORM)

    assert done == set(range(5))


async def test_one_that_fails_leaves_its_piece_to_the_other():
    done = set()

    async def carry(courier, piece, free):
        await asyncio.sleep(0.01)
        if courier.route.ways()[0].uplink == "storm":
            raise LineError("connection_reset")
        done.add(piece)

    await carry_all(range(5), carry, FIBRE, STORM)

    assert done == set(range(5))


async def test_when_all_failed_it_ends_with_the_reason():
    async def carry(courier, piece, free):
        raise LineError("connection_reset")

    with pytest.raises(LineError) as raised:
        await carry_all(range(5), carry, FIBRE, STORM)

    assert raised.value.reason == "connection_reset"


async def test_what_no_line_can_mend_ends_it_at_once():
    async def carry(courier, piece, free):
        raise FinalError(Message.of("outbox.changed", file="f"))

    with pytest.raises(FinalError):
        await carry_all(range(5), carry, FIBRE)


async def test_the_only_one_may_be_rescued_by_any():
    seen = []

    async def carry(courier, piece, free):
        seen.append(courier.route.ways())

    await carry_all(range(1), carry, CELLULAR)
    await carry_all(range(1), carry, FIBRE, CELLULAR)

    assert seen == [(CELLULAR,), (FIBRE, CELLULAR)]
