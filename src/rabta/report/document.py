"""The facts as JSON: all a report knows, whatever its pages leave out or show."""

from collections.abc import Iterable
from typing import Any

import msgspec

from rabta.locale import spoken
from rabta.report.facts import Report
from rabta.report.zone import zone_of


_PRIVATE = frozenset({"client", "isp"})
"""Readers outside the house: no money, and only what their pages speak of."""


def document_of(report: Report) -> dict[str, Any]:
    """Return *report* as JSON types; sentences bear both languages.

    It holds what its reader may see: no costs for clients and providers, and no inside
    of the network for clients.
    """
    told = msgspec.to_builtins(report, enc_hook=_plain)
    if report.audience in _PRIVATE:
        told["costs"] = None
    if report.audience == "client":
        told["judgements"] = []
        told["incidents"] = [_outside(one) for one in told["incidents"]]
        for line in told["lines"]:
            line["title"] = line["uplink"]  # whose lines they are stays inside
    document: dict[str, Any] = spoken(told, zone_of(report.timezone))
    return document


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
