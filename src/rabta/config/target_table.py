"""One ``[[target]]`` table to one ``Target``: the user's and the shipped ones alike."""

from rabta.config.hosts import address_family, is_host
from rabta.config.read import Section
from rabta.model.target import Probe, Rung, Target


TARGET_KEYS = (
    "name",
    "rung",
    "host",
    "probes",
    "interval",
    "families",
    "port",
    "url",
    "query",
    "expect",
    "operator",
    "asn",
    "country",
    "corridor",
    "control_for",
    "role",
    "sni",
)
EVIDENCE_KEYS = ("city", "source", "date", "verified")
"""What shipped data says of itself: where a fact is from and whether it was checked."""

RUNGS = (
    Rung.ANYCAST,
    Rung.DOMESTIC,
    Rung.INTERNATIONAL,
    Rung.SERVICE,
    Rung.CONTROL,
)
"""Rungs that data can fill; the others follow from the uplink itself."""

ROLES = (
    "",
    "canary",
    "fixed-name",
    "trusted-dns",
    "public-dns",
    "non-resolver",
    "innocuous-sni",
    "neutral-helper",
    "helper-name",
    "sibling",
)
_NOT_DATA = (
    Probe.LINK,
    Probe.NEIGHBOUR,
    Probe.THROUGHPUT,
    Probe.QUIC_HELLO,
    Probe.HELLO,
    Probe.ECH,
)
"""Made by Rabta itself: of what an uplink is, of ``[throughput]``, and in pairs by
the blocking test."""
_PROBES = tuple(probe for probe in Probe if probe not in _NOT_DATA)
_NAME = r"[a-z0-9][a-z0-9._:/-]*"
_NEEDS_URL = (Probe.HTTP, Probe.FETCH, Probe.CAPTIVE, Probe.DOH)


def read_target(table: Section, template: Rung | None = None) -> Target:
    """Read one table; a *template* stands on that rung and may hold ``{host}``.

    Raises:
        ConfigError: a key is missing or not of the accepted form.
    """
    for key in ("name", "probes", *(() if template else ("host",))):
        if key not in table:
            table.fail(key, f"missing; a target needs {key}")
    host = table.text("host", "{host}" if template else "")
    if not is_host(host) and not (template and host == "{host}"):
        table.fail("host", f"expected an address or a host name, got {host!r}")
    probes = _probes(table)
    url = table.text("url", pattern=r"https?://[^\s/]+\S*", form="an http(s) URL")
    for probe in probes:
        if probe in _NEEDS_URL and not url:
            table.fail("url", f"missing; probe {probe.value!r} needs one")
    rung = template or Rung(
        table.choice("rung", tuple(one.value for one in RUNGS), "international")
    )
    return Target(
        name=table.text(
            "name", pattern=_NAME, form="lower-case letters, digits, '.', '/' and '-'"
        ),
        rung=rung,
        host=host,
        probes=probes,
        interval=table.seconds("interval", 10.0, 1, 86400),
        families=_families(table, host),
        port=table.integer("port", 443, 1, 65535),
        url=url,
        query=table.text("query"),
        expect=table.text("expect"),
        operator=table.text("operator"),
        asn=table.integer("asn", 0, 0, 4294967295),
        country=table.text("country", pattern="[A-Z]{2}", form="two capital letters"),
        corridor=table.text("corridor", pattern="[a-z0-9-]+", form="a short name"),
        control_for=table.text("control_for"),
        role=table.choice("role", ROLES, ""),
        sni=table.text("sni"),
    )


def _probes(table: Section) -> tuple[Probe, ...]:
    accepted = ", ".join(probe.value for probe in _PROBES)
    found = []
    for index, name in enumerate(table.strings("probes")):
        if name not in _PROBES:
            table.fail_item(
                "probes", index, f"expected one of {accepted}, got {name!r}"
            )
        found.append(Probe(name))
    if not found:
        table.fail("probes", f"expected at least one of {accepted}")
    if len(set(found)) < len(found):
        table.fail("probes", "one is listed twice")
    return tuple(found)


def _families(table: Section, host: str) -> tuple[int, ...]:
    family = address_family(host)
    given = table.integers("families", (family,) if family else (4, 6), (4, 6))
    if family and given != (family,):
        table.fail("families", f"{host} is an IPv{family} address")
    return given
