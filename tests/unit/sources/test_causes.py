"""Words of sources, and the causes they name: a shutdown is never read into them."""

import pytest

from rabta.model import Cause
from rabta.sources.causes import cause_of


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("GOVERNMENT_DIRECTED", Cause.SHUTDOWN),
        ("Government-Ordered", Cause.SHUTDOWN),
        ("Exams", Cause.SHUTDOWN),
        ("order", Cause.SHUTDOWN),
        ("mobile services suspended", Cause.SHUTDOWN),
        ("internet shutdown", Cause.SHUTDOWN),
        ("fibre cut near the Afghan border", Cause.ISP),
        ("cable, for example", Cause.CABLE),
        ("power plant shutdown", Cause.POWER),
        ("firewall training of powerful urban signatures", Cause.UNKNOWN),
        ("Internet blackout", Cause.UNKNOWN),
        ("blackout in Sindh", Cause.POWER),
        ("MILITARY_ACTION", Cause.UNKNOWN),
    ],
)
def test_words_name_a_cause(words, cause):
    assert cause_of(words) is cause
