"""Linux: puts a plan into the kernel's tables and takes it out again.

Every route and rule of ours bears a protocol number, so that whoever comes after a
crash finds all of them, and nothing else.
"""

import errno
import shutil
import subprocess
import sys
from typing import Any

from rabta.errors import PlatformError
from rabta.probes.uplinks.tables import OURS
from rabta.steer.plan import (
    FILTER,
    RULES,
    RULES_END,
    TABLE,
    TABLES_END,
    Plan,
    Route,
    Rule,
)


_FAMILY = {4: 2, 6: 10}  # AF_INET, AF_INET6
_TO_TABLE = 1
_GOING = {errno.ENETDOWN, errno.ENODEV, errno.ENETUNREACH, errno.EHOSTUNREACH}
"""A link went away this moment; the next plan knows."""
_SYSTEM = {0, 32766, 32767}  # the rules of local, main and default


def program(name: str) -> str | None:
    """Return where a program of the system is; PATH seldom has its folders."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/bin")


class Kernel:
    """The tables of this machine, or of the namespace it runs in."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise PlatformError(
                "routes can be set on Linux only",
                hint="'rabta relay' moves connections on any system",
            )
        self._there = Plan()
        self._nft = program("nft")

    @property
    def filters(self) -> bool:
        """Whether calls and name lookups can be moved apart from the rest."""
        return self._nft is not None

    def check(self) -> None:
        """Refuse where another program steers, or the rights are missing.

        Raises:
            PlatformError: it names what is in the way.
        """
        with self._netlink() as netlink:
            _check_rights(netlink)
            for family in _FAMILY.values():
                for rule in netlink.get_rules(family=family):
                    self._check_rule(rule)
                for route in netlink.get_routes(family=family):
                    table = route.get_attr("RTA_TABLE") or route["table"]
                    if TABLE <= table <= TABLES_END and route["proto"] != OURS:
                        raise PlatformError(
                            f"another program uses the routing table {table}",
                            hint="see 'ip route show table all'",
                        )

    def _check_rule(self, rule: Any) -> None:
        priority = rule.get_attr("FRA_PRIORITY") or 0
        if rule.get_attr("FRA_PROTOCOL") == OURS or priority in _SYSTEM:
            return
        if priority >= RULES and rule["action"] == _TO_TABLE:
            raise PlatformError(
                f"another program chooses routes by the rule {priority}; going before"
                " it could lead traffic around a tunnel",
                hint="see 'ip rule'; stop that program, or use 'rabta relay'",
            )

    def apply(self, plan: Plan) -> None:
        """Make the tables as *plan* says; each step leaves every packet a way.

        Routes are set anew each time: the kernel drops those of a link that goes.

        Raises:
            PlatformError: the kernel refuses; nothing of ours is left behind.
        """
        try:
            with self._netlink() as netlink:
                for route in plan.routes:
                    _set_route(netlink, route)
                for rule in plan.rules:
                    if rule not in self._there.rules:
                        _change_rule(netlink, "add", rule)
                if plan.filters != self._there.filters and self._nft:
                    self._filter(plan.filters)
                for rule in reversed(self._there.rules):
                    if rule not in plan.rules:
                        _change_rule(netlink, "del", rule)
                wanted = {(route.family, route.table) for route in plan.routes}
                for route in self._there.routes:
                    if (route.family, route.table) not in wanted:
                        netlink.flush_routes(
                            family=_FAMILY[route.family], table=route.table
                        )
        except (OSError, _refusal()) as error:
            self.clear()
            raise PlatformError(f"the routes cannot be set: {error}") from error
        self._there = plan

    def clear(self) -> int:
        """Take away all that is ours, the choice first; return how much it was.

        Raises:
            PlatformError: the rights are missing.
        """
        count = 0
        try:
            with self._netlink() as netlink:
                for family in _FAMILY.values():
                    rules = [
                        rule
                        for rule in netlink.get_rules(family=family)
                        if rule.get_attr("FRA_PROTOCOL") == OURS
                    ]
                    rules.sort(key=lambda rule: -(rule.get_attr("FRA_PRIORITY") or 0))
                    for rule in rules:
                        netlink.rule("del", **_as_found(rule))
                        count += 1
                    tables = {
                        route.get_attr("RTA_TABLE") or route["table"]
                        for route in netlink.get_routes(family=family)
                        if route["proto"] == OURS
                    }
                    for table in tables:
                        netlink.flush_routes(family=family, table=table)
                        count += 1
        except (OSError, _refusal()) as error:
            raise PlatformError(f"the routes cannot be reset: {error}") from error
        if self._nft:
            gone = _run(self._nft, "delete", "table", "inet", FILTER)
            count += gone.returncode == 0
        self._there = Plan()
        return count

    def _filter(self, text: str) -> None:
        """Replace our rule set in one transaction."""
        anew = f"add table inet {FILTER}\ndelete table inet {FILTER}\n{text}"
        done = _run(self._nft or "nft", "-f", "-", said=anew)
        if done.returncode:
            raise OSError(done.stderr.strip().partition("\n")[0])

    @staticmethod
    def _netlink() -> Any:
        from pyroute2 import IPRoute

        return IPRoute()


