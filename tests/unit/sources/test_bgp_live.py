"""RIS Live and RIS' archives on loopback: followed, broken off, followed again."""

import gzip
import json
import random
import threading
import time as pause
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

import numpy as np
import pytest
from websockets.sync.server import serve

from rabta.agent.fetching import Ask, fetch
from rabta.agent.networks import known, take
from rabta.agent.routes_live import Collector, follow
from rabta.clock import MINUTE, SECOND, ManualClock
from rabta.errors import UsageError
from rabta.sources.bgp import kernel, ris
from rabta.sources.bgp.kept import thin
from rabta.sources.bgp.live import Decoder
from rabta.sources.bgp.mrt import NOWHERE
from rabta.sources.bgp.networks import join
from rabta.sources.bgp.series import Routes
from rabta.sources.bgp.watched import watch
from rabta.sources.imported import Tally
from rabta.sources.polite import Fetcher
from rabta.sources.stream import Stream
from rabta.store import Store

from .bgp_day import COUNTRY, START, Naive, files, generate
from .helpers import NOW, RECORDED, balanced
from .mrt_writer import dump
from .service import Answer


@pytest.fixture(scope="module")
def day():
    return generate(peers=9, events=900, hours=9)


@contextmanager
def speaking(*scripts):
    """Serve RIS Live: each connection gets the next script, then is cut."""
    asked, left = [], list(scripts)

    def handle(socket):
        asked.append(json.loads(socket.recv()))
        for text in left.pop(0) if left else ():
            socket.send(text)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/", asked
        finally:
            server.shutdown()
            thread.join()


def message(event, sessions):
    time, kind, peer, prefix, path = event
    address, asn = sessions[peer]
    data = {"timestamp": time, "peer": address, "peer_asn": str(asn), "type": "UPDATE"}
    if kind == "A":
        data |= {"path": list(path), "announcements": [{"prefixes": [prefix]}]}
    elif kind == "W":
        data["withdrawals"] = [prefix]
    else:
        data |= {"type": "RIS_PEER_STATE", "state": "connected"}
    return json.dumps({"type": "ris_message", "data": data})


def archive(day, until, wrong=()):
    """Answer as RIS' archives do, from the day's events before *until* seconds."""
    sessions, table, happened = day
    wrong = list(wrong)

    def answer(path, headers):
        if wrong:
            return wrong.pop(0)
        name = path.rpartition("/")[2].split(".")
        begin = datetime.strptime(".".join(name[1:3]) + "+0000", "%Y%m%d.%H%M%z")
        begin = int(begin.timestamp())
        if name[0] == "bview":
            body = files(sessions, table, happened)[0]
        elif begin >= until:
            return Answer(status=404)
        else:
            mine = [one for one in happened if begin <= one[0] < begin + 300]
            body = files(sessions, table, mine)[1]
        return Answer(gzip.compress(body, mtime=0), headers={"ETag": f'"{begin}"'})

    return answer


