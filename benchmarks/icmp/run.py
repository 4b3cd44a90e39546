"""ICMP side by side: Rabta's engine, fping and the two Prometheus probers.

    .venv/bin/python benchmarks/icmp/run.py [--short] [--targets N] [--seconds N]

Builds two network namespaces joined by a veth pair; the far kernel answers for a
thousand addresses. Every program probes each of them once a second while a capture
takes down when each packet really passed the near interface: that is the truth false
losses and errors of the RTT are counted against. CPU time and memory are the whole
program's, start to end, as the kernel accounts them.
"""

import argparse
import json
import os
import subprocess
import sys

from capture import Capture
from programs import Blackbox, Fping, Rabta, SmokepingProber
from score import Score, score


_INSIDE = "RABTA_ICMP_BENCHMARK"
_WORLD = """
set -e
mount -t tmpfs tmpfs /run
ip link set lo up
ip netns add far
ip link add near type veth peer name far netns far
ip address add 10.77.0.1/30 dev near
ip link set near up
ip -n far address add 10.77.0.2/30 dev far
ip -n far link set lo up
ip -n far link set far up
ip -n far route add local 10.78.0.0/16 dev lo
ip route add 10.78.0.0/16 via 10.77.0.2
sysctl -qw net.ipv4.ping_group_range="0 0"
ping -c 1 -W 2 10.77.0.2 >/dev/null 2>&1 || sleep 1
exec "$@"
"""
_GOAL = {"cpu_ms": 0.10, "rss_mb": 80.0, "error_p99_ms": 0.2}


def main() -> int:
    arguments = _arguments()
    if _INSIDE not in os.environ:
        return _enter()
    targets = [f"10.78.{n // 250}.{n % 250 + 1}" for n in range(arguments.targets)]
    few = targets[:: max(1, len(targets) // 100)][:100]
    rows: list[Score] = []
    for program, aimed in (
        (Rabta(), targets),
        (Rabta(kind="ping"), targets),
        (Fping(), targets),
        (SmokepingProber(), targets),
        (SmokepingProber(), few),
        (Blackbox(), few),
    ):
        if not program.is_installed():
            print(f"{program.name}: not installed, left out", file=sys.stderr)
            continue
        print(f"{program.name}: {len(aimed)} targets …", file=sys.stderr)
        with Capture("near") as capture:
            try:
                outcome = program.run(aimed, arguments.seconds)
            except TimeoutError as error:  # a rival the machine is too busy for
                print(f"{program.name}: {error}, left out", file=sys.stderr)
                continue
        rows.append(score(program.name, len(aimed), outcome, capture.round_trips))
    _print(rows)
    if arguments.json:
        print(json.dumps([row.as_dict() for row in rows]))
    return _judge(rows[0])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="4 seconds, for CI")
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.seconds = arguments.seconds or (4 if arguments.short else 60)
    return arguments


def _enter() -> int:
    unshare = ["unshare", "-rnmpf", "--kill-child", "--mount-proc"]
    inside = [sys.executable, *sys.argv]
    done = subprocess.run(
        [*unshare, "sh", "-c", _WORLD, "world", *inside],
        env={**os.environ, _INSIDE: "1"},
        check=False,
    )
    return done.returncode


def _print(rows: list[Score]) -> None:
    head = (
        "program", "targets", "probes", "CPU ms/probe", "ratio",
        "RSS MB", "false losses", "error p50 ms", "error p99 ms",
    )  # fmt: skip
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for row in rows:
        cells = (
            row.name,
            str(row.targets),
            str(row.probes),
            f"{row.cpu_ms:.4f}",
            f"{row.cpu_ms / rows[0].cpu_ms:.2f}",
            f"{row.rss_mb:.1f}",
            str(row.false_losses),
            f"{row.error_p50_ms:.4f}" + ("*" if row.means_only else ""),
            f"{row.error_p99_ms:.4f}" + ("*" if row.means_only else ""),
        )
        print("| " + " | ".join(cells) + " |")
    if any(row.means_only for row in rows):
        print("\\* it tells only the mean per target: the error of means")


def _judge(row: Score) -> int:
    missed = [
        f"{name} {getattr(row, name):.3f} > {goal}"
        for name, goal in _GOAL.items()
        if getattr(row, name) > goal
    ]
    print("goals met" if not missed else "missed: " + ", ".join(missed))
    if row.false_losses:
        print(f"wrong: {row.false_losses} false losses")
        return 4
    return 3 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
