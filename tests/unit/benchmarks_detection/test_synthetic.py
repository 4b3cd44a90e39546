"""The generated recordings are what their descriptions say, and always the same."""

from datetime import UTC, datetime

import pytest


np = pytest.importorskip("numpy")

from benchmarks.detection.metrics import Label  # noqa: E402
from benchmarks.detection.synthetic import rough, smooth  # noqa: E402
from benchmarks.detection.synthetic.day import local_hours  # noqa: E402
from benchmarks.detection.synthetic.recording import (  # noqa: E402
    MONDAY,
    marked,
    places,
)
from benchmarks.detection.synthetic.shapes import Disruption, shape  # noqa: E402


FAMILIES = [(family, nature) for family in (smooth, rough) for nature in family.NATURES]
NAMES = [nature.what for _, nature in FAMILIES]


@pytest.mark.parametrize(("family", "nature"), FAMILIES, ids=NAMES)
class TestEveryKind:
    def test_the_same_number_gives_the_same_series(self, family, nature) -> None:
        """A seed is a promise; another number is another series."""
        one, again, other = (family.recording(nature, n, weeks=8) for n in (3, 3, 4))

        np.testing.assert_array_equal(one.values, again.values)
        assert repr(one.labels) == repr(again.labels)  # NaN is not equal to itself
        assert not np.array_equal(one.values, other.values, equal_nan=True)

    def test_labels_are_ordered_apart_and_after_the_warm_up(
        self, family, nature
    ) -> None:
        """No two disruptions touch and none comes before the week is known."""
        found = family.recording(nature, 1, weeks=20)

        assert found.labels
        assert found.labels[0].onset >= found.scored_from
        assert found.labels[-1].end <= found.end
        for before, after in zip(found.labels, found.labels[1:], strict=False):
            assert before.end < after.onset

    def test_deep_disruptions_show(self, family, nature) -> None:
        """Where more than half is lost, the median is clearly worse than usual."""
        checked = 0
        for number in range(4):
            found = family.recording(nature, number, weeks=20)
            values, times = (
                found.falling(),
                found.start + found.step * np.arange(len(found.values)),
            )
            for label in found.labels:
                inside = (
                    (times >= label.felt) if label.felt > 0 else times >= (label.onset)
                )
                last = label.end if np.isnan(label.end_from) else label.end_from
                inside &= times < last
                if label.depth < 0.6 or np.count_nonzero(inside) < 3:
                    continue
                day = (times >= label.onset - 86_400) & (times < label.onset)
                checked += 1
                assert np.nanmedian(values[inside]) < 0.8 * np.nanmedian(values[day])

        assert checked

    def test_values_are_possible(self, family, nature) -> None:
        """No negative value; shares within 0 and 1; gaps are NaN and few."""
        values = family.recording(nature, 2, weeks=12).values
        known = values[np.isfinite(values)]

        assert known.min() >= 0
        if nature.kind == "fraction":
            assert known.max() <= 1
        assert 0.95 < len(known) / len(values) <= 1


class TestEntities:
    @pytest.mark.parametrize("family", [smooth, rough], ids=["smooth", "rough"])
    def test_every_disruption_shows_somewhere(self, family) -> None:
        """Each label of the entity meets one of a signal, or is not scoreable."""
        found = family.entity(5)
        own = [label for r in found.recordings for label in r.labels]

        for label in found.labels:
            shown = any(o.onset < label.end and o.end > label.onset for o in own)
            assert shown or not label.scoreable

    def test_shares_of_visibility(self) -> None:
        """Routing shows half of the smooth disruptions, probing nine tenths."""
        counts = {"telescope": 0, "probing": 0, "bgp": 0, "all": 0}
        for number in range(40):
            entity = smooth.entity(number, weeks=12)
            counts["all"] += len(entity.labels)
            for recording in entity.recordings:
                counts[recording.what] += len(recording.labels)

        assert pytest.approx(counts["probing"] / counts["all"], abs=0.05) == 0.9
        assert pytest.approx(counts["telescope"] / counts["all"], abs=0.06) == 0.75
        assert pytest.approx(counts["bgp"] / counts["all"], abs=0.07) == 0.5


class TestPieces:
    def test_local_time_moves_with_daylight_saving(self) -> None:
        """At the same UTC hour the clock in Kyiv shows one hour more in summer."""
        winter = int(datetime(2024, 3, 30, 12, tzinfo=UTC).timestamp())
        summer = int(datetime(2024, 3, 31, 12, tzinfo=UTC).timestamp())
        hours = local_hours(np.array([winter, summer]), "Europe/Kyiv")

        assert pytest.approx(hours[0] % 24) == 14
        assert pytest.approx(hours[1] % 24) == 15

    def test_the_week_starts_on_monday(self) -> None:
        """The first recording's first bin is Monday midnight."""
        assert local_hours(np.array([MONDAY]), "UTC")[0] == 0

    def test_shapes_stay_between_nothing_and_all(self) -> None:
        """Ramp and tail fit into every shape, and the full depth is reached."""
        rng = np.random.default_rng(1)
        for size in [2, 3, 6, 12, 50, 400] * 20:
            felt, ramp, tail = shape(rng, size)

            assert len(felt) == size
            assert felt.min() >= 0
            assert felt.max() == 1
            assert ramp + tail <= size

    def test_a_ramp_becomes_an_interval(self) -> None:
        """The label's onset reaches to the full depth, and half of it is felt."""
        felt = np.array([0.25, 0.5, 0.75, 1, 1, 0.5])
        label = Disruption(10, 0.4, felt, 3, 1).label(1_000, 100)

        assert (label.onset, label.onset_by) == (2_000, 2_300)
        assert (label.end_from, label.end) == (2_500, 2_600)
        assert label.felt == 2_100

    def test_places_keep_their_distance(self) -> None:
        """Sizes in order, at least so far apart, all within the bounds."""
        sizes = [5, 9, 2]
        starts = places(np.random.default_rng(2), sizes, 100, 200, 20)

        assert starts[0] >= 120
        assert starts[1] >= starts[0] + 25
        assert starts[2] >= starts[1] + 29
        assert starts[2] + 2 <= 180

    def test_no_room(self) -> None:
        """A recording too short for its disruptions is refused."""
        with pytest.raises(ValueError, match="too short"):
            places(np.random.default_rng(2), [50, 50], 0, 100, 5)

    def test_a_disruption_in_a_gap_is_not_scored(self) -> None:
        """Fewer than two readings inside: nobody could have known."""
        values = np.ones(20)
        values[5:9] = np.nan
        hidden, shown = marked([Label(50, 90, 1), Label(80, 120, 1)], values, 10, 0)

        assert not hidden.scoreable
        assert shown.scoreable
