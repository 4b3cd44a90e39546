"""Configuration: ``rabta.toml``, environment and flags to one frozen ``Config``.

A flag wins over the environment, the environment over the file, the file over the
default. A mistake names file, line, key and the accepted form, and starts nothing.
Nothing here imports more than the standard library, so that ``rabta status`` stays
quick.
"""

from rabta.config.hosts import is_loopback
from rabta.config.load import load
from rabta.config.secrets import read_secret, read_token, write_token
from rabta.config.settings import (
    Channel,
    Config,
    Dashboard,
    Lab,
    Power,
    Relay,
    RelayRule,
    Service,
    ShownItem,
    SourceSettings,
    StatusPageSettings,
    Store,
    Throughput,
    UplinkSettings,
    Vantage,
)


__all__ = [
    "Channel",
    "Config",
    "Dashboard",
    "Lab",
    "Power",
    "Relay",
    "RelayRule",
    "Service",
    "ShownItem",
    "SourceSettings",
    "StatusPageSettings",
    "Store",
    "Throughput",
    "UplinkSettings",
    "Vantage",
    "is_loopback",
    "load",
    "read_secret",
    "read_token",
    "write_token",
]
