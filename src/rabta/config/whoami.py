"""Whom to ask for a line's public address, and for the network of an address: data."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from rabta.config.hosts import address_family
from rabta.config.read import Document
from rabta.config.settings import Config
from rabta.errors import ConfigError


WHOAMI_KEYS = ("host", "query", "type", "class", "operator")
ORIGIN_KEYS = ("ipv4", "ipv6", "names", "operator")
_SOURCE_KEYS = ("source", "date", "verified")


@dataclass(frozen=True, slots=True)
class Whoami:
    """A name server that answers with the address it was asked from."""

    host: str
    """Its address."""
    query: str
    kind: str = "A"
    domain: str = "IN"


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody who may be asked; empty where nobody may."""

    whoami: tuple[Whoami, ...] = ()
    ipv4: str = ""
    """Zone of reversed octets with the AS of an address."""
    ipv6: str = ""
    """The same of reversed nibbles."""
    names: str = ""
    """Zone of ``AS123`` with an AS's name."""


def directory(config: Config) -> Directory:
    """Return who may be asked: nobody where the user wants none of it.

    A ``targets_file`` of the user's replaces the shipped data, this too.

    Raises:
        ConfigError: the user's file cannot be read, or says something else.
    """
    if not config.learn_providers:
        return Directory()
    return _own(config.targets_file) if config.targets_file else _shipped()


@lru_cache
def _shipped() -> Directory:
    file = resources.files("rabta.config").joinpath("targets/whoami.toml")
    return parse(file.read_text("utf-8"), "whoami.toml")


def _own(path: Path) -> Directory:
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", file=str(path)) from None


def parse(text: str, file: str) -> Directory:
    """Read ``[[whoami]]`` and ``[origins]`` of a target file.

    Raises:
        ConfigError: anything in them is wrong.
    """
    root = Document(text, file).root
    asked = []
    for table in root.tables("whoami", *WHOAMI_KEYS, *_SOURCE_KEYS):
        for key in ("host", "query"):
            if key not in table:
                table.fail(key, "missing; a name server that tells addresses needs it")
        host = table.text("host")
        if not address_family(host):
            table.fail("host", f"expected an address, got {host!r}")
        asked.append(
            Whoami(
                host,
                table.text("query"),
                table.choice("type", ("A", "AAAA", "TXT"), "A"),
                table.choice("class", ("IN", "CH"), "IN"),
            )
        )
    zones = root.table("origins", *ORIGIN_KEYS, *_SOURCE_KEYS)
    return Directory(
        tuple(asked), zones.text("ipv4"), zones.text("ipv6"), zones.text("names")
    )
