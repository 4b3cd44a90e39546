"""Mains power, by sysfs and by a real server that speaks NUT's protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rabta.model import Mains
from rabta.probes.power import ask_nut, mains, parse_status, read_supplies


def supply(root: Path, name: str, **files: str) -> None:
    folder = root / "sys/class/power_supply" / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text + "\n")


def test_nothing_listed_is_not_known(tmp_path: Path):
    assert read_supplies(tmp_path) == Mains()


@pytest.mark.parametrize(("online", "expected"), [("1", True), ("0", False)])
def test_a_mains_adapter_decides(tmp_path: Path, online, expected):
    supply(tmp_path, "AC", type="Mains", online=online)
    supply(tmp_path, "BAT0", type="Battery", status="Not charging")

    assert read_supplies(tmp_path) == Mains(expected)


def test_usb_power_delivery_counts_as_mains(tmp_path: Path):
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "ucsi-1", type="USB", usb_type="C [PD]", online="1")
    supply(tmp_path, "BAT0", type="Battery", status="Charging")

    assert read_supplies(tmp_path) == Mains(True)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Discharging", False),
        ("Charging", True),
        ("Full", True),
        ("Not charging", True),
        ("Unknown", None),
    ],
)
@pytest.mark.parametrize("kind", ["Battery", "UPS"])
def test_a_battery_alone_tells_by_its_status(tmp_path: Path, kind, status, expected):
    supply(tmp_path, "b", type=kind, status=status)

    told = kind == "UPS" and expected is not None
    assert read_supplies(tmp_path) == Mains(expected, ups=told)


def test_an_idle_usb_port_of_a_desktop_says_nothing(tmp_path: Path):
    supply(tmp_path, "ucsi-1", type="USB", online="0")

    assert read_supplies(tmp_path) == Mains()


def test_the_battery_of_a_mouse_is_not_ours(tmp_path: Path):
    supply(tmp_path, "hid", type="Battery", scope="Device", status="Discharging")

    assert read_supplies(tmp_path) == Mains()


def test_a_supply_without_files_is_passed_over(tmp_path: Path):
    supply(tmp_path, "odd")

    assert read_supplies(tmp_path) == Mains()


@asynccontextmanager
async def upsd(answer: bytes, *, hold: bool = False) -> AsyncIterator[str]:
    """Answer LIST VAR office; ``hold`` keeps the connection open and silent after."""
    asked: list[bytes] = []
    finished = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        with suppress(ConnectionError):
            step = max(11, len(answer) // 50)
            for at in range(0, len(answer), step):
                writer.write(answer[at : at + step])
                await writer.drain()
                await asyncio.sleep(0)
            if hold:
                await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        finished.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"office@127.0.0.1:{port}"
        await finished.wait()
    assert asked == [b"LIST VAR office\n"]


def variables(status: str) -> bytes:
    return (
        "BEGIN LIST VAR office\n"
        'VAR office battery.charge "97"\n'
        f'VAR office ups.status "{status}"\n'
        "END LIST VAR office\n"
    ).encode()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("OL", True),
        ("OL CHRG", True),
        ("OB DISCHRG", False),
        ("OB LB", False),
        ("FSD OB", False),
        ("WAIT", None),
    ],
)
async def test_a_ups_tells_by_its_status(status, expected):
    async with upsd(variables(status), hold=True) as ups:
        assert await ask_nut(ups) is expected


async def test_a_ups_knows_the_mains_better_than_a_laptop(tmp_path: Path):
    supply(tmp_path, "AC", type="Mains", online="0")

    async with upsd(variables("OL")) as ups:
        assert await mains(nut=ups, root=tmp_path) == Mains(True, ups=True)


@pytest.mark.parametrize(
    "answer", [b"ERR DATA-STALE\n", b"ERR UNKNOWN-UPS\n", b"", b"\xff" * 100]
)
async def test_a_ups_that_does_not_know_leaves_it_to_the_machine(tmp_path, answer):
    supply(tmp_path, "AC", type="Mains", online="1")

    async with upsd(answer) as ups:
        assert await ask_nut(ups) is None
    async with upsd(answer) as ups:
        assert await mains(nut=ups, root=tmp_path) == Mains(True)


async def test_a_server_that_talks_without_end_is_cut_off():
    """Nobody's memory is filled by a service on that port which is no upsd."""
    async with upsd(b'VAR office ups.status "OL"\n' + b"x" * 300_000) as ups:
        assert await ask_nut(ups) is True


async def test_a_silent_server_is_given_up(monkeypatch):
    monkeypatch.setattr("rabta.probes.power._TIMEOUT", 0.1)
    async with upsd(b"BEGIN", hold=True) as ups:
        assert await ask_nut(ups) is None


@pytest.mark.parametrize(
    "ups", ["office@127.0.0.1:1", "office@", "@", "x@127.0.0.1:9999999"]
)
async def test_no_server_is_no_answer(ups):
    assert await ask_nut(ups) is None


@given(text=st.text(max_size=200))
def test_any_text_is_an_answer(text):
    assert parse_status(text) in {True, False, None}
    assert parse_status(f'VAR a ups.status "{text}"') in {True, False, None}


@given(words=st.lists(st.sampled_from(["OL", "CHRG", "LB", "RB", "BOOST", "TRIM"])))
def test_on_battery_outweighs_every_other_word(words):
    said = " ".join([*words, "OB"])

    assert parse_status(f'VAR office ups.status "{said}"\n') is False
