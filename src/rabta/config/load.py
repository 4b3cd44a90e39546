"""From flags, environment and file to one checked ``Config``."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rabta.config import country, paths
from rabta.config.hosts import is_host, is_loopback
from rabta.config.read import Document, Key, Section
from rabta.config.relay import relay
from rabta.config.service_table import services
from rabta.config.settings import (
    Channel,
    Config,
    Dashboard,
    Evidence,
    Lab,
    Power,
    SourceSettings,
    Steer,
    Store,
    Throughput,
    UplinkSettings,
    Vantage,
)
from rabta.config.status_page import status_page
from rabta.errors import ConfigError


if TYPE_CHECKING:
    from rabta.model.target import Target


ENVIRONMENT: Mapping[str, Key] = {
    "RABTA_COUNTRY": ("country",),
    "RABTA_LANGUAGE": ("language",),
    "RABTA_HOST": ("dashboard", "host"),
    "RABTA_PORT": ("dashboard", "port"),
    "RABTA_TOKEN_FILE": ("dashboard", "token_file"),
    "RABTA_STORE": ("store", "path"),
}
"""Variables that override a key; ``RABTA_CONFIG`` names the file itself."""

_KEYS = (
    "country",
    "language",
    "services",
    "targets_file",
    "learn_providers",
    "dashboard",
    "store",
    "uplink",
    "target",
    "service",
    "throughput",
    "steer",
    "power",
    "evidence",
    "vantage",
    "helper",
    "source",
    "channel",
    "relay",
    "firm",
    "contract",
    "status_page",
    "lab",
)
_FIRM = (
    *("currency", "year", "timezone", "exchange", "holidays", "home"),
    *("variable_cost", "restore_hours", "redo_minutes"),
    *("group", "client", "shop", "service"),
)
_CONTRACT = (
    *(
        "name",
        "uplink",
        "source",
        "excludes",
        "hours",
        "fee",
        "currency",
        "credits",
        "access",
    ),
    *("availability", "longest_outage", "loss", "delay_ms", "variation_ms"),
    *("download_mbps", "upload_mbps"),
    *("download_normal_mbps", "download_minimum_mbps"),
)
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?"
_LITERAL = r"[0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]"
_NAME = r"[a-z0-9][a-z0-9._-]*"


def load(
    path: Path | None = None,
    env: Mapping[str, str] | None = None,
    flags: Mapping[Key, str | int | Path | None] | None = None,
) -> Config:
    """Read and check the configuration; nothing is opened but the file itself.

    Args:
        path: the file ``--config`` named; None for ``RABTA_CONFIG`` or the usual place.
        env: the environment; None for the process's own.
        flags: values given on the command line, by key such as
            ``("dashboard", "port")``; None as a value means not given.

    Raises:
        ConfigError: the file is missing though it was named, or anything in it is
            wrong; the message has file, line, key and the accepted form.
    """
    env = os.environ if env is None else env
    file, text = _read(path, env)
    overrides: dict[Key, tuple[str | int, str]] = {}
    for variable, key in ENVIRONMENT.items():
        if given := env.get(variable):
            # relative to where the user stands, unlike paths in the file
            if key[-1] in ("path", "token_file"):
                given = str(Path(given).absolute())
            overrides[key] = (given, variable)
    for key, flag in (flags or {}).items():
        if flag is not None:
            value = str(flag.absolute()) if isinstance(flag, Path) else flag
            overrides[key] = (value, "--" + str(key[-1]).replace("_", "-"))
    document = Document(text, str(file or "configuration"), overrides)
    folder = file.parent if file else Path.cwd()
    return _build(document, file, folder, env)


def _read(path: Path | None, env: Mapping[str, str]) -> tuple[Path | None, str]:
    named = path or (Path(env["RABTA_CONFIG"]) if env.get("RABTA_CONFIG") else None)
    file = (named or paths.config_file(env)).absolute()
    try:
        return file, file.read_text("utf-8")
    except FileNotFoundError:
        if named is None:
            return None, ""
        hint = "write one with 'rabta config init'"
        raise ConfigError("there is no such file", file=str(file), hint=hint) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(f"cannot be read: {reason}", file=str(file)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError("not UTF-8 text", file=str(file), line=line) from None


def _build(
    document: Document, file: Path | None, folder: Path, env: Mapping[str, str]
) -> Config:
    root = document.root.only(*_KEYS)
    place, place_origin = _country(root, env)
    document.origins["country"] = place_origin
    helper = _helper(root, folder)
    used = services(root)
    return Config(
        country=place,
        language=_language(root, env),
        services=used,
        dashboard=_dashboard(root, folder),
        store=_store(root, folder, env),
        uplinks=_uplinks(root),
        extra_targets=_targets(root),
        targets_file=root.path("targets_file", folder),
        learn_providers=root.flag("learn_providers") is not False,
        throughput=_throughput(root),
        steer=_steer(root),
        power=_power(root),
        evidence=_evidence(root),
        vantages=(*_vantages(root, folder), *((helper,) if helper else ())),
        helper=helper,
        sources=_sources(root, folder),
        channels=_channels(root, folder, env),
        relay=relay(root, folder),
        firm=_firm(root),
        status_page=status_page(root, [one.name for one in used]),
        contracts=tuple(root.tables("contract", *_CONTRACT)),
        lab=_lab(root),
        file=file,
        origins=tuple(sorted(document.origins.items())),
    )


def _country(root: Section, env: Mapping[str, str]) -> tuple[str, str]:
    form = '"auto", "world" or two capital letters such as "PK"'
    given = root.text("country", "auto", pattern="auto|world|[A-Z]{2}", form=form)
    if given != "auto":
        return given, root.origin("country")
    zone = country.zone_name(env)
    found = country.country_of(zone)
    return (found or "world"), f"time zone {zone or 'unknown'}"


def _language(root: Section, env: Mapping[str, str]) -> str:
    given = root.choice("language", ("auto", "en", "ur"), "auto")
    return country.language_of(env) if given == "auto" else given


def _dashboard(root: Section, folder: Path) -> Dashboard:
    table = root.table("dashboard", "host", "port", "token_file")
    host = table.text(
        "host", "127.0.0.1", pattern=_HOST, form="an address such as 127.0.0.1"
    )
    token_file = table.path("token_file", folder)
    if token_file is None and not is_loopback(host):
        table.fail(
            "host",
            f"{host} can be reached by others, so a token is required",
            "run 'rabta config token' and add token_file to [dashboard], "
            "or use 127.0.0.1",
        )
    return Dashboard(host, table.integer("port", 4880, 0, 65535), token_file)


def _store(root: Section, folder: Path, env: Mapping[str, str]) -> Store:
    table = root.table("store", "path", "raw_days", "minute_days")
    default = paths.data_folder(env) / "store"
    raw_days = table.integer("raw_days", 7, 1, 3660)
    minute_days = table.integer("minute_days", 90, 1, 36600)
    if minute_days < raw_days:
        table.fail(
            "minute_days", f"expected at least raw_days ({raw_days}), got {minute_days}"
        )
    path = table.path("path", folder, default)
    return Store(path or default, raw_days, minute_days)


def _uplinks(root: Section) -> tuple[UplinkSettings, ...]:
    found: list[UplinkSettings] = []
    keys = (
        *("interface", "name", "isp", "asn", "metered", "budget_mb_per_day"),
        *("tier", "cap_gb_per_month"),
    )
    for table in root.tables("uplink", *keys):
        if "interface" not in table:
            table.fail("interface", "missing; the interface this is about")
        budget = None
        if "budget_mb_per_day" in table:
            budget = table.number("budget_mb_per_day", 0, 0, 1e9)
        uplink = UplinkSettings(
            interface=table.text("interface", pattern=r"\S{1,64}", form="a name"),
            name=table.text(
                "name",
                pattern=_NAME,
                form="lower-case letters, digits, dots and dashes",
            ),
            isp=table.text("isp"),
            asn=table.integer("asn", 0, 0, 4294967295),
            metered=table.flag("metered"),
            budget_mb_per_day=budget,
            tier=table.integer("tier", 1, 0, 9),
            cap_gb_per_month=table.number("cap_gb_per_month", 0, 0, 1e9)
            if "cap_gb_per_month" in table
            else None,
        )
        for other in found:
            if other.interface == uplink.interface:
                table.fail("interface", f"{uplink.interface!r} is listed twice")
            if uplink.name and other.name == uplink.name:
                table.fail("name", f"{uplink.name!r} names two uplinks")
        found.append(uplink)
    return tuple(found)


def _targets(root: Section) -> "tuple[Target, ...]":
    if "target" not in root:
        return ()
    # The model takes longer to import than all the rest here.
    from rabta.config.target_table import TARGET_KEYS, read_target

    return tuple(read_target(table) for table in root.tables("target", *TARGET_KEYS))


def _steer(root: Section) -> Steer:
    table = root.table("steer", "apply", "patience", "settle", "hold")
    usual = Steer()
    return Steer(
        bool(table.flag("apply")),
        table.seconds("patience", usual.patience, 0, 3600),
        table.seconds("settle", usual.settle, 0, 3600),
        table.seconds("hold", usual.hold, 0, 86400),
    )


def _throughput(root: Section) -> Throughput:
    table = root.table("throughput", "server", "interval")
    form = 'a WebSocket URL such as "wss://ndt.example.pk/ndt/v7"'
    server = table.text("server", pattern=r"wss?://[^\s/]+\S*", form=form)
    if server and not _is_server(server):
        table.fail("server", f"expected {form}, got {server!r}")
    return Throughput(server, table.seconds("interval", 21600.0, 60, 30 * 86400))


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        plain = parts.username is None and parts.port != 0
        return plain and is_host(parts.hostname or "")
    except ValueError:
        return False


def _power(root: Section) -> Power:
    table = root.table("power", "nut")
    form = '"ups@host" or "ups@host:port"'
    return Power(table.text("nut", pattern=rf"[^@\s]+@{_HOST}", form=form))


def _evidence(root: Section) -> Evidence:
    table = root.table("evidence", "timestamp_server")
    form = 'the URL of a time-stamping authority, such as "https://tsa.example.pk/"'
    server = table.text("timestamp_server", pattern=r"https?://[^\s/]+\S*", form=form)
    return Evidence(server)


def _vantages(root: Section, folder: Path) -> tuple[Vantage, ...]:
    found: list[Vantage] = []
    for table in root.tables("vantage", "name", "url", "token_file"):
        if "url" not in table:
            table.fail("url", "missing; the address of the other Rabta")
        url = table.text("url", pattern=r"https?://[^\s/]+\S*", form="an http(s) URL")
        name = table.text("name", f"vantage-{len(found) + 1}", pattern=_NAME)
        found.append(Vantage(name, url.rstrip("/"), table.path("token_file", folder)))
    return tuple(found)


def _helper(root: Section, folder: Path) -> Vantage | None:
    if "helper" not in root:
        return None
    table = root.table("helper", "url", "token_file", "fingerprint")
    for key in ("url", "token_file", "fingerprint"):
        if key not in table:
            table.fail(key, "missing", "'rabta helper' prints the table to copy")
    form = "an address, not a name, such as https://203.0.113.5:4881"
    url = table.text("url", pattern=rf"https://({_LITERAL})(:\d+)?/?", form=form)
    fingerprint = table.text(
        "fingerprint",
        pattern=r"(sha256:)?([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}",
        form="the 64 hexadecimal digits that 'rabta helper' prints",
    )
    token = table.path("token_file", folder)
    return Vantage("helper", url.rstrip("/"), token, fingerprint)


def _firm(root: Section) -> Section | None:
    return root.table("firm", *_FIRM) if "firm" in root else None


def profile(file: Path) -> Section:
    """Return the ``[firm]`` table of a file of its own, for ``rabta.cost.firm.table``.

    Raises:
        ConfigError: it cannot be read or has no such table.
    """
    _, text = _read(file, {})
    table = _firm(Document(text, str(file)).root)
    if table is None:
        hint = "see docs/how-to/cost.md"
        raise ConfigError("there is no [firm] in it", file=str(file), hint=hint)
    return table


def _lab(root: Section) -> Lab:
    return Lab(root.table("lab", "pace").number("pace", 1.0, 0.001, 1000))


def _sources(root: Section, folder: Path) -> tuple[SourceSettings, ...]:
    found: list[SourceSettings] = []
    for table in root.tables("source", "name", "url", "token_file"):
        if "name" not in table:
            table.fail("name", "missing; the source's name in 'rabta fetch'")
        url = table.text("url", pattern=r"https?://[^\s/]+\S*", form="an http(s) URL")
        name = table.text("name", pattern=_NAME)
        path = table.path("token_file", folder)
        found.append(SourceSettings(name, url.rstrip("/"), path))
    return tuple(found)


def _channels(
    root: Section, folder: Path, env: Mapping[str, str]
) -> "tuple[Channel, ...]":
    if "channel" not in root:
        return ()
    from rabta.config.channels import channels

    return channels(root, folder, _language(root, env))
