"""The rivals do what their descriptions say; a straw man would prove nothing."""

import pytest


np = pytest.importorskip("numpy")

from benchmarks.detection.metrics import Alarm, Label  # noqa: E402
from benchmarks.detection.rivals import METHODS, Verdict, combine  # noqa: E402
from benchmarks.detection.rivals.analogue import similar_days  # noqa: E402
from benchmarks.detection.rivals.holt_winters import holt_winters  # noqa: E402
from benchmarks.detection.rivals.ioda import (  # noqa: E402
    inpainted_median,
    published,
)
from benchmarks.detection.rivals.ooni import two_states  # noqa: E402
from benchmarks.detection.rivals.verdict import filled, from_bins  # noqa: E402
from benchmarks.detection.scoring import events, score, tuned  # noqa: E402
from benchmarks.detection.synthetic.recording import MONDAY, Recording  # noqa: E402


STEP = 3_600
DAY, WEEK = 24, 168
FIRST, SIZE = 7 * WEEK + 30, 10


def easy(depth: float = 0.9, what: str = "probing") -> Recording:
    """Nine weeks of a day's curve, two per cent of noise, one outage of ten hours."""
    rng = np.random.default_rng(5)
    hours = np.arange(9 * WEEK)
    values = 1_000 + 50 * np.sin(2 * np.pi * hours / DAY) + rng.normal(0, 20, 9 * WEEK)
    values[FIRST : FIRST + SIZE] *= 1 - depth
    onset = MONDAY + STEP * FIRST
    label = Label(onset, onset + STEP * SIZE, depth)
    return Recording("easy", what, "prefixes", STEP, values, (label,))


@pytest.mark.parametrize("method", METHODS, ids=[m.name for m in METHODS])
def test_everybody_finds_a_blackout(method) -> None:
    """Nine tenths gone for ten hours on a calm series is found by each of them."""
    recording = easy()
    tally = events(recording, tuned(method, [recording])(recording))

    assert tally.hits == 1


@pytest.mark.parametrize("method", METHODS, ids=[m.name for m in METHODS])
def test_scores_are_higher_in_the_outage(method) -> None:
    """What VUS-PR is made from ranks the outage above usual hours."""
    recording = easy()
    verdict = tuned(method, [recording])(recording)
    inside = verdict.score[FIRST : FIRST + SIZE]
    usual = verdict.score[6 * WEEK : FIRST]

    assert len(verdict.score) == len(recording.values)
    assert np.nanmax(inside) > np.nanpercentile(usual, 95)


class TestIoda:
    def test_median_is_of_nearest_rank(self) -> None:
        """Of an even number the lower of the two middle ones."""
        values = np.array([10.0, 11.0, 12.0, 9.0, 10.5])

        assert inpainted_median(values, 4, 99).tolist() == [10, 10, 10, 11, 10]

    def test_like_sorting_the_window_anew(self) -> None:
        """The running order agrees with a sort while nothing is painted in."""
        values = np.random.default_rng(3).uniform(95, 105, 400)
        found = inpainted_median(values, 50, 99)

        for i in range(60, 400):
            window = np.sort(values[i - 50 : i])
            assert found[i] == window[24]

    def test_an_outage_does_not_become_the_history(self) -> None:
        """Painted over: the prediction holds through an outage of the window."""
        values = np.full(300, 100.0)
        values[100:200] = 10.0

        assert (inpainted_median(values, 48, 150) == 100.0).all()

    def test_a_new_level_is_accepted_in_the_end(self) -> None:
        """After the longest painting the real values come back at once."""
        values = np.full(300, 100.0)
        values[100:] = 10.0
        predicted = inpainted_median(values, 48, 60)

        assert predicted[160] == 100.0
        assert predicted[162] == 10.0

    def test_published_thresholds_per_source(self) -> None:
        """3 % lost: an alarm for BGP (99 %), none for active probing (80 %)."""

        def found(what: str) -> int:
            return len(published(easy(0.03, what)).alarms)

        assert found("probing") == 0
        assert found("bgp") > 0


class TestAnalogue:
    def test_like_comparing_all_days_anew(self) -> None:
        """The running distances agree with 24 hours compared from scratch."""
        values = np.random.default_rng(4).uniform(50, 150, 40 * DAY)
        found = similar_days(values, DAY)

        for i in (33 * DAY + 7, 36 * DAY, 39 * DAY + 23):
            past = values[i - DAY : i]
            apart = [
                (np.sum((past - values[i - DAY - k * DAY : i - k * DAY]) ** 2), k)
                for k in range(1, 29)
            ]
            six = [values[i - k * DAY] for _, k in sorted(apart)[:6]]
            assert found[i] == pytest.approx(np.median(six))


