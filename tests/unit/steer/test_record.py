"""What carried when outlives the process that steered."""

import pytest

from rabta.clock import HOUR
from rabta.model import Message
from rabta.steer.document import Carrier, Decision, write
from rabta.steer.record import RECORD, Record, Turn, read


WHY = Message.of("steer.dead", uplink="a")


def decided(time, uplink, since, *, applied=True):
    carriers = (
        Carrier(4, "bulk", uplink, WHY, since),
        Carrier(4, "calls", "c", WHY, since),
    )
    return Decision(time, applied, carriers)


def test_each_turn_is_kept_with_its_begin_and_end(tmp_path):
    record = Record(tmp_path)
    for decision in (decided(5, "a", 1), decided(20, "a", 1), decided(40, "b", 30)):
        record.follow(decision)
    record.end()

    assert read(tmp_path) == [Turn(4, "a", 1, 30), Turn(4, "b", 30, 40)]
    record.end()
    assert len(read(tmp_path)) == 2


def test_what_a_killed_process_left_is_ended_where_it_was_last_known(tmp_path):
    killed = Record(tmp_path)
    for decision in (decided(5, "a", 1), decided(40, "b", 30)):
        killed.follow(decision)
        write(tmp_path, decision)
    assert read(tmp_path) == [Turn(4, "a", 1, 30), Turn(4, "b", 30, 40)]

    Record(tmp_path).follow(decided(HOUR, "a", HOUR - 1))

    kept = (tmp_path / RECORD).read_text().split()
    assert len(kept) == 2
    assert '"end":40' in kept[1]


@pytest.mark.parametrize("text", ["", "{", "[]\n", '{"family":4}\n\0\0\n'])
def test_a_torn_line_loses_only_itself(tmp_path, text):
    (tmp_path / RECORD).write_text(text)
    record = Record(tmp_path)
    record.follow(decided(5, "a", 1))
    record.end()

    assert Turn(4, "a", 1, 5) in read(tmp_path)


def test_what_no_route_followed_was_carried_by_nobody(tmp_path):
    record = Record(tmp_path)
    record.follow(decided(5, "a", 1, applied=False))
    record.end()
    assert read(tmp_path) == []
