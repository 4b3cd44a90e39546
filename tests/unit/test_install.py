"""The installer, as far as it goes without a network."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


HERE = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "dev.lock", "fast.lock", "build.lock", "node.lock")


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


installer = load(HERE / "install.py")
gate = load(HERE / "scripts" / "gate.py")


@pytest.fixture
def bare(monkeypatch):
    """A pytest that loads no plugin, and starts in no time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return tmp_path


@pytest.mark.parametrize("version", [(3, 10), (3, 15), (2, 7)])
def test_a_python_that_will_not_do_is_refused_in_one_line(version):
    with pytest.raises(installer.InstallError, match=r"needs Python 3\.11 to 3\.14"):
        installer.check_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_a_python_that_will_do_is_taken(version):
    installer.check_python(version)


def test_a_missing_ensurepip_is_answered_with_the_package_to_install(monkeypatch):
    monkeypatch.setattr(installer.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(installer.InstallError, match="sudo apt install python3-venv"):
        installer.check_python((3, 11))


def test_old_pythons_can_at_least_read_the_file():
    """Else they would answer with a syntax error and not with the clear line."""
    import ast

    ast.parse((HERE / "install.py").read_text("utf-8"), feature_version=(3, 7))


def test_only_the_standard_library_is_needed():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import install\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(names - sys.stdlib_module_names - {'install', '__main__'})"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", code, str(HERE)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("arguments", [["--tset"], ["down"], ["--test-me"]])
def test_a_wrong_argument_is_bad_usage(arguments, capsys):
    assert installer.main(arguments) == 2
    assert "usage:" in capsys.readouterr().err


def test_help_shows_the_three_ways(capsys):
    assert installer.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("install.py up", "install.py --test"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_pinned_with_hashes_and_names_no_registry(name):
    text = (HERE / name).read_text("utf-8")

    assert "://" not in text
    assert "--index-url" not in text
    entries = [
        entry
        for entry in text.replace("\\\n", " ").splitlines()
        if entry and not entry.startswith((" ", "#"))
    ]
    assert entries
    for entry in entries:
        assert "==" in entry, entry
        assert "--hash=sha256:" in entry, entry


def pins(name):
    return dict(
        line.split()[0].split("==", 1)
        for line in (HERE / name).read_text("utf-8").splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )


def test_tests_run_with_the_versions_that_are_shipped():
    shipped, tested = pins("requirements.lock"), pins("dev.lock")

    assert shipped.items() <= tested.items()
    for name in ("build.lock", "node.lock"):
        for package, version in pins(name).items():
            assert tested.get(package, version) == version


def test_everything_the_project_asks_for_is_locked():
    import re
    import tomllib

    project = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"]
    locked = pins("requirements.lock")

    def name(one):  # as PEP 503 writes it, and so do the locks
        plain = re.split(r"[^A-Za-z0-9._-]", one)[0].lower()
        return re.sub(r"[-_.]+", "-", plain)

    assert {name(one) for one in wanted} <= set(locked)
    dev = project["dependency-groups"]["dev"]
    assert {name(one) for one in dev} <= set(pins("dev.lock"))


def test_the_digest_sees_names_and_bytes_and_no_generated_file(tmp_path, monkeypatch):
    monkeypatch.setattr(installer, "HERE", tmp_path)
    source = tmp_path / "src"
    (source / "__pycache__").mkdir(parents=True)
    (source / "a.py").write_text("1")
    first = installer.digest(source)

    (source / "__pycache__/a.pyc").write_text("x")
    assert installer.digest(source) == first
    (source / "a.py").write_text("2")
    second = installer.digest(source)
    assert second != first
    (source / "a.py").rename(source / "b.py")
    assert installer.digest(source) not in (first, second)


@pytest.mark.parametrize("content", ["", "{", "[1]", "3"])
def test_a_damaged_stamp_means_installing_again(content, tmp_path):
    stamp = tmp_path / "stamp.json"
    stamp.write_text(content)

    assert installer.read_stamp(stamp) == {}


def test_the_link_is_made_renewed_and_never_put_over_a_file(home, capsys):
    place = home / ".local/bin/rabta"
    one, two = home / "one", home / "two"

    installer.link(one)
    installer.link(two)
    assert place.readlink() == two

    place.unlink()
    place.write_text("mine")
    installer.link(one)
    assert place.read_text() == "mine"
    assert "left alone" in capsys.readouterr().out


def test_up_to_date_is_found_without_running_anything(home, monkeypatch, capsys):
    venv = home / ".local/share/rabta/venv"
    rabta = installer.script(venv, "rabta")
    rabta.parent.mkdir(parents=True)
    rabta.write_text("#!/bin/sh\n")
    wanted = {
        "python": list(sys.version_info[:3]),
        "lock": installer.digest(HERE / "requirements.lock"),
        "source": installer.digest(*(HERE / name for name in installer.SOURCES)),
    }
    (venv / "rabta-stamp.json").write_text(json.dumps(wanted))
    monkeypatch.setattr(installer.subprocess, "run", None)

    assert installer.install() == rabta
    assert "up to date" in capsys.readouterr().out


@pytest.fixture(scope="module")
def remade(tmp_path_factory):
    """An environment made where that of another Python lay; it takes ten seconds."""
    venv = tmp_path_factory.mktemp("remade") / "venv"
    python = installer.script(venv, "python")
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho '(3, 1, 0)'\n")
    python.chmod(0o755)
    installer.make_venv(venv)
    return venv


def test_the_environment_of_another_python_is_made_anew(remade):
    """After an upgrade of the system the old one does not start any more."""
    done = subprocess.run(
        [
            str(installer.script(remade, "python")),
            "-c",
            "import sys; print(sys.version_info[:3])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(sys.version_info[:3])


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
def test_the_environment_has_a_python_of_its_own(remade):
    """A capability granted to it is granted to no other program."""
    python = installer.script(remade, "python")
    assert python.resolve().is_relative_to(remade.resolve())


def test_a_place_that_cannot_be_written_is_one_clear_complaint(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(installer.InstallError, match="cannot make an environment in"):
        installer.make_venv(tmp_path / "file" / "venv")


def test_next_steps_name_the_command_by_its_path_until_it_is_found(
    home, monkeypatch, capsys
):
    monkeypatch.setenv("PATH", "/nowhere")

    rabta = home / "venv/bin/rabta"

    assert installer.next_steps(rabta) == 0
    out = capsys.readouterr().out
    assert f"{rabta} up" in out
    assert "export PATH" in out
    installer.link(rabta)
    assert installer.next_steps(rabta) == 0
    assert "  ~/.local/bin/rabta up" in capsys.readouterr().out


def test_the_gate_fails_when_one_check_fails(capsys):
    good = gate.check("good", [sys.executable, "-c", ""])
    bad = gate.check("bad", [sys.executable, "-c", "raise SystemExit(3)"])

    assert gate.summary([good], 7.0) == 0
    assert gate.summary([good, bad], 7.0) == 1
    assert "failed: bad; 7 s" in capsys.readouterr().out


@pytest.mark.parametrize(("no_skips", "good"), [("1", False), ("", True)])
def test_a_skip_fails_the_gate_only_where_nothing_may_skip(
    no_skips, good, tmp_path, monkeypatch, bare
):
    file = tmp_path / "test_it.py"
    file.write_text(
        "import pytest\ndef test_a(): pass\n"
        "@pytest.mark.skip(reason='no')\ndef test_b(): pass\n"
    )
    monkeypatch.setenv("RABTA_NO_SKIPS", no_skips)
    monkeypatch.chdir(tmp_path)

    result = gate.run_tests("part", str(file), "-p", "no:cacheprovider")

    assert result.good is good
    assert "1 skipped" in result.note


@pytest.mark.parametrize(("no_skips", "all_of_them"), [("1", True), ("", False)])
def test_what_only_benchmarks_need_is_wanted_where_nothing_may_skip(
    no_skips, all_of_them, monkeypatch
):
    monkeypatch.setenv("RABTA_NO_SKIPS", no_skips)

    assert "fping" in gate.wanted()
    assert ("prometheus-blackbox-exporter" in gate.wanted()) is all_of_them


def test_a_password_is_never_asked_for(tmp_path, monkeypatch, capsys):
    """A sudo that would ask is no right at all; nobody waits at a machine's gate."""
    sudo = tmp_path / "sudo"
    sudo.write_text(
        f'#!/bin/sh\necho "sudo $*" >> {tmp_path}/asked\n[ "$1" = -n ] && exit 1\n'
    )
    sudo.chmod(0o755)
    shutil.copy("/bin/true", tmp_path / "dpkg")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(gate, "installed", lambda _: False)

    gate.debian_packages()

    assert (tmp_path / "asked").read_text() == "sudo -n true\n"
    assert "no right to" in capsys.readouterr().out
    assert "sudo" not in (gate.HERE / ".ci" / "run").read_text()


def test_no_test_at_all_is_no_success(tmp_path, monkeypatch, bare):
    monkeypatch.chdir(tmp_path)

    assert not gate.run_tests("part", str(tmp_path), "-p", "no:cacheprovider").good


@pytest.mark.parametrize(("times", "good"), [(1, True), (2, False)])
def test_a_failure_counts_when_it_repeats(times, good, tmp_path, monkeypatch, bare):
    (tmp_path / "test_it.py").write_text(
        "from pathlib import Path\n"
        "def test_a():\n"
        "    runs = Path(__file__).with_suffix('.runs')\n"
        "    runs.write_text((runs.read_text() if runs.exists() else '') + '.')\n"
        f"    assert len(runs.read_text()) > {times}\n"
    )
    monkeypatch.chdir(tmp_path)

    result = gate.run_tests("part", str(tmp_path / "test_it.py"))

    assert result.good is good
    assert "test_a" in result.note
