"""Where files live: the XDG base directories, and what Windows calls them."""

import sys
from collections.abc import Mapping
from pathlib import Path


def config_file(env: Mapping[str, str]) -> Path:
    """Return the user's configuration file, whether it exists or not."""
    return _home(env, "XDG_CONFIG_HOME", "APPDATA", ".config") / "rabta" / "rabta.toml"


def data_folder(env: Mapping[str, str]) -> Path:
    """Return the folder of the store and of the program's own environment."""
    return _home(env, "XDG_DATA_HOME", "LOCALAPPDATA", ".local/share") / "rabta"


def _home(env: Mapping[str, str], xdg: str, windows: str, default: str) -> Path:
    # XDG Base Directory Specification 0.8: a relative path is to be ignored
    if (given := env.get(xdg)) and Path(given).is_absolute():
        return Path(given)
    if sys.platform == "win32" and (given := env.get(windows)):
        return Path(given)
    home = env.get("HOME")
    return (Path(home) if home else Path.home()) / default
