"""Ends the connections of a dead uplink, so that programs reconnect at once."""

import shutil
import subprocess
from collections.abc import Iterable

from rabta.model import Uplink
from rabta.steer.plan import own_addresses


def end_flows(uplink: Uplink, families: Iterable[int], mark: int) -> bool:
    """Abort the sockets that speak from the lines of *uplink*; False where unknown how.

    A program sees ``ECONNABORTED`` in the same moment, not a quarter of an hour later
    as by TCP's own patience. Packets that were led there by *mark* are looked at anew.
    """
    ss = shutil.which("ss") or shutil.which("ss", path="/usr/sbin:/sbin:/bin")
    if ss is None:
        return False
    for family in families:
        line = uplink.line(family)
        if line is not None and line.source:
            subprocess.run(
                [ss, f"-{family}", "-K", "-tu", "src", own_addresses(line)],
                capture_output=True,
                check=False,
            )
    _forget(mark)
    return True


def _forget(mark: int) -> None:
    """Drop what connection tracking remembers under *mark*."""
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.nfnetlink.nfctsocket import NFCTSocket

    try:
        with NFCTSocket() as tracking:
            tracking.flush(mark=mark, mark_mask=0xFFFFFFFF)
    except (NetlinkError, OSError):  # not built into this kernel, or none tracked
        return
