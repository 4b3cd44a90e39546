"""The facts as JSON: of what a report knows, what its reader may see."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rabta.locale import spoken
from rabta.report.facts import Report
from rabta.report.zone import zone_of


_ALWAYS = frozenset(
    {
        *("format", "version", "made_at", "simulated", "audience", "period", "start"),
        *("stop", "complete", "timezone", "lines", "together", "incidents"),
    }
)
_MORE: Mapping[str, frozenset[str]] = {
    "client": frozenset({"services"}),
    "isp": frozenset({"judgements"}),
    "regulator": frozenset({"services", "judgements"}),
    "management": frozenset({"services", "judgements", "costs"}),
    "freelancer": frozenset(
        {"services", "judgements", "costs", "deadlines", "working_down"}
    ),
}
"""What each reader may see beside ``_ALWAYS``; all else is written empty."""
_LINE = frozenset(
    {"uplink", "series", "hours", "availability", "days", "down", "unknown"}
)
"""Of a line, for a client: whether it worked, and what the evidence is held against."""


def document_of(report: Report) -> dict[str, Any]:
    """Return *report* as JSON types; sentences bear both languages.

    It holds what its reader is allowed, by name: a field nobody thought of stays empty.
    """
    told = msgspec.to_builtins(report, enc_hook=_plain)
    allowed = _ALWAYS | _MORE[report.audience]
    told = {
        name: value if name in allowed else _nothing(value)
        for name, value in told.items()
    }
    if report.audience == "client":
        told["incidents"] = [_outside(one) for one in told["incidents"]]
        told["lines"] = [_of_client(one) for one in told["lines"]]
    document: dict[str, Any] = spoken(told, zone_of(report.timezone))
    return document


def _nothing(value: object) -> object:
    return [] if isinstance(value, (list, tuple)) else None


def _of_client(line: dict[str, Any]) -> dict[str, Any]:
    # whose lines they are stays inside
    kept = {name: value for name, value in line.items() if name in _LINE}
    return {"uplink": kept.pop("uplink"), "title": line["uplink"], **kept}


def encoded(document: Any) -> bytes:
    """Return *document* as UTF-8 text, the same bytes for the same facts."""
    return msgspec.json.encode(document)


def _outside(incident: dict[str, Any]) -> dict[str, Any]:
    """Keep of an incident what a client may see: what, when and how long."""
    kind = incident["entity"].partition("/")[0]
    entity = incident["entity"] if kind == "service" else "line"
    keys = ("id", "kind", "onset", "end", "onset_uncertainty_seconds", "seconds_within")
    return {"entity": entity, **{key: incident[key] for key in keys}}


def _plain(value: object) -> object:
    if isinstance(value, Iterable):
        return sorted(value)
    raise NotImplementedError
