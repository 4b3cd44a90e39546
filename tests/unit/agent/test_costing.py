"""Stored disruptions are priced; what is not on record is not made up."""

from dataclasses import replace

import msgspec
import pytest

from rabta.agent.costing import country_stored, own_stored
from rabta.cli import cost_text
from rabta.clock import DAY, HOUR, ManualClock
from rabta.config.load import profile
from rabta.cost.firm.redone import Carry
from rabta.cost.firm.table import firm_of
from rabta.errors import DataError, UsageError
from rabta.model import Call, JobState, Kind, Message, Order
from rabta.steer.record import RECORD, Turn
from rabta.store import Store
from rabta.store.outbox import Queue, Reached, Worker
from tests.unit.cost.test_table import PROFILE
from tests.unit.cost.times import at
from tests.unit.store.helpers import ping, verdict


MONDAY = at("2026-11-23T04:00")  # 09:00 in Karachi
START, STOP = at("2026-11-23"), at("2026-11-24")
FIRM = firm_of(profile(PROFILE))
SAYS = Message.of("steer.back", uplink="fibre")


@pytest.fixture
def clock():
    return ManualClock(STOP)


@pytest.fixture
def store(tmp_path, clock):
    """Two uplinks, measured all day; fibre is down from 09:00 to 11:00."""
    with Store.open(tmp_path / "store", clock=clock) as opened:
        opened.record(
            [
                ping(time, uplink=name)
                for name in ("fibre", "mobile")
                for time in (START, MONDAY, STOP - 1)
            ]
        )
        disrupt(opened, "uplink/fibre", MONDAY, MONDAY + 2 * HOUR)
        yield opened


def disrupt(store, entity, start, end, kind=Kind.OUTAGE, depth=1.0):
    number = store.open_disruption(entity, kind, start, 0.0, depth, verdict(start))
    store.close_disruption(number, end)


def steered(store, *moves, time=STOP):
    """Have traffic move as told, (when, to), then go on as it is until *time*."""
    ends = [when for when, _ in moves[1:]] + [time]
    turns = [
        Turn(4, to, when, end) for (when, to), end in zip(moves, ends, strict=True)
    ]
    lines = (msgspec.json.encode(turn) + b"\n" for turn in turns)
    (store.path / RECORD).write_bytes(b"".join(lines))


def own(store, clock, home="fibre", start=START):
    return own_stored(store, replace(FIRM, home=home), start, STOP, clock)


def test_where_nothing_recorded_what_carried_nothing_is_called_saved(store, clock):
    found = own(store, clock)

    assert found.lines == ("fibre", "mobile")
    assert found.cost.revenue_view.likely == 0
    assert found.saved is None
    assert found.unmeasured.lost_hours.likely == pytest.approx(2 * 10 * 0.83, rel=0.02)
    assert found.outbox is None


