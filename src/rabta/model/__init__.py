"""The nouns every room shares, as frozen dataclasses.

Times are integer microseconds since the Unix epoch, UTC. Durations are float seconds,
sizes are bytes, rates are bits per second; the unit is in the name where a name could
mislead.
"""

from rabta.model.disruption import Disruption, Kind, telling
from rabta.model.live import Live, LiveEvent
from rabta.model.message import Arg, Message
from rabta.model.observation import (
    Certificate,
    DnsDetail,
    Hop,
    HttpDetail,
    LinkDetail,
    Observation,
    PathDetail,
    Phases,
    RateDetail,
    TlsDetail,
)
from rabta.model.report import Report
from rabta.model.status import (
    Health,
    LineStatus,
    ServiceCell,
    ServiceStatus,
    Status,
    UplinkStatus,
)
from rabta.model.target import Probe, Rung, Target
from rabta.model.uplink import Lease, Line, LineKey, Uplink
from rabta.model.verdict import Cause, Evidence, RungState, State, Verdict


__all__ = [
    "Arg",
    "Cause",
    "Certificate",
    "Disruption",
    "DnsDetail",
    "Evidence",
    "Health",
    "Hop",
    "HttpDetail",
    "Kind",
    "Lease",
    "Line",
    "LineKey",
    "LineStatus",
    "LinkDetail",
    "Live",
    "LiveEvent",
    "Message",
    "Observation",
    "PathDetail",
    "Phases",
    "Probe",
    "RateDetail",
    "Report",
    "Rung",
    "RungState",
    "ServiceCell",
    "ServiceStatus",
    "State",
    "Status",
    "Target",
    "TlsDetail",
    "Uplink",
    "UplinkStatus",
    "Verdict",
    "telling",
]
