"""What a report says of a disruption."""

from rabta.clock import HOUR, MINUTE
from rabta.model import Disruption, Kind
from rabta.report.troubles import incident
from tests.unit.store.helpers import T0, verdict


def test_what_was_not_observed_does_not_count_within_the_period():
    one = Disruption(
        *(1, "uplink/ptcl", Kind.OUTAGE, T0, T0 + 9 * HOUR, 1.0, 1.0),
        (verdict(T0),),
        unobserved=((T0 + 2 * MINUTE, T0 + 8 * HOUR),),
    )

    found = incident(one, T0 + MINUTE, T0 + 8 * HOUR + MINUTE)
    assert found.seconds_within == 120
