"""``rabta detect``: from a table to disruptions, drawings and clear refusals."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from rabta.cli import main


START = 1_704_067_200  # 2024-01-01 00:00:00 UTC, a Monday
STEP = 300
FIELDS = {
    "entity",
    "kind",
    "onset",
    "end",
    "onset_uncertainty_s",
    "depth",
    "severity",
    "signals",
    "causes",
    "verdict",
    "evidence",
    "says",
    "alternatives",
    "tests",
    "watermark",
    "model",
    "version",
}
ONSET, END = 1500, 1560  # bins: five hours on the sixth day


def signals(days: int = 8, *, seed: int = 7) -> np.ndarray:
    """Return (bins, 3): time, routes and probes; one outage of 60 %."""
    rng = np.random.default_rng(seed)
    bins = np.arange(days * 288)
    daily = 1 + 0.1 * np.sin(2 * np.pi * bins / 288)
    routes = np.full(len(bins), 3000.0) + rng.integers(-1, 2, len(bins))
    probes = 600 * daily * (1 + 0.01 * rng.standard_normal(len(bins)))
    routes[ONSET:END] *= 0.4
    probes[ONSET:END] *= 0.4
    return np.column_stack((START + STEP * bins, routes, probes.round(1)))


def write(file, rows, head="timestamp,bgp,probes"):
    lines = [f"{t:.0f},{a:g},{b:g}" for t, a, b in rows]
    file.write_text("\n".join((head, *lines)) + "\n")
    return file


@pytest.fixture
def table(tmp_path):
    return write(tmp_path / "iraq.csv", signals())


@pytest.fixture
def detect(tmp_path, monkeypatch, capsys):
    """Run the command in this process, which has loaded what it takes."""

    def run(*words):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["rabta", "detect", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        code = int(ended.value.code or 0)
        return subprocess.CompletedProcess(words, code, told.out, told.err)

    return run


@pytest.fixture
def process(tmp_path):
    """Run the command as a process of its own."""

    def run(*words):
        return subprocess.run(
            [sys.executable, "-m", "rabta", "detect", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
        )

    return run


def documents(done) -> list[dict]:
    """Return the disruptions."""
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [one for one in told if one["kind"] in ("outage", "degradation")]


def bin_of(instant: int) -> float:
    return (instant / 1e6 - START) / STEP


def test_json_has_the_fields_of_the_contract_and_the_right_times(process, table):
    (one,) = documents(
        process(
            table,
            "--entity",
            "country/IQ",
            "--time",
            "timestamp",
            "--signal",
            "bgp=bgp",
            "--signal",
            "active-probing:prefixes=probes",
            "--json",
        )
    )

    assert set(one) == FIELDS
    assert one["entity"] == "country/IQ"
    assert one["kind"] == one["severity"] == "outage"
    assert bin_of(one["onset"]) == pytest.approx(ONSET, abs=2)
    assert bin_of(one["end"]) == pytest.approx(END, abs=2)
    assert one["onset_uncertainty_s"] >= 0
    assert one["depth"] == pytest.approx(0.6, abs=0.08)
    assert [set(signal) for signal in one["signals"]] == [
        {"name", "fired", "min_residual"}
    ] * 2
    assert {s["name"] for s in one["signals"]} == {"bgp", "active-probing"}
    assert all(s["fired"] and s["min_residual"] < -0.5 for s in one["signals"])
    assert {cause["cause"] for cause in one["causes"]} >= {"unknown", "isp"}
    total = sum(cause["probability"] for cause in one["causes"])
    assert total == pytest.approx(1, abs=0.03)
    assert one["verdict"] == "undetermined"
    assert len(one["tests"]) == 2
    assert one["model"].startswith("cause-")
    for fact in one["evidence"]:
        assert set(fact) == {"id", "says", "nats"}
        assert fact["says"]["en"]
        assert fact["says"]["ur"]


def test_columns_that_are_not_named_are_chosen_and_said_on_stderr(
    detect, process, table
):
    done = process(table, "--json")

    (one,) = documents(done)
    here = detect(table, "--json")
    assert here.stdout == done.stdout
    assert one["entity"] == "iraq"
    for said in (here.stderr, done.stderr):  # progress comes only where it takes long
        assert "time is timestamp (epoch seconds)" in said
        assert "bgp (address blocks), probes (count)" in said


def test_people_read_a_table_with_baseline_and_careful_words(detect, table):
    done = detect(table, "--entity", "country/IQ")

    assert done.returncode == 0
    assert "the time before and after" in done.stdout
    assert "1 disruption" in done.stdout
    assert "2024-01-06 08:00" in done.stdout  # Baghdad, three hours ahead
    assert "undetermined" in done.stdout
    assert "Asia/Baghdad" in done.stderr


def test_it_speaks_urdu(detect, table):
    done = detect(table, "--language", "ur")

    assert "ایک خلل" in done.stdout
    assert "غیر متعین" in done.stdout


def test_the_order_of_rows_does_not_matter(detect, tmp_path, table):
    rows = signals()
    np.random.default_rng(1).shuffle(rows)
    shuffled = write(tmp_path / "mixed.csv", rows)

    one = documents(detect(table, "--entity", "x", "--json"))
    other = documents(detect(shuffled, "--entity", "x", "--json"))

    assert one == other


def test_nothing_found_is_said_in_words_and_differs_from_nothing_read(detect, tmp_path):
    rows = signals()
    file = write(tmp_path / "calm.csv", rows[:1440])

    assert "Nothing departed" in detect(file).stdout
    plain = detect(file, "--json")
    assert (plain.returncode, plain.stdout) == (0, "")
    one = json.loads(detect(file, "--json", "--whole").stdout)
    assert (one["entity"], one["disruptions"], one["levels"]) == ("calm", [], [])
    assert one["signals"] == [
        {"name": name, "baseline": "two-sided", "readings": 1440, "missing": 0}
        for name in ("bgp", "probes")
    ]
    assert one["watermark"] == (START + STEP * 1440 - 1800) * 1_000_000
    unread = detect("none.csv", "--json")
    assert unread.stdout == ""
    assert unread.returncode != 0


def test_files_of_one_entity_are_joined_signal_by_signal(detect, tmp_path):
    rows = signals()
    half = len(rows) // 2
    write(tmp_path / "jan.csv", rows[:half])
    write(tmp_path / "feb.csv", rows[half - 50 :])  # some rows told twice
    whole = write(tmp_path / "all.csv", rows)

    parts = documents(detect("feb.csv", "jan.csv", "--entity", "x", "--json"))

    assert parts == documents(detect(whole, "--entity", "x", "--json"))


def test_files_without_an_entity_are_things_of_their_own(detect, tmp_path):
    write(tmp_path / "a.csv", signals())
    write(tmp_path / "b.csv", signals(seed=8))

    found = documents(detect("a.csv", "b.csv", "--json"))

    assert [one["entity"] for one in found] == ["a", "b"]


def test_a_column_may_name_what_each_row_is_about(detect, tmp_path):
    rows = signals()
    calm = rows.copy()
    calm[ONSET:END] = calm[ONSET - 288 : END - 288]
    calm[:, 0] = rows[:, 0]
    lines = ["when,place,probes"]
    for name, part in (("Mosul", rows), ("Basra", calm)):
        for t, _, probes in part:
            at = datetime.fromtimestamp(t, UTC).isoformat()
            lines.append(f"{at},{name},{probes:g}")
    file = tmp_path / "regions.csv"
    file.write_text("\n".join(lines))

    found = documents(detect(file, "--by", "place", "--entity", "region", "--json"))

    assert {one["entity"] for one in found} == {"region/Mosul"}
    told = detect(file).stderr
    assert "2 rows share each time" in told


def test_a_missing_feed_is_no_vote(detect, tmp_path):
    rows = signals()
    lines = ["timestamp,bgp,dead"]
    lines += [
        f"{t:.0f},{a:g},{'0' if n < 3 else ''}" for n, (t, a, _) in enumerate(rows)
    ]
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines))

    (one,) = documents(detect(file, "--json"))

    by_name = {signal["name"]: signal for signal in one["signals"]}
    assert by_name["bgp"]["fired"]
    assert by_name["dead"] == {"name": "dead", "fired": False, "min_residual": None}


def test_a_delay_that_moves_to_another_level_is_told(detect, tmp_path):
    rng = np.random.default_rng(5)
    lines = ["time,rtt_ms"]
    for n in range(2000):
        level = 80 if n < 1000 else 120
        lines.append(f"{START + STEP * n},{level + rng.standard_normal():.2f}")
    file = tmp_path / "route.csv"
    file.write_text("\n".join(lines))

    out = detect(file).stdout

    assert "rtt_ms changed its level once" in out
    assert "2024-01-04 11:20  80" in out


def test_wall_clocks_are_read_in_the_zone_given(detect, tmp_path):
    lines = ["time,bgp"]
    for t, a, _ in signals():
        local = datetime.fromtimestamp(t + 5 * 3600, UTC)
        lines.append(f"{local:%Y-%m-%d %H:%M:%S},{a:g}")
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines))

    (one,) = documents(detect(file, "--timezone", "Asia/Karachi", "--json"))

    assert bin_of(one["onset"]) == pytest.approx(ONSET, abs=2)
    assert "taken as UTC" in detect(file).stderr


@pytest.mark.parametrize("name", ["out.svg", "out.html"])
def test_a_plot_is_written_whole_and_asks_for_nothing(detect, table, tmp_path, name):
    done = detect(table, "--plot", name, "--json")

    assert len(documents(done)) == 1
    text = (tmp_path / name).read_text("utf-8")
    assert text.rstrip().endswith("</svg>" if name.endswith("svg") else "</html>")
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text
    assert "<script" not in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["iraq.csv", name]


def test_a_wrong_cell_is_one_line_and_leaves_the_old_plot_alone(
    process, table, tmp_path
):
    text = table.read_text().splitlines()
    text[1200] = text[1200].rpartition(",")[0] + ",n.a."
    table.write_text("\n".join(text))
    (tmp_path / "out.svg").write_text("old")

    done = process("iraq.csv", "--plot", "out.svg", "--json")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == (
        "rabta: iraq.csv, row 1201, column 'probes': 'n.a.' is not a number; "
        "leave the cell empty where nothing was measured"
    )
    assert (tmp_path / "out.svg").read_text() == "old"


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from rabta.cli import group;"
        "group.main(['detect', '--help'], standalone_mode=False);"
        "heavy = {'numpy', 'duckdb', 'numba'} & set(sys.modules);"
        "print(*heavy, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stderr.strip() == ""


@pytest.mark.parametrize("form", ["csv", "json", "lines"])
def test_what_was_announced_is_laid_beside_and_counts_with_its_source(
    detect, table, tmp_path, form
):
    at = datetime.fromtimestamp(START + STEP * ONSET, UTC).isoformat()
    rows = [
        {"entity": "country/IQ", "start": at, "end": "", "cause": "order",
         "source": "Regulator", "says": "exams"},
        {"entity": "country/IR", "start": at, "end": "", "cause": "cable",
         "source": "Operator", "says": "elsewhere"},
        {"entity": "country/IQ", "start": "2023-01-01", "end": "2023-01-02",
         "cause": "cable", "source": "Operator", "says": "long ago"},
    ]  # fmt: skip
    file = tmp_path / "notices"
    if form == "csv":
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        file.write_text("\n".join(lines))
    elif form == "json":
        file.write_text(json.dumps(rows))
    else:
        file.write_text("\n".join(json.dumps(row) for row in rows))
    words = (table, "--entity", "country/IQ", "--context", file)

    done = detect(*words, "--json")
    (one,) = [json.loads(line) for line in done.stdout.splitlines()]
    told = [e for e in one["evidence"] if e["id"].startswith("notice/")]
    assert len(told) == 1
    assert "Regulator announced: exams" in json.dumps(told[0]["says"])
    (weight,) = [e for e in one["evidence"] if e["id"] == "notice-shutdown"]
    assert "Regulator" in weight["says"]["en"]
    assert one["causes"][0]["cause"] == "shutdown"
    assert weight["nats"] > 1
    assert "Regulator announced: exams" in detect(*words).stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("entity,start\ncountry/IQ,yesterday\n", "row 2, column 'start': 'yesterday'"),
        ("entity,when\ncountry/IQ,2024-01-02\n", "no column start"),
        ("", "the file is empty"),
    ],
)
def test_announcements_that_cannot_be_understood_are_refused(
    detect, table, tmp_path, text, complaint
):
    file = tmp_path / "notices.csv"
    file.write_text(text)
    done = detect(table, "--context", file)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "entity,start,end\ncountry/IQ,2024-01-02,2024-01-01\n",
            "it ends before it begins",
        ),
        ('[{"entity": "country/IQ", "start": "2024-01-01"}, 7]', "row 2: no object"),
    ],
)
def test_an_announcement_that_is_wrong_is_told_and_the_rest_used(
    detect, table, tmp_path, text, complaint
):
    file = tmp_path / "notices.csv"
    file.write_text(text)
    done = detect(table, "--context", file)
    assert done.returncode == 0
    assert complaint in done.stderr


def test_a_delay_that_changed_for_good_is_told_with_its_size(detect, tmp_path):
    rng = np.random.default_rng(3)
    lines = [
        f"{START + 60 * n},{(80 if n < 900 else 140) + rng.normal():.3f}"
        for n in range(2000)
    ]
    file = tmp_path / "rtt.csv"
    file.write_text("\n".join(("timestamp,rtt_ms", *lines)))
    words = (file, "--entity", "uplink/a", "--signal", "rtt:rtt=rtt_ms", "--changes")
    (one,) = [json.loads(x) for x in detect(*words, "--json").stdout.splitlines()]
    assert one["time"] == (START + 60 * 900) * 1_000_000
    assert (one["entity"], one["signal"]) == ("uplink/a", "rtt")
    assert one["magnitude"] == pytest.approx(60, abs=1)
    assert "→" in detect(*words).stdout


@pytest.mark.parametrize("by", ["columns", "files", "groups"])
def test_the_fewest_parts_that_explain_a_loss_are_named(detect, tmp_path, by):
    rows = signals()
    calm = rows[:, 2].copy()
    calm[ONSET:END] = calm[ONSET - 288 : END - 288]
    regions = {"anbar": rows[:, 2], "basra": calm, "erbil": 0.9 * calm}
    words = ["--entity", "country/IQ", "--json"]
    if by == "columns":
        table = np.column_stack((rows[:, 0], *regions.values()))
        text = "\n".join(",".join(f"{cell:.1f}" for cell in row) for row in table)
        (tmp_path / "all.csv").write_text(f"when,{','.join(regions)}\n{text}\n")
        files = ["all.csv", "--parts"]
    elif by == "files":
        for name, values in regions.items():
            table = np.column_stack((rows[:, 0], rows[:, 1] * 0 + 5, values))
            write(tmp_path / f"{name}.csv", table, "when,x,probes")
        files = [*(f"{name}.csv" for name in regions), "--parts"]
        files += ["--signal", "probes=probes"]
    else:
        lines = [
            f"{when:.0f},{name},{value:g}"
            for name, values in regions.items()
            for when, value in zip(rows[:, 0], values, strict=True)
        ]
        (tmp_path / "long.csv").write_text("\n".join(("when,place,probes", *lines)))
        files = ["long.csv", "--by", "place"]

    found = documents(detect(*files, *words))

    assert [one["entity"] for one in found] == ["country/IQ/anbar", "country/IQ"]
    assert "parts" not in found[0]
    assert found[1]["parts"]["entities"] == ["country/IQ/anbar"]
    assert found[1]["parts"]["share"] > 0.9
    people = detect(*files, *words[:2]).stdout
    assert "country/IQ/anbar" in people.rpartition("the fewest parts")[2]


def test_parts_of_nothing_are_refused(detect, table):
    done = detect(table, "--parts")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--entity" in done.stderr


def test_occurrences_name_the_pattern_they_belong_to(detect, tmp_path):
    rows = signals()
    rows[ONSET:END, 1:] /= 0.4
    for day in range(2, 7):  # two hours every night
        rows[day * 288 + 12 : day * 288 + 36, 1:] *= 0.1
    write(tmp_path / "nights.csv", rows)

    found = documents(detect("nights.csv", "--json"))
    whole = json.loads(detect("nights.csv", "--json", "--whole").stdout)
    (one,) = whole["disruptions"]

    assert set(one) == FIELDS | {"pattern", "windows"}
    assert len(one["windows"]) == one["pattern"]["occurrences"] == 5
    assert one["windows"] == [
        {key: window[key] for key in ("onset", "end", "depth")} for window in found
    ]
    assert (one["onset"], one["end"]) == (found[0]["onset"], found[-1]["end"])
    assert "occurrence" not in one["pattern"]
    assert "recurring" in {fact["id"] for fact in one["evidence"]}
    assert all(signal["fired"] for signal in one["signals"])
    assert {one["pattern"]["id"] for one in found} == {"nights#1"}
    assert [one["pattern"]["occurrence"] for one in found] == [1, 2, 3, 4, 5]
    pattern = found[0]["pattern"]
    assert (pattern["start"], pattern["end"]) == ("01:00", "03:00")
    assert (pattern["first"], pattern["last"]) == ("2024-01-03", "2024-01-07")


def test_a_window_of_every_day_is_told_in_words_that_accuse_nobody(detect, tmp_path):
    rng = np.random.default_rng(2)
    bins = np.arange(8 * 288)
    open_ = (bins % 288 >= 108) & (bins % 288 < 216)  # from nine to six
    values = rng.poisson(np.where(open_, 400, 2))
    lines = [f"{START + STEP * n},{v}" for n, v in zip(bins, values, strict=True)]
    (tmp_path / "shop.csv").write_text("\n".join(("timestamp,requests", *lines)))

    assert detect("shop.csv", "--json").stdout == ""
    whole = json.loads(detect("shop.csv", "--json", "--whole").stdout)
    (window,) = whole["standing"]
    assert (window["start"], window["end"]) == ("18:00", "09:00")
    assert window["verdict"] == "undetermined"
    assert whole["disruptions"] == []
    assert "usual or imposed cannot be told" in detect("shop.csv").stdout
    assert "نہیں بتایا جا سکتا" in detect("shop.csv", "--language", "ur").stdout


def test_a_quiet_week_end_is_said_and_no_disruption(detect, tmp_path):
    rng = np.random.default_rng(3)
    monday = 1_704_067_200  # 2024-01-01
    hours = np.arange(8 * 24)
    rest = (hours >= 5 * 24) & (hours < 7 * 24)
    values = rng.poisson(np.where(rest, 700, 1000))
    lines = [f"{monday + 3600 * n},{v}" for n, v in zip(hours, values, strict=True)]
    (tmp_path / "week.csv").write_text("\n".join(("timestamp,requests", *lines)))

    assert detect("week.csv", "--json").stdout == ""
    whole = json.loads(detect("week.csv", "--json", "--whole").stdout)
    (quiet,) = whole["quiet"]
    assert quiet["days"] == ["2024-01-06", "2024-01-07"]
    assert quiet["depth"] == pytest.approx(0.3, abs=0.02)
    assert quiet["verdict"] == "undetermined"
    told = "lower on Saturday and Sunday (from 2024-01-06): consistent with a quiet"
    assert told in detect("week.csv").stdout
    assert "ہفتہ وار چھٹی" in detect("week.csv", "--language", "ur").stdout
    for name in ("week.svg", "week.html"):
        assert detect("week.csv", "--plot", name).returncode == 0
        assert "consistent with a quiet week-end" in (tmp_path / name).read_text()
