"""Counters become rates; what cannot be a rate is left out."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from rabta.agent import traffic
from rabta.agent.demo.office import FIBRE
from rabta.agent.traffic import TrafficBook, keep_traffic
from rabta.clock import SECOND, SystemClock
from rabta.probes.uplinks.counters import Counted, read_counters


if TYPE_CHECKING:
    from rabta.attribute.traffic import Traffic

WAN = replace(FIBRE, name="wan", interface="eth0")


def looked(*counted: Counted | None, uplinks=(WAN,), step: float = 5.0):
    book = TrafficBook()
    told = ()
    for n, one in enumerate(counted):
        counters = {} if one is None else {"eth0": one}
        told = book.look(uplinks, counters, n * 5 * SECOND, n * step)
    return told


def test_the_rate_is_that_between_two_looks():
    (one,) = looked(Counted(1_000, 50_000), Counted(626_000, 675_000))

    assert one.uplink == "wan"
    assert one.rates == ((5 * SECOND, 1e6, 1e6),)


def test_an_interface_made_anew_gives_no_rate():
    """Its counters begin at zero; a rate below zero there never was."""
    (one,) = looked(Counted(9_000, 9_000), Counted(10, 10), Counted(635, 10))

    assert [rate.sent for rate in one.rates] == [1_000.0]


def test_nothing_is_told_across_a_time_without_counters():
    (one,) = looked(Counted(0, 0), Counted(625, 0), None, Counted(9_000_000, 0))

    assert [rate.sent for rate in one.rates] == [1_000.0]


def test_two_uplinks_on_one_interface_count_for_neither():
    pair = (WAN, replace(WAN, name="other"))

    assert looked(Counted(0, 0), Counted(1_000_000, 0), uplinks=pair) == ()


def test_an_uplink_that_went_is_forgotten():
    book = TrafficBook()
    book.look((WAN,), {"eth0": Counted(0, 0)}, 0, 0.0)
    book.look((WAN,), {"eth0": Counted(9, 9)}, SECOND, 1.0)

    assert book.look((), {}, 2 * SECOND, 2.0) == ()


async def test_real_counters_are_followed(monkeypatch):
    """The loopback interface of this very machine."""
    monkeypatch.setattr(traffic, "_LOOK", 0.02)
    told: asyncio.Queue[tuple[Traffic, ...]] = asyncio.Queue()
    lo = replace(WAN, interface="lo")

    task = asyncio.create_task(
        keep_traffic(lambda: [lo], SystemClock(), told.put_nowait)
    )
    async with asyncio.timeout(10):
        looks = [await told.get() for _ in range(3)]
    task.cancel()

    kept = [len(one.rates) for look in looks for one in look]
    assert kept == ([0, 1, 2] if "lo" in read_counters() else [])


def test_a_machine_without_such_a_file_has_no_counters(tmp_path):
    assert read_counters(tmp_path / "dev") == {}


def test_names_with_colons_and_broken_lines_do_no_harm(tmp_path):
    file = tmp_path / "dev"
    file.write_text(
        "Inter-|   Receive\n face |bytes packets\n"
        "eth0:1: 70 1 0 0 0 0 0 0 80 1 0 0 0 0 0 0\n  lo:1 2\n"
    )

    assert read_counters(file) == {"eth0:1": (80, 70)}
