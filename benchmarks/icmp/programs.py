"""The programs, each run over the same targets at one probe a second."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from score import Outcome


class Meter:
    """A child process whose CPU time and peak memory are taken down."""

    def __init__(self, argv: Sequence[str]) -> None:
        # files, not pipes: nobody has to keep reading
        self.out = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(argv, stdout=self.out, stderr=self.out)
        self._peak = 0
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def _look(self) -> None:
        """The peak of its own memory; ``ru_maxrss`` would begin with ours."""
        status = Path(f"/proc/{self._process.pid}/status")
        while True:
            try:
                found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            except OSError:
                return
            if found:
                self._peak = max(self._peak, 1024 * int(found[1]))
            time.sleep(0.2)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> tuple[float, int, str]:
        """Return CPU seconds, peak bytes and what it printed."""
        _, _, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        self.out.seek(0)
        return usage.ru_utime + usage.ru_stime, self._peak, self.out.read()


class Rabta:
    def __init__(self, kind: str = "raw") -> None:
        self.kind = kind
        self.name = "rabta" if kind == "raw" else "rabta, ping socket"

    def is_installed(self) -> bool:
        return True

    def run(self, targets: Sequence[str], seconds: int) -> Outcome:
        with tempfile.NamedTemporaryFile("w+") as listed:
            listed.write("\n".join(targets))
            listed.flush()
            pinger = str(Path(__file__).with_name("pinger.py"))
            drop = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
            meter = Meter(
                [
                    *(drop if self.kind == "ping" else []),
                    *(sys.executable, pinger, listed.name, str(seconds), self.kind),
                ]
            )
            cpu, rss, said = meter.wait()
        return Outcome(json.loads(said), cpu, rss)


class Fping:
    name = "fping"

    def is_installed(self) -> bool:
        return shutil.which("fping") is not None

    def run(self, targets: Sequence[str], seconds: int) -> Outcome:
        with tempfile.NamedTemporaryFile("w+") as listed:
            listed.write("\n".join(targets))
            listed.flush()
            meter = Meter(
                ["fping", "-q", "-C", str(seconds), "-p", "1000", "-t", "2000",
                 "-i", str(1000 // len(targets)), "-f", listed.name]
            )  # fmt: skip
            cpu, rss, said = meter.wait()
        trips: dict[str, list[float | None]] = {}
        for line in said.splitlines():
            target, colon, claims = line.partition(" : ")
            if colon:
                trips[target.strip()] = [
                    None if claim == "-" else float(claim) / 1000
                    for claim in claims.split()
                ]
        return Outcome(trips, cpu, rss)


class SmokepingProber:
    name = "smokeping_prober"
    _program = "prometheus-smokeping-prober"

    def is_installed(self) -> bool:
        return shutil.which(self._program) is not None

    def run(self, targets: Sequence[str], seconds: int) -> Outcome:
        meter = Meter(
            [self._program, "--privileged", "--config.file=/none", "--log.level=error",
             "--web.listen-address=127.0.0.1:9374", *targets]
        )  # fmt: skip
        time.sleep(seconds + 2.5)
        try:
            text = _get(9374, "/metrics")
        finally:
            meter.stop()
            cpu, rss, _ = meter.wait()
        sums = _metric(text, "smokeping_response_duration_seconds_sum")
        counts = _metric(text, "smokeping_response_duration_seconds_count")
        asked = sum(_metric(text, "smokeping_requests_total").values())
        # one probe of each target may be under way while it is asked
        lost = max(0, round(asked - sum(counts.values())) - len(targets))
        means = {t: [sums[t] / n] for t, n in counts.items() if n}
        return Outcome(means, cpu, rss, lost)


class Blackbox:
    name = "blackbox_exporter"
    _program = "prometheus-blackbox-exporter"

    def is_installed(self) -> bool:
        return shutil.which(self._program) is not None

    def run(self, targets: Sequence[str], seconds: int) -> Outcome:
        with tempfile.NamedTemporaryFile("w+", suffix=".yml") as config:
            config.write(
                "modules: {icmp: {prober: icmp, timeout: 2s,"
                " icmp: {preferred_ip_protocol: ip4}}}"
            )
            config.flush()
            meter = Meter(
                [self._program, f"--config.file={config.name}", "--log.level=error",
                 "--web.listen-address=127.0.0.1:9115"]
            )  # fmt: skip
            trips = self._scrape(targets, seconds)
            meter.stop()
            cpu, rss, _ = meter.wait()
        return Outcome(trips, cpu, rss)

    def _scrape(
        self, targets: Sequence[str], seconds: int
    ) -> dict[str, list[float | None]]:
        trips: dict[str, list[float | None]] = defaultdict(list)
        _get(9115, "/metrics")
        connection = http.client.HTTPConnection("127.0.0.1", 9115)
        started = time.monotonic()
        for number in range(seconds * len(targets)):
            pause = started + number / len(targets) - time.monotonic()
            time.sleep(max(0.0, pause))
            target = targets[number % len(targets)]
            connection.request("GET", f"/probe?module=icmp&target={target}")
            text = connection.getresponse().read().decode()
            rtt = re.search(
                r'^probe_icmp_duration_seconds{phase="rtt"} (\S+)', text, re.MULTILINE
            )
            answered = "\nprobe_success 1" in text and rtt
            trips[target].append(float(rtt[1]) if rtt and answered else None)
        return trips


def _get(port: int, path: str) -> str:
    for _ in range(300):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")


def _metric(text: str, name: str) -> dict[str, float]:
    found = re.findall(rf'^{name}{{.*?host="([^"]+)".*?}} (\S+)', text, re.MULTILINE)
    return {host: float(value) for host, value in found}
