"""The scores the detection benchmark prints, on cases small enough to do by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st


np = pytest.importorskip("numpy")

from benchmarks.detection.metrics import (  # noqa: E402
    Alarm,
    Label,
    Tally,
    affiliation,
    match,
    nab_score,
    vus_pr,
)
from benchmarks.detection.metrics.events import YEAR_SECONDS, percentile  # noqa: E402
from benchmarks.detection.metrics.nab import LOW_FALSE, LOW_MISS, Marked  # noqa: E402
from benchmarks.detection.metrics.vus import runs, widened  # noqa: E402


HOUR = 3_600.0


def label(onset: float, end: float, **more: float) -> Label:
    return Label(onset * HOUR, end * HOUR, 0.5, **more)


def alarm(onset: float, end: float, detected: float | None = None) -> Alarm:
    said = onset if detected is None else detected
    return Alarm(onset * HOUR, end * HOUR, said * HOUR)


def count(labels: list[Label], alarms: list[Alarm]) -> Tally:
    return match(labels, alarms, observed_seconds=YEAR_SECONDS)


class TestMatch:
    def test_a_hit_has_delay_and_errors(self) -> None:
        """Delay, onset and end error are those of the alarm that was taken."""
        tally = count([label(10, 14)], [alarm(10.5, 13, 11)])

        assert (tally.hits, tally.missed, tally.false) == (1, 0, 0)
        assert tally.delays == [HOUR]
        assert tally.onset_errors == [HOUR / 2]
        assert tally.end_errors == [HOUR]

    def test_silence_misses(self) -> None:
        """Without alarms every label is missed and no ratio divides by zero."""
        tally = count([label(1, 2), label(3, 4)], [])

        assert (tally.hits, tally.missed, tally.false) == (0, 2, 0)
        assert 0.0 == tally.f1 == tally.precision == tally.recall

    def test_an_alarm_elsewhere_is_false(self) -> None:
        """An alarm that meets nothing counts once per observed year."""
        tally = count([label(1, 2)], [alarm(5, 6), alarm(1, 2)])

        assert tally.false_per_year == 1.0
        assert tally.precision == 0.5
        assert pytest.approx(tally.f1) == 2 / 3

    def test_pieces_are_fragments_not_false(self) -> None:
        """The longest piece is the hit; the others are fragments."""
        tally = count([label(10, 20)], [alarm(10, 11), alarm(12, 18), alarm(19, 20)])

        assert (tally.hits, tally.false, tally.fragments) == (1, 0, 2)
        assert tally.delays == [2 * HOUR]

    def test_one_alarm_takes_one_label(self) -> None:
        """An alarm over two labels leaves the shorter overlap missed."""
        tally = count([label(10, 11), label(11.5, 14)], [alarm(10, 14)])

        assert (tally.hits, tally.missed, tally.false) == (1, 1, 0)

    @pytest.mark.parametrize(("onset", "hits"), [(8.0, 1), (7.9, 0)])
    def test_more_than_two_hours_early_is_false(self, onset: float, hits: int) -> None:
        """An alarm that was there long before did not find the disruption."""
        tally = count([label(10, 14)], [alarm(onset, 14)])

        assert (hits, 1 - hits) == (tally.hits, tally.false)

    @pytest.mark.parametrize(("detected", "hits"), [(15.0, 1), (15.1, 0)])
    def test_said_too_late_is_no_hit(self, detected: float, hits: int) -> None:
        """What is raised more than an hour after the end helped nobody."""
        assert hits == count([label(10, 14)], [alarm(10, 14, detected)]).hits

    def test_what_nobody_could_see_is_left_out(self) -> None:
        """Neither a miss nor a false alarm where the data is missing."""
        tally = count([label(10, 14, scoreable=False)], [alarm(10, 14), alarm(13, 15)])

        assert (
            tally.hits,
            tally.missed,
            tally.false,
            tally.left_out,
        ) == (0, 0, 0, 1)

    def test_nothing_is_wrong_inside_a_ramp(self) -> None:
        """Any onset within the ramp is right; the delay counts from half depth."""
        truth = label(10, 20, onset_by=12 * HOUR, end_from=18 * HOUR, felt=11 * HOUR)
        tally = count([truth], [alarm(11.5, 17, 10.5)])

        assert tally.onset_errors == [0.0]
        assert tally.end_errors == [HOUR]
        assert tally.delays == [0.0]

    @given(
        st.lists(st.tuples(st.integers(0, 99), st.integers(1, 9)), max_size=6),
        st.lists(st.tuples(st.integers(0, 99), st.integers(1, 9)), max_size=6),
    )
    def test_everything_is_counted_once(
        self, truth: list[tuple[int, int]], said: list[tuple[int, int]]
    ) -> None:
        """Hits and misses are the labels; hits, false and fragments the alarms."""
        tally = count(
            [label(a, a + n) for a, n in truth], [alarm(a, a + n) for a, n in said]
        )

        assert len(truth) == tally.hits + tally.missed
        assert len(said) == tally.hits + tally.false + tally.fragments

    def test_tallies_add(self) -> None:
        """Two recordings together are the sum of both."""
        both = count([label(1, 2)], [alarm(1, 2)])
        both += count([label(1, 2)], [])

        assert (both.hits, both.missed, both.years) == (1, 1, 2.0)
        assert both.recall == 0.5

    def test_percentiles(self) -> None:
        """Interpolated; NaN of nothing."""
        assert percentile([1.0, 2.0, 3.0], 50) == 2.0
        assert percentile([7.0], 90) == 7.0
        assert math.isnan(percentile([], 50))


class TestAffiliation:
    def test_perfect_is_one(self) -> None:
        """Saying exactly the truth scores 1 and 1."""
        truth = [(3, 5), (7, 10)]

        assert affiliation(truth, truth, 20) == (1.0, 1.0)

    def test_the_example_of_the_paper_s_authors(self) -> None:
        """Truth [3,5) [7,10), said [4,6) [8,10) of 10: done by hand.

        Zones [0,6) and [6,10). First precision: half exact; the other half is on
        average 1/2 off, so that 2 + 1/2 + 1/2 of 6 lie as near: mean of 1 and 1/2.
        Recalls: [3,4) is on average 1/2 off, 1 of 6; [7,8) likewise 1 of 4.
        """
        precision, recall = affiliation([(3, 5), (7, 10)], [(4, 6), (8, 10)], 10)

        assert pytest.approx(precision) == (0.75 + 1.0) / 2
        assert pytest.approx(recall) == ((5 / 6 + 1) / 2 + (3 / 4 + 2) / 3) / 2

    def test_silence_has_no_precision(self) -> None:
        """Nothing said: recall 0, precision undefined."""
        precision, recall = affiliation([(3, 5)], [], 10)

        assert math.isnan(precision)
        assert recall == 0.0

    def test_saying_everything_is_about_half_precise(self) -> None:
        """A blind detector's precision tends to 1/2, unlike point adjustment."""
        precision, recall = affiliation([(500, 501)], [(0, 1000)], 1000)

        assert pytest.approx(precision, abs=0.01) == 0.5
        assert recall == 1.0

    def test_needs_truth(self) -> None:
        """There is no zone without an event."""
        with pytest.raises(ValueError, match="at least one true event"):
            affiliation([], [(1, 2)], 10)


