"""A year of 10 uplinks x 60 targets in the layout the store keeps it in.

Seeded. The last 30 hours are recorded through ``Store.record``; what is sealed is
written by the engine with the store's own options, since recording 1.9 billion rows
one by one would take days.
"""

from dataclasses import dataclass
from pathlib import Path

from rabta.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from rabta.model import DnsDetail, HttpDetail, Observation, Phases, Probe
from rabta.store import Retention, Store, sealed
from rabta.store.connect import FILE, connect_writer, transaction
from rabta.store.files import BUCKETS, MINUTES, RAW, bucket_of, day_of, file_of, replace
from rabta.store.rollup import SQL


START = 20_500 * DAY  # 2026-02-16


@dataclass(frozen=True)
class Scale:
    """How much of what."""

    uplinks: int = 10
    targets: int = 60
    days: int = 365
    hot_hours: int = 30
    raw_days: int = Retention().raw_days
    minute_days: int = Retention().minute_days

    @property
    def end(self) -> int:
        return START + self.days * DAY + (self.hot_hours - 24) * HOUR


SHORT = Scale(uplinks=3, targets=20, days=60, hot_hours=26)


def probe_of(target: int, targets: int) -> tuple[Probe, int]:
    """Return the probe of a target and its interval in seconds.

    Of 60: 45 pings and 5 DNS queries every 10 s, 10 services every minute.
    """
    if target < targets * 3 // 4:
        return Probe.ICMP, 10
    if target < targets * 5 // 6:
        return Probe.DNS, 10
    return Probe.HTTP, 60


def observe(scale: Scale, time: int, uplink: int, target: int, value: float):
    """Return one observation, one in a hundred failed."""
    probe, _ = probe_of(target, scale.targets)
    failed = value < 0.01
    detail = None
    if probe is Probe.DNS:
        answers = tuple(f"192.0.2.{n}" for n in range(1, 5))
        detail = DnsDetail(f"name{target}.example", "NOERROR", answers, 4, (), value)
    elif probe is Probe.HTTP:
        phases = Phases(value / 9, value / 7, value / 5, value / 3, value / 2)
        url = f"https://service{target}.example/"
        detail = HttpDetail(url, phases, 200, "", 51_234, "ab" * 32, "A title")
    return Observation(
        time=time,
        uplink=f"u{uplink}",
        family=4,
        target=f"t{target}",
        probe=probe,
        value=None if failed else 0.02 + 0.001 * target + 0.05 * value * value,
        failure="generic_timeout_error" if failed else None,
        address=f"198.51.100.{target}",
        spent_bytes=84,
        detail=detail,
    )


def second_of(scale: Scale, second: int, rng) -> list[Observation]:
    """Return what is observed in one second: every series at its own phase."""
    batch = []
    for uplink in range(scale.uplinks):
        for target in range(scale.targets):
            _, interval = probe_of(target, scale.targets)
            if (second + 7 * uplink + target) % interval == 0:
                time = second * SECOND + 1000 * target + uplink
                batch.append(observe(scale, time, uplink, target, rng.random()))
    return batch


def build(path: Path, scale: Scale, rng, say) -> None:
    """Make the store; *say* is told what was done."""
    clock = ManualClock(START)
    with Store.open(path, clock=clock) as store:
        store.know_services(
            f"t{t}"
            for t in range(scale.targets)
            if probe_of(t, scale.targets)[0] is Probe.HTTP
        )
        hot = scale.end - scale.hot_hours * HOUR
        first, last = hot // SECOND, scale.end // SECOND
        for minute in range(first, last, 60):
            clock.advance(MINUTE)
            store.record(
                [
                    o
                    for s in range(minute, minute + 60)
                    for o in second_of(scale, s, rng)
                ]
            )
    say("recorded the hot rows")
    connection = connect_writer(path / FILE)
    write_hours(connection, hot)
    say("wrote the hours")
    seal_days(path, connection, scale, hot, say)
    with transaction(connection):
        connection.execute("UPDATE series SET first = ?", (START,))
        connection.execute("UPDATE watermark SET sealed_until = ?", (hot,))
    connection.close()


