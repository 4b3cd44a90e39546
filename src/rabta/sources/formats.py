"""The forms that are recognised, in the order they are tried."""

from rabta.sources.recognise import Format, Head


def _ping(head: Head) -> bool:
    from rabta.sources.pinglog import looks

    return looks(head.text)


def _speedtest_json(head: Head) -> bool:
    return {"timestamp", "download", "upload", "ping"} <= head.keys


def _speedtest_csv(head: Head) -> bool:
    return {"download", "upload"} <= head.columns and bool(
        {"ping", "latency"} & head.columns
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


def _ooni_page(head: Head) -> bool:
    return {"results", "metadata"} <= head.keys and "probe_cc" in head.nested


FORMATS: tuple[Format, ...] = (
    Format("ioda", "ioda", "an answer of IODA's API", "rabta.sources.ioda", _ioda),
    Format(
        "atlas-results", "atlas", "RIPE Atlas results", "rabta.sources.atlas", _atlas
    ),
    Format(
        "ooni-measurements", "ooni", "OONI measurements", "rabta.sources.ooni", _ooni
    ),
    Format(
        "ooni-list", "ooni", "a page of OONI's API", "rabta.sources.ooni", _ooni_page
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
    ),
    Format(
        "atlas-probes",
        "atlas",
        "a list of RIPE Atlas probes",
        "rabta.sources.atlas_history",
        lambda head: "results" in head.keys and "asn_v4" in head.nested,
        "probes",
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
