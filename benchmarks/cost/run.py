"""How long does it take to price ten years of outages? See benchmarks/README.md.

    python benchmarks/cost/run.py [--short]

Ten years, 2,000 outages (a third of them slow lines, a third with an uncertain begin),
200 people in eight groups with shifts, days off and hours of Ramadan, ten clients, a
shop, 40 figures given as ranges. Passes at 2 s of processor time for
100,000 draws; a machine that is shared takes longer by the clock.
"""

import argparse
import random
import resource
import sys
import time as clocks
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from rabta.clock import HOUR, SECOND
from rabta.cost.firm.calendar import Calendar
from rabta.cost.firm.outages import Outage
from rabta.cost.firm.price import price
from rabta.cost.firm.profile import Client, Firm, Group, Shop
from rabta.cost.firm.ranges import Range, exact


DRAWS, OUTAGES, BAR = 100_000, 2000, 2.0
KARACHI = ZoneInfo("Asia/Karachi")
SHIFTS = (
    ((time(9), time(13)), (time(14), time(18))),
    ((time(18), time(3)),),
    ((time(6), time(14)),),
    ((time(14), time(22)),),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="one round, not five")
    rounds = 1 if parser.parse_args().short else 5
    start, stop = (
        round(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * SECOND
        for year in (2016, 2026)
    )
    ours, log = firm(), outages(start, stop, random.Random(1))
    price(ours, log[:10], start, stop, 100)  # what the first call loads
    took, found = [], []
    for _ in range(rounds):
        begun = clocks.process_time(), clocks.perf_counter()
        found.append(price(ours, log, start, stop, DRAWS))
        ended = clocks.process_time(), clocks.perf_counter()
        took.append((ended[0] - begun[0], ended[1] - begun[1]))
    view = found[0].revenue_view
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(log):,} outages, 200 people, {len(found[0].tornado)} ranges")
    work, wall = (min(column) for column in zip(*took, strict=True))
    print(f"{DRAWS:,} draws, best of {rounds}: {work:.2f} s of processor time,")
    print(f"  {wall:.2f} s by the clock, peak {memory:.0f} MB")
    print(f"revenue view: {view.likely:,.0f} ({view.low:,.0f} … {view.high:,.0f})")
    if any(one != found[0] for one in found) or not view.low < view.likely < view.high:
        print("wrong: the same input gave another result, or no range")
        return 4
    if work > BAR:
        print(f"missed: {work:.2f} s of processor time (bar {BAR} s)")
        return 3
    return 0


def share(low: float, high: float) -> Range:
    return Range(low, high, None, share=True)


def firm() -> Firm:
    groups = tuple(
        Group(
            f"group-{number}",
            exact(25),
            Calendar(
                KARACHI,
                SHIFTS[number % 4],
                frozenset(range(5 if number < 4 else 6)),
                frozenset(),
                ((time(9), time(15)),) if number % 2 else None,
            ),
            dependence=share(0.6, 0.95),
            utilisation=share(0.6, 0.85),
            rate=Range(15, 30),
            wage=Range(3, 6),
            recapture=exact(0.5, share=True),
            premium=exact(0.5, share=True),
        )
        for number in range(8)
    )
    clients = tuple(
        Client(f"client-{number}", exact(9000), has_credits=True, value=Range(5e4, 2e5))
        for number in range(5)
    )
    shop = Shop(
        Calendar(KARACHI), orders=Range(3, 6), order_value=exact(40), ad_spend=exact(12)
    )
    return Firm("USD", "2026", KARACHI, groups, clients, shop)


def outages(start: int, stop: int, chance: random.Random) -> list[Outage]:
    found = []
    for number in range(OUTAGES):
        begin = chance.randrange(start, stop)
        lasts = round(chance.lognormvariate(0, 1.2) * HOUR)
        slow = number % 3 == 0
        found.append(
            Outage(
                begin,
                begin + lasts,
                0.3 if slow else 1.0,
                not slow,
                600.0 if number % 3 == 1 else 0.0,
                chance.choice((0.5, 1.0, 2.0)) if slow else 0.0,
            )
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