class TestOoni:
    def test_delay_is_the_design_s(self) -> None:
        """At a loss of mu1 each reading adds mu1/2: the eleventh exceeds edd mu1/2."""
        lost = np.zeros(100)
        lost[40:80] = 0.75
        rows, _ = two_states(lost, 0.75, 10.0)

        assert rows.tolist() == [[40, 50, 80]]

    def test_a_missing_hour_says_nothing(self) -> None:
        """Gaps neither add nor reset."""
        lost = np.zeros(100)
        lost[40:80] = 0.75
        lost[45:60] = np.nan
        rows, _ = two_states(lost, 0.75, 10.0)

        assert rows.tolist() == [[40, 65, 80]]


def test_rrdtool_wants_seven_of_nine() -> None:
    """A dip of six bins is no aberration, one of eight is."""

    def found(size: int) -> int:
        values = np.tile(100 + np.sin(np.arange(WEEK)), 9)
        values[8 * WEEK + 5 : 8 * WEEK + 5 + size] = 20
        return len(
            holt_winters(
                Recording("x", "probing", "prefixes", STEP, values, ()), delta=5.0
            ).alarms
        )

    assert found(6) == 0
    assert found(8) == 1


class TestAlarms:
    def recording(self, values: list[float]) -> Recording:
        return Recording("x", "x", "count", 600, np.array(values), (), start=0)

    def test_persistence_delays_but_keeps_the_onset(self) -> None:
        """Three in a row: raised at the third, dated from the first."""
        bad = np.array([0, 1, 0, 1, 1, 1, 0], dtype=bool)
        verdict = from_bins(self.recording([1.0] * 7), bad, np.zeros(7), 3)

        assert verdict.alarms == (Alarm(1_800, 3_600, 3_000),)

    def test_flutter_is_joined(self) -> None:
        """Alarms less than half an hour apart are one."""
        bad = np.array([1, 0, 0, 1, 0, 0, 0, 1], dtype=bool)
        verdict = from_bins(self.recording([1.0] * 8), bad, np.zeros(8))

        assert verdict.alarms == (Alarm(0, 2_400, 0), Alarm(4_200, 4_800, 4_200))

    def test_a_gap_is_bridged_not_counted(self) -> None:
        """Missing bins are left out before bins in a row are counted."""
        nan = np.nan
        bad = np.array([0, 1, 1, 1, 0], dtype=bool)
        verdict = from_bins(self.recording([1, 1, nan, 1, 1]), bad, np.zeros(5), 2)

        assert verdict.alarms == (Alarm(600, 2_400, 1_800),)
        assert np.isnan(verdict.score[2])

    def test_gaps_carry_the_last_value(self) -> None:
        """Also before the first reading, from behind."""
        nan = np.nan

        assert filled(np.array([nan, 3, nan, 5])).tolist() == [3, 3, 3, 5]

    def test_two_signals_must_agree_at_a_time(self) -> None:
        """Raised when the second one says so, over when one of them is."""
        none = np.zeros(0)
        one = Verdict((Alarm(0, 10_000, 600),), none)
        two = Verdict((Alarm(3_000, 20_000, 4_000),), none)

        assert combine([one, two], 1) == (Alarm(0, 20_000, 600),)
        assert combine([one, two], 2) == (Alarm(0, 10_000, 4_000),)
        assert combine([one], 2) == ()


def test_tuning_picks_the_best_of_the_grid() -> None:
    """The chosen parameters are at least as good as each choice on its own."""
    recording = easy(0.1)
    for method in METHODS:
        if not method.grid:
            continue
        best = events(recording, tuned(method, [recording])(recording)).f1
        singles = [
            events(recording, method.run(recording, **choice)).f1
            for choice in method.grid
        ]

        assert best == max(singles)


def test_score_of_a_perfect_detector() -> None:
    """Saying the truth scores 1 everywhere."""
    recording = easy()
    truth = recording.labels[0]
    verdict = Verdict(
        (Alarm(truth.onset, truth.end, truth.onset),), recording.truth().astype(float)
    )
    result = score(lambda _: verdict, [recording])

    assert result.tally.f1 == 1.0
    assert result.delays == [0.0]
    assert result.precise == result.recalled == [1.0]
    assert result.vus[0] > 0.9
