"""What an interface is made of, as far as the system tells."""

from pathlib import Path

from rabta.probes.uplinks.tables import Link


# linux/if_arp.h
_PPP, _RAW_IP, _NONE = 512, 519, 65534
_TUNNELS = {768, 769, 776, 778, 823, _NONE}
_TUNNEL_KINDS = {
    "tun",
    "wireguard",
    "ipip",
    "sit",
    "gre",
    "gretap",
    "ip6gre",
    "ip6tnl",
    "vti",
    "vti6",
    "xfrm",
    "vxlan",
    "geneve",
}
# modems, and telephones that share their connection
_CELLULAR_DRIVERS = {
    "qmi_wwan",
    "cdc_mbim",
    "huawei_cdc_ncm",
    "sierra_net",
    "rndis_host",
    "ipheth",
}


def medium_of(link: Link, root: Path = Path("/")) -> str:
    """Return ``wired``, ``wifi``, ``cellular``, ``ppp``, ``tunnel`` or ``unknown``.

    *root* is where ``sys`` is looked for.
    """
    folder = root / "sys/class/net" / link.name
    if (folder / "wireless").exists() or (folder / "phy80211").exists():
        return "wifi"
    driver = folder / "device/driver"
    kind = _devtype(folder)
    if kind == "wlan":
        return "wifi"
    if (
        kind == "wwan"
        or link.kind == "wwan"
        or link.hardware == _RAW_IP
        or (driver.exists() and driver.resolve().name in _CELLULAR_DRIVERS)
    ):
        return "cellular"
    if link.kind == "ppp" or link.hardware == _PPP:
        return "ppp"
    if link.kind in _TUNNEL_KINDS or link.hardware in _TUNNELS:
        return "tunnel"
    return "wired" if link.hardware == 1 else "unknown"


def dialled_over(root: Path = Path("/")) -> str:
    """Return the interface PPPoE sessions run over; "" unless it is but one.

    The kernel lists sessions without the names of their ppp interfaces (pppoe.c,
    ``/proc/net/pppoe``: identifier, address, device).
    """
    try:
        lines = (root / "proc/net/pppoe").read_text("ascii", "replace").splitlines()
    except OSError:
        return ""
    devices = {words[2] for line in lines[1:] if len(words := line.split()) == 3}
    return devices.pop() if len(devices) == 1 else ""


def _devtype(folder: Path) -> str:
    try:
        text = (folder / "uevent").read_text("utf-8", "replace")
    except OSError:
        return ""
    found = [line[8:] for line in text.splitlines() if line.startswith("DEVTYPE=")]
    return found[0] if found else ""
