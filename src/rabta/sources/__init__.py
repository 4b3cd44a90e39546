"""Others' measurements, one file or folder per source."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from rabta.clock import DAY, HOUR, MINUTE


if TYPE_CHECKING:
    from rabta.sources.imported import Licence


@dataclass(frozen=True, slots=True)
class Source:
    """One source: where it is asked and what it is called."""

    title: str
    module: str
    """Holds ``LICENCE`` where it is others' data, ``BASE`` and ``pages`` where it can
    be fetched."""
    fetched: bool = False
    late: int = 6 * HOUR
    """How late its values come; what is younger is asked for again when following."""

    @property
    def licence(self) -> "Licence":
        """Import and return its terms; those of a user's own files are the user's."""
        from rabta.sources.imported import OWN

        found: Licence = getattr(import_module(self.module), "LICENCE", OWN)
        return found


SOURCES = {
    "ioda": Source("IODA", "rabta.sources.ioda", fetched=True),
    "atlas": Source("RIPE Atlas", "rabta.sources.atlas_history", fetched=True),
    "ooni": Source("OONI", "rabta.sources.ooni", fetched=True),
    "ripestat": Source("RIPEstat", "rabta.sources.ripestat", fetched=True),
    "radar": Source(
        "Cloudflare Radar", "rabta.sources.radar", fetched=True, late=7 * DAY
    ),
    "ris": Source("RIPE RIS", "rabta.sources.bgp.ris", fetched=True, late=20 * MINUTE),
    "ris-live": Source("RIS Live", "rabta.sources.bgp.live"),
    "delegated": Source(
        "the Internet registries", "rabta.sources.bgp.networks", fetched=True
    ),
    "bgp": Source("BGP collectors", "rabta.sources.bgp.series"),
    "ndt": Source("M-Lab NDT", "rabta.sources.ndt_daily", fetched=True, late=5 * DAY),
    "ihr": Source(
        "Internet Health Report", "rabta.sources.ihr", fetched=True, late=2 * DAY
    ),
    "tor": Source("Tor Metrics", "rabta.sources.tor", fetched=True, late=5 * DAY),
    "status-page": Source("status pages", "rabta.sources.status_pages", fetched=True),
    "access-now": Source("Access Now, STOP", "rabta.sources.outage_lists"),
    "ioda-outages": Source(
        "outages investigated by IODA", "rabta.sources.outage_lists"
    ),
    "gatus": Source("Gatus", "rabta.sources.monitors"),
    "uptime-kuma": Source("Uptime Kuma", "rabta.sources.monitors"),
    "smokeping": Source("SmokePing", "rabta.sources.monitors"),
    "rrdtool": Source("RRDtool", "rabta.sources.rrd"),
    "prometheus": Source("Prometheus", "rabta.sources.prometheus"),
    "speedtest": Source("speed tests", "rabta.sources.speedtest"),
    "ping": Source("logs of ping", "rabta.sources.pinglog"),
}
