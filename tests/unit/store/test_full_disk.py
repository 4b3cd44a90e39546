"""A disk that is full: a real one, of a few megabytes, in a namespace."""

import textwrap

import pytest

from tests.unit import small_disk
from tests.unit.small_disk import needs_a_small_disk


pytestmark = [pytest.mark.slow, needs_a_small_disk]

PRELUDE = """
from rabta.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from rabta.errors import StoreError
from rabta.store import Store
from tests.unit.store.helpers import T0, all_of, day_of_pings, ordered, ping, verdict
clock = ManualClock(T0)
"""


def on_a_small_disk(script: str, *, size: str) -> None:
    """Run *script*, which is about a store, on a disk of *size*."""
    small_disk.on_a_small_disk(PRELUDE + textwrap.dedent(script), size=size)


def test_a_full_disk_refuses_keeps_and_recovers():
    """Recording goes on by itself when there is space again; nothing is lost."""
    on_a_small_disk(
        """
        store = Store.open(disk / "store", clock=clock)
        kept = []
        second = 0
        def batch():
            return [ping(T0 + second * SECOND + n, target=f"t{n}") for n in range(50)]
        for second in range(60):
            store.record(batch())
            kept += batch()
        number = store.put_verdict(verdict())
        fill()
        refused = None
        while refused is None and second < 100_000:
            second += 1
            try:
                store.record(batch())
                kept += batch()
            except StoreError as error:
                refused = error
        assert "no space left for /mnt/store/rabta.sqlite" in refused.message, refused
        assert "free some" in refused.hint
        for attempt in range(3):
            try:
                store.record(batch())
            except StoreError:
                pass
            else:
                raise AssertionError("the disk took it after all")
        assert ordered(kept) == ordered(all_of(store))
        with Store.open(disk / "store", clock=clock, read_only=True) as reader:
            assert ordered(kept) == ordered(all_of(reader))
        ballast.unlink()
        store.record(batch())
        kept += batch()
        assert ordered(kept) == ordered(all_of(store))
        store.close()
        with Store.open(disk / "store", clock=clock) as again:
            assert ordered(kept) == ordered(all_of(again))
            assert [verdict()] == again.verdicts("uplink/ptcl", 0, T0 + DAY)
        """,
        size="6m",
    )


def test_a_disk_that_fills_up_while_sealing_costs_nothing():
    """Sealing stops with one error, and is done when there is space again."""
    on_a_small_disk(
        """
        store = Store.open(disk / "store", clock=clock)
        told = day_of_pings(T0, targets=12, interval=20 * SECOND)
        store.record(told)
        clock.advance(2 * DAY + HOUR)
        refusals = 0
        for leave in (0, 4096, 20_000, 60_000, 150_000, 400_000):
            fill(leave)
            try:
                store.seal()
            except StoreError as error:
                refusals += 1
                assert error.hint, error
            assert ordered(told) == ordered(all_of(store)), leave
            assert not list(disk.rglob("*.tmp")), leave
            ballast.unlink()
        assert refusals >= 2, refusals
        store.seal()
        assert store.newest() is None
        assert ordered(told) == ordered(all_of(store))
        store.close()
        """,
        size="24m",
    )


def test_a_store_on_a_full_disk_opens_for_reading_and_says_why_not_for_writing():
    """The one who must free space can still see what was measured."""
    on_a_small_disk(
        """
        with Store.open(disk / "store", clock=clock) as store:
            store.record([ping(T0)])
        fill()
        with Store.open(disk / "store", clock=clock, read_only=True) as reader:
            assert [ping(T0)] == all_of(reader)
        try:
            with Store.open(disk / "store", clock=clock) as store:
                store.record([ping(T0 + n, target=f"t{n}") for n in range(3000)])
        except StoreError as error:
            assert error.hint, error
        else:
            raise AssertionError("there was space after all")
        ballast.unlink()
        with Store.open(disk / "store", clock=clock) as store:
            assert [ping(T0)] == all_of(store)
            store.record([ping(T0 + 1)])
        """,
        size="4m",
    )
