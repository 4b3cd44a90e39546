"""Is a file through sooner over two uplinks than over one?

Namespaces with one uplink and with two, of 16 Mbit/s each by tbf, one after the other:
``rabta get`` by ranges, and ``rabta send`` to S3 (moto's server) in parts. No daemon
runs. Time is told from the first 30 kB on the lines to the end of the program, as a
share of what lines take that are filled by payload alone, headers taken off. What
arrived is compared. Passes when two take at most .60 of the time of one.

    python -m benchmarks.outbox.uplinks [--megabytes 40] [--short]
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.outbox import sink
from tests.lab import run_inside
from tests.lab.namespaces import entered, ip, tc


MOST, MISSED, WRONG = 0.60, 3, 4
RATE = 16e6
FRAME, PAYLOAD = 1514, 1448
BEGUN = 30_000
SERVER, WEB, STORE = "198.51.100.1", 8080, 8081
_KEYS = {
    "AWS_ENDPOINT_URL": f"http://{SERVER}:{STORE}",
    "AWS_ACCESS_KEY_ID": "someone",
    "AWS_SECRET_ACCESS_KEY": "something",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_BUCKET = (
    "import botocore.session as b;"
    "b.Session().create_client('s3', 'us-east-1').create_bucket(Bucket='films')"
)
_HELD = (
    "import botocore.session as b, hashlib;"
    "c = b.Session().create_client('s3', 'us-east-1');"
    "o = c.get_object(Bucket='films', Key='film');"
    "print(hashlib.sha256(o['Body'].read()).hexdigest())"
)


def build(count: int) -> tuple[str, str]:
    """Make a near and a far end with *count* uplinks between them."""
    near, far = f"near{count}", f"far{count}"
    for name in (near, far):
        subprocess.run(["ip", "netns", "add", name], check=True)
        ip(name, "link set lo up")
    ip(far, f"addr add {SERVER}/32 dev lo")
    for number in range(1, count + 1):
        net, ends = f"10.{number}.0", ((near, f"wan{number}"), (far, f"sub{number}"))
        (_, wan), (_, sub) = ends
        peer = f"type veth peer name {sub} netns {far}"
        subprocess.run(f"ip link add {wan} netns {near} {peer}".split(), check=True)
        ip(far, f"addr add {net}.1/24 dev {sub}", f"link set {sub} up")
        ip(near, f"addr add {net}.2/24 dev {wan}", f"link set {wan} up")
        route = f"route add default via {net}.1 dev {wan} metric {100 * number}"
        ip(near, route)
        for name, device in ends:
            ip(name, f"link set {device} gso_max_size 1514 gso_max_segs 1")
            shape = f"rate {RATE:.0f}bit burst 4kb latency 100ms"
            tc(name, f"qdisc add dev {device} root tbf {shape}")
    return near, far


@contextmanager
def serving(far: str) -> Iterator[None]:
    """Serve ranges and S3 at the far end."""
    web = [sys.executable, str(Path(sink.__file__)), SERVER, str(WEB)]
    store = [sys.executable, "-m", "moto.server", "-H", SERVER, "-p", str(STORE)]
    quiet = subprocess.DEVNULL
    servers = [
        subprocess.Popen([*entered(far), *web], stdin=subprocess.PIPE, stdout=quiet),
        subprocess.Popen([*entered(far), *store], stdout=quiet, stderr=quiet),
    ]
    try:
        for _ in range(100):
            if not tell(far, _BUCKET, check=False).returncode:
                break
            time.sleep(0.3)
        yield
    finally:
        for one in servers:
            one.kill()
            one.wait()


def tell(far: str, code: str, *, check: bool = True) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*entered(far), sys.executable, "-c", code],
        env=os.environ | _KEYS,
        capture_output=True,
        text=True,
        check=check,
    )


def moved(process: subprocess.Popen) -> int:
    """Bytes that passed the lines of a process' namespace, both ways."""
    text = Path(f"/proc/{process.pid}/net/dev").read_text()
    rows = [one.split() for one in text.splitlines() if "wan" in one]
    return sum(int(row[1]) + int(row[9]) for row in rows)


def timed(near: str, words: list[str]) -> float:
    """Seconds from the first bytes to the end of ``rabta`` *words*."""
    holder = subprocess.Popen([*entered(near), "sleep", "600"])
    time.sleep(0.3)
    before = moved(holder)
    argv = [*entered(near), sys.executable, "-m", "rabta", *words]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, env=os.environ | _KEYS, **quiet) as run:
        while moved(holder) - before < BEGUN and run.poll() is None:
            time.sleep(0.01)
        begun = time.monotonic()
        _, said = run.communicate()
        took = time.monotonic() - begun
    holder.kill()
    holder.wait()
    if run.returncode:
        raise SystemExit(f"rabta {words[0]} failed: {said.decode()}")
    return took


def inside(size: int) -> int:
    took: dict[str, list[float]] = {"get": [], "send": []}
    content = (sink.BODY * (size // len(sink.BODY) + 1))[:size]
    for count in (1, 2):
        near, far = build(count)
        with serving(far), tempfile.TemporaryDirectory() as folder:
            at = Path(folder)
            store = ["--store", str(at / "store")]
            (at / "film").write_bytes(content)
            url = f"http://{SERVER}:{WEB}/big/{size}"
            took["get"].append(timed(near, ["get", url, str(at / "got"), *store]))
            took["send"].append(
                timed(near, ["send", str(at / "film"), "s3://films/film", *store])
            )
            right = (at / "got").read_bytes() == content
            held = tell(far, _HELD).stdout.strip()
            if not right or held != hashlib.sha256(content).hexdigest():
                print("wrong: what arrived is not what was sent")
                return WRONG
    ideal = size * 8 / (RATE * PAYLOAD / FRAME)
    for what, (one, two) in took.items():
        print(
            f"{what:<5} one uplink {one:5.1f} s ({ideal / one:.2f} of the ideal),"
            f" two {two:5.1f} s ({ideal / 2 / two:.2f}): {two / one:.2f} of the time"
        )
    worst = max(two / one for one, two in took.values())
    if worst <= MOST:
        return 0
    print(f"missed: {worst:.2f} of the time of one (bar {MOST})")
    return MISSED


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=40)
    parser.add_argument("--short", action="store_true", help="12 MB")
    given = parser.parse_args()
    size = 1_000_000 * (12 if given.short else given.megabytes)
    code = run_inside("benchmarks.outbox.uplinks")
    return inside(size) if code is None else code


if __name__ == "__main__":
    sys.exit(main())
