"""Rabta's engine at one probe a second and target; prints the RTTs as JSON."""

import asyncio
import json
import sys
from functools import partial
from pathlib import Path

from rabta.clock import SystemClock
from rabta.probes.binding import Binding
from rabta.probes.icmp_engine import IcmpEngine
from rabta.probes.icmp_pending import Echo


_SLACK = 0.004  # seconds by which one wake-up serves several probes


class Pinger:
    """Probes the targets in turn, spread over each second.

    What is due within a few milliseconds leaves together; the round trips stay
    exact because the kernel takes the time.
    """

    def __init__(self, targets: list[str], seconds: int) -> None:
        self.engine = IcmpEngine(Binding("near", "", 4, "device"), SystemClock())
        self.found: dict[str, list[float | None]] = {
            target: [None] * seconds for target in targets
        }
        self._targets = targets
        self._number, self._all = 0, seconds * len(targets)
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._done = asyncio.Event()

    async def run(self) -> None:
        self._send_due()
        await self._done.wait()
        await asyncio.sleep(2.1)

    def _send_due(self) -> None:
        now = self._loop.time()
        while self._number < self._all:
            due = self._started + self._number / len(self._targets)
            if due > now:
                self._loop.call_at(due + _SLACK, self._send_due)
                return
            index, at = divmod(self._number, len(self._targets))
            target = self._targets[at]
            answer = self.engine.echo(target)
            answer.add_done_callback(partial(self._note, target, index))
            self._number += 1
        self._done.set()

    def _note(self, target: str, index: int, answer: asyncio.Future[Echo]) -> None:
        self.found[target][index] = answer.result().rtt


async def main(targets: list[str], seconds: int, kind: str) -> None:
    pinger = Pinger(targets, seconds)
    await pinger.run()
    assert pinger.engine.kind == kind, pinger.engine.kind
    pinger.engine.close()
    json.dump(pinger.found, sys.stdout)


if __name__ == "__main__":
    asyncio.run(
        main(Path(sys.argv[1]).read_text().split(), int(sys.argv[2]), sys.argv[3])
    )
