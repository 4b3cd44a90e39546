"""What an interface is made of, by what sysfs and the kernel say."""

from pathlib import Path

import pytest

from rabta.probes.uplinks.medium import dialled_over, medium_of
from rabta.probes.uplinks.tables import Link


def link(name: str, **more: object) -> Link:
    return Link(3, name, carrier=True, **more)


@pytest.mark.parametrize(
    ("more", "medium"),
    [
        ({}, "wired"),
        ({"kind": "veth"}, "wired"),
        ({"kind": "bridge"}, "wired"),
        ({"kind": "wwan"}, "cellular"),
        ({"hardware": 519}, "cellular"),
        ({"hardware": 512}, "ppp"),
        ({"kind": "ppp", "hardware": 512}, "ppp"),
        ({"kind": "tun", "hardware": 65534}, "tunnel"),
        ({"kind": "wireguard", "hardware": 65534}, "tunnel"),
        ({"hardware": 776}, "tunnel"),
        ({"hardware": 772}, "unknown"),
    ],
)
def test_by_what_the_kernel_says(tmp_path: Path, more, medium):
    """Without any file of sysfs, as in many containers."""
    assert medium_of(link("x0", **more), tmp_path) == medium


@pytest.mark.parametrize("sign", ["wireless", "phy80211"])
def test_wifi_by_its_folder(tmp_path: Path, sign):
    (tmp_path / "sys/class/net/wlan0" / sign).mkdir(parents=True)

    assert medium_of(link("wlan0"), tmp_path) == "wifi"
    assert medium_of(link("eth0"), tmp_path) == "wired"


@pytest.mark.parametrize(("kind", "medium"), [("wwan", "cellular"), ("wlan", "wifi")])
def test_by_the_type_udev_sees(tmp_path: Path, kind, medium):
    folder = tmp_path / "sys/class/net/x0"
    folder.mkdir(parents=True)
    (folder / "uevent").write_text(f"DEVTYPE={kind}\nINTERFACE=x0\n")

    assert medium_of(link("x0"), tmp_path) == medium


@pytest.mark.parametrize(
    ("driver", "medium"),
    [("rndis_host", "cellular"), ("qmi_wwan", "cellular"), ("r8169", "wired")],
)
def test_a_shared_telephone_by_its_driver(tmp_path: Path, driver, medium):
    home = tmp_path / "sys/bus/usb/drivers" / driver
    device = tmp_path / "sys/class/net/usb0/device"
    home.mkdir(parents=True)
    device.mkdir(parents=True)
    (device / "driver").symlink_to(home)

    assert medium_of(link("usb0"), tmp_path) == medium


PPPOE = "Id       Address              Device\n"


@pytest.mark.parametrize(
    ("sessions", "device"),
    [
        ("00002A7C 00:0C:29:3E:10:AA     eth0\n", "eth0"),
        ("", ""),
        ("00002A7C 00:0C:29:3E:10:AA eth0\n000001AA 00:0C:29:3E:10:AB eth1\n", ""),
        ("spoiled\n", ""),
    ],
)
def test_what_pppoe_runs_over_is_told_where_it_is_but_one(tmp_path, sessions, device):
    (tmp_path / "proc/net").mkdir(parents=True)
    (tmp_path / "proc/net/pppoe").write_text(PPPOE + sessions)

    assert dialled_over(tmp_path) == device


def test_without_pppoe_nothing_is_told(tmp_path: Path):
    assert dialled_over(tmp_path) == ""
