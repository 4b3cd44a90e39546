"""What the lab finds wrong fails the gate; what is only late is told."""

import csv
from types import SimpleNamespace

import pytest
from benchmarks.attribution import ledger
from benchmarks.blocking.run import report as blocking_report
from benchmarks.lab import blackhole
from benchmarks.lab.report import report
from benchmarks.lab.trial import Outcome

from rabta.model import Cause


MISSED, WRONG = 3, 4


def outcome(*, got: str = "isp-access", lan: bool = False) -> Outcome:
    return Outcome(
        row="4 isp-access",
        variant="first-hop-dead on 1",
        uplinks=2,
        expected="isp-access",
        got=got,
        seconds=1.2 if got == "isp-access" else None,
        first=got,
        lan=lan,
        healed=3.0,
        story="",
        words=((got, 0.8),),
        rungs="",
    )


@pytest.mark.parametrize(
    ("other", "code", "line"),
    [
        ([], 0, ""),
        ([outcome(got="fine")], 0, ""),
        ([outcome(got="fine")] * 2, WRONG, "wrong: 90.9% exact (bar 95%)"),
        ([outcome(lan=True)], WRONG, "wrong: 1 LAN verdicts for a remote fault"),
    ],
)
def test_too_few_exact_verdicts_are_wrong(capsys, other, code, line):
    assert report([outcome()] * 20 + other) == code

    told = [one for one in capsys.readouterr().out.splitlines() if "wrong:" in one]
    assert told == [line] * bool(line)


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ([1.1, 1.2, 1.3], 0),
        ([1.1, 1.9, 2.1], MISSED),
        ([1.1, 1.2, 3.4], MISSED),
        ([1.1, None, 1.2], WRONG),
    ],
)
def test_a_hole_told_late_is_missed_and_one_never_told_is_wrong(capsys, times, code):
    assert blackhole.conclude(blackhole.judged("until 'down'", times)) == code


@pytest.mark.parametrize(
    ("seconds_late", "code"), [((0.4, 1.2), 0), ((0.4, 2.5), WRONG), ((0.4,), WRONG)]
)
def test_a_cut_that_is_not_on_record_is_wrong(capsys, seconds_late, code):
    cuts = (1_000.0, 1_030.0)
    told = [
        {"onset": round(1e6 * (at + late)), "end": round(1e6 * (at + 6))}
        for at, late in zip(cuts, seconds_late, strict=False)
    ]

    assert blackhole.conclude(blackhole.recorded(cuts, told)) == code
    if code:
        assert "wrong: 1 of 2 cuts not on record" in capsys.readouterr().out


class Quiet:
    """Neither a network nor a daemon: *down* at these looks."""

    def __init__(self, *down):
        self._down = [*down]
        self.codes = {blackhole.UPLINK: "isp-access"}
        self.changes = ()

    def wait(self, wanted, seconds, stands=0.0):
        if wanted is blackhole.all_fine or seconds == 600:
            return 1.0
        return self._down.pop(0) if self._down else None

    def fault(self, *_, **__):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.mark.parametrize(("down", "code"), [((), 0), ((1.0,), WRONG)])
def test_an_outage_told_at_15_percent_loss_is_wrong(down, code):
    lab = Quiet(*down)

    found = blackhole.loss(lab, lab, 0.001, blackhole.SHORT)

    assert blackhole.conclude(found) == code


@pytest.mark.parametrize(("leading", "code"), [("cable", 0), ("unknown", WRONG)])
def test_a_known_cause_ranked_behind_another_is_wrong(
    monkeypatch, tmp_path, capsys, leading, code
):
    monkeypatch.setattr(ledger, "FILE", tmp_path / "events.csv")
    row = {
        "id": "A",
        "start": "2025-09-06T05:45:00Z",
        "end": "",
        "event_type": "degradation",
        "scope": "national",
        "cause_class": "cable",
        "cause_status": "confirmed",
        "facts": "cut",
    }
    with ledger.FILE.open("w", newline="") as text:
        table = csv.DictWriter(text, row)
        table.writeheader()
        table.writerow(row)
    said = SimpleNamespace(causes=(), code=leading, leading=Cause(leading))
    monkeypatch.setattr(ledger, "explain", lambda *_: said)
    monkeypatch.setattr("sys.argv", ["ledger.py"])
    monkeypatch.setattr(ledger, "cause_of", Cause)

    assert ledger.main() == code
    assert ("wrong: 1 confirmed" in capsys.readouterr().out) == bool(code)


def test_a_mechanism_of_blocking_not_named_is_wrong(capsys):
    row = {"kind": "case", "right": True, "hit": True, "found": ""}

    assert blocking_report([row] * 20) == 0
    assert blocking_report([row] * 17 + [row | {"right": False}] * 3) == WRONG
    assert "wrong: 17 of 20 cases right" in capsys.readouterr().out
