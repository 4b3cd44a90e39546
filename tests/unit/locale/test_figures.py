"""Figures and their units stay together."""

import pytest

from rabta.locale import LANGUAGES, say


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("unit", "value"),
    [("ms", 0.412), ("percent", 0.004), ("bits", 7e6), ("bytes", 3e12)]
    + [("duration", seconds) for seconds in (9, 600, 9000, 900_000)],
)
def test_no_line_breaks_between_a_figure_and_its_unit(language, unit, value):
    said = say(language, f"ui.figure.value_{unit}", value=value)
    assert "\u00a0" in said
    assert " " not in said
