"""What ``examine`` finds, on real folders and ports."""

import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from rabta.agent import doctor
from rabta.agent.doctor import Finding, Mark, examine
from rabta.clock import DAY, SECOND, ManualClock, SystemClock
from rabta.config import Config, Dashboard, UplinkSettings
from rabta.config import Store as StoreSettings
from rabta.locale import LANGUAGES, render
from rabta.model import Line, Uplink
from rabta.probes.abilities import Ability, Cure, Permission, grant_raw_command
from rabta.report.evidence import keys
from rabta.steer.relay.report import FILE as RELAY
from rabta.steer.relay.report import Report as Relaying
from rabta.store import Store


ETH = Uplink(
    *("ptcl", "eth0", 3, "wired"),
    carrier=True,
    lines=(Line(4, "192.168.1.5", "192.168.1.1", resolvers=("192.168.1.1",)),),
)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    return Config(StoreSettings(tmp_path / "store"), dashboard=Dashboard(port=port))


def named(findings, name: str) -> Finding:
    return next(finding for finding in findings if finding.id == name)


def every_permission(but: dict[Ability, Cure]) -> tuple[Permission, ...]:
    return tuple(
        Permission(ability, False, "Operation not permitted", but[ability])
        if ability in but
        else Permission(ability, permitted=True)
        for ability in Ability
    )


async def test_every_sentence_of_a_report_is_spoken_in_every_language(config):
    report = await examine(config)

    for finding in report.findings:
        for language in LANGUAGES:
            assert "{" not in render(finding.says, language)
    assert {"python", "configuration", "store", "disk", "port", "clock", "icmp"} <= {
        finding.id for finding in report.findings
    }


async def test_asking_leaves_nothing_behind(config):
    """No folder is made for a store that is not there yet."""
    before = sorted(config.store.path.parent.iterdir())

    await examine(config)

    assert sorted(config.store.path.parent.iterdir()) == before


async def test_a_broken_configuration_is_named_and_the_rest_still_looked_at(config):
    report = await examine(config, problem="/etc/rabta.toml:3: port: not a number")

    found = named(report.findings, "configuration")
    assert found.mark is Mark.FAILED
    assert "rabta.toml:3" in render(found.says)
    assert not report.able
    assert named(report.findings, "port").mark is Mark.OK


async def test_the_file_that_was_read_is_named(config):
    report = await examine(replace(config, file=Path("/home/ayesha/rabta.toml")))

    assert "/home/ayesha/rabta.toml" in render(
        named(report.findings, "configuration").says
    )


async def test_a_port_somebody_else_has_is_named(config):
    with socket.create_server(("127.0.0.1", config.dashboard.port)):
        report = await examine(config)

    found = named(report.findings, "port")
    assert found.mark is Mark.FAILED
    assert str(config.dashboard.port) in render(found.says)
    assert not report.able


async def test_a_port_rabta_itself_has_is_fine(config):
    clock = SystemClock()
    with Store.open(config.store.path, clock=clock) as store:
        store.put_status(b"{}")
        with socket.create_server(("127.0.0.1", config.dashboard.port)):
            report = await examine(config)

    found = named(report.findings, "port")
    assert (found.mark, found.says.key) == (Mark.OK, "doctor.port.running")


async def test_a_store_that_is_no_store_is_named(config):
    config.store.path.mkdir()
    (config.store.path / "rabta.sqlite").write_bytes(b"not a database" * 99)

    report = await examine(config)

    found = named(report.findings, "store")
    assert found.mark is Mark.FAILED
    assert "is damaged" in render(found.says)
    assert not report.able
    assert found.command == report.command
    assert "-m rabta.store.repair" in report.command


async def test_damage_on_a_single_page_is_found(config):
    """The file opens and its newest status can be read all the same."""
    clock = SystemClock()
    with Store.open(config.store.path, clock=clock) as store:
        store.put_status(b"{}")
    file = config.store.path / "rabta.sqlite"
    data = bytearray(file.read_bytes())
    with closing(sqlite3.connect(file)) as database:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'verdict'"
        (page,) = database.execute(sql).fetchone()
    data[(page - 1) * 4096 : (page - 1) * 4096 + 8] = b"\xff" * 8
    file.write_bytes(data)

    report = await examine(config)

    assert named(report.findings, "store").mark is Mark.FAILED
    assert "-m rabta.store.repair" in report.command


async def test_a_newer_store_is_not_called_damaged(config):
    with Store.open(config.store.path, clock=SystemClock()):
        pass
    with closing(sqlite3.connect(config.store.path / "rabta.sqlite")) as database:
        database.execute("PRAGMA user_version = 999")

    found = named((await examine(config)).findings, "store")

    assert (found.mark, found.command) == (Mark.FAILED, "")


