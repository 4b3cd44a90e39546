"""The lab: build the world, enter it, tear it down."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from . import plan, topology
from .namespaces import HOME, command, entered, inside, nft
from .packets import IN, OUT
from .plan import Isp


ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("/run/lab")
_TRUST = Path("/etc/ssl/certs/ca-certificates.crt")


class Lab:
    """Real networks for one host with *uplinks* ways out.

    Must run inside ``unshare`` (see ``tests.lab.unshared``): it mounts, and it owns
    the machine's ``/run``.
    """

    def __init__(self, uplinks: int = 2) -> None:
        self.isps: tuple[Isp, ...] = plan.ISPS[:uplinks]
        self._stack = ExitStack()
        self._numbers = iter(range(1, 1_000_000))
        self.built_in = 0.0
        """Seconds it took to build."""

    def __enter__(self) -> Self:
        started = time.monotonic()
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        self.built_in = time.monotonic() - started
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _build(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        HOME.mkdir(parents=True, exist_ok=True)
        count = str(len(self.isps))
        self._servers = self._start("tests.lab.servers", str(FOLDER), count)
        self._forwarder = self._start("tests.lab.forwarder")
        self._stack.callback(self._forget_namespaces)
        topology.build(self.isps)
        self._servers.send(b"\n")
        self._join_legs()
        self._settings()
        _acknowledged(self._servers)
        self._settle()

    def isp(self, number: int) -> Isp:
        """Return the ISP behind uplink *number*, counted from 1."""
        return self.isps[number - 1]

    def inside(self, namespace: str = "host") -> AbstractContextManager[None]:
        """Make this thread's new sockets in *namespace* for a while."""
        return inside(namespace)

    def argv(self, argv: Sequence[str], namespace: str = "host") -> list[str]:
        """Return the command that runs *argv* in *namespace*.

        In ``host`` it also sees the lab's resolvers and trusts the lab's root.
        """
        if namespace != "host":
            return [*entered(namespace), *argv]
        script = f"""
            mount -t sysfs sysfs /sys
            mount --bind {FOLDER}/resolv.conf /etc/resolv.conf
            [ -e {_TRUST} ] && mount --bind {FOLDER}/ca.pem {_TRUST}
            [ -d /sys/class/power_supply ] &&
                mount --bind {FOLDER}/power_supply /sys/class/power_supply
            exec "$@"
        """
        return [*entered("host"), "unshare", "-m", "sh", "-c", script, "lab", *argv]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a program of the host trust the lab's root."""
        return {**os.environ, "SSL_CERT_FILE": str(FOLDER / "ca.pem")}

    def run(
        self, argv: Sequence[str], namespace: str = "host", timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run *argv* to its end in *namespace* and return what it said."""
        return subprocess.run(
            self.argv(argv, namespace),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def popen(
        self, argv: Sequence[str], namespace: str = "host", **how: Any
    ) -> subprocess.Popen[bytes]:
        """Start *argv* in *namespace*."""
        how.setdefault("env", self.environment)
        return subprocess.Popen(self.argv(argv, namespace), **how)

    @contextmanager
    def fault(self, name: str, *what: Any, **variant: Any) -> Iterator[None]:
        """Break something for real; it is whole again afterwards."""
        from .faults import FAULTS

        with FAULTS[name](self, *what, **variant):
            yield

    # what faults are made of

    @contextmanager
    def filtered(self, namespace: str, hook: str, *rules: str) -> Iterator[None]:
        """Have nftables *rules* in a chain of *hook* in *namespace*.

        ``dnat`` as hook makes a translation chain; counts as the first to decide.
        """
        table = f"inet fault{next(self._numbers)}"
        kind, at, priority = "filter", hook, "-20"
        if hook == "dnat":
            kind, at, priority = "nat", "prerouting", "-120"
        body = "\n    ".join(rules)
        nft(
            namespace,
            f"table {table} {{\n  chain c {{\n    "
            f"type {kind} hook {at} priority {priority}\n    {body}\n  }}\n}}\n",
        )
        try:
            yield
        finally:
            nft(namespace, f"delete table {table}\n")

    @contextmanager
    def leg(
        self, name: str, *, ways: Sequence[int] = (OUT, IN), **what: Any
    ) -> Iterator[None]:
        """Have *ways* of a leg of the forwarder behave as said, beyond their delay."""
        usual = self._usual[name]
        order = {"do": "set", "leg": name, "ways": list(ways)}
        extra = what.pop("extra_delay", 0.0)
        what["delay"] = what.get("delay", usual["delay"]) + extra
        self.order_forwarder(**order, **(usual | what))
        try:
            yield
        finally:
            self.order_forwarder(**order, **usual)

    @contextmanager
    def rule(self, leg: str, **what: Any) -> Iterator[None]:
        """Have a middlebox rule on a leg of the forwarder."""
        number = next(self._numbers)
        self.order_forwarder(do="rule", leg=leg, number=number, **what)
        try:
            yield
        finally:
            self.order_forwarder(do="unrule", leg=leg, number=number)

    @contextmanager
    def conduct(self, do: str, usual: dict[str, Any], **what: Any) -> Iterator[None]:
        """Have a server behave as said; *usual* names it and is how it was before."""
        self.order_servers(do=do, **(usual | what))
        try:
            yield
        finally:
            self.order_servers(do=do, **usual)

    def order_servers(self, **order: Any) -> None:
        """Send one order to the servers and wait until it is done."""
        _ask(self._servers, order)

    def order_forwarder(self, **order: Any) -> None:
        """Send one order to the forwarder and wait until it is done."""
        _ask(self._forwarder, order)

    def join_radio(self, leg: str, air: str) -> None:
        """Join the two TAP devices in *air* by a leg of the forwarder."""
        self.order_forwarder(
            do="join", leg=leg, near=(air, "near"), far=(air, "far"), tap=True
        )

    def mains(self, *, online: bool) -> None:
        """Switch the mains on or off, as the host's system reports them."""
        (FOLDER / "power_supply" / "AC" / "online").write_text(f"{int(online)}\n")

    # how it is built

    def _start(self, module: str, *arguments: str) -> socket.socket:
        """Start a process of the lab; it ends when our end of its socket closes.

        In a session of its own: Linux shares the processor out by session
        (``sched_autogroup``), and what stands for the network must not starve because
        the program under test, or another lab, is busy.
        """
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(theirs.fileno()), *arguments],
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
            start_new_session=True,
        )
        theirs.close()
        self._stack.callback(process.wait, 10)
        self._stack.callback(ours.close)
        ours.settimeout(20)
        return ours

    def _join_legs(self) -> None:
        self._usual: dict[str, dict[str, Any]] = {}
        for isp in self.isps:
            n = isp.number
            self._join(f"acc{n}", (f"bng{n}", "acc"), (f"core{n}", "acc"), isp.rtt)
            for site in plan.ABROAD:
                name = f"{site.corridor}{n}"
                there = (site.namespace, f"gate{n}")
                self._join(name, ("gate", name), there, site.rtt)

    def _join(
        self,
        leg: str,
        near: tuple[str, str],
        far: tuple[str, str],
        rtt: float,
    ) -> None:
        self.order_forwarder(do="join", leg=leg, near=near, far=far, tap=False)
        self._usual[leg] = {"delay": rtt / 2}
        self.order_forwarder(do="set", leg=leg, ways=[OUT, IN], **self._usual[leg])

    def _settle(self) -> None:
        """Wait until the kernel has told all links that they are up (within 1 s)."""
        for file in HOME.iterdir():
            argv = [*entered(file.name), "ip", "-o", "link", "show", "type", "veth"]
            while "state DOWN" in (said := command(argv)) or "LOWERLAYER" in said:
                time.sleep(0.02)

    def _settings(self) -> None:
        """Files the host's programs read: resolvers, DHCP leases, power."""
        (FOLDER / "power_supply" / "AC").mkdir(parents=True, exist_ok=True)
        (FOLDER / "power_supply" / "AC" / "type").write_text("Mains\n")
        (FOLDER / "power_supply" / "AC" / "online").write_text("1\n")
        lines = [f"nameserver {isp.resolver4}" for isp in self.isps]
        (FOLDER / "resolv.conf").write_text("\n".join(lines) + "\n")
        leases = Path("/run/systemd/netif/leases")
        leases.mkdir(parents=True, exist_ok=True)
        links = command([*entered("host"), "ip", "-o", "link"])
        for isp in self.isps:
            index = links[: links.index(f": {isp.interface}@")].split("\n")[-1]
            (leases / index).write_text(
                f"ADDRESS={isp.host4}\nNETMASK=255.255.255.0\nROUTER={isp.gateway4}\n"
                f"SERVER_ADDRESS={isp.gateway4}\nLIFETIME=86400\n"
                f"DNS={isp.resolver4}\n"
            )

    def _forget_namespaces(self) -> None:
        for file in HOME.iterdir():
            command(["ip", "netns", "delete", file.name])
        shutil.rmtree(FOLDER, ignore_errors=True)


def _ask(process: socket.socket, order: dict[str, Any]) -> None:
    process.sendall(json.dumps(order).encode() + b"\n")
    _acknowledged(process)


def _acknowledged(process: socket.socket) -> None:
    if process.recv(16) != b"ok\n":
        raise RuntimeError("a process of the lab ended; its words are on stderr")
