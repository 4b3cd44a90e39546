"""How soon does traffic move, and is connectivity ever less for it?

Real `rabta up` and `rabta steer --apply` on a host with two uplinks in the lab. "Moved"
is when a program that knows nothing of Rabta, connecting anew every 20 ms without
binding to anything, gets through by the other uplink.

1. Black holes behind the gateway, and lost carriers, at random phases of the probes:
   seconds until moved. Bars: p50 1 s, p99 2.5 s; of a lost carrier 0.2 s.
2. In the first hole, the settings that mwan3, OPNsense and pfSense ship, as policies
   over real pings by the same uplink: seconds until they would move.
3. Ten cuts of six seconds in five minutes: at most two moves.
4. `kill -9` of the steering: seconds until none of its rules is left. Bar: 3 s.
5. Random sequences of faults, with steering and without, in the same seeds; half of
   them leave the last fault standing. Bar: five seconds after the last, it is never
   less connected with. Over the whole time it may be: traffic that was moved is on the
   line that the next fault hits, and needs the time of a move.

    python -m benchmarks.steer.moves [--holes 30] [--carriers 20] [--sequences 100]
        [--no-rivals] [--seed 1]
"""

import argparse
import contextlib
import errno
import itertools
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Self, cast

from tests.lab import Lab, run_inside
from tests.lab.daemon import Rabta, all_fine
from tests.lab.namespaces import inside
from tests.lab.steering import ANCHOR, FIRST, SECOND, ours, steering


STATE = Path("/run/rabta/store/steer.json")
EVERY, PATIENCE = 0.02, 1.5
P50, P99, CARRIER, LEFT = 1.0, 2.5, 0.2, 3.0
SLOT, SETTLE, LOOK = 0.1, 5.0, 2.0


