"""Ends the connections of a dead uplink, so that programs reconnect at once."""

import subprocess

from rabta.model import Uplink
from rabta.steer.kernel import program
from rabta.steer.plan import own_addresses


def end_flows(uplink: Uplink, family: int, mark: int) -> None:
    """Abort the sockets that speak from a line of *uplink*, where `ss` is known.

    A program sees ``ECONNABORTED`` in the same moment, not a quarter of an hour later
    as by TCP's own patience. Packets that were led there by *mark* are looked at anew.
    """
    ss, line = program("ss"), uplink.line(family)
    if ss and line is not None and line.source:
        # those bound to the interface mean it: our probes, relay and transfers
        which = f"src {own_addresses(line)} and dev != {uplink.interface}"
        subprocess.run(
            [ss, f"-{family}", "-K", "-tun", which], capture_output=True, check=False
        )
    _forget(mark)


def _forget(mark: int) -> None:
    """Drop what connection tracking remembers under *mark*."""
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.nfnetlink.nfctsocket import NFCTSocket

    try:
        with NFCTSocket() as tracking:
            tracking.flush(mark=mark, mark_mask=0xFFFFFFFF)
    except (NetlinkError, OSError):  # not built into this kernel, or none tracked
        return
