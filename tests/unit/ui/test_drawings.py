"""Beat bars and timelines."""

from hypothesis import given
from hypothesis import strategies as st

from rabta.model import Disruption, Evidence, Kind, Message
from rabta.ui.drawings import beats_of, telling, timeline_of


COUNTS = st.lists(
    st.integers(0, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
    max_size=60,
)


def test_what_was_not_measured_is_neither_up_nor_down():
    beats = beats_of([0, 5, 5, 5], [0, 0, 2, 5])
    assert [str(cell) for cell in beats.cells] == ["unknown", "up", "degraded", "down"]
    assert (beats.up, beats.down, beats.gaps) == (2, 1, 1)


@given(COUNTS)
def test_every_interval_is_counted_once(counts):
    beats = beats_of([sent for sent, _ in counts], [lost for _, lost in counts])
    assert beats.up + beats.down + beats.gaps == len(counts)


def lasting(number: int, onset: int, end: int | None) -> Disruption:
    return Disruption(number, "host", Kind.OUTAGE, onset, end, 0, 1, ())


SPANS = st.lists(
    st.tuples(st.integers(-500, 1500), st.integers(0, 900) | st.none()), max_size=12
)


@given(SPANS)
def test_every_disruption_stays_inside_the_drawing_and_can_be_hit(spans):
    disruptions = [
        lasting(number, onset, None if length is None else onset + length)
        for number, (onset, length) in enumerate(spans)
    ]
    timeline = timeline_of(disruptions, 0, 1000)
    assert len(timeline.boxes) == len(disruptions)
    for box in timeline.boxes:
        assert box.x >= 0
        assert box.x + box.width <= 1000.01 or box.x >= 995
        assert box.width >= 4
        assert box.y >= 0
        assert box.y + box.height <= 48


def test_disruptions_at_the_same_time_do_not_hide_each_other():
    boxes = timeline_of([lasting(1, 100, 500), lasting(2, 200, 300)], 0, 1000).boxes
    assert boxes[0].y + boxes[0].height <= boxes[1].y


def test_one_that_lasts_reaches_the_end():
    (box,) = timeline_of([lasting(1, 600, None)], 0, 1000).boxes
    assert (box.x, box.width) == (600, 400)


def test_an_empty_span_is_no_division_by_zero():
    assert timeline_of([lasting(1, 5, 5)], 5, 5).boxes[0].width >= 4


def test_a_timeline_names_its_start_middle_and_end():
    timeline = timeline_of([lasting(1, 100, 500), lasting(2, 200, 300)], 0, 1000)
    assert timeline.marks == (0, 500, 1000)


def test_of_many_facts_a_page_tells_what_was_measured_and_the_weightiest():
    facts = [
        *(Evidence(f"f/{n}", Message("x"), (-1) ** n * float(n)) for n in range(1, 9)),
        Evidence("measured", Message("x"), 0.0),
        Evidence("baseline/1", Message("x"), 0.0),
    ]
    told = [one.id for one in telling(facts, 3)]
    assert told == ["measured", "f/8", "f/7", "f/6"]
