"""What do a year of public signals cost: stored, judged and shown?

A seeded generator writes one 5-minute signal for every country and network (a daily
wave, noise, gaps, two cuts each), a file of the form of IODA's answers each, which are
imported as ``rabta import FILE…`` does. Then every entity is judged by the detector,
judged again unchanged, and pages are asked for over HTTP from a server of its own in
this process: cold (nothing read yet), then warm.

Prints time, processor time and the greatest resident set of each stage. Passes when a
country's page takes at most 300 ms warm, for a week and for the year, as the median of
ten.

    python benchmarks/country/run.py [--short] [--countries 250] [--networks 2000]

The whole size takes 2.5 GB of disk and half an hour of a free core. ``--folder`` keeps
the store, and a second run on the same folder asks for its pages only.
"""

import argparse
import asyncio
import json
import resource
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import msgspec
import numpy as np
import uvicorn

from rabta.agent.gathering import gathering
from rabta.agent.intake import patiently, take
from rabta.agent.live import LiveHub
from rabta.agent.public import judge_entities
from rabta.api import ApiSettings, create_app
from rabta.clock import DAY, HOUR, MINUTE, SystemClock
from rabta.model import Health, Message, State, Status, Verdict
from rabta.sources.imported import Tally
from rabta.sources.recognise import recognise
from rabta.sources.stream import Stream
from rabta.store import Store
from rabta.ui.world import world


LIMIT_MS = 300
STEP = 5 * MINUTE
ASKED = 10


def entities(countries: int, networks: int) -> list[str]:
    """Name real countries, and networks by made-up numbers."""
    codes = [*world().countries][:countries]
    codes += [f"X{n}" for n in range(countries - len(codes))]
    return [f"country/{code}" for code in codes] + [
        f"asn/{64_512 + n}" for n in range(networks)
    ]


def answer(number: int, entity: str, begin: int, end: int) -> bytes:
    """Return the signal of *entity* in [begin, end) as IODA answers it."""
    times = np.arange(begin, end, STEP, dtype=np.int64)
    random = np.random.default_rng(number)
    values = (500 + number) * (
        1 + 0.1 * np.sin(2 * np.pi * times / DAY) + random.normal(0, 0.01, len(times))
    )
    span = end - begin
    for part in (0.55, 0.8):
        cut = begin + int(span * part) + number % 97 * HOUR
        values[(times >= cut) & (times < cut + 5 * HOUR)] *= 0.2
    gap = begin + int(span * 0.7) + number % 89 * HOUR
    missing = (times >= gap) & (times < gap + 12 * HOUR)
    kind, _, code = entity.partition("/")
    told = [
        None if gone else value
        for value, gone in zip(
            np.round(values).astype(int).tolist(), missing.tolist(), strict=True
        )
    ]
    signal = {
        "entityType": kind,
        "entityCode": code,
        "datasource": "bgp",
        "from": begin // 1_000_000,
        "step": STEP // 1_000_000,
        "values": told,
    }
    return msgspec.json.encode({"requestParameters": {}, "data": [[signal]]})


def fill(store: Store, names: list[str], days: int, until: int) -> str:
    """Import a file per entity; return what was stored and what making them took."""
    end = until // STEP * STEP
    begin = end - days * DAY
    count, size, made = 0, 0, 0.0
    with (
        tempfile.TemporaryDirectory(prefix="rabta-answers-") as folder,
        gathering(store, patiently) as sink,
    ):
        file = Path(folder) / "answer.json"
        for number, name in enumerate(names):
            started = time.process_time()
            size += file.write_bytes(answer(number, name, begin, end))
            made += time.process_time() - started
            tally = Tally(str(file), until)
            items = recognise(file).parse(Stream(file, tally), tally, "")
            count += take(items, tally, sink).values
    stored = sum(f.stat().st_size for f in store.path.rglob("*.parquet")) / 1e6
    return (
        f"{count:,} values of {size / 1e6:,.0f} MB JSON in {stored:,.0f} MB;"
        f" making the files took {made:.0f} CPU s of it"
    )