def write_hours(connection, hot: int) -> None:
    """Write the hourly figures a day at a time, in the order sealing would."""
    series = [row[0] for row in connection.execute("SELECT id FROM series")]
    with sealed.engine() as engine:
        engine.execute("SELECT setseed(0.5)")
        engine.execute("CREATE TABLE s (id INTEGER)")
        sealed.insert(engine, "s", [(number,) for number in series])
        for day in range(START // DAY, hot // DAY + 1):
            rows = engine.execute(
                "SELECT id, h, 360, 3, 0.02 + r / 99, 0.03 + r / 9, 0.04 + r, 0.05 + r"
                " FROM (SELECT id, h, random() AS r FROM s, range($1, $2) AS t(h))",
                [day * 24, min(day * 24 + 24, hot // HOUR)],
            ).fetchall()
            with transaction(connection, durable=False):
                connection.executemany(
                    "INSERT INTO hour VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows
                )


def seal_days(path: Path, connection, scale: Scale, hot: int, say) -> None:
    """Write the raw and the minute files of all days that retention keeps."""
    known = connection.execute(
        "SELECT entity, source, metric, vantage, target FROM series"
    ).fetchall()
    rows = [
        (*row, bucket_of(row[0]), probe_of(int(row[4][1:]), scale.targets)[1])
        for row in known
    ]
    with sealed.engine(memory="1GB", spill=path / "series" / ".spill") as engine:
        engine.execute("SELECT setseed(0.5)")
        engine.execute(
            "CREATE TABLE known (entity VARCHAR, source VARCHAR, metric VARCHAR,"
            " vantage VARCHAR, target VARCHAR, bucket INTEGER, gap INTEGER)"
        )
        sealed.insert(engine, "known", rows)
        last = hot // DAY
        oldest = max(START // DAY, last - scale.minute_days)
        for day in range(oldest, last + 1):
            end = min(hot, day * DAY + DAY)
            if end <= day * DAY:
                continue
            for bucket in range(BUCKETS):
                is_raw = day >= last - scale.raw_days
                write_day(path, connection, engine, day, end, bucket, is_raw=is_raw)
        say("wrote the sealed days")


_DETAIL = """
CASE
  WHEN gap = 60 THEN '{"http":{"url":"https://' || target || '.example/","phases":'
    || '{"resolve":' || random() || ',"connect":' || random() || ',"tls":' || random()
    || ',"processing":' || random() || ',"transfer":' || random()
    || '},"status":200,"location":"","body_bytes":51234,"title":"A title"}}'
  WHEN metric LIKE 'dns%' THEN '{"dns":{"query":"' || target || '.example",'
    || '"rcode":"NOERROR","answers":["192.0.2.1","192.0.2.2"],"answer_count":2,'
    || '"second":[],"first_after":' || random() || '}}'
END
"""


def write_day(path, connection, engine, day, end, bucket, *, is_raw) -> None:
    """Write one bucket of one day, noise in every bit of every value."""
    date = day_of(day * DAY)
    order = f"ORDER BY {sealed.KEY}, time"

    def write(tier, select):
        file = file_of(path, tier, date, bucket)
        ordered = f"{select} {order}"
        replace(path, connection, file, lambda f: sealed.copy_to(engine, ordered, f))
        return file

    if not engine.execute(
        "SELECT count(*) FROM known WHERE bucket = ?", [bucket]
    ).fetchone()[0]:
        return
    if is_raw:
        file = write(
            RAW,
            f"SELECT {sealed.KEY}, time,"
            " CASE WHEN ok THEN 0.02 + 0.1 * random() * random() END AS value,"
            " CASE WHEN NOT ok THEN 'generic_timeout_error' END AS failure,"
            " '198.51.100.' || target[2:] AS address, 84 AS spent_bytes,"
            f" CASE WHEN ok THEN {_DETAIL} END AS detail FROM"
            " (SELECT *, t * 1000000 + (random() * 200000)::BIGINT AS time,"
            " random() > 0.01 AS ok FROM known,"
            f" range({day * 86400}, {end // SECOND}, 10) AS r(t)"
            f" WHERE bucket = {bucket} AND (t % gap) < 10)",
        )
        derived = (
            f"SELECT {sealed.KEY}, time // {MINUTE} * {MINUTE} AS time, {SQL}"
            f" FROM {sealed.table(file)} GROUP BY ALL"
        )
    else:
        derived = (
            f"SELECT {sealed.KEY}, t AS time, (60 // gap)::INTEGER AS sent,"
            " (random() < 0.06)::INTEGER AS lost, 0.02 + 0.01 * r AS minimum,"
            " 0.035 + 0.02 * random() AS median, 0.06 + 0.1 * q AS p95,"
            " 0.06 + 0.1 * q AS maximum FROM"
            " (SELECT *, random() AS r, random() AS q FROM known,"
            f" range({day * DAY}, {end}, {MINUTE}) AS r(t) WHERE bucket = {bucket})"
        )
    write(
        MINUTES,
        f"SELECT {sealed.KEY}, time, sent, lost, minimum::FLOAT AS minimum,"
        " median::FLOAT AS median, CASE WHEN p95 < maximum THEN p95::FLOAT END AS p95,"
        f" maximum::FLOAT AS maximum FROM ({derived})",
    )
