"""What does ``rabta import`` hold of large and of hostile files?

Writes each file, imports it with the command line in a process of its own, and prints
its greatest resident set, processor time, exit code and what was said. Large files
must be stored, or refused with a reason; of damaged ones the good part must be kept
and called partial; a disk that is full must leave a store that opens.

Passes (0) when nothing takes more than 300 MB and all end as they must; else 3 or,
where one ends otherwise, 4.

    python benchmarks/sources/memory.py [--short] [--megabytes 2000] [--only NAME]
"""

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from run import atlas, ooni, write


LIMIT = 300.0
AT = 1_740_000_000


def csv_table(file: Path, megabytes: int) -> None:
    """Write a row for every second, none told twice."""
    after = [f",{20 + n % 7}.5,{n % 3}\n" for n in range(21)]
    at, rows = AT - 140_000_000, 210_000
    with file.open("w") as out:
        out.write("time,delay_ms,loss\n")
        while out.tell() < megabytes * 1_000_000:
            out.write("".join([f"{at + n}{after[n % 21]}" for n in range(rows)]))
            at += rows


def damaged(file: Path, _: int) -> None:
    """Write a row for every minute of five years; each thousandth is of no use."""
    spoil = ("{},9,9", '{},"open', "{}\0")
    with file.open("w") as out:
        out.write("time,delay_ms\n")
        for n in range(2_790_000):
            row = f"{AT - 60 * (2_790_000 - n)},{20 + n % 977 / 8}"
            out.write((spoil[n % 3].format(row) if n % 1000 == 500 else row) + "\n")


def wide(file: Path, _: int) -> None:
    """Write 300 signals, some of whose cells are no numbers."""
    with file.open("w") as out:
        out.write("time," + ",".join(f"m{n}" for n in range(300)) + "\n")
        cells = ",".join(f"{n % 89}.5" for n in range(299))
        for n in range(80_000):
            odd = "x" if n % 1000 == 500 else n % 100
            out.write(f"{AT + 7 * n},{odd},{cells}\n")


