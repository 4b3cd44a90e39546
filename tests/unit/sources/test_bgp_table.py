"""What is visible over a day: equal to a naive account, compiled or not."""

import os
from ipaddress import ip_address

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rabta.clock import SECOND
from rabta.sources.bgp import compile as compiling
from rabta.sources.bgp import memory as memories
from rabta.sources.bgp import mrt, routes, table
from rabta.sources.bgp.mrt import Peer
from rabta.sources.bgp.networks import Networks
from rabta.sources.bgp.series import Routes
from rabta.sources.bgp.watched import watch
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream

from .bgp_day import COUNTRY, START, Naive, files, generate
from .helpers import NOW, balanced
from .mrt_writer import dump, dump_v1, state, update, update_added


ENTITIES = ("country/PK", "asn/103", "asn/203", "country/IN", "asn/101")


def known(countries=COUNTRY):
    asns = np.array([(asn, 1) for asn in countries], np.int64)
    letters = np.array(list(countries.values()), "U2")
    nothing = np.zeros((0, 2), np.int64)
    return Networks("table", asns, letters, nothing, np.zeros(0, "U2"))


def told(tmp_path, *parts, entities=ENTITIES):
    """Return {(entity, metric): {time: value}} of files one after the other."""
    routes = Routes(watch(entities, known()))
    found, tallies = {}, []
    for number, part in enumerate(parts):
        file = tmp_path / f"part{number}"
        file.write_bytes(part)
        tally = Tally(str(file), NOW)
        for one in routes.read(Stream(file, tally), tally):
            told = found.setdefault((one.entity, one.metric), {})
            for time, value in zip(
                one.times.tolist(), one.values.tolist(), strict=True
            ):
                if not np.isnan(value):
                    told[time // SECOND] = value
        tallies.append(tally)
    return found, tallies


@pytest.mark.parametrize("way", ["plain", "fast"])
def test_a_day_is_equal_to_a_naive_account(way, tmp_path, monkeypatch):
    for module in (mrt, table, memories):
        monkeypatch.setattr(
            module, "chosen", lambda name, _: getattr(compiling, way)(name)
        )
    day = generate()
    naive = Naive(day[0], day[1], ENTITIES)
    naive.run(day[2])
    found, tallies = told(tmp_path, *files(*day))
    assert not any(one.put_aside_count or one.partial for one in tallies)
    for key, series in {**naive.series, **naive.acts}.items():
        assert found[key] == series, key
    assert naive.series["asn/103", "visible-slash24"][START + 2 * 3600 + 600] == 0
    assert len(naive.series["country/PK", "visible-slash24"]) >= 288
    assert sum(naive.acts["country/PK", "foreign-hop-changes"].values()) > 50


def test_after_a_gap_nothing_is_visible_before_the_next_table(tmp_path):
    sessions, table, happened = generate(peers=5, events=900, hours=5)
    before = [one for one in happened if one[0] < START + 3600]
    after = [one for one in happened if one[0] >= START + 3600 * 3]
    again = START + 3600 * 4
    found, tallies = told(
        tmp_path,
        *files(sessions, table, before),
        files(sessions, table, [one for one in after if one[0] < again])[1],
        dump(again, sessions, table),
    )
    times = found["country/PK", "visible-slash24"]
    assert [one for one in times if START + 3600 < one < again] == []
    assert again in times
    assert "nothing was recorded from" in tallies[2].notes[-1]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_nothing_is_visible_of_a_table_cut_off_nor_of_its_updates(tmp_path, share):
    sessions, table, happened = generate(peers=5, events=900, hours=1)
    whole, updates = files(sessions, table, happened)
    again = START + 3600 * 2
    found, tallies = told(
        tmp_path,
        whole[: int(len(whole) * share)],
        updates,
        dump(again, sessions, table),
    )
    assert tallies[0].partial
    assert "the table is not whole" in tallies[0].notes[0]
    assert "no whole table came first" in tallies[1].notes[0]
    for series in found.values():
        assert set(series) <= {again}
    assert found["country/PK", "visible-slash24"][again] > 0


def test_after_updates_cut_off_nothing_is_visible_before_the_next_table(tmp_path):
    sessions, table, happened = generate(peers=5, events=900, hours=1)
    first = [one for one in happened if one[0] < START + 1200]
    second = [one for one in happened if one[0] >= START + 1200]
    whole, updates = files(sessions, table, first)
    again = START + 3600 * 2
    found, tallies = told(
        tmp_path,
        whole,
        updates[:-7],
        files(sessions, table, second)[1],
        dump(again, sessions, table),
    )
    assert "the recording is not whole" in tallies[1].notes[0]
    times = found["country/PK", "visible-slash24"]
    assert START + 900 in times
    assert [one for one in times if START + 1200 < one < again] == []
    assert again in times


def test_a_table_with_many_damaged_records_is_not_whole(tmp_path):
    sessions, table, _ = generate(peers=5, events=0, hours=0)
    text = bytearray(dump(START, sessions, table))
    at, records = 0, 0
    while at < len(text):  # every prefix of the second half gets a length of 255
        size = int.from_bytes(text[at + 8 : at + 12], "big")
        if records > len(table) // 2:
            text[at + 16] = 255
        at, records = at + 12 + size, records + 1
    found, (tally,) = told(tmp_path, bytes(text))
    assert tally.put_aside_count > 1
    assert "the table is not whole" in tally.notes[0]
    assert not any(found.values())


def test_a_peer_that_is_down_is_no_outage(tmp_path):
    sessions, _, _ = generate(peers=5, events=0, hours=0)
    whole = {
        prefix: {p: (p[1], 900, 103) for p in sessions} for prefix in ("20.3.0.0/16",)
    }
    quiet = [
        update(START + 60 * n, sessions[0], ["20.3.0.0/16"], (sessions[0][1], 103))
        for n in range(1, 60)
    ]
    down = [state(START + 600, one, 6, 1) for one in sessions[1:4]]
    found, _ = told(
        tmp_path,
        dump(START, sessions, whole),
        b"".join([*quiet[:10], *down, *quiet[10:]]),
    )
    assert set(found["asn/103", "visible-slash24"].values()) == {256.0}


@pytest.mark.parametrize("way", ["plain", "fast"])
def test_who_withdraws_one_of_several_paths_has_the_prefix_still(
    way, tmp_path, monkeypatch
):
    """ADD-PATH, RFC 7911; a number that is told again replaces its path."""
    for module in (mrt, table, memories):
        monkeypatch.setattr(
            module, "chosen", lambda name, _: getattr(compiling, way)(name)
        )
    peer, prefix = ("10.0.0.1", 60000), "20.3.0.0/16"
    whole = {"20.4.0.0/16": {peer: (60000, 104)}}

    def at(minute, **more):
        return update_added(START + 60 * minute, peer, **more)

    one, two = [(1, prefix)], [(2, prefix)]
    events = [
        at(1, announced=one, path=(60000, 900, 103)),
        at(2, announced=two, path=(60000, 901, 103)),
        at(6, withdrawn=one),  # by the other still
        at(11, withdrawn=two),
        at(16, announced=one, path=(60000, 900, 103)),
        at(17, announced=two, path=(60000, 104)),  # the newest counts
        at(21, withdrawn=two),
        at(26, announced=one, path=(60000, 905)),
        at(31, announced=two, path=(60000, 103)),
        state(START + 36 * 60, peer, 6, 1),
        state(START + 36 * 60 + 1, peer, 5, 6),
        at(37, announced=one, path=(60000, 103)),
        at(38, announced=[(1, "20.4.0.0/16")], path=(60000, 104)),
        at(53, withdrawn=one),  # of the second nobody told since
        at(58, withdrawn=[(1, "20.9.0.0/16")]),
    ]
    found, tallies = told(tmp_path, dump(START, [peer], whole), b"".join(events))
    assert not any(one.put_aside_count or one.partial for one in tallies)
    seen = found["asn/103", "visible-slash24"]
    visible = [seen.get(START + 60 * minute) for minute in range(0, 60, 5)]
    assert visible == [0, *[256] * 2, 0, 0, 256, 0, 256, *[None] * 3, 0]
    gone = found["asn/103", "withdrawals"]
    assert sum(gone.values()) == 2


@pytest.mark.parametrize(
    ("version", "sizes", "full"),
    [
        (6, [220_000, 215_000, 30_000, 10_500, 900], [0, 1]),
        (4, [2_000_000, 950_000, 600_000, 401_000, 90_000], [0, 1, 2]),  # one leaks
        (4, [950_000, 401_000, 399_000], [0, 1]),
        (4, [9_000, 4_500, 4_000], [0, 1]),
    ],
)
def test_a_part_of_a_table_is_no_full_feed(version, sizes, full):
    one = table.Table(watch(("asn/103",), known()))
    peers = [Peer(ip_address(f"10.0.0.{n}"), 60000 + n) for n in range(len(sizes))]
    one._meet(tuple(peers))
    one._memory.sizes[version == 6 : 2 * len(sizes) : 2] = sizes
    one._memory.told[: len(sizes)] = 0
    one._memory.state[routes.SEEDED] = 1
    assert one._full(version, START * SECOND).tolist() == full


def test_tables_of_the_first_version_are_read(tmp_path):
    peers = [("10.0.0.1", 11), ("10.0.0.2", 12), ("10.0.0.3", 13)]
    table = b"".join(
        dump_v1(START, peer, f"20.{n}.0.0/16", (peer[1], 103))
        for n in range(3)
        for peer in peers[: 3 - n]
    )
    found, _ = told(tmp_path, table)
    assert found["asn/103", "visible-prefixes-4"] == {START: 2.0}


def test_many_entries_in_one_record_that_is_declared_too_short(tmp_path):
    peers = [("10.0.0.1", 11), ("10.0.0.2", 12)]
    one = [dump_v1(START, peer, "20.0.0.0/16", (peer[1], 103)) for peer in peers]
    body = one[0][12:] + one[1][16:]
    early = one[0][:8] + (len(body) - 4).to_bytes(4, "big") + body
    found, tallies = told(tmp_path, early + early + one[0])
    assert found["asn/103", "visible-prefixes-4"] == {START: 1.0}
    assert not tallies[0].put_aside_count
    assert not tallies[0].partial


@settings(
    max_examples=int(os.environ.get("RABTA_FUZZ", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_whatever_comes_the_table_keeps_its_count(tmp_path, data):
    sessions = [("10.0.0.1", 11), ("10.0.0.2", 12)]
    nets = ["20.3.0.0/16", "20.3.1.0/24", "0.0.0.0/0", "2400::/32"]
    table = {nets[0]: {sessions[0]: (11, 103)}, nets[3]: {sessions[1]: (12, 203)}}
    records = [dump(START, sessions, table)]
    for _ in range(data.draw(st.integers(0, 12))):
        time = START + data.draw(st.integers(-4000, 40_000))
        peer = data.draw(st.sampled_from(sessions))
        net = [data.draw(st.sampled_from(nets))]
        way = (peer[1], data.draw(st.sampled_from([101, 103, 203, 2**32 - 1])))
        records.append(
            data.draw(
                st.sampled_from(
                    [
                        update(time, peer, net, way),
                        update(time, peer, withdrawn=net),
                        state(time, peer, 6, data.draw(st.integers(0, 9))),
                        dump(time, sessions, table),
                    ]
                )
            )
        )
    text = bytearray(b"".join(records))
    for _ in range(data.draw(st.integers(0, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    found, (tally,) = told(tmp_path, bytes(text))
    assert balanced(tally)
    most = {"visible-prefixes-4": 2, "visible-slash24": 256, "visible-slash48": 65536}
    for (_, name), series in found.items():
        assert all(value >= 0 for value in series.values())
        if text == b"".join(records):
            assert max(series.values(), default=0) <= most.get(name, 10**9)
