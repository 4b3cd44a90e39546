"""How fast are routes read, by whom, and from a packed file to visible prefixes?

The same MRT for all: a seeded table and seeded updates, repeated to --megabytes; also
real records, with --recorded FILE…. Each is read by `bgpdump -m` (Debian), by Rabta's
decoder on one core, and from gzip to the visible prefixes of every AS, told every five
minutes; the generated updates come after a table of the same prefixes, whose reading
is not timed. --rivals puts pybgpkit-parser and mrtparse into a temporary environment
and lets each read a part of the same file. Unpacking is timed apart. Times are
processor time, the middle of runs; an element is one prefix announced, withdrawn, or
in a table by one peer.

Passes (0) at 20 M elements/s decoded, 5 M/s from gzip to visible prefixes, 60 times
bgpdump and 100 times pybgpkit-parser; else 3.

    python benchmarks/bgp/run.py [--short] [--rivals] [--megabytes 200]
                                 [--recorded FILE…]
    python benchmarks/bgp/run.py --memory    a table of 1,000,000 prefixes x 40 peers
"""

import argparse
import bz2
import gzip
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import numpy as np


sys.path.insert(0, str(Path(__file__).parent))
import generate


DECODE, END_TO_END, BGPDUMP, PYBGPKIT = 20e6, 5e6, 60, 100
_PYBGPKIT = """
import sys, time, pybgpkit_parser
t = time.process_time(); n = 0
for e in pybgpkit_parser.Parser(sys.argv[1]):
    n += 1
print(n, time.process_time() - t)
"""
_MRTPARSE = """
import sys, time, mrtparse
t = time.process_time(); n = 0
for e in mrtparse.Reader(sys.argv[1]):
    d = e.data
    n += len(d.get('rib_entries', ())) if 'rib_entries' in d else 1
print(n, time.process_time() - t)
"""


