"""MTPD, RTO and RPO follow from the curve of impact."""

import pytest

from rabta.cost.impact import Need, analysed, judged


CURVE = ((1, 100), (4, 900), (8, 3000), (24, 20_000), (72, 90_000))


def need(**changes):
    plain = {
        "name": "payments",
        "impact": CURVE,
        "tolerance": 50_000,
        "appetite": 1000,
        "recovery_hours": 2,
        "rpo_hours": 4,
        "copy_hours": 1,
    }
    return Need(**{**plain, **changes})


def keys(found):
    return [problem.key.rsplit(".")[-1] for problem in found.problems]


def test_rto_is_the_longest_acceptable_time_and_mtpd_where_it_is_too_much():
    found = judged(need())

    assert found.rto == 4
    assert found.mtpd == pytest.approx(24 + 48 * 30 / 70)
    assert found.at == ((1, 100), (4, 900), (8, 3000), (24, 20_000), (72, 90_000))
    assert not found.problems


def test_between_two_points_the_curve_is_straight():
    assert dict(judged(need(impact=((1, 100), (7, 700)))).at)[4] == pytest.approx(400)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"recovery_hours": 6}, "too_slow"),
        ({"recovery_hours": None}, "untried"),
        ({"copy_hours": 24}, "copies_late"),
        ({"copy_hours": None}, "copies_unknown"),
        ({"appetite": 10}, "never_acceptable"),
        ({"appetite": 20_000, "tolerance": 20_000}, "rto_beyond_mtpd"),
    ],
)
def test_what_does_not_fit_is_told(changes, problem):
    assert keys(judged(need(**changes))) == [problem]


def test_what_is_never_reached_has_no_mtpd():
    assert judged(need(tolerance=1e9)).mtpd is None


def test_what_must_be_back_first_comes_first():
    found = analysed((need(name="late", appetite=25_000), need(name="soon")))

    assert [one.need.name for one in found] == ["soon", "late"]


def test_a_curve_that_falls_is_refused():
    with pytest.raises(ValueError, match="fall"):
        need(impact=((1, 5), (4, 1)))
