"""What would the model have said of Pakistan's known cases, and when?

The dated ledger beside the repository: for each case, given only what could be seen
and had been said at the onset, two hours and a day later. What could be seen is taken
from the ledger's own words (national or one provider; dark, slow or some services
only); the cause counts as said six hours after the onset, planned work a day before.
These are cases, not a sample, and the table is not fitted to them; that shutdowns of
mobile data alone were missing from the estimates was noticed here.

Passes (0) when every confirmed cause is ranked first once its notice is there, else 4.

    python benchmarks/attribution/ledger.py [--short]
"""

import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.unit.detect.recorded import DATA

from rabta.agent.explaining import cables_of
from rabta.attribute.cause import Event, Family, SignalSeen, Surroundings, explain
from rabta.clock import DAY, HOUR, SECOND
from rabta.model import Cause, Notice
from rabta.sources.causes import cause_of
from rabta.sources.times import micros


FILE = DATA / "pakistan" / "events.csv"
ZONE = ZoneInfo("Asia/Karachi")
WRONG = 4
MOMENTS = {"onset": HOUR // 4, "+2 h": 2 * HOUR, "+24 h": DAY}
LATE = 6 * HOUR
"""An unplanned fault's cause is taken as said this long after its onset."""


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_known_args()
    if not FILE.is_file():
        print("skipped: the recorded data is not beside the repository")
        return 0
    with FILE.open(encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    print("| case | confirmed cause | " + " | ".join(MOMENTS) + " |")
    print("|---|---|" + "---|" * len(MOMENTS))
    missed = 0
    for row in rows:
        truth = cause_of(row["cause_class"])
        event, around = _case(row, truth)
        cells = []
        for after in MOMENTS.values():
            then = replace(event, now=event.onset + after, end=None)
            if event.end is not None and event.end <= then.now:
                then = replace(then, end=event.end)
            found = explain(then, around)
            shares = ", ".join(f"{c} {p:.2f}" for c, p in found.causes[:3])
            cells.append(f"**{found.code}**: {shares}")
        missed += found.leading is not truth
        print(f"| {row['id']} | {truth} | " + " | ".join(cells) + " |")
    print(f"\nonce the notice is there, {len(rows) - missed} of {len(rows)} confirmed")
    print("causes are ranked first")
    if missed:
        print(f"wrong: {missed} confirmed causes are not ranked first")
    return WRONG if missed else 0


def _case(row: dict[str, str], truth: Cause) -> tuple[Event, Surroundings]:
    onset = micros(row["start"])
    end = micros(row["end"]) if row["end"] and "T" in row["end"] else None
    by_day = "T" not in row["start"]
    kind, words = row["event_type"], row["scope"].lower()
    dark = "outage" in kind or "shutdown" in kind
    mobile = "mobile" in words
    signals = (
        SignalSeen(Family.ROUTING, fell=False),
        SignalSeen(Family.PROBING, fell=dark and not mobile),
        SignalSeen(Family.TRAFFIC, fell=True if dark else None),
    )
    planned = "announced" in row["cause_status"]
    start = onset
    notice = Notice(
        row["id"],
        "country/PK",
        start,
        end if planned else None,
        "maintenance" if planned else "notice",
        truth,
        "as the ledger cites",
        0.9,
        onset - DAY if planned else onset + LATE,
        row["facts"],
    )
    event = Event(
        "country/PK",
        onset,
        end,
        onset,
        None,
        float(DAY / SECOND) if by_day else 60.0,
        signals,
    )
    networks = 3 if "ptcl" not in words and (dark or "multi" in words) else None
    around = Surroundings(
        zone=ZONE,
        networks=networks,
        dark=networks or 0,
        notices=(notice,),
        cables=cables_of("PK"),
        target_specific=True if kind == "block" else None,
    )
    return event, around


if __name__ == "__main__":
    sys.exit(main())
