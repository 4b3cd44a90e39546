"""The nouns every room shares, as frozen dataclasses.

Times are integer microseconds since the Unix epoch, UTC. Durations are float seconds,
sizes are bytes, rates are bits per second; the unit is in the name where a name could
mislead.
"""

from rabta.model.disruption import Disruption, Kind, telling
from rabta.model.job import (
    NO_LIMIT,
    Call,
    Check,
    Command,
    Discard,
    Download,
    Forecast,
    Job,
    JobState,
    Limit,
    Needs,
    Note,
    Order,
    Push,
    Rerun,
    Retry,
    Run,
    Upload,
    Work,
)
from rabta.model.live import Live, LiveEvent, ProbeCount
from rabta.model.mains import Mains
from rabta.model.message import Arg, Message
from rabta.model.notice import Notice
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
from rabta.model.pattern import Pattern, Recurrence
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
from rabta.model.usual import Attachment, UsualDelay
from rabta.model.verdict import Cause, Evidence, RungState, State, Verdict


__all__ = [
    "NO_LIMIT",
    "Arg",
    "Attachment",
    "Call",
    "Cause",
    "Certificate",
    "Check",
    "Command",
    "Discard",
    "Disruption",
    "DnsDetail",
    "Download",
    "Evidence",
    "Forecast",
    "Health",
    "Hop",
    "HttpDetail",
    "Job",
    "JobState",
    "Kind",
    "Lease",
    "Limit",
    "Line",
    "LineKey",
    "LineStatus",
    "LinkDetail",
    "Live",
    "LiveEvent",
    "Mains",
    "Message",
    "Needs",
    "Note",
    "Notice",
    "Observation",
    "Order",
    "PathDetail",
    "Pattern",
    "Phases",
    "Probe",
    "ProbeCount",
    "Push",
    "RateDetail",
    "Recurrence",
    "Report",
    "Rerun",
    "Retry",
    "Run",
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
    "Upload",
    "UsualDelay",
    "Verdict",
    "Work",
    "telling",
]
