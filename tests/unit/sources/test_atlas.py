"""RIPE Atlas results of all types and firmwares."""

import json

import numpy as np
import pytest

from rabta.sources import atlas
from rabta.sources.recognise import recognise

from .helpers import balanced, parse, recorded


def write(tmp_path, *records):
    file = tmp_path / "results.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in records))
    return file


PING = {
    "fw": 5080,
    "type": "ping",
    "prb_id": 7,
    "msm_id": 1001,
    "timestamp": 1_700_000_000,
    "dst_name": "k.root-servers.net",
    "dst_addr": "193.0.14.129",
    "sent": 3,
    "rcvd": 2,
    "result": [{"rtt": 21.5}, {"rtt": 20.25}, {"x": "*"}],
}


def values(pieces):
    return {one.metric: one.values.tolist() for one in pieces}


def test_a_ping_gives_its_least_delay_and_its_loss(tmp_path):
    pieces, _, tally = parse(write(tmp_path, PING), atlas.read)
    assert values(pieces)["ping_rtt_seconds"] == [0.02025]
    assert np.allclose(values(pieces)["ping_loss_ratio"], [1 / 3])
    assert {one.entity for one in pieces} == {"target/k.root-servers.net"}
    assert {one.vantage for one in pieces} == {"atlas-probe/7"}
    assert pieces[0].times.tolist() == [1_700_000_000_000_000]
    assert tally.kept == tally.records == 1


def test_families_and_measurements_of_one_target_are_series_of_their_own(tmp_path):
    def ping(rtt, **other):
        return {**PING, "result": [{"rtt": rtt}], **other}

    file = write(
        tmp_path,
        ping(20.0, af=4),
        ping(90.0, af=6, dst_addr="2001:7fd::1"),
        ping(50.0, af=4, msm_id=2002),
        ping(91.0, dst_addr="2001:7fd::1", timestamp=1_700_000_300),
    )
    pieces, _, _ = parse(file, atlas.read)
    found = {
        one.target: one.values.tolist()
        for one in pieces
        if one.metric == "ping_rtt_seconds"
    }
    assert found == {
        "measurement/1001 af/4": [0.02],
        "measurement/1001 af/6": [0.09, 0.091],
        "measurement/2002 af/4": [0.05],
    }
    pieces, _, _ = parse(file, atlas.read, "country/PK")
    assert "target/k.root-servers.net measurement/1001 af/4" in {
        one.target for one in pieces
    }


def test_numbers_that_old_firmware_wrote_as_text_are_read(tmp_path):
    old = {**PING, "fw": 0, "result": None, "min": "57.876", "sent": "3", "rcvd": "3"}
    pieces, _, _ = parse(write(tmp_path, old), atlas.read)
    assert values(pieces) == {"ping_rtt_seconds": [0.057876], "ping_loss_ratio": [0.0]}


def test_a_traceroute_counts_only_when_the_target_itself_answered(tmp_path):
    def trace(last):
        return {
            "type": "traceroute",
            "prb_id": 7,
            "timestamp": 1_700_000_000,
            "dst_addr": "192.0.2.9",
            "result": [
                {"hop": 1, "result": [{"from": "192.0.2.1", "rtt": 1.0}]},
                {"hop": 2, "result": last},
            ],
        }

    reached, _, _ = parse(
        write(tmp_path, trace([{"x": "*"}, {"from": "192.0.2.9", "rtt": 8.5}])),
        atlas.read,
    )
    assert values(reached)["traceroute_rtt_seconds"] == [0.0085]
    short, _, _ = parse(
        write(tmp_path, trace([{"from": "192.0.2.5", "rtt": 8.5}])), atlas.read
    )
    assert values(short) == {"traceroute_loss_ratio": [1.0]}


_HOP_1 = {"hop": 1, "result": [{"from": "10.0.0.1", "rtt": 1.5}]}
_TARGET = {"from": "193.0.14.129", "rtt": 8.5}


@pytest.mark.parametrize(
    ("hops", "found"),
    [
        ([_HOP_1, {"hop": 2, "result": [_TARGET]}], [0.0085]),
        ([_HOP_1, {"result": [_TARGET], "hop": 2}], [0.0085]),
        ([_HOP_1, {"hop": 2, "result": [{**_TARGET, "x": [_HOP_1]}]}], [0.0085]),
        ([_HOP_1, {"hop": 2, "result": [_TARGET, {"x": '{"hop"'}]}], [0.0085]),
        ([{"hop": 1, "result": [_TARGET]}, {"error": "timed out"}], None),
        ([{"hop": 1, "result": [_TARGET]}, _HOP_1], None),
        ([], None),
        ({"hop": 1, "result": [_TARGET]}, None),
    ],
)
def test_however_hops_are_written_the_last_one_counts(tmp_path, hops, found):
    one = {**PING, "type": "traceroute", "result": hops}
    pieces, _, tally = parse(write(tmp_path, one), atlas.read)
    assert values(pieces).get("traceroute_rtt_seconds") == found
    assert tally.kept == 1


def test_the_figures_of_ntp_are_seconds(tmp_path):
    ntp = {**PING, "type": "ntp", "result": [{"rtt": 0.0219}, {"rtt": 0.002}]}
    pieces, _, _ = parse(write(tmp_path, ntp), atlas.read)
    assert values(pieces)["ntp_rtt_seconds"] == [0.002]


def test_the_user_may_say_what_the_results_are_about(tmp_path):
    pieces, _, _ = parse(write(tmp_path, PING), atlas.read, "country/PK")
    assert {one.entity for one in pieces} == {"country/PK"}


def test_what_cannot_be_is_put_aside_and_the_rest_read(tmp_path):
    file = write(tmp_path, PING, {**PING, "timestamp": 9_700_000_000}, PING)
    text = file.read_text().splitlines()
    cut = '{"type": "ping", "prb_id": '
    text[2:2] = [cut, "[" * 100_000, '{"type": "ping", "timestamp": []}', "\u0000"]
    file.write_text("\n".join(text))
    pieces, _, tally = parse(file, atlas.read)
    assert sum(len(one.times) for one in pieces) == 4
    assert balanced(tally)
    assert tally.kept == 2
    assert tally.reasons["a time that cannot be"] == 1
    assert tally.reasons["cut off"] == 1
    assert tally.put_aside_count == 5
    assert [one.offset for one in tally.aside if one.reason == "cut off"] == [
        len(text[0]) + len(text[1]) + 2
    ]


def test_every_recorded_result_of_every_type_and_firmware_is_read():
    file = recorded("ripe-atlas/atlas_results.jsonl")
    assert recognise(file).name == "atlas-results"
    pieces, _, tally = parse(file, atlas.read)
    assert tally.kept == tally.records == 115
    assert not tally.aside
    assert {one.metric.split("_")[0] for one in pieces} >= {
        "ping",
        "traceroute",
        "dns",
        "ntp",
        "tls",
        "http",
    }
    assert all((one.values >= 0).all() for one in pieces)
