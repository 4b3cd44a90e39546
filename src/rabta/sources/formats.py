"""The forms that are recognised, in the order they are tried."""

from rabta.sources.recognise import Format, Head


def _ping(head: Head) -> bool:
    from rabta.sources.pinglog import looks

    return looks(head.text)


def _speedtest_json(head: Head) -> bool:
    return {"timestamp", "download", "upload", "ping"} <= head.keys


def _speedtest_csv(head: Head) -> bool:
    """One of Parquet is read as any table is."""
    return (
        not head.parquet
        and {"download", "upload"} <= head.columns
        and bool({"ping", "latency"} & head.columns)
    )


def _atlas(head: Head) -> bool:
    return {"prb_id", "msm_id"} <= head.keys and not _connection(head)


def _connection(head: Head) -> bool:
    return {"prb_id", "event", "controller"} <= head.keys


def _ioda(head: Head) -> bool:
    return {"data", "requestParameters"} <= head.keys or (
        {"type", "data"} <= head.keys
        and bool({"entityFqid", "datasource"} & head.nested)
    )


def _ooni(head: Head) -> bool:
    """Their largest part, the test keys, may hide the keys that follow it."""
    return "test_keys" in head.keys or (
        {"probe_cc", "measurement_start_time"} <= head.keys
        and bool({"test_name", "data_format_version", "anomaly"} & head.keys)
    )


def _radar(head: Head) -> bool:
    return {"success", "result"} <= head.keys and bool(
        {"annotations", "trafficAnomalies", "serie_0"} & head.nested
    )


def _ripe(head: Head) -> bool:
    rows = {"stats", "ipv4", "ipv6"}
    known = {"asns_ris", "address-space", "v4_prefixes_ris"}
    return bool(rows & (head.keys | head.nested)) and bool(known & head.nested)


def _ndt(head: Head) -> bool:
    return {"a", "client"} <= head.keys and (
        "MeanThroughputMbps" in head.nested or "MinRTT" in head.nested
    )


def _ndt_table(head: Head) -> bool:
    if not any("testtime" in one for one in head.columns):
        return False
    from rabta.sources.ndt import is_table

    return is_table(head.columns)


def _ndt_daily(head: Head) -> bool:
    return {"date", "download_MED", "dl_samples_day"} <= head.keys


def _ihr(head: Head) -> bool:
    signs = {"hege", "timebin", "streamtype", "deviation"}
    return {"results", "next"} <= head.keys and bool(signs & head.nested)


def _statuspage(head: Head) -> bool:
    return "page" in head.keys and bool(
        {"incidents", "scheduled_maintenances"} & (head.keys | head.nested)
    )


def _feed(head: Head) -> bool:
    start = head.text.lstrip()[:2000]
    return start.startswith(b"<") and (b"<rss" in start or b"<feed" in start)


def _tor(head: Head) -> bool:
    lines = (one for one in head.text.splitlines() if not one.startswith(b"#"))
    return next(lines, b"").startswith(b"date,country,users")


def _kuma(head: Head) -> bool:
    return {"status", "time"} <= head.keys and bool(
        {"monitorID", "monitor_id"} & head.keys
    )


def _smokeping(head: Head) -> bool:
    from rabta.sources.monitors import is_smokeping

    return is_smokeping(head.text)


def _rrd(head: Head) -> bool:
    from rabta.sources.rrd import looks

    return looks(head.text)


def _mrt(head: Head) -> bool:
    from rabta.sources.bgp.first import looks

    return looks(head.text)


def _delegated(head: Head) -> bool:
    from rabta.sources.bgp.networks import is_delegated

    return is_delegated(head.text)


def _networks(head: Head) -> bool:
    from rabta.sources.bgp.networks import is_table

    return is_table(head.text)


def _ooni_page(head: Head) -> bool:
    return {"results", "metadata"} <= head.keys and bool(
        {"probe_cc", "next_url"} & head.nested
    )


def _empty_page(head: Head) -> bool:
    return {"results", "next", "count"} <= head.keys and not head.nested


