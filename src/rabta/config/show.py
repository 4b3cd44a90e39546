"""The configuration as (key, value, origin) rows, for people and for JSON."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rabta.config.settings import Config


_LISTS = {
    "uplinks": "uplink",
    "vantages": "vantage",
    "sources": "source",
    "extra_targets": "target",
}


def rows(config: Config) -> list[tuple[str, Any, str]]:
    """Return every value in force; secrets are file names, never their contents."""
    found: list[tuple[str, Any, str]] = []
    for name, value in asdict(config).items():
        match name, value:
            case (("file" | "origins" | "helper" | "firm" | "contracts"), _):
                # the helper is shown as one of the vantages; the firm by 'rabta cost',
                # contracts by 'rabta report'
                continue
            case "status_page", None:
                continue
            case "services", _:
                names = [service["name"] for service in value]
                found.append((name, names, config.origin(name)))
            case _, dict():
                for key, inner in value.items():
                    dotted = f"{name}.{key}"
                    found.append((dotted, _plain(inner), config.origin(dotted)))
            case _, tuple():
                for number, item in enumerate(value, 1):
                    for key, inner in item.items():
                        dotted = f"{_LISTS[name]}[{number}].{key}"
                        found.append((dotted, _plain(inner), config.origin(dotted)))
            case _:
                found.append((name, _plain(value), config.origin(name)))
    return found


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