async def test_a_store_below_a_file_cannot_be_written(tmp_path, config):
    (tmp_path / "file").write_text("")
    below = replace(config, store=StoreSettings(tmp_path / "file" / "store"))

    assert named((await examine(below)).findings, "store").mark is Mark.FAILED


async def test_the_key_that_signs_is_named(config):
    config.store.path.mkdir()
    none = named((await examine(config)).findings, "evidence")
    key = keys.make(config.store.path)
    made = named((await examine(config)).findings, "evidence")
    (config.store.path / keys.FILE).chmod(0o644)
    shown = named((await examine(config)).findings, "evidence")

    assert none.says.key == "doctor.evidence.none"
    assert made.mark is Mark.OK
    assert made.says.args == (("fingerprint", keys.fingerprint(key.public)),)
    assert shown.mark is Mark.REDUCED


async def test_little_disk_is_said(config, monkeypatch):
    usage = type("usage", (), {"free": 40_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)

    found = named((await examine(config)).findings, "disk")

    assert found.mark is Mark.REDUCED
    assert "40\u00a0MB" in render(found.says)


@pytest.mark.parametrize(
    ("offset", "mark"),
    [
        (timedelta(hours=3), Mark.OK),
        (timedelta(days=900), Mark.OK),
        (timedelta(days=-2), Mark.REDUCED),
        (timedelta(days=-20000), Mark.REDUCED),
        (timedelta(days=36500), Mark.REDUCED),
    ],
)
def test_a_clock_far_from_the_installation_is_doubted(offset, mark):
    installed = datetime(2026, 11, 23, tzinfo=UTC)
    now = round((installed + offset).timestamp()) * SECOND

    assert doctor._time(now, installed).mark is mark


async def test_the_clock_that_is_passed_in_is_the_one_that_is_judged(config):
    report = await examine(config, clock=ManualClock(DAY))

    assert named(report.findings, "clock").mark is Mark.REDUCED
    assert report.time == DAY


async def test_a_country_nothing_is_known_of_is_told(config):
    unknown = replace(config, country="XX")

    assert named((await examine(unknown)).findings, "country").mark is Mark.REDUCED
    known = await examine(replace(config, country="PK"))
    assert "country" not in {finding.id for finding in known.findings}


def test_no_uplink_means_nothing_can_be_measured():
    (found,) = doctor._uplinks(())

    assert found.mark is Mark.FAILED


@pytest.mark.parametrize(
    ("uplink", "key"),
    [
        (replace(ETH, carrier=False), "no-carrier"),
        (replace(ETH, lines=(replace(ETH.lines[0], conflict=True),)), "conflict"),
        (replace(ETH, lines=(replace(ETH.lines[0], source=""),)), "no-address"),
        (replace(ETH, lines=(replace(ETH.lines[0], has_route=False),)), "no-route"),
    ],
)
def test_the_fault_of_a_line_is_named(uplink, key):
    found = named(doctor._uplinks([uplink]), "line")

    assert found.mark is Mark.REDUCED
    assert found.says.key == f"doctor.line.{key}"
    assert "ptcl (eth0), wired, IPv4" in render(found.says)


def test_a_source_address_binds_well_enough_only_a_single_uplink(monkeypatch):
    """With two, the routing table may send a probe out by the other one."""
    monkeypatch.setattr("rabta.probes.binding._device_binding_permitted", lambda: False)
    other = replace(ETH, name="jazz", interface="wwan0")

    assert named(doctor._uplinks([ETH]), "line").mark is Mark.OK
    assert named(doctor._uplinks([ETH, other]), "line").mark is Mark.REDUCED


def test_resolvers_and_missing_families_are_said():
    found = list(doctor._uplinks([ETH]))

    assert "192.168.1.1" in render(named(found, "resolvers").says)
    assert render(named(found, "family").says).startswith("IPv6:")
    bare = replace(ETH, lines=(replace(ETH.lines[0], resolvers=()),))
    assert named(doctor._uplinks([bare]), "resolvers").mark is Mark.REDUCED


def test_all_permissions_are_no_reason_for_a_command():
    findings = list(doctor._abilities(every_permission({})))

    assert all(finding.mark is Mark.OK for finding in findings)
    assert doctor._best_command(findings) == ""


def test_ping_sockets_stand_in_for_raw_ones():
    findings = list(
        doctor._abilities(every_permission({Ability.RAW_ICMP: Cure.SETCAP}))
    )

    assert named(findings, "icmp").says.key == "doctor.icmp.ping"
    assert doctor._best_command(findings) == ""


@pytest.mark.parametrize(
    ("settings", "key"),
    [((), "cellular"), ((UplinkSettings("wwan0", budget_mb_per_day=20),), "told")],
)
def test_the_budget_of_a_mobile_uplink_is_said(config, settings, key):
    lte = Uplink("jazz", "wwan0", 4, "cellular", True, (), metered=True)

    (found,) = doctor._budgets((ETH, lte), replace(config, uplinks=settings))

    assert found.says.key == f"doctor.budget.{key}"
    assert "0\u00a0MB" in render(found.says)


@pytest.mark.parametrize(
    ("server", "says"),
    [("", "[throughput]"), ("wss://ndt.example/ndt/v7?access_token=x", " ndt.example")],
)
def test_how_to_have_throughput_tested_is_said(server, says):
    found = doctor._throughput(server)

    assert found.mark is Mark.OK
    assert says in render(found.says)
    assert "token" not in render(found.says)


def test_the_one_command_is_the_one_that_grants_most():
    lost = {
        Ability.RAW_ICMP: Cure.SETCAP,
        Ability.PING_SOCKET: Cure.SYSCTL,
        Ability.PACKET: Cure.SETCAP,
    }
    findings = list(doctor._abilities(every_permission(lost)))

    assert named(findings, "icmp").mark is Mark.REDUCED
    assert named(findings, "packet").mark is Mark.REDUCED
    assert doctor._best_command(findings) == grant_raw_command()


def test_a_container_is_told_what_it_lacks():
    lost = {
        Ability.RAW_ICMP: Cure.CONTAINER,
        Ability.PING_SOCKET: Cure.SYSCTL,
        Ability.PACKET: Cure.CONTAINER,
    }
    findings = list(doctor._abilities(every_permission(lost)))

    hint = named(findings, "container")
    assert "NET_RAW" in render(hint.says)
    assert hint.mark is Mark.HINT  # what would help is not one more thing amiss
    assert sum(finding.mark is Mark.REDUCED for finding in findings) == 2
    assert doctor._best_command(findings).startswith("sudo sysctl")


def test_without_any_sockets_nothing_can_be_measured():
    findings = doctor._abilities(every_permission({Ability.SOCKETS: Cure.NONE}))

    assert named(findings, "sockets").mark is Mark.FAILED


@contextmanager
def measuring(path, *before):
    """Another process that measures into *path*, started with *before*."""
    script = (
        "import sys; from pathlib import Path; from rabta.clock import SystemClock\n"
        "from rabta.store import Store\n"
        "with Store.open(Path(sys.argv[2]), clock=SystemClock()) as store:\n"
        "    print('measuring', flush=True); sys.stdin.read()\n"
    )
    command = [*before, sys.executable, "-c", script, "rabta up", str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "measuring\n"
        yield process
        process.stdin.close()


@pytest.mark.lab
@pytest.mark.parametrize(
    ("more", "cure"), [((), "restart"), (("--no-new-privs",), "container")]
)
async def test_the_rights_are_those_of_the_rabta_that_runs(config, more, cure):
    """Raw sockets are permitted here, but not to it."""
    without = ("setpriv", "--securebits", "+noroot,+noroot_locked", *more)
    without += ("--inh-caps=-all", "--ambient-caps=-all")
    before = await examine(config)
    with measuring(config.store.path, *without) as process:
        report = await examine(config)

    assert named(before.findings, "icmp").says.key == "doctor.icmp.raw"
    assert named(report.findings, "icmp").says.key != "doctor.icmp.raw"
    assert named(report.findings, "packet").mark is Mark.REDUCED
    assert named(report.findings, cure).mark is Mark.HINT
    assert str(process.pid) in render(named(report.findings, "running").says)
    assert "setcap" not in report.command


@pytest.mark.lab
async def test_a_rabta_that_runs_with_all_rights_lacks_none(config):
    with measuring(config.store.path):
        report = await examine(config)

    assert named(report.findings, "icmp").says.key == "doctor.icmp.raw"
    assert not {"restart", "container"} & {found.id for found in report.findings}


async def test_names_of_the_configuration_are_used(config):
    """An interface that was named is an uplink even while it is absent."""
    jazz = UplinkSettings("wwan9", name="jazz")

    report = await examine(replace(config, uplinks=(jazz,)))

    assert "jazz" in {uplink.name for uplink in report.uplinks}
    assert ("jazz", 4) in {(bound.uplink, bound.family) for bound in report.bindings}


async def test_a_relay_that_runs_is_told_of_with_what_is_over_its_cap(config):
    clock = SystemClock()
    report = Relaying(True, clock.now(), "127.0.0.1:4882", {"ptcl": 2}, spent=("lte",))
    config.store.path.mkdir()
    (config.store.path / RELAY).write_bytes(msgspec.json.encode(report))

    found = [f for f in (await examine(config)).findings if f.id == "relay"]

    assert [finding.mark for finding in found] == [Mark.OK, Mark.REDUCED]
    assert "127.0.0.1:4882" in render(found[0].says, "en")
    assert "lte" in render(found[1].says, "en")