FORMATS: tuple[Format, ...] = (
    Format(
        "mrt",
        "bgp",
        "an MRT archive of BGP routes",
        "rabta.sources.bgp.series",
        _mrt,
        "parse",
    ),
    Format(
        "delegated",
        "delegated",
        "what a registry gave to whom",
        "rabta.sources.bgp.networks",
        _delegated,
        learns=True,
    ),
    Format(
        "asn-country",
        "delegated",
        "networks and their countries",
        "rabta.sources.bgp.networks",
        _networks,
        learns=True,
    ),
    Format("ioda", "ioda", "an answer of IODA's API", "rabta.sources.ioda", _ioda),
    Format(
        "atlas-results", "atlas", "RIPE Atlas results", "rabta.sources.atlas", _atlas
    ),
    Format(
        "ooni-measurements",
        "ooni",
        "OONI measurements",
        "rabta.sources.ooni",
        _ooni,
        joint="Measurements",
    ),
    Format(
        "ooni-list",
        "ooni",
        "a page of OONI's API",
        "rabta.sources.ooni",
        _ooni_page,
        joint="Measurements",
    ),
    Format(
        "radar", "radar", "an answer of Cloudflare Radar", "rabta.sources.radar", _radar
    ),
    Format(
        "ripestat", "ripestat", "an answer of RIPEstat", "rabta.sources.ripestat", _ripe
    ),
    Format(
        "atlas-connections",
        "atlas",
        "when RIPE Atlas probes came and went",
        "rabta.sources.atlas_history",
        _connection,
        joint="History",
    ),
    Format(
        "atlas-probes",
        "atlas",
        "a list of RIPE Atlas probes",
        "rabta.sources.atlas_history",
        lambda head: "results" in head.keys and "asn_v4" in head.nested,
        "probes",
        joint="History",
    ),
    Format(
        "empty-page",
        "atlas",
        "a page without results",
        "rabta.sources.atlas_history",
        _empty_page,
        "probes",
        joint="History",
    ),
    Format("ndt", "ndt", "rows of M-Lab NDT", "rabta.sources.ndt", _ndt),
    Format(
        "ndt-table",
        "ndt",
        "a table of rows of M-Lab NDT",
        "rabta.sources.ndt",
        _ndt_table,
    ),
    Format(
        "ndt-daily",
        "ndt",
        "daily figures of M-Lab NDT",
        "rabta.sources.ndt_daily",
        _ndt_daily,
    ),
    Format(
        "ihr", "ihr", "a page of the Internet Health Report", "rabta.sources.ihr", _ihr
    ),
    Format(
        "statuspage",
        "status-page",
        "incidents of a status page",
        "rabta.sources.status_pages",
        _statuspage,
    ),
    Format(
        "status-feed",
        "status-page",
        "a feed of incidents",
        "rabta.sources.status_pages",
        _feed,
        "feed",
    ),
    Format(
        "calendar",
        "status-page",
        "a calendar of maintenance",
        "rabta.sources.calendars",
        lambda head: head.text.lstrip().startswith(b"BEGIN:VCALENDAR"),
    ),
    Format(
        "tor-users",
        "tor",
        "users per country of Tor Metrics",
        "rabta.sources.tor",
        _tor,
    ),
    Format(
        "access-now",
        "access-now",
        "Access Now's list of shutdowns",
        "rabta.sources.outage_lists",
        lambda head: {"startdate", "shutdowntype", "country"} <= head.columns,
        "access_now",
    ),
    Format(
        "ioda-outages",
        "ioda-outages",
        "outages that IODA investigated",
        "rabta.sources.outage_lists",
        lambda head: {"begintime", "endtime", "cause"} <= head.columns,
        "ioda",
    ),
    Format(
        "gatus",
        "gatus",
        "statuses of Gatus",
        "rabta.sources.monitors",
        lambda head: {"name", "results"} <= head.keys and "success" in head.nested,
        "gatus",
    ),
    Format(
        "uptime-kuma",
        "uptime-kuma",
        "heartbeats of Uptime Kuma",
        "rabta.sources.monitors",
        _kuma,
        "kuma",
    ),
    Format(
        "uptime-kuma-database",
        "uptime-kuma",
        "a database of SQLite",
        "rabta.sources.kuma_db",
        lambda head: head.text.startswith(b"SQLite format 3\0"),
    ),
    Format(
        "smokeping",
        "smokeping",
        "SmokePing by rrdtool fetch",
        "rabta.sources.monitors",
        _smokeping,
        "smokeping",
    ),
    Format(
        "rrdtool",
        "rrdtool",
        "what rrdtool fetch prints",
        "rabta.sources.rrd",
        _rrd,
    ),
    Format(
        "prometheus",
        "prometheus",
        "an answer of Prometheus",
        "rabta.sources.prometheus",
        lambda head: "status" in head.keys and "resultType" in head.nested,
    ),
    Format(
        "speedtest-json",
        "speedtest",
        "results of a speed test",
        "rabta.sources.speedtest",
        _speedtest_json,
    ),
    Format(
        "speedtest-csv",
        "speedtest",
        "a table of speed tests",
        "rabta.sources.speedtest",
        _speedtest_csv,
    ),
    Format("ping-log", "ping", "a log of ping", "rabta.sources.pinglog", _ping),
)
