"""The facts as JSON: of what a report knows, what its reader may see."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from rabta.cost.service.availability import Availability
from rabta.cost.service.bounds import NOTHING
from rabta.locale import spoken, unspoken
from rabta.model import Kind, Message
from rabta.report.facts import Figures, Incident, Line, Report
from rabta.report.zone import zone_of


_ALWAYS = frozenset(
    {
        *("format", "version", "edition", "made_at", "simulated", "audience", "period"),
        *("start", "stop", "complete", "timezone", "lines", "together", "incidents"),
        "typesetter",
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
    {
        *("uplink", "series", "hours", "availability", "days", "down", "unknown"),
        "troubles",
    }
)
"""Of a line, for a client: whether it worked, and what the evidence is held against."""
_UNKNOWN = Availability(NOTHING, 0.0, NOTHING, 0.0, 0.0, 0, NOTHING)
_UNSEEN_LINE = Line(
    *("", "", _UNKNOWN, _UNKNOWN, _UNKNOWN, Figures(0, *(NOTHING,) * 6)),
    *((),) * 9,
)
_UNSEEN = Incident(
    *(0, "", Kind.OUTAGE, 0, None, 0.0, 0.0, "", Message("")),
    *(0.0, False, (), (), (), 0, 0.0),
)
"""In place of what a client may not see, and his pages do not use."""


def document_of(report: Report) -> dict[str, Any]:
    """Return *report* as JSON types; sentences bear both languages.

    It holds what its reader is allowed, by name: a field nobody thought of stays empty.
    """
    told = msgspec.to_builtins(report, enc_hook=_plain, order="deterministic")
    allowed = _ALWAYS | _MORE[report.audience]
    told = {
        name: value if name in allowed else _nothing(value)
        for name, value in told.items()
    }
    if report.audience == "client":
        told["incidents"] = [_outside(one) for one in told["incidents"]]
        told["lines"] = [_of_client(one) for one in told["lines"]]
    zone = zone_of(report.timezone)
    document: dict[str, Any] = spoken(told, zone, dated=True)
    return document


def report_of(data: bytes) -> Report:
    """Return the report that *data* tells: pages are made of this, and nothing beside.

    What its reader may not see is empty. Raises ``ValueError`` for what is no document.
    """
    told = unspoken(msgspec.json.decode(data))
    if isinstance(told, dict) and told.get("audience") == "client":
        told["lines"] = _filled(told.get("lines"), _UNSEEN_LINE)
        told["incidents"] = _filled(told.get("incidents"), _UNSEEN)
    return msgspec.convert(told, Report)


def _filled(told: Any, empty: object) -> list[object]:
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise ValueError("no list of objects")
    return [{**msgspec.to_builtins(empty), **one} for one in told]


def _nothing(value: object) -> object:
    return [] if isinstance(value, (list, tuple)) else None


def _of_client(line: dict[str, Any]) -> dict[str, Any]:
    # whose lines they are stays inside
    kept = {name: value for name, value in line.items() if name in _LINE}
    # when and how surely, not how bad and why
    kept["troubles"] = [{**one, "loss": 0.0, "cause": ""} for one in kept["troubles"]]
    return {"uplink": kept.pop("uplink"), "title": line["uplink"], **kept}


def encoded(document: Any) -> bytes:
    """Return *document* as UTF-8 text, the same bytes for the same facts."""
    return msgspec.json.encode(document)


def _outside(incident: dict[str, Any]) -> dict[str, Any]:
    """Keep of an incident what a client may see: what, when and how long."""
    keys = ("entity", "id", "kind", "onset", "end", "onset_uncertainty_seconds")
    return {key: incident[key] for key in (*keys, "seconds_within")}


def _plain(value: object) -> object:
    if isinstance(value, Iterable):
        return sorted(value)
    raise NotImplementedError