class TestVus:
    def test_average_precision_without_width(self) -> None:
        """At width 0 and one event it is average precision: ranks 1 and 3 of 2."""
        labels = np.array([False, True, True, False, False])
        scores = np.array([0.5, 0.9, 0.4, 0.1, 0.2])

        assert pytest.approx(vus_pr(labels, scores, [0])) == (1 + 2 / 3) / 2

    def test_events_not_touched_scale_recall(self) -> None:
        """Half of the events touched: half of the recall at that threshold."""
        labels = np.array([True, False, True, False])
        scores = np.array([3.0, 0.0, 2.0, 1.0])

        # recall 1/2 x 1/2, then 1; precision 1 and 1
        assert pytest.approx(vus_pr(labels, scores, [0])) == 1.0
        reversed_scores = np.array([3.0, 2.0, 0.0, 1.0])
        # recall 1/4 at precision 1, the rest at precision 2/4
        assert pytest.approx(vus_pr(labels, reversed_scores, [0])) == 0.25 + 0.75 / 2

    def test_flanks_fall_with_the_root_of_the_distance(self) -> None:
        """Width 4 adds two bins before, and one after the last labelled bin."""
        soft = widened(np.array([0, 0, 0, 1, 0, 0, 0], dtype=bool), 4)

        assert pytest.approx(soft.tolist()) == [
            0,
            0.5**0.5,
            0.75**0.5,
            1,
            0.75**0.5,
            0,
            0,
        ]

    def test_a_near_miss_counts_only_with_width(self) -> None:
        """The neighbouring bin is wrong at width 0 and nearly right at width 6."""
        labels = np.zeros(50, dtype=bool)
        labels[20:22] = True
        scores = np.zeros(50)
        scores[19] = 1.0

        assert vus_pr(labels, scores, [6]) > vus_pr(labels, scores, [0]) + 0.1

    def test_noise_scores_low(self) -> None:
        """Random scores get about the share of labelled bins, not a good mark."""
        labels = np.zeros(20_000, dtype=bool)
        labels[5_000:5_400] = True
        scores = np.random.default_rng(7).random(20_000)

        assert vus_pr(labels, scores, range(0, 13, 4)) < 0.04

    def test_nothing_labelled_is_undefined(self) -> None:
        """No event, no area."""
        assert math.isnan(vus_pr(np.zeros(5, dtype=bool), np.ones(5), [0]))

    def test_runs(self) -> None:
        """Half-open, and those at the edges too."""
        assert runs(np.array([1, 0, 1, 1], dtype=bool)) == [(0, 1), (2, 4)]


class TestNab:
    SERIES = Marked(1_000, ((500, 599),), ())

    @pytest.mark.parametrize("profile", [LOW_FALSE, LOW_MISS])
    def test_silence_is_zero(self, profile) -> None:
        """The null detector scores 0 whatever the profile."""
        assert nab_score([self.SERIES]) == 0.0
        assert nab_score([self.SERIES], profile) == 0.0

    def test_first_point_of_the_window_is_perfect(self) -> None:
        """Seen as early as possible: 100; later ones in the window add nothing."""
        early = Marked(1_000, ((500, 599),), (500, 550))

        assert pytest.approx(nab_score([early])) == 100.0

    def test_late_in_the_window_scores_less(self) -> None:
        """The last point of the window is worth next to nothing but no miss."""
        late = Marked(1_000, ((500, 599),), (599,))

        assert 50.0 < nab_score([late]) < 52.0

    def test_a_false_one_costs_its_weight(self) -> None:
        """Before any window a false detection costs 0.11 of a hit, halved by scale."""
        noisy = Marked(1_000, ((500, 599),), (300, 500))

        assert pytest.approx(nab_score([noisy])) == 100 - 100 * 0.11 / 2

    def test_probation_is_free(self) -> None:
        """Detections in the first 15 % are neither good nor bad."""
        assert nab_score([Marked(1_000, ((500, 599),), (5, 149))]) == 0.0