class Traffic:
    """A program that connects anew every 20 ms, each attempt by itself."""

    def __init__(self) -> None:
        self.through: list[tuple[float, str]] = []
        """(when, our address) of those that got through."""
        self.begun = 0
        self._stopped = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self._thread.join()

    def _run(self) -> None:
        with inside("host"), selectors.DefaultSelector() as waiting:
            due = time.monotonic()
            while not self._stopped:
                if (now := time.monotonic()) >= due:
                    due = now + EVERY
                    self._begin(waiting, now)
                for key, _ in waiting.select(max(0.0, due - time.monotonic())):
                    self._end(waiting, key)
                for key in list(waiting.get_map().values()):
                    if time.monotonic() - key.data > PATIENCE:
                        self._end(waiting, key)
            for key in list(waiting.get_map().values()):
                self._end(waiting, key)

    def _begin(self, waiting: selectors.BaseSelector, now: float) -> None:
        self.begun += 1
        plain = socket.socket()
        plain.setblocking(False)
        if plain.connect_ex(ANCHOR) in {0, errno.EINPROGRESS}:
            waiting.register(plain, selectors.EVENT_WRITE, now)
        else:
            plain.close()

    def _end(self, waiting: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        waiting.unregister(key.fileobj)
        with cast("socket.socket", key.fileobj) as plain, contextlib.suppress(OSError):
            plain.getpeername()  # it is connected, or this fails
            self.through.append((time.monotonic(), plain.getsockname()[0]))

    def share(self, begin: float, end: float) -> float:
        """Return the share of the time in which some connection got through.

        By slots of 100 ms: attempts would not do, since the kernel sends a lost SYN
        again and steering ends what hangs on a dead line.
        """
        slots = {
            int((at - begin) / SLOT) for at, _ in self.through if begin <= at < end
        }
        return min(1.0, len(slots) * SLOT / (end - begin))

    def first(self, source: str, since: float) -> float | None:
        """Seconds from *since* to the first that got through by *source*."""
        times = [at - since for at, by in self.through if by == source and at > since]
        return min(times, default=None)


def main() -> int:
    """Enter namespaces, then measure."""
    arguments = _arguments()
    code = run_inside("benchmarks.steer.moves")
    return _inside(arguments) if code is None else code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holes", type=int, default=30)
    parser.add_argument("--carriers", type=int, default=20)
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--sequences", type=int, default=100)
    parser.add_argument("--no-rivals", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _inside(arguments: argparse.Namespace) -> int:
    chance = random.Random(arguments.seed)
    with Lab(2) as lab, Rabta(lab, Path("/run/rabta")) as rabta:
        if rabta.wait(all_fine, 90, 10) is None:
            raise SystemExit(f"not fine to begin with: {rabta.codes}")
        time.sleep(30)
        passed = [
            _timed(lab, rabta, "first-hop-dead", arguments.holes, chance, P50, P99),
            _timed(lab, rabta, "link-down", arguments.carriers, chance, CARRIER, 1.0),
        ]
        if not arguments.no_rivals:
            _rivals(lab)
        passed += [
            _cuts(lab, rabta, arguments.cuts),
            _kills(lab, rabta, arguments.kills),
            _sequences(lab, rabta, arguments.sequences, arguments.seed),
        ]
    return 0 if all(passed) else 3


def _until(true: Callable[[], bool], seconds: float) -> float:
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            return seconds
        time.sleep(0.01)
    return time.monotonic() - began


def _timed(
    lab: Lab,
    rabta: Rabta,
    fault: str,
    count: int,
    chance: random.Random,
    p50_most: float,
    p99_most: float,
) -> bool:
    times = []
    with steering(lab, rabta), Traffic() as traffic:
        for _ in range(count):
            rabta.wait(all_fine, 120, 5.0)
            time.sleep(chance.uniform(0, 10))
            here = traffic.through[-1][1]
            other = SECOND if here == FIRST else FIRST
            begun, told = time.monotonic(), time.time()
            with lab.fault(fault, uplink=1 if here == FIRST else 2):
                _until(lambda o=other, t=begun: traffic.first(o, t) is not None, 20)
            times.append(traffic.first(other, begun) or 20.0)
            time.sleep(1.0)  # it is written down afterwards
            steered = json.loads(STATE.read_text())["moves"][-1]["time"] / 1e6 - told
            print(
                f"  {fault}: decided after {steered:.2f} s, moved after"
                f" {times[-1]:.2f} s",
                flush=True,
            )
    if not times:
        return True
    ordered = sorted(times)
    p50, p99 = median(ordered), ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    print(
        f"{fault}, {count} times: traffic moved after p50 {p50:.2f} s, p99 {p99:.2f} s"
    )
    what = f"{fault}: p50 {p50:.2f} s ({p50_most}), p99 {p99:.2f} s ({p99_most})"
    return _bar(p50 <= p50_most and p99 <= p99_most, what)


# name, seconds between rounds, timeout, decides from the newest results
_RIVALS: tuple[tuple[str, float, float, Callable[[list[bool]], bool]], ...] = (
    ("mwan3 as shipped: 5 rounds failed, 10 s apart", 10.0, 4.0, lambda r: _last(r, 5)),
    ("pfSense: 20 % lost over 60 s, 0.5 s apart", 0.5, 2.0, lambda r: _lost(r, 120)),
    ("OPNsense: 20 % lost over 60 s, 1 s apart", 1.0, 2.0, lambda r: _lost(r, 60)),
    ("Peplink as shipped: 3 failed, 5 s apart", 5.0, 5.0, lambda r: _last(r, 3)),
)


def _last(results: list[bool], count: int) -> bool:
    return len(results) >= count and not any(results[-count:])


def _lost(results: list[bool], window: int) -> bool:
    newest = results[-window:]
    return newest.count(False) / window >= 0.2


def _rivals(lab: Lab) -> None:
    """Dig one hole and have every policy look at the same line."""
    decided: dict[str, float] = {}
    dug = threading.Event()
    threads = [
        threading.Thread(target=_rival, args=(*rival, dug, decided))
        for rival in _RIVALS
    ]
    for thread in threads:
        thread.start()
    time.sleep(62)  # windows fill
    with lab.fault("first-hop-dead", uplink=1):
        dug.set()
        for thread in threads:
            thread.join()
    for name, seconds in decided.items():
        print(f"  {name}: would move after {seconds:.1f} s")


def _rival(
    name: str,
    every: float,
    timeout: float,
    decides: Callable[[list[bool]], bool],
    dug: threading.Event,
    decided: dict[str, float],
) -> None:
    results: list[bool] = []
    since: float | None = None
    with inside("host"):
        while True:
            began = time.monotonic()
            results.append(_ping(timeout))
            if since is None and dug.is_set():
                since = began
            if since is not None and decides(results):
                decided[name] = time.monotonic() - since
                return
            time.sleep(max(0.0, every - (time.monotonic() - began)))


def _ping(timeout: float) -> bool:
    argv = ["ping", "-n", "-q", "-c", "1", "-W", str(timeout), "-I", "wan1", "1.1.1.1"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def _cuts(lab: Lab, rabta: Rabta, count: int) -> bool:
    if not count:
        return True
    rabta.wait(all_fine, 180, 10.0)
    with steering(lab, rabta), Traffic() as traffic:
        for _ in range(count):
            with lab.fault("first-hop-dead", uplink=1):
                time.sleep(6)
            time.sleep(24)
        sources = [source for _, source in sorted(traffic.through)]
    moves = sum(a != b for a, b in itertools.pairwise(sources))
    print(f"{count} cuts of 6 s in {count * 30} s: {moves} moves")
    return _bar(moves <= 2, f"{moves} moves for {count} cuts (2)")


def _kills(lab: Lab, rabta: Rabta, count: int) -> bool:
    times = []
    for _ in range(count):
        with steering(lab, rabta) as process:
            os.killpg(process.pid, signal.SIGKILL)
            times.append(_until(lambda: not ours(lab), 20))
    if times:
        print(f"kill -9, {count} times: nothing left after {max(times):.2f} s at most")
    worst = max(times, default=0.0)
    return _bar(worst <= LEFT, f"routes stayed {worst:.2f} s after kill -9 ({LEFT})")


_FAULTS = ("first-hop-dead", "upstream-cut", "link-down", "gateway-dead", "all-cut")


def _sequences(lab: Lab, rabta: Rabta, count: int, seed: int) -> bool:
    """Compare when connections got through, fault by fault, with and without."""
    ends_worse, whole_worse, lost = 0, 0, 0.0
    whole = {True: 0.0, False: 0.0}
    for number in range(count):
        end, during = {}, {}
        for steered in (False, True):
            chance = random.Random(f"{seed} {number}")
            rabta.wait(all_fine, 180, 2.0)
            by = steering(lab, rabta) if steered else contextlib.nullcontext()
            with by, Traffic() as traffic, contextlib.ExitStack() as standing:
                begun = time.monotonic()
                _suffer(lab, chance, standing)
                time.sleep(SETTLE)
                settled = time.monotonic()
                time.sleep(LOOK)
                ended = time.monotonic()
            end[steered] = traffic.share(settled, ended)
            during[steered] = traffic.share(begun, settled)
            whole[steered] += during[steered] / count
        ends_worse += end[True] < end[False] - 0.1
        whole_worse += during[True] < during[False] - 0.02
        lost = max(lost, (during[False] - during[True]) * (settled - begun))
        print(
            f"  {number}: {during[False]:.0%} without, {during[True]:.0%} with; at"
            f" the end {end[False]:.0%}, {end[True]:.0%}",
            flush=True,
        )
    if count:
        print(
            f"{count} random sequences of faults: connected {whole[True]:.1%} of the"
            f" time with steering, {whole[False]:.1%} without; less in {whole_worse},"
            f" by {lost:.1f} s at most; ends with less in {ends_worse}"
        )
    return _bar(not ends_worse, f"{ends_worse} sequences ended with less (0)")


def _bar(good: bool, what: str) -> bool:  # noqa: FBT001
    if not good:
        print(f"missed: {what}")
    return good


def _suffer(lab: Lab, chance: random.Random, standing: contextlib.ExitStack) -> None:
    """Break one thing after another; half the time the last is left in *standing*."""
    count = chance.randint(1, 3)
    for place in range(1, count + 1):
        fault = chance.choice(_FAULTS)
        where = {} if fault == "all-cut" else {"uplink": chance.randint(1, 2)}
        stays = place == count and chance.random() < 0.5
        broken = standing.enter_context(contextlib.ExitStack())
        broken.enter_context(lab.fault(fault, **where))
        time.sleep(chance.uniform(1.0, 6.0))
        if not stays:
            broken.close()
            time.sleep(chance.uniform(0.0, 3.0))


if __name__ == "__main__":
    sys.exit(main())
