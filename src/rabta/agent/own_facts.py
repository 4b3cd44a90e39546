"""What this machine knows by itself of a disruption in its country.

The mains: the daemon writes down when they fail, as a report about the country. The
tests of services: a test that found interference with a service that had worked in
the day before. What this machine did not see, or stands in another country to see, is
not known, and no vote.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from rabta.attribute.cause.scope import TOGETHER
from rabta.clock import DAY, HOUR
from rabta.config.targets import corridors_of_country
from rabta.errors import StoreError
from rabta.model import Kind, Mains, Probe, Report
from rabta.store import Store
from rabta.store.naming import OWN, probe_of


log = logging.getLogger(__name__)

MAINS = "mains"
"""Source of the reports on mains power."""
_TEST = "test"
_WORKED = (Probe.HTTP, Probe.TLS, Probe.TCP)


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """Each is None where nothing is known."""

    on_mains: bool | None = None
    fingerprint: bool | None = None
    paired_slow: bool | None = None


NONE = OwnFacts()


class MainsBook:
    """Writes down when the mains fail where this machine stands, and return.

    A UPS must say so: a laptop's charger may just have been unplugged, which is no
    report about a country.
    """

    def __init__(self, store: Store, country: str, now: Callable[[], int]) -> None:
        self._store = store
        self._country = country
        self._now = now
        self._since: int | None = None

    def told(self, mains: Mains) -> None:
        """Follow; not knowing says nothing. A disk that refuses is tried again."""
        now = self._now()
        if mains.on is False and mains.ups and self._since is None:
            if self._write(now, None):
                self._since = now
        elif mains.on and self._since is not None and self._write(self._since, now):
            self._since = None

    def _write(self, start: int, end: int | None) -> bool:
        if not self._country:
            return False
        report = Report(
            source=MAINS,
            id=str(start),
            entity=f"country/{self._country}",
            start=start,
            end=end,
            kind="incident",
            cause="power",
            says="no mains power where this machine stands",
        )
        try:
            self._store.add_reports([report])
        except StoreError as error:
            log.warning("the mains could not be written down: %s", error)
            return False
        return True


def own_reports(store: Store, country: str) -> list[Report]:
    """Return all that may count, for telling whether anything changed."""
    if not country:
        return []
    mains = store.reports(
        start=0, stop=2**62, entity=f"country/{country}", source=MAINS
    )
    return mains + store.reports(start=0, stop=2**62, source=_TEST)


def own_facts(store: Store, country: str, onset: int, until: int) -> OwnFacts:
    """Return what this machine saw of a disruption of *country* in [onset, until)."""
    if not country:
        return NONE
    lost = store.reports(
        start=onset - HOUR,
        stop=onset + TOGETHER + 1,
        entity=f"country/{country}",
        source=MAINS,
    )
    # an hour before: batteries keep networks up for a while
    off = any(onset - HOUR <= one.start <= onset + TOGETHER for one in lost)
    told = [
        one
        for one in store.reports(start=onset - TOGETHER, stop=until, source=_TEST)
        if one.start >= onset - TOGETHER
    ]
    if told and not _stands_in(store, country):
        told = []
    found = {one.kind for one in told if _worked(store, one.entity, onset)}
    return OwnFacts(
        on_mains=False if off else None,
        fingerprint=True if Kind.BLOCKING in found else None,
        paired_slow=True if Kind.THROTTLING in found else None,
    )


def _stands_in(store: Store, country: str) -> bool:
    """Whether this machine probes by the targets of *country*."""
    targets = corridors_of_country(country)
    return any(one.source == OWN and one.target in targets for one in store.series())


def _worked(store: Store, service: str, onset: int) -> bool:
    """Whether *service* answered in the day before: what never did is no news."""
    return any(
        one.source == OWN
        and probe_of(one.key) in _WORKED
        and any(
            value is not None
            for value in store.points(
                one.id, start=onset - DAY, stop=onset, step_seconds=3600
            ).minimum
        )
        for one in store.series(service)
    )
