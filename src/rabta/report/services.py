"""What is known of services: only while they were asked, and while a line worked."""

from collections.abc import Sequence
from dataclasses import replace

from rabta.cost.service.availability import Counting
from rabta.cost.service.spans import Spans, joined
from rabta.cost.service.terms import Seen
from rabta.cost.service.together import all_down
from rabta.report import measured
from rabta.report.facts import Incident
from rabta.report.measured import Asked
from rabta.report.troubles import troubles
from rabta.store import Store


def service(
    store: Store,
    name: str,
    asked: Asked | None,
    incidents: Sequence[Incident],
    lines: Sequence[Seen],
) -> Seen:
    """Return the service *name* over the period of *lines*; None: never asked."""
    first = lines[0]
    start, stop = first.start, first.stop
    dark: Spans = ((start, stop),)
    if asked is not None:
        hours = measured.hours(store, asked.series, start, stop)
        _, perhaps = all_down(lines, Counting())
        dark = joined(perhaps, measured.unmeasured(store, asked, hours, start, stop))
    found = troubles(incidents, f"service/{name}", stop, ())
    return replace(first, troubles=found, unknown=dark)
