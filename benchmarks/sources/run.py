"""How fast are JSON Lines of OONI and RIPE Atlas decoded to columns, in what memory?

Writes measurements of realistic sizes (a web measurement of OONI is mostly test keys
that nothing is read of), reads each file through its own parser in a process of its
own, and prints megabytes a second of processor time and the greatest resident set.

Passes (0) when every file is read at 100 MB/s and within 300 MB; else 3.

    python benchmarks/sources/run.py [--short] [--megabytes 400]
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


GOAL, LIMIT = 100.0, 300.0


def atlas(rng: random.Random, number: int) -> dict:
    """A traceroute, a ping or a DNS answer, as measurement 5000-odd make them."""
    base = {
        "fw": 5080,
        "mver": "2.6.2",
        "lts": 17,
        "dst_name": f"10.{number % 50}.0.1",
        "dst_addr": f"10.{number % 50}.0.1",
        "src_addr": "192.168.1.5",
        "from": "203.0.113.7",
        "af": 4,
        "proto": "ICMP",
        "prb_id": 1 + number % 400,
        "msm_id": 5000 + number % 50,
        "timestamp": 1_740_000_000 + number // 100,
        "msm_name": "Traceroute",
        "group_id": 5000,
        "stored_timestamp": 1_740_000_100 + number // 100,
    }
    if number % 3:
        rtts = [{"rtt": round(rng.uniform(20, 90), 6)} for _ in range(3)]
        return {**base, "type": "ping", "sent": 3, "rcvd": 3, "result": rtts}
    hops = [
        {
            "hop": hop,
            "result": [
                {"from": f"10.9.{hop}.1", "ttl": 60, "size": 28, "rtt": rng.random()}
                for _ in range(3)
            ],
        }
        for hop in range(1, 12)
    ]
    return {**base, "type": "traceroute", "endtime": 1, "paris_id": 3, "result": hops}


def ooni(rng: random.Random, number: int) -> dict:
    """A web_connectivity measurement of about 12 kB, judged by the rules."""
    host = f"site{number % 300}.example"
    address = "10.10.34.36" if number % 9 == 0 else "192.0.32.10"
    answers = [{"answer_type": "A", "ipv4": address, "asn": 15133}]
    event = {"address": "203.0.113.9:443", "failure": None, "operation": "read"}
    return {
        "annotations": {"engine_name": "ooniprobe-engine", "platform": "android"},
        "data_format_version": "0.2.0",
        "input": f"https://{host}/",
        "measurement_start_time": f"2025-03-0{1 + number % 9} 10:{number % 60:02}:00",
        "probe_asn": f"AS{17000 + number % 40}",
        "probe_cc": rng.choice(["PK", "IR", "IN", "BD"]),
        "report_id": f"report{number}",
        "test_name": "web_connectivity",
        "test_keys": {
            "network_events": [{**event, "t": rng.random()} for _ in range(90)],
            "queries": [
                {"hostname": host, "engine": "getaddrinfo", "answers": answers},
                {"hostname": host, "engine": "doh", "answers": answers},
            ],
            "tcp_connect": [{"ip": address, "port": 443, "status": {"success": True}}],
            "tls_handshakes": [{"address": f"{address}:443", "server_name": host}],
            "requests": [
                {
                    "address": f"{address}:443",
                    "request": {"url": f"https://{host}/"},
                    "response": {"body": "x" * 3000, "code": 200, "headers": {}},
                }
            ],
            "control": {
                "dns": {"addrs": ["192.0.32.10"]},
                "tcp_connect": {f"{address}:443": {"status": True}},
                "http_request": {"status_code": 200, "body_length": 3000},
            },
            "accessible": number % 9 != 0,
            "blocking": "dns" if number % 9 == 0 else False,
        },
    }


def write(file: Path, make, megabytes: int) -> None:
    rng = random.Random(1)
    lines = [json.dumps(make(rng, number)).encode() + b"\n" for number in range(3000)]
    block = b"".join(lines)
    with file.open("wb") as out:
        for _ in range(max(1, round(megabytes * 1e6 / len(block)))):
            out.write(block)


def read(file: str, source: str) -> None:
    """Run in a process of its own: parse all, keep nothing."""
    from importlib import import_module

    from rabta.agent.interference import judged
    from rabta.sources.imported import Tally
    from rabta.sources.stream import Stream

    module = import_module(f"rabta.sources.{source}")
    tally = Tally(file, time.time_ns() // 1000)
    started = time.process_time()
    told = module.read(Stream(Path(file), tally), tally, "")
    pieces = [one for one in judged(told, tally) if hasattr(one, "times")]
    values = sum(len(one.times) for one in pieces)
    spent = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([spent, peak, tally.records, values, tally.put_aside_count]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(*options.read)
        return 0
    size = 60 if options.short else options.megabytes
    good, wrong = True, False
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (("atlas", atlas), ("ooni", ooni)):
            file = Path(folder) / f"{name}.jsonl"
            write(file, make, size)
            told = subprocess.run(
                [sys.executable, __file__, "--read", str(file), name],
                check=True,
                capture_output=True,
                env=os.environ,
            )
            spent, peak, records, values, aside = json.loads(told.stdout)
            speed = file.stat().st_size / 1e6 / spent
            good = good and speed >= GOAL and peak <= LIMIT
            wrong = wrong or bool(aside)
            print(
                f"{name:6} {file.stat().st_size / 1e6:6.0f} MB {records:8} records"
                f" {values:8} values: {speed:6.0f} MB/s of CPU, {peak:4.0f} MB RSS"
            )
            file.unlink()
    print(f"{'met' if good else 'missed'}: {GOAL:.0f} MB/s within {LIMIT:.0f} MB")
    if wrong:
        print("wrong: sound records were put aside")
    return 4 if wrong else 0 if good else 3


if __name__ == "__main__":
    sys.exit(main())