def read(file: Path):
    from rabta.sources.bgp import mrt
    from rabta.sources.imported import Tally
    from rabta.sources.stream import Stream

    tally = Tally(str(file), time.time_ns() // 1000)
    yield from mrt.read(Stream(file, tally), tally)


def every_network(*files: Path | None):
    """Watch every network that originates a prefix in the files."""
    from rabta.sources.bgp import mrt
    from rabta.sources.bgp.kernel import ANNOUNCED, RIB
    from rabta.sources.bgp.watched import NUMBERS, Watched

    there = np.zeros(NUMBERS, bool)
    for file in filter(None, files):
        for one in read(file):
            told = np.isin(one.kinds, (ANNOUNCED, RIB)) & (one.origins < NUMBERS)
            there[one.origins[told]] = True
    count = int(there.sum())
    networks = np.full(NUMBERS, -1, np.int32)
    networks[there] = np.arange(count)
    return Watched((), (), networks, np.zeros(count, np.uint8), mrt.NOWHERE)


def spent(work, times: int, prepare=tuple):
    """Return the result and the middle processor seconds of ``work(*prepare())``."""
    seconds = []
    for _ in range(times):
        given = prepare()
        begun = time.process_time()
        result = work(*given)
        seconds.append(time.process_time() - begun)
    return result, statistics.median(seconds)


def decode(file: Path) -> int:
    """Count the elements: all columns are made."""
    return sum(len(one.times) for one in read(file))


def visible(file: Path, table) -> tuple[int, int, int]:
    """Follow the *table*, and keep how many prefixes of each network are visible.

    Return how many elements there were, moments, and prefixes visible at the end.
    """
    octets = 1 << 30
    count, series, first = 0, [], True
    for batch in read(file):
        if first:
            table.begin(int(np.median(batch.times)))
            first = False
        count += len(batch.times)
        series += map(prefixes, table.feed(batch, octets))
    series += map(prefixes, table.settle(octets))
    return count, len(series), int(series[-1].sum()) if series else 0


def prefixes(moment):
    """Return how many of each network are visible; the moment's arrays come again."""
    return moment.figures[:, 0].astype(np.int32)


def table_before(watched, before: Path | None) -> tuple:
    """Return the table as told *before*, in a tuple."""
    from rabta.sources.bgp.table import Table

    table = Table(watched, ways=False)
    if before is not None:
        visible(before, table)
    return (table,)


def unpack(file: Path) -> int:
    from rabta.sources.imported import Tally
    from rabta.sources.stream import Stream

    return sum(len(one) for one in Stream(file, Tally(str(file), 0)).chunks(1 << 20))


def bgpdump(file: Path) -> tuple[int, float] | None:
    program = shutil.which("bgpdump")
    if program is None:
        return None
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with subprocess.Popen(
        [program, "-m", str(file)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as run:
        lines = sum(
            chunk.count(b"\n") for chunk in iter(lambda: run.stdout.read(1 << 20), b"")
        )
    return lines, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def rivals(folder: Path) -> Path | None:
    """Install the rivals into an environment of their own."""
    where = folder / "rivals"
    venv.create(where, with_pip=True)
    python = where / "bin" / "python"
    # the newest of it that comes compiled: building it needs more than Python
    packages = ["--only-binary", "pybgpkit-parser", "pybgpkit-parser", "mrtparse"]
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *packages],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        print(f"rivals cannot be installed: {done.stderr.decode()[-200:]}")
        return None
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format", "freeze"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    print(
        f"rivals: {', '.join(one for one in listed if one.split('==')[0] in packages)}"
    )
    return python


def one_rival(python: Path, script: str, part: Path) -> tuple[int, float] | None:
    done = subprocess.run(
        [python, "-c", script, str(part)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"  a rival failed: {done.stderr.strip()[-200:]}")
        return None
    count, seconds = done.stdout.split()
    return int(count), float(seconds)


def line(name: str, count: int, seconds: float, ours: float) -> float:
    speed = count / seconds
    print(
        f"  {name:34} {count:10,} elements {speed / 1e6:8.3f} M/s  {ours / speed:7.1f}x"
    )
    return speed


def compare(
    name: str,
    file: Path,
    before: Path | None,
    python: Path | None,
    times: int,
    part: int,
) -> bool:
    """Print a table of one file; tell whether every bar was passed."""
    size = file.stat().st_size
    decode(file)  # compiles, the first time
    count, seconds = spent(lambda: decode(file), times)
    ours = count / seconds
    print(f"{name}: {size / 1e6:.0f} MB")
    line("rabta, to columns", count, seconds, ours)
    bars = {f"to columns {DECODE / 1e6:g} M/s": ours >= DECODE}
    packed = file.with_suffix(".gz")
    with file.open("rb") as source, gzip.open(packed, "wb", 6) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    watched = every_network(file, before)
    visible(packed, *table_before(watched, before))
    (count, moments, seen), whole = spent(
        lambda table: visible(packed, table),
        times,
        lambda: table_before(watched, before),
    )
    _, unpacking = spent(lambda: unpack(packed), times)
    end = line("rabta, gzip to visible prefixes", count, whole, ours)
    print(
        f"  of it unpacking {unpacking / whole:.0%}; {len(watched.country):,} networks"
        f" at {moments} moments, {seen:,} prefixes visible at the last"
    )
    bars[f"to visible prefixes {END_TO_END / 1e6:g} M/s"] = end >= END_TO_END
    if before is not None:
        bars["anything visible"] = seen > 0
    small = file.with_name("part")
    small.write_bytes(generate.whole(file.read_bytes()[:part]))
    told = bgpdump(small)
    if told is None:
        print("  bgpdump is not installed: apt-get install bgpdump")
    else:
        speed = line("bgpdump -m", *told, ours)
        bars[f"{BGPDUMP} times bgpdump"] = ours / speed >= BGPDUMP
    for rival, script, bar in (
        ("pybgpkit-parser", _PYBGPKIT, PYBGPKIT),
        ("mrtparse", _MRTPARSE, 0),
    ):
        if python is not None:
            tiny = file.with_name("tiny")
            tiny.write_bytes(generate.whole(file.read_bytes()[: part // 4]))
            told = one_rival(python, script, tiny)
            if told is not None:
                speed = line(rival, *told, ours)
                bars[f"{bar} times {rival}"] = ours / speed >= bar
    missed = [text for text, good in bars.items() if not good]
    if missed:
        print(f"missed: {name}: {', '.join(missed)}")
    return not missed


def blocks(file: Path, megabytes: int) -> None:
    """Print how fast bzip2 is unpacked, in blocks and by the standard library."""
    data = file.read_bytes()[: megabytes * 1_000_000]
    packed = file.with_suffix(".bz2")
    packed.write_bytes(bz2.compress(data))
    began = time.perf_counter()
    unpack(packed)
    ours = time.perf_counter() - began
    began = time.perf_counter()
    bz2.decompress(packed.read_bytes())
    theirs = time.perf_counter() - began
    print(
        f"bzip2, by the clock: {len(data) / ours / 1e6:.0f} MB/s,"
        f" standard library {len(data) / theirs / 1e6:.0f} MB/s"
    )


def memory(folder: Path, prefixes: int) -> int:
    """Import a table of modern size; print the time and the greatest resident set.

    With nothing compiled before, as on the first day.
    """
    world = generate.World(1, 40)
    file = folder / "table.gz"
    with gzip.open(file, "wb", 1) as out:
        out.write(generate.table(world, 0))
        like = [
            generate.entries(world, generate.SIBLINGS * number)
            for number in range(1000)
        ]
        for start in range(0, prefixes, 1000):
            parts = [generate.entry(world, start + n, like[n]) for n in range(1000)]
            out.write(b"".join(parts))
    began = time.perf_counter()
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "rabta", "import", str(file)),
            *("--store", str(folder / "store"), "--entity", "asn/17557,asn/174"),
        ],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder / "compiled")},
    ) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = status >> 8
    print(
        f"{file.stat().st_size / 1e6:.0f} MB packed,"
        f" {time.perf_counter() - began:.0f} s, {used.ru_maxrss / 1024:.0f} MB RSS"
    )
    if run.returncode not in (0, 1):
        print(f"wrong: ended with {run.returncode}")
        return 4
    if used.ru_maxrss / 1024 > 300:
        print("missed: 300 MB")
        return 3
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--prefixes", type=int, default=1_000_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--recorded", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    size, times = (12, 1) if options.short else (options.megabytes, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.memory:
            return memory(folder, options.prefixes)
        python = rivals(folder) if options.rivals else None
        world = generate.World(1, 30)
        scale = 20 if options.short else 1
        prefixes = 150_000 // scale
        known = folder / "known"
        known.write_bytes(generate.before(world, prefixes))
        records = {
            "table, generated": (generate.table(world, 10_000 // scale), None),
            "updates, generated": (
                generate.updates(world, 100_000 // scale, prefixes),
                known,
            ),
        }
        for one in options.recorded:
            from rabta.sources.imported import Tally
            from rabta.sources.stream import Stream

            text = b"".join(Stream(one, Tally(str(one), 0)).chunks())
            records[one.name] = (generate.whole(text), None)
        good = True
        file = folder / "mrt"
        for title, (data, before) in records.items():
            generate.repeated(data, file, size)
            part = 1_000_000 if options.short else 40_000_000
            good = compare(title, file, before, python, times, part) and good
        blocks(file, 1 if options.short else 60)
    if good:
        print("goals met")
    return 0 if good else 3


if __name__ == "__main__":
    sys.exit(main())
