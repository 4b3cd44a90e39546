"""From an empty Debian to the first moving chart, timed; needs root and debootstrap.

The root holds python3, python3-venv, git and ca-certificates and nothing else. Its
network settings (resolver, certificates, pip and npm configuration) are this machine's,
for the time of the run. Installing uses this machine's network; ``rabta up`` then runs
in a network namespace with one uplink that leads nowhere but to its gateway, so that
nobody is probed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path


HERE = Path(__file__).resolve().parents[2]
PACKAGES = "python3,python3-venv,git,ca-certificates"
COPIED = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pip.conf",
)
KEPT = (
    "PIP_CERT",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
)
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
INSIDE = 'mount -t proc proc "$1/proc"; mount --bind /dev "$1/dev"; shift'
UPLINK = """
mount -t tmpfs tmpfs /run
ip netns add far
ip link set lo up
ip link add up0 type veth peer name gw0 netns far
ip -netns far addr add 192.0.2.1/24 dev gw0
ip -netns far link set gw0 up
ip addr add 192.0.2.2/24 dev up0
ip link set up0 up
ip route add default via 192.0.2.1
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", nargs="*", default=["bookworm", "trixie"])
    parser.add_argument("--cache", type=Path, default=Path("/var/tmp/rabta-roots"))
    parser.add_argument("--limit", type=float, default=60.0, help="seconds in all")
    parser.add_argument("--source", type=Path, default=HERE, help="a clone of it")
    chosen = parser.parse_args()
    worst = 0.0
    for suite in chosen.suite:
        clean = bootstrap(suite, chosen.cache)
        with tempfile.TemporaryDirectory(dir=chosen.cache) as folder:
            root = Path(folder) / "root"
            subprocess.run(["cp", "-a", str(clean), str(root)], check=True)
            configure(root)
            result = {"suite": suite, **measure(root, chosen.source)}
        print(json.dumps(result), flush=True)
        worst = max(worst, float(result["first_chart_s"]))
    return int(worst > chosen.limit)


def bootstrap(suite: str, cache: Path) -> Path:
    """Make the empty system once; later runs copy it."""
    clean = cache / suite
    if not (clean / "usr/bin/python3").exists():
        clean.mkdir(parents=True, exist_ok=True)
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}"]
        subprocess.run([*command, suite, str(clean)], check=True, stdout=sys.stderr)
    return clean


def configure(root: Path) -> None:
    for name in COPIED:
        if Path(name).exists():
            shutil.copy(name, root / name.lstrip("/"))


def measure(root: Path, source: Path) -> dict[str, object]:
    environment = {
        "HOME": "/root",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "NPM_CONFIG_CAFILE": CERTIFICATES,
        **{name: os.environ[name] for name in KEPT if name in os.environ},
    }
    started = time.monotonic()
    clone = ["git", "clone", "--quiet", "--depth=1", f"file://{source}"]
    subprocess.run([*clone, str(root / "root/rabta")], check=True)
    install = ["python3", "/root/rabta/install.py"]
    done = inside(root, environment, install, capture=True)
    installed = time.monotonic() - started
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    again = time.monotonic()
    inside(root, environment, install, capture=True)
    repeat = time.monotonic() - again
    chart = first_chart(root, environment)
    size = subprocess.run(
        ["du", "-sm", str(root / "root/.local/share/rabta/venv")],
        capture_output=True,
        text=True,
        check=True,
    )
    version = inside(root, environment, ["python3", "--version"], capture=True)
    return {
        "python": version.stdout.split()[-1],
        "install_s": round(installed, 1),
        "up_s": round(chart, 1),
        "first_chart_s": round(installed + chart, 1),
        "install_again_s": round(repeat, 2),
        "venv_mb": int(size.stdout.split()[0]),
    }


def inside(
    root: Path, environment: dict[str, str], command: list[str], *, capture: bool
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*namespaces(root, "", "--mount", "--pid"), *command],
        env=environment,
        capture_output=capture,
        text=True,
        check=False,
    )


def namespaces(root: Path, setup: str, *kinds: str) -> list[str]:
    shell = f'set -e; {INSIDE}; {setup}\nexec chroot "$0" "$@"'
    unshare = ["unshare", *kinds, "--fork", "--kill-child"]
    return [*unshare, "sh", "-c", shell, str(root), str(root)]


def first_chart(root: Path, environment: dict[str, str]) -> float:
    """Seconds from ``install.py up`` until the samples of the dashboard move."""
    started = time.monotonic()
    up = ["python3", "/root/rabta/install.py", "up"]
    daemon = subprocess.Popen(
        [*namespaces(root, UPLINK, "--mount", "--pid", "--net"), *up],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    status = ["/root/.local/bin/rabta", "status", "--json"]
    seen: set[int] = set()
    try:
        while len(seen) < 2:
            if daemon.poll() is not None or time.monotonic() - started > 120:
                daemon.kill()
                raise SystemExit(daemon.communicate()[0])
            done = inside(root, environment, status, capture=True)
            last = json.loads(done.stdout or "{}").get("health", {}).get("last_sample")
            if last:
                seen.add(last)
            time.sleep(0.1)
        return time.monotonic() - started
    finally:
        daemon.kill()
        daemon.wait()


if __name__ == "__main__":
    sys.exit(main())