def repeat(out: TextIO, one: str, megabytes: int) -> None:
    """Write *one* again and again; a process begins at what its parent held."""
    out.write(one)
    for _ in range(megabytes * 1_000_000 // len(one)):
        out.write(",")
        out.write(one)


def prometheus(file: Path, megabytes: int) -> None:
    series = [[AT + 60 * n, f"{n % 100}.25"] for n in range(40_000)]
    one = json.dumps({"metric": {"instance": "a"}, "values": series})
    with file.open("w") as out:
        out.write('{"status":"success","data":{"resultType":"matrix","result":[')
        repeat(out, one, megabytes)
        out.write("]}}")


def array(file: Path, megabytes: int) -> None:
    rng = random.Random(1)
    rows = ",".join(json.dumps(atlas(rng, number)) for number in range(3000))
    with file.open("w") as out:
        out.write("[")
        repeat(out, rows, megabytes)
        out.write("]")


def connections(file: Path, megabytes: int) -> None:
    """Write when probes of RIPE Atlas came and went, in the order of time."""
    rng, number = random.Random(1), 0
    with file.open("w") as out:
        while out.tell() < megabytes * 1_000_000:
            for _ in range(10_000):
                probe = rng.randrange(1, 12_000)
                one = {
                    "prb_id": probe,
                    "timestamp": AT + number * 16,
                    "event": ("connect", "disconnect")[number % 2],
                    "controller": "ctr-fnc08",
                    "asn": 64_500 + probe % 300,
                    "prefix": "203.0.113.0/24",
                    "type": "connection",
                    "msm_id": 7000,
                }
                out.write(json.dumps(one) + "\n")
                number += 1


def hosts(file: Path, megabytes: int) -> None:
    """Write measurements of OONI of very many hosts from very many networks."""
    rng, number = random.Random(1), 0
    with file.open("w") as out:
        while out.tell() < megabytes * 1_000_000:
            for _ in range(10_000):
                blocked = rng.random() < 0.3
                one = {
                    "test_name": "web_connectivity",
                    "probe_cc": rng.choice(("PK", "IR", "IQ")),
                    "probe_asn": f"AS{64_500 + rng.randrange(900)}",
                    "measurement_start_time": f"2025-{1 + number % 3:02}"
                    f"-{1 + number % 28:02} {number % 24:02}:10:00",
                    "measurement_uid": str(number),
                    "input": f"https://h{rng.randrange(40_000)}.example/",
                    "test_keys": {
                        "accessible": not blocked,
                        "blocking": "dns" if blocked else False,
                    },
                }
                out.write(json.dumps(one) + "\n")
                number += 1


def bomb(file: Path, _: int) -> None:
    with gzip.open(file, "wb", compresslevel=9) as out:
        out.write(json.dumps(atlas(random.Random(1), 1)).encode() + b"\n")
        for _ in range(400):
            out.write(b" " * 5_000_000)


def deep(file: Path, _: int) -> None:
    good = json.dumps(atlas(random.Random(1), 1))
    bad = good.replace('"fw": 5080', '"fw": ' + "[" * 100_000 + "]" * 100_000)
    file.write_text(f"{good}\n{bad}\n{good.replace('17400', '17401')}\n")


def mixed(file: Path, _: int) -> None:
    """Told twice, from the future, of another schema, cut off."""
    good = [json.dumps(ooni(random.Random(n), n)) for n in range(50)]
    future = good[0].replace("2025-", "2125-")
    other = json.dumps({"test_keys": 5, "test_name": ["web"], "probe_cc": 7})
    file.write_text("\n".join([*good, *good, future, other, good[1][:300]]))


CASES = {
    "atlas.jsonl": (lambda file, size: write(file, atlas, size), 1.0, 0, ""),
    "ooni.jsonl": (lambda file, size: write(file, ooni, size), 1.0, 0, ""),
    "ooni-hosts.jsonl": (hosts, 0.2, 0, "there are too many|in no report"),
    "table.csv": (csv_table, 1.0, 0, ""),
    "table-damaged.csv": (damaged, 0.0, 0, "put aside"),
    "table-wide.csv": (wide, 0.0, 0, "put aside"),
    "atlas-array.json": (array, 0.25, 0, ""),
    "prometheus.json": (prometheus, 0.25, 1, "export shorter periods"),
    "connections.jsonl": (connections, 1.0, 1, "export shorter periods"),
    "connections-most.jsonl": (lambda file, _: connections(file, 290), 0.0, 0, ""),
    "bomb.gz": (bomb, 0.0, 0, "grows more than any real file"),
    "deep.jsonl": (deep, 0.0, 0, "nested too deeply|another schema"),
    "mixed.jsonl": (mixed, 0.0, 0, "a time that cannot be"),
    "full-disk.csv": (lambda file, _: csv_table(file, 20), 0.0, 1, "free space"),
}


def run(name: str, folder: Path, megabytes: int) -> int:
    """Import one file; return 0, or 3 for too much memory, or 4 for another end."""
    make, share, code, says = CASES[name]
    file, store = folder / name, folder / f"{name}.store"
    make(file, max(1, round(megabytes * share)))
    size = file.stat().st_size / 1e6
    command = [sys.executable, "-m", "rabta", "import", str(file)]
    full = name.startswith("full-disk")

    def small_disk() -> None:  # stands in for it: no file may grow beyond
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    command += ["--store", str(store)]
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=small_disk if full else None,  # noqa: PLW1509
    )
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    ended = os.waitstatus_to_exitcode(status)
    peak = used.ru_maxrss / 1024
    cpu = used.ru_utime + used.ru_stime
    right = ended == code
    right = right and (not says or any(one in said for one in says.split("|")))
    last = next(
        (one for one in said.splitlines() if "series" in one or "rabta:" in one), ""
    )
    print(
        f"{name:18} {size:7.0f} MB  peak {peak:4.0f} MB  {cpu:6.1f} CPU s  exit {ended}"
        f"  {last.replace(str(folder), '')[:90]}",
        flush=True,
    )
    if not right:
        print(f"{said[-1500:]}\nwrong: {name} ended with {ended}, not as it must")
    elif peak > LIMIT:
        print(f"missed: {name} took {peak:.0f} MB (bar {LIMIT})")
    file.unlink()
    return 4 if not right else 3 if peak > LIMIT else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    names = asked.only.split(",") if asked.only else list(CASES)
    if asked.short:
        names = ["atlas-array.json", "mixed.jsonl"]
    with tempfile.TemporaryDirectory(prefix="rabta-memory-") as folder:
        megabytes = 8 if asked.short else asked.megabytes
        results = [run(name, Path(folder), megabytes) for name in names]
    return max(results)


if __name__ == "__main__":
    sys.exit(main())
