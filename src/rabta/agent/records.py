"""Stored disruptions as the JSON documents that the terminal and the API print."""

from pathlib import Path
from typing import Any

import msgspec

from rabta.clock import SystemClock
from rabta.locale import spoken
from rabta.model import Disruption
from rabta.store import Store


def document_of(disruption: Disruption) -> dict[str, Any]:
    """Return the stable JSON form, every sentence in every language."""
    document: dict[str, Any] = spoken(msgspec.to_builtins(disruption))
    return document


def disruption_document(path: Path, identifier: int) -> dict[str, Any] | None:
    """Return one disruption of the store at *path*; None when there is none."""
    with Store.open(path, clock=SystemClock(), read_only=True) as store:
        disruption = store.disruption(identifier)
    return document_of(disruption) if disruption is not None else None


def disruption_documents(
    path: Path,
    *,
    entity: str | None,
    open_only: bool,
    limit: int,
    start: int | None = None,
    stop: int | None = None,
    pattern: int | None = None,
    folded: bool = False,
) -> list[dict[str, Any]]:
    """Return the newest disruptions of the store at *path* that overlap [start, stop).

    Microseconds UTC; None for no bound. Of *pattern* those that it counts in;
    *folded*, of each pattern the newest alone.
    """
    with Store.open(path, clock=SystemClock(), read_only=True) as store:
        found = store.disruptions(
            entity=entity,
            open_only=open_only,
            limit=limit,
            start=start,
            stop=stop,
            pattern=pattern,
            folded=folded,
        )
    return [document_of(disruption) for disruption in found]
