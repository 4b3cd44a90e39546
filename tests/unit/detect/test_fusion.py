"""Evidence of several signals, added up bin by bin."""

import numpy as np
import pytest

from rabta.detect.fusion import Panel, confirmed, fuse

from .worlds import START, STEP


SIGMA = 0.01
EFFECT = 0.05


def panel(*residuals):
    """Lay signals of equal noise side by side; residuals are shares lost."""
    residual = -np.array(residuals, dtype=float)
    signals, bins = residual.shape
    each = np.ones(signals)
    return Panel(
        START,
        STEP,
        residual,
        np.clip(residual / SIGMA, -8, 8),
        np.ones((signals, bins)),
        EFFECT * each,
        SIGMA * each,
        each,
        np.zeros((signals, bins), dtype=bool),
        np.zeros(signals, dtype=bool),
    )


def lost(share, first=100, last=130, bins=300):
    values = np.zeros(bins)
    values[first:last] = share
    return values


def test_what_two_signals_lose_opens_and_closes_with_the_loss():
    (span,) = fuse(panel(lost(0.5), lost(0.5), lost(0)))

    assert (span.first, span.last) == (100, 130)
    assert span.fire <= 101


def test_a_loss_too_small_to_tell_adds_up_to_nothing_however_long_it_lasts():
    just_below = lost(0.9 * EFFECT, last=290)
    just_below[200] = 1.2 * EFFECT

    assert fuse(panel(just_below, lost(0), lost(0))) == ()


def test_shallow_losses_of_several_signals_support_each_other():
    shallow = lost(1.2 * EFFECT)

    assert len(fuse(panel(shallow, shallow, shallow))) == 1


def test_what_was_not_measured_has_no_say():
    nothing = np.full(300, np.nan)

    assert fuse(panel(nothing, nothing)) == ()
    assert len(fuse(panel(lost(0.5), nothing, lost(0.5)))) == 1


def test_what_lasts_is_open():
    (span,) = fuse(panel(lost(0.5, last=300), lost(0.5, last=300)))

    assert span.last is span.closed is None


@pytest.mark.parametrize(
    ("fired", "available", "sure"),
    [
        ([True], [True], False),
        ([True, True], [True, True], True),
        ([True, True, False], [True] * 3, True),
        ([True, True, False, False], [True] * 4, False),
        ([True, True, True], [True, False, False], False),
    ],
)
def test_two_thirds_and_at_least_two_confirm(fired, available, sure):
    assert confirmed(fired, available) is sure
