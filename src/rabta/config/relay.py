"""``[relay]``: where the relay listens, for whom, and its rules."""

from ipaddress import ip_network
from pathlib import Path

from rabta.config.hosts import address_family, is_host, is_loopback
from rabta.config.read import Section
from rabta.config.settings import Relay, RelayRule


_KEYS = ("host", "port", "token_file", "clients", "reach", "rule")
_RULE_KEYS = ("hosts", "prefer", "unmetered", "never")


def relay(root: Section, folder: Path) -> Relay:
    """Read the table; one that others can reach says whom it serves."""
    table = root.table("relay", *_KEYS)
    host = table.text("host", "127.0.0.1")
    if not address_family(host):
        table.fail("host", f"expected an address such as 127.0.0.1, got {host!r}")
    port = table.integer("port", 4882, 0, 65535)
    token_file = table.path("token_file", folder)
    clients = _networks(table, "clients")
    reach = _networks(table, "reach")
    if not is_loopback(host):
        hint = "or use 127.0.0.1"
        if token_file is None:
            table.fail(
                "host",
                f"{host} can be reached by others, so a token is required",
                f'add token_file = "/path/to/token" to [relay], {hint}',
            )
        if not clients:
            table.fail(
                "host",
                f"{host} can be reached by others, so say who may use the relay",
                f'add clients = ["192.168.1.0/24"] to [relay], {hint}',
            )
    rules = tuple(_rule(one) for one in table.tables("rule", *_RULE_KEYS))
    return Relay(host, port, token_file, clients, reach, rules)


def _networks(table: Section, key: str) -> tuple[str, ...]:
    found = table.strings(key)
    for index, item in enumerate(found):
        try:
            ip_network(item)
        except ValueError as error:
            hint = 'a network such as "192.168.1.0/24", or one address'
            table.fail_item(key, index, str(error), hint)
    return found


def _rule(table: Section) -> RelayRule:
    if "hosts" not in table:
        table.fail("hosts", 'missing; names such as ["*.zoom.us"], or ["*"] for all')
    hosts = tuple(one.lower() for one in table.strings("hosts"))
    for index, item in enumerate(hosts):
        if item != "*" and not is_host(item.removeprefix("*.")):
            hint = 'a name, "*.example.com" for all below it too, an address, or "*"'
            table.fail_item("hosts", index, f"{item!r} is no host", hint)
    return RelayRule(
        hosts=hosts,
        prefer=table.text("prefer"),
        unmetered=bool(table.flag("unmetered")),
        never=table.strings("never"),
    )