def test_what_traffic_moved_for_is_saved_from_the_move_on(store, clock):
    steered(
        store,
        (MONDAY - HOUR, "fibre"),
        (MONDAY + HOUR // 2, "mobile"),
        (MONDAY + 3 * HOUR, "fibre"),
    )
    found = own(store, clock)

    ratio = found.saved.lost_hours.likely / found.cost.lost_hours.likely
    assert ratio == pytest.approx(3)  # half an hour felt, one and a half saved
    assert found.unmeasured is None


def test_a_credit_that_is_due_in_any_case_is_not_saved(store, clock):
    disrupt(store, "uplink/mobile", START, START + 3 * HOUR)
    disrupt(store, "uplink/fibre", START, START + 3 * HOUR)
    steered(
        store,
        (START, "fibre"),
        (MONDAY, "mobile"),
        (MONDAY + 3 * HOUR, "fibre"),
    )
    found = own(store, clock)

    # three hours of 720 are below 99.9 % already, five are no worse by the contract
    assert dict(found.cost.parts)["credits"].likely == pytest.approx(100)
    assert "credits" not in dict(found.saved.parts)
    assert found.saved.lost_hours.likely > 0


def test_what_was_disrupted_on_all_lines_was_felt(store, clock):
    disrupt(store, "uplink/mobile", MONDAY + HOUR, MONDAY + 2 * HOUR)
    found = own(store, clock)

    assert found.cost.down_hours == pytest.approx(1)
    assert found.unmeasured.down_hours == pytest.approx(1)


def test_time_in_which_nothing_was_measured_is_told(store, clock):
    store.note_gap(START + 10 * HOUR, START + 13 * HOUR)
    found = own(store, clock, "", START - DAY)

    assert found.unobserved_hours == pytest.approx(27)


def test_what_was_not_measured_of_an_outage_is_not_priced(store, clock):
    """Two hours of which an hour and a half were slept through are half an hour."""
    store.note_gap(MONDAY + HOUR // 4, MONDAY + 7 * HOUR // 4)
    found = own(store, clock)

    assert found.unmeasured.down_hours == pytest.approx(0.5)


def test_jobs_that_the_line_cut_short_and_were_done_are_counted(store, clock):
    clock.step(-12 * HOUR)
    with Queue.open(store.path, clock=clock) as queue:
        order = Order(Call("http://localhost/"), "one", size=1000)
        queue.add([(order, ""), (order, "")])
        worker = Worker.enter(store.path)
        gates = [gate.id for gate in queue.gates()]
        first = queue.lease(worker, gates)
        queue.give_back(first, "line", SAYS)
        for _ in range(2):
            job = queue.lease(worker, gates)
            queue.finish(job, JobState.DONE, SAYS, 0, Reached(700, "", "fibre"))
        worker.leave()
    clock.step(12 * HOUR)
    found = own(store, clock)

    assert (found.outbox.jobs, found.outbox.moved_bytes) == (1, 700)
    # half an hour of somebody paid 5 an hour
    assert found.outbox_money.likely == pytest.approx(2.5)


def test_what_moved_before_the_cut_was_not_carried_through_it(store, clock):
    """700 of 1,000 bytes were there when the line failed; 300 came after that."""
    clock.step(-12 * HOUR)
    with Queue.open(store.path, clock=clock) as queue:
        queue.add([(Order(Call("http://localhost/"), "one", size=1000), "")])
        worker = Worker.enter(store.path)
        gates = [gate.id for gate in queue.gates()]
        job = queue.lease(worker, gates)
        queue.give_back(job, "line", SAYS, reached=Reached(700, "", "fibre"))
        job = queue.lease(worker, gates)
        queue.finish(job, JobState.DONE, SAYS, 0, Reached(1000, "", "mobile"))
        worker.leave()
    clock.step(12 * HOUR)

    assert own(store, clock).outbox == Carry(1, 300, START)


def test_a_job_whose_worker_was_killed_was_not_cut_short_by_a_line(store, clock):
    clock.step(-12 * HOUR)
    with Queue.open(store.path, clock=clock) as queue:
        queue.add([(Order(Call("http://localhost/"), "one", size=1000), "")])
        gates = [gate.id for gate in queue.gates()]
        killed = Worker.enter(store.path)
        queue.lease(killed, gates)
        killed.leave()
        assert queue.reclaim() == 1
        worker = Worker.enter(store.path)
        job = queue.lease(worker, gates)
        queue.finish(job, JobState.DONE, SAYS, 0, Reached(1000, "", "fibre"))
        assert [one.outcome for one in queue.runs(job.id)] == ["lost", "done"]
        worker.leave()
    clock.step(12 * HOUR)

    assert own(store, clock).outbox == Carry(0, 0, START)


def test_from_when_on_jobs_are_still_kept_is_told(store, clock):
    with Queue.open(store.path, clock=clock):
        pass
    found = own(store, clock, start=STOP - 40 * DAY)

    assert found.outbox.since == STOP - 30 * DAY
    assert any("no longer kept" in line for line in cost_text.own(found, "en"))


def test_a_country_is_priced_kind_by_kind(store):
    disrupt(store, "country/PK", MONDAY, MONDAY + 2 * HOUR, depth=0.5)
    disrupt(store, "country/PK", MONDAY, MONDAY + 9 * HOUR, Kind.BLOCKING)
    found = country_stored(store, "country/PK", START, STOP)

    assert [(one.kind, one.hours) for one in found.classes] == [
        (Kind.OUTAGE, 2),
        (Kind.BLOCKING, 9),
    ]
    assert found.classes[1].scope == "platform"


@pytest.mark.parametrize(
    ("entity", "complaint"),
    [
        ("asn/17557", "has no price"),
        ("country/QQ", "no figures of QQ"),
        ("PK", "has no price"),
    ],
)
def test_what_cannot_be_priced_is_refused(store, entity, complaint):
    with pytest.raises(UsageError, match=complaint):
        country_stored(store, entity, START, STOP)


def test_a_home_that_was_never_measured_is_refused(store, clock):
    with pytest.raises(UsageError, match="measured: fibre, mobile"):
        own(store, clock, home="ptcl")


OWN_TABLE = """# Nigeria, by ourselves
name,period,value,low,high,unit,mark,source,licence
gdp,2026,400e9,,,USD,S,World Bank,CC BY 4.0
digital_share_nitda,2026,0.1,,,of GDP,S,NITDA,cited figure
cost_rate,2019,5593819,,,USD an hour,S,CIPESA and COST,cited figure
"""


def table(store, text, code="ng"):
    file = store.path / "facts" / f"{code}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_another_country_is_priced_by_a_table_of_ones_own(store):
    table(store, OWN_TABLE)
    disrupt(store, "country/NG", MONDAY, MONDAY + 12 * HOUR)
    (priced,) = country_stored(store, "country/NG", START, STOP).classes
    likely = {one.method: one.money.likely for one in priced.lines}

    assert likely["gdp_share/nitda"] == pytest.approx(400e9 / 730 * 0.1)
    assert likely["gdp_share/cost"] == pytest.approx(12 * 5593819)
    assert likely["deloitte/low"] == pytest.approx(400e9 / 730 * 0.004)
    assert likely["deloitte/high"] == pytest.approx(400e9 / 730 * 0.019)
    assert priced.pool is None  # one study is no bracket
    told = "\n".join(
        cost_text.country(country_stored(store, "country/NG", START, STOP), "en")
    )
    assert "deloitte/low, deloitte/medium, deloitte/high: Which of" in told
    assert {one.method for one in priced.refusals} >= {"pide", "it_sector", "netloss"}


def test_ones_own_row_counts_before_a_shipped_one(store):
    table(store, OWN_TABLE, "pk")
    disrupt(store, "country/PK", MONDAY, MONDAY + 12 * HOUR)
    (priced,) = country_stored(store, "country/PK", START, STOP).classes
    likely = {one.method: one.money.likely for one in priced.lines}

    assert likely["deloitte/low"] == pytest.approx(400e9 / 730 * 0.004)
    assert "gdp_share/adb" in likely
    assert "deloitte/high" not in likely


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("gdp,2025,four,,,USD,S,World Bank,CC BY 4.0", "row 6, column 'value': 'four'"),
        ("gdp,2025,-4e9,,,USD,S,World Bank,CC BY 4.0", "row 6: expected 0 <= low"),
        ("gdp,2025,4e9,,,USD,X,World Bank,CC BY 4.0", "row 6, column 'mark'"),
    ],
)
def test_a_wrong_row_of_it_is_named(store, row, said):
    file = table(store, OWN_TABLE + row + "\n")

    with pytest.raises(DataError, match="ng") as told:
        country_stored(store, "country/NG", START, STOP)
    assert f"{file}, {said}" in str(told.value)
