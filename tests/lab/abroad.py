"""The lab for the blocking test: a configuration, a real helper abroad, the lines."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rabta.config import Config, Service, Vantage, load

from . import plan
from .namespaces import entered
from .targets import control_file
from .world import FOLDER, ROOT, Lab


PORT, PLAIN_PORT = 4881, 4880
PLAIN = "news"


def services() -> tuple[Service, ...]:
    """The lab's services over TLS, and one in plain HTTP."""
    found = [
        Service(s.name, s.name.title(), f"https://{s.host}/", s.sibling, quic=True)
        for s in plan.SERVICES
    ]
    url = f"http://{plan.SERVICE['docs'].host}/"
    return (*found, Service(PLAIN, "News", url))


def write(folder: Path, uplinks: int, pace: float, helper: dict | None) -> Path:
    """Write the configuration as a user would, controls as target data."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "targets.toml").write_text(control_file())
    lines = [
        'country = "PK"',
        f"services = {json.dumps([s.url for s in services()[:-1]])}",
        f'targets_file = "{folder}/targets.toml"',
        f'[store]\npath = "{folder}/store"',
        f"[lab]\npace = {pace}",
    ]
    lines += [
        f'[[uplink]]\ninterface = "{isp.interface}"\nname = "{isp.name}"'
        for isp in plan.ISPS[:uplinks]
    ]
    if helper:
        lines += [
            "[helper]",
            f'url = "https://{plan.VANTAGE4}:{PORT}"',
            f'token_file = "{helper["token_file"]}"',
            f'fingerprint = "{helper["fingerprint"]}"',
        ]
    file = folder / "rabta.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


def configuration(folder: Path, uplinks: int, pace: float, helper: dict | None):
    """Return it, with the siblings that only the catalogue can tell."""
    from dataclasses import replace

    config = load(write(folder, uplinks, pace, helper))
    assert isinstance(config, Config)
    assert config.helper is None or isinstance(config.helper, Vantage)
    return replace(config, services=services())


@contextmanager
def helper(lab: Lab, folder: Path) -> Iterator[dict]:
    """Run ``rabta helper`` where nobody interferes; yield what it printed."""
    names = FOLDER / "vantage-hosts"
    lines = [f"{a[0][0]} {name}" for name, a in plan.records().items() if a[0]]
    names.write_text("\n".join(lines) + "\n")
    script = f'mount --bind {names} /etc/hosts && exec "$@"'
    argv = [sys.executable, "-m", "rabta", "helper", "--json", "--port", str(PORT)]
    argv += ["--listen", plan.VANTAGE4, "--folder", str(folder)]
    argv += ["--plain-port", str(PLAIN_PORT)]
    for one in services():
        argv += ["--service", one.url]
    process = subprocess.Popen(
        [*entered("vantage"), "unshare", "-m", "sh", "-c", script, "lab", *argv],
        env={**os.environ, **lab.environment},
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