def _check_rights(netlink: Any) -> None:
    """Ask for what changes nothing: to remove a rule that is not there."""
    absent = Rule(4, RULES_END, TABLES_END)
    try:
        _change_rule(netlink, "del", absent)
    except _refusal() as error:
        if getattr(error, "code", None) not in {errno.EPERM, errno.EACCES}:
            raise
        raise PlatformError(
            "setting routes needs the right to change the network (CAP_NET_ADMIN)",
            hint="run it as root: sudo rabta steer --apply",
        ) from error


def _refusal() -> type[Exception]:
    from pyroute2.netlink import exceptions

    refusal: type[Exception] = exceptions.NetlinkError
    return refusal


def _run(*words: str, said: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words, input=said, capture_output=True, text=True, check=False
    )


def _set_route(netlink: Any, route: Route) -> None:
    what: dict[str, Any] = {
        "family": _FAMILY[route.family],
        "dst": "default",
        "table": route.table,
        "proto": OURS,
    }
    if not route.index:
        what["type"] = "unreachable"
    else:
        what["oif"] = route.index
    if route.gateway:
        what["gateway"] = route.gateway.partition("%")[0]
    if route.source:
        what["prefsrc"] = route.source
    if route.family == 6:  # there, "replace" would stand beside one of another metric
        what["priority"] = 1
    try:
        netlink.route("replace", **what)
    except _refusal() as error:
        if getattr(error, "code", None) not in _GOING:
            raise


def _change_rule(netlink: Any, verb: str, rule: Rule) -> None:
    what: dict[str, Any] = {
        "family": _FAMILY[rule.family],
        "priority": rule.priority,
        "table": rule.table,
        "action": _TO_TABLE,
        "protocol": OURS,
    }
    if rule.source:
        what["src"], _, length = rule.source.partition("/")
        what["src_len"] = int(length)
    if rule.mark:
        what["fwmark"] = rule.mark
    if rule.suppress:
        what["FRA_SUPPRESS_PREFIXLEN"] = 0
    try:
        netlink.rule(verb, **what)
    except _refusal() as error:
        known = errno.EEXIST if verb == "add" else errno.ENOENT
        if getattr(error, "code", None) != known:
            raise


def _as_found(rule: Any) -> dict[str, Any]:
    what: dict[str, Any] = {
        "family": rule["family"],
        "priority": rule.get_attr("FRA_PRIORITY"),
        "table": rule.get_attr("FRA_TABLE") or rule["table"],
        "action": rule["action"],
        "protocol": OURS,
    }
    if rule["src_len"]:
        what["src"], what["src_len"] = rule.get_attr("FRA_SRC"), rule["src_len"]
    if mark := rule.get_attr("FRA_FWMARK"):
        what["fwmark"] = mark
    if rule.get_attr("FRA_SUPPRESS_PREFIXLEN") == 0:
        what["FRA_SUPPRESS_PREFIXLEN"] = 0
    return what