def idle(at: int) -> Status:
    """Return the status of a machine without uplinks."""
    verdict = Verdict(
        time=at,
        entity="host",
        code="fine",
        row=-1,
        state=State.UNKNOWN,
        sentence=Message("detect.watermark"),
        confidence=0.0,
        causes=(),
        evidence=(),
        alternatives=(),
        next_test=None,
        since=at,
    )
    return Status(
        time=at,
        version="",
        simulated=False,
        host=verdict,
        uplinks=(),
        services=(),
        health=Health(at, None, ()),
    )


def rss_mb() -> int:
    """Return the greatest resident set so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def now() -> tuple[float, float]:
    """Return the time on the wall and that of the processor, seconds."""
    return time.monotonic(), time.process_time()


def stage(name: str, started: tuple[float, float], more: str = "") -> None:
    """Say what a stage took."""
    seconds = time.monotonic() - started[0]
    cpu = time.process_time() - started[1]
    spent = f"{seconds:>8.1f} s {cpu:>8.1f} CPU s   peak {rss_mb():>4} MB"
    print(f"{name:<26}{spent}   {more}", flush=True)


def ask(url: str) -> tuple[float, float]:
    """Return the milliseconds one page takes, by the clock and of the processor."""
    started, spent = time.perf_counter(), time.process_time()
    with urllib.request.urlopen(url) as answer:
        answer.read()
    return 1e3 * (time.perf_counter() - started), 1e3 * (time.process_time() - spent)


def shown(
    root: Path, clock: SystemClock, country: str
) -> dict[str, tuple[float, float]]:
    """Serve the store and ask for pages; milliseconds by page, as ``ask``."""
    found: dict[str, tuple[float, float]] = {}
    with Store.open(root, clock=clock, read_only=True) as store, socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        app = create_app(LiveHub(idle(clock.now())), store, ApiSettings())
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
        )
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[end])), daemon=True
        )
        thread.start()
        while not server.started:
            time.sleep(0.02)
        base = f"http://127.0.0.1:{end.getsockname()[1]}"
        ask(f"{base}/events")  # templates and the like
        pages = {
            "week": f"/entity/{country}",
            "year": f"/entity/{country}?from=-365d",
            "index": "/entities",
        }
        for name, path in pages.items():
            found[f"{name}, cold"] = ask(base + path)
            warm = [ask(base + path) for _ in range(ASKED)]
            clocked, spent = (statistics.median(one) for one in zip(*warm, strict=True))
            found[f"{name}, warm"] = clocked, spent
        server.should_exit = True
        thread.join(10)
    return found


def prepare(root: Path, clock: SystemClock, names: list[str], days: int) -> None:
    """Store the year and judge it twice."""
    with Store.open(root, clock=clock) as store:
        started = now()
        stage("imported", started, fill(store, names, days, clock.now()))
        for name in ("judged", "judged again, unchanged"):
            started = now()
            stage(name, started, str(judge_entities(store, names)))


def main() -> int:
    """Run all stages; 0 when the pages are fast enough, 3 when not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--countries", type=int, default=250)
    parser.add_argument("--networks", type=int, default=2000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.short:
        asked.countries, asked.networks, asked.days = 5, 5, 60
    clock = SystemClock()
    names = entities(asked.countries, asked.networks)
    print(f"{len(names)} entities, {asked.days} days of a value every 5 minutes")
    with tempfile.TemporaryDirectory(prefix="rabta-country-") as folder:
        root = asked.folder or Path(folder)
        if not (root / "filled").exists():
            prepare(root, clock, names, asked.days)
            (root / "filled").touch()
        pages = shown(root, clock, names[0])
    for name, (took, cpu) in pages.items():
        print(f"page {name:<23}{took:>9.0f} ms {cpu:>9.0f} CPU ms")
    print(f"peak {rss_mb()} MB")
    print(json.dumps({name: round(took, 1) for name, (took, _) in pages.items()}))
    slow = [n for n, (ms, _) in pages.items() if "warm" in n and ms > LIMIT_MS]
    if slow:
        print(f"missed: {', '.join(slow)} over {LIMIT_MS} ms")
    return 3 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