def archive_so_far(day, clock):
    """Answer as the archives do that are written five minutes late."""

    def written(path, headers):
        return archive(day, clock.now() // SECOND - 300)(path, headers)

    return written


@pytest.fixture
def store(tmp_path):
    clock = ManualClock(NOW)
    with Store.open(tmp_path / "store", clock=clock) as opened:
        listed = tmp_path / "as.csv"
        listed.write_text("".join(f"{asn},{cc}\n" for asn, cc in COUNTRY.items()))
        tally = Tally(str(listed), NOW)
        take(Stream(listed, tally), tally, opened.path)
        yield opened


def told(store, entity, name):
    return {
        time // SECOND: value
        for one, times, values in store.signals(entity, start=0, stop=2**60)
        if one.metric == name
        for time, value in zip(times.tolist(), values.tolist(), strict=True)
    }


def test_archives_become_series_past_refusals_and_broken_transfers(
    day, store, service, fetcher, clock, waits
):
    sessions, table, happened = day
    stop = START + 3600
    service.answer = archive(
        day,
        stop,
        [
            Answer(status=429, headers={"Retry-After": "7"}),
            Answer(status=503),
            Answer(gzip.compress(files(*day)[0], mtime=0), cut=500),
        ],
    )
    ask = Ask(
        *("ris", "country/PK", (START + 60) * SECOND, stop * SECOND),
        service.base + "/rrc99",
    )
    pages = list(fetch(ask, fetcher, store, clock))
    assert not any(one.problem or one.missing for one in pages)
    assert 7.0 in waits
    assert service.asked[-1][0] == "/rrc99/2023.11/updates.20231115.0050.gz"
    naive = Naive(sessions, table, ("country/PK",))
    naive.run([one for one in happened if one[0] < START + 3300])
    for name in ("visible-slash24", "visible-prefixes-6", "withdrawals"):
        found = told(store, "country/PK", name)
        expected = {**naive.series, **naive.acts}["country/PK", name]
        assert found == {time: expected[time] for time in found}
        assert len(found) >= 10
    asked = len(service.asked)
    list(fetch(ask, fetcher, store, clock))
    assert len(service.asked) == asked  # what was published never changes


@pytest.mark.parametrize("missing", [True, False])
def test_after_an_archive_that_is_missing_or_cut_the_next_table_is_asked_for(
    day, store, service, fetcher, missing
):
    """Until then what is visible is not known; and it is not made up."""
    sessions, table, happened = day
    whole = archive(day, START + 9 * 3600)

    def later(path, headers):
        if "updates.20231115.0730" in path:
            return Answer(status=404) if missing else Answer(b"\x1f\x8b\x08 cut")
        if "bview.20231115.0800" not in path:
            return whole(path, headers)
        naive = Naive(sessions, table, ("country/PK",))
        for event in happened:
            if event[0] < START + 8 * 3600:
                naive._one(event, 0)
        seen = {}
        for peer, routes in naive.routes.items():
            for prefix, path_ in routes.items():
                seen.setdefault(prefix, {})[sessions[peer]] = path_
        return Answer(gzip.compress(dump(START + 8 * 3600, sessions, seen), mtime=0))

    service.answer = later
    stop = START + 9 * 3600
    ask = Ask(
        *("ris", "country/PK", (START + 7 * 3600) * SECOND, stop * SECOND),
        service.base + "/rrc99",
    )
    list(fetch(ask, fetcher, store, ManualClock(NOW)))
    asked = [path.rpartition("/")[2] for path, _ in service.asked]
    at = asked.index("bview.20231115.0800.gz")
    assert asked[at + 1] == "updates.20231115.0800.gz"
    assert asked.count("bview.20231115.0800.gz") == 1
    naive = Naive(sessions, table, ("country/PK",))
    naive.run(happened)
    found = told(store, "country/PK", "visible-slash24")
    expected = naive.series["country/PK", "visible-slash24"]
    lost, back = START + 7.5 * 3600, START + 8 * 3600
    assert not [time for time in found if lost < time < back]
    assert [time for time in found if time > back]
    wrong = {t: (v, expected[t]) for t, v in found.items() if v != expected[t]}
    assert not wrong


def test_live_goes_on_where_archives_end_and_nothing_is_missed(
    day, store, service, tmp_path
):
    """Archives are written late, and what was heard before they end is in both."""
    sessions, table, happened = day
    turn = START + 3700
    clock = ManualClock(turn * SECOND)

    service.answer = archive_so_far(day, clock)

    def sleep(seconds):
        clock.advance(round(seconds * SECOND))

    def heard(start, stop):
        some = [one for one in happened if start <= one[0] < stop]
        return [message(one, sessions) for one in some]

    scripts = [
        heard(turn, turn + 1200),
        heard(turn + 3700, turn + 6000),
        heard(turn + 9000, turn + 9300),
    ]
    fetcher = Fetcher(tmp_path / "fetched", clock=clock, sleep=sleep)
    with speaking(*scripts) as (address, asked):
        run = follow(
            Collector(address, service.base + "/rrc99", "country/PK"),
            known(store.path),
            fetcher,
            store,
            clock,
            sleep,
        )
        events, notes = [], []
        for said in run:
            events.append(said.event)
            notes += said.notes
            if said.event == "broken":
                breaks = events.count("broken")
                at = {1: turn + 3700, 2: turn + 9000}.get(breaks)
                if at is None:
                    break
                clock.advance(at * SECOND - clock.now())
                if breaks == 2:
                    service.answer = lambda *_: Answer(status=500)
        run.close()
    fetcher.close()
    assert events[:3] == ["connected", "waiting", "seeded"]
    assert events.count("seeded") == 2
    assert events.count("unseeded") == 1
    assert not [one for one in notes if "just before" in one]
    assert [one["data"]["host"] for one in asked] == ["rrc99"] * 3
    naive = Naive(sessions, table, ("country/PK",))
    naive.run([one for one in happened if one[0] < turn + 6000])
    for name in ("visible-slash24", "withdrawals"):
        found = told(store, "country/PK", name)
        expected = {**naive.series, **naive.acts}["country/PK", name]
        assert max(found) > turn + 5000
        assert found == {time: expected[time] for time in found}


def test_of_more_than_can_be_kept_the_archives_are_read_sooner_and_it_is_said(
    day, store, service, tmp_path, monkeypatch
):
    monkeypatch.setattr("rabta.agent.routes_live._ROWS", 3)
    turn = START + 1000
    clock = ManualClock(turn * SECOND)
    service.answer = archive(day, turn - 300)
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        pause.sleep(0.2)  # what is heard comes by itself

    live = [message(one, day[0]) for one in day[2] if turn <= one[0] < turn + 900]
    fetcher = Fetcher(tmp_path / "fetched", clock=clock, pace=0)
    with speaking(live) as (address, _):
        where = Collector(address, service.base + "/rrc99", "country/PK")
        run = follow(where, known(store.path), fetcher, store, clock, sleep)
        said = list(takewhile(lambda one: one.event != "broken", run))
        run.close()
    fetcher.close()
    assert [one.event for one in said[:3]] == ["connected", "waiting", "seeded"]
    assert any("just before" in one for one in said[2].notes)
    assert 0 < len(waits) < 10
    assert max(told(store, "country/PK", "visible-slash24")) > turn


def test_of_many_messages_while_archives_are_waited_for_none_is_lost(
    day, store, service, tmp_path, monkeypatch
):
    """More than wait to be decoded at once; what they say has room."""
    monkeypatch.setattr("rabta.agent.routes_live._HELD", 5)
    monkeypatch.setattr("rabta.sources.bgp.kept._AT_ONCE", 16)
    sessions, table, happened = day
    turn = START + 2 * 3600 - 600
    clock = ManualClock(turn * SECOND)

    service.answer = archive_so_far(day, clock)

    def sleep(seconds):
        clock.advance(round(seconds * SECOND))
        pause.sleep(0.05)  # what is heard comes by itself

    mine = [one for one in happened if turn <= one[0] < turn + 2400]
    fetcher = Fetcher(tmp_path / "fetched", clock=clock, pace=0)
    with speaking([message(one, sessions) for one in mine]) as (address, _):
        where = Collector(address, service.base + "/rrc99", "country/PK")
        run = follow(where, known(store.path), fetcher, store, clock, sleep)
        said = list(takewhile(lambda one: one.event != "broken", run))
        run.close()
    fetcher.close()
    assert len(mine) > 50
    assert [one.event for one in said[:3]] == ["connected", "waiting", "seeded"]
    assert not any("just before" in one for one in said[2].notes)
    naive = Naive(sessions, table, ("country/PK",))
    naive.run([one for one in happened if one[0] < turn + 2400])
    for name in ("visible-slash24", "withdrawals", "foreign-hop-changes"):
        found = told(store, "country/PK", name)
        expected = {**naive.series, **naive.acts}["country/PK", name]
        assert max(found) > turn + 1200
        assert found == {time: expected[time] for time in found}


@pytest.mark.parametrize("seed", range(4))
def test_series_are_the_same_without_what_is_thinned_out(seed):
    rng = random.Random(seed)
    sessions = [(f"10.0.0.{n + 1}", 100 + n) for n in range(5)]
    nets = [f"20.{n}.0.0/16" for n in range(12)] + ["2400::/32", "2400:1::/32"]
    table = {
        prefix: {one: (one[1], 7, rng.choice((1, 2, 3))) for one in sessions}
        for prefix in nets
    }
    time, texts = START, []
    for _ in range(4000):
        time += rng.choice((0, 0, 0, 1, 2))
        event = time - rng.choice((0, 0, 0, 3)), rng.choices("AWS", (9, 6, 0.05))[0]
        way = (9, rng.choice((7, 8)), rng.choice((1, 2, 2, 3, 3)))
        told = (*event, rng.randrange(5), rng.choice(nets[: rng.choice((3, 14))]), way)
        texts.append(message(told, sessions))
    watched = watch(("asn/1",), join(()))
    found = []
    for thinning in (False, True):
        series = Routes(watched)
        rows = 0
        head = Decoder(NOWHERE).batch(
            [
                message((START, "A", sessions.index(one), prefix, way), sessions)
                for prefix, ways in table.items()
                for one, way in ways.items()
            ],
            Tally("live", NOW),
        )
        series.table.begin(START * SECOND)
        series.elements(replace(head, kinds=np.full_like(head.kinds, kernel.RIB)))
        decoder = Decoder(NOWHERE)
        for at in range(0, len(texts), 1000):
            batch = decoder.batch(texts[at : at + 1000], Tally("live", NOW))
            batch = thin(batch, watched.networks) if thinning else batch
            rows += len(batch.times)
            series.elements(batch)
        pieces = {one.metric: (one.times, one.values) for one in series.drain()}
        found.append((rows, pieces))
    (many, whole), (few, thinned) = found
    assert few < 0.8 * many
    assert set(whole) == set(thinned)
    assert np.nansum(whole["withdrawals"][1]) > 20
    for metric, (times, values) in whole.items():
        np.testing.assert_array_equal(times, thinned[metric][0])
        np.testing.assert_array_equal(values, thinned[metric][1])


def test_messages_are_rows_and_what_is_malformed_is_put_aside():
    tally = Tally("live", NOW)
    texts = [
        message((START, "A", 0, "20.0.0.0/16", (1, 2, 2)), [("10.0.0.1", 1)]),
        message((START, "A", 0, "2400::/32", (1, 2, 3)), [("10.0.0.1", 1)]),
        message((START, "W", 0, "200.0.0.0/16", ()), [("10.0.0.1", 1)]),
        message((START, "S", 0, "", ()), [("10.0.0.1", 1)]),
        '{"type":"ris_message","data":{"timestamp":1,"peer":"x"}}',
        message((START, "A", 0, "999.0.0.0/16", (1, 2)), [("10.0.0.1", 1)]),
        "[" * 100_000,
        message((START, "A", 0, "20.0.0.0/16", (1, 2**32)), [("10.0.0.1", 1)]),
        message((START, "A", 0, "20.0.0.0/16", (1, 2)), [("10.0.0.1", 2**40)]),
        '{"type":"ris_message","data":{"timestamp":1e999,"peer":"x","peer_asn":"1"}}',
    ]
    batch = Decoder(NOWHERE).batch(texts, tally)
    assert batch.origins.tolist() == [2, 3, 0, 6]
    assert batch.upstreams.tolist() == [1, 2, 0, 0]
    assert batch.versions.tolist() == [4, 6, 4, 4]
    assert (batch.highs < 0).tolist() == [False, False, True, False]
    assert tally.put_aside_count == 6
    assert balanced(tally)


def test_the_recorded_messages_are_read():
    file = RECORDED / "bgp-mrt" / "ris-live-stream.json"
    if not file.exists():
        pytest.skip("no recorded data beside the checkout")
    tally = Tally("live", NOW)
    batch = Decoder(NOWHERE).batch(file.read_text().splitlines(), tally)
    assert batch.origins.tolist() == [268481, 1]
    assert batch.upstreams[0] == 52993
    assert np.all(batch.times > 1_553_000_000 * SECOND)
    assert balanced(tally)


def test_pages_begin_with_the_table_of_before():
    start = START * SECOND + 9 * 60 * MINUTE
    found = ris.pages("https://x/rrc04", "asn/1", start, start + 20 * MINUTE)
    assert found[0] == "https://x/rrc04/2023.11/bview.20231115.0800.gz"
    assert found[1].endswith("updates.20231115.0800.gz")
    assert found[-1].endswith("updates.20231115.0910.gz")
    with pytest.raises(KeyError):
        ris.pages("https://x/rrc04", "uplink/a", start, start)
    with pytest.raises(UsageError, match="networks"):
        ris.opened("https://x/rrc04", "country/PK", known(None))
