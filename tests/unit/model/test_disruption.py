"""Which version of a verdict stands for a disruption that is over."""

from dataclasses import replace

import pytest

from rabta.clock import SECOND
from rabta.model import Disruption, Kind, Message, State, Verdict, telling


def version(seconds: float, code: str, confidence: float) -> Verdict:
    return Verdict(
        time=int(seconds * SECOND),
        entity="service/payments",
        code=code,
        row=0,
        state=State.DOWN,
        sentence=Message.of(code),
        confidence=confidence,
        causes=(),
        evidence=(),
        alternatives=(),
        next_test=None,
        since=0,
    )


OUTAGE = (
    version(0, "undetermined", 0.5),
    version(2, "service-outage", 0.95),
    version(300, "undetermined", 0.5),
    version(359, "peering", 0.44),
)


def test_a_word_of_the_last_second_is_not_what_happened():
    """Five minutes of one cause outweigh what was said while it came back."""
    assert OUTAGE[telling(OUTAGE, 360 * SECOND)].code == "service-outage"


def test_while_it_lasts_the_newest_version_is_shown():
    assert telling(OUTAGE, None) == 3


def test_of_the_cause_model_the_newest_version_is_shown_also_once_it_is_over():
    """A notice that came after the end is known now, and a correction stands."""
    verdicts = tuple(
        replace(one, calibrated=True)
        for one in (
            version(0, "undetermined", 0.8),
            version(300, "shutdown", 0.9),
            version(300, "cable", 0.6),
        )
    )
    assert telling(verdicts, 200 * SECOND) == 2


def test_versions_with_the_same_code_count_together():
    """Neither half alone outweighs the other cause; the longer half is shown."""
    verdicts = (
        version(0, "isp-access", 0.9),
        version(10, "undetermined", 0.9),
        version(25, "isp-access", 0.9),
    )

    assert telling(verdicts, 34 * SECOND) == 0


@pytest.mark.parametrize("end", [0, -5 * SECOND, 1])
def test_a_clock_that_was_set_back_leaves_a_version_to_show(end):
    verdicts = (version(0, "isp-core", 0.6), version(0, "isp-access", 0.9))

    assert telling(verdicts, end) == 1


def test_a_disruption_carries_its_own_choice():
    one = Disruption(
        1, "service/payments", Kind.OUTAGE, 0, 360 * SECOND, 1.0, 1.0, OUTAGE
    )

    assert one.shown == 1
    assert one.verdict is OUTAGE[1]


def test_a_fault_that_only_delays_says_by_how_much():
    slow = tuple(
        replace(version(n, "corridor-degradation", 0.8), extra_seconds=extra)
        for n, extra in enumerate((0.08, 0.12, 0.03))
    )
    one = Disruption(1, "uplink/a", Kind.DEGRADATION, 0, None, 1.0, 0.0, slow)

    assert (one.depth, one.extra_seconds) == (0.0, 0.12)


def test_a_version_does_not_stand_while_nothing_is_measured():
    """What was said before a night's sleep is not the truer for it."""
    versions = (version(0, "isp-core", 0.9), version(300, "isp-access", 0.9))
    versions += (version(305, "peering", 0.9),)
    slept = ((int(310 * SECOND), int(9000 * SECOND)),)

    assert versions[telling(versions, 9001 * SECOND)].code == "peering"
    assert versions[telling(versions, 9001 * SECOND, slept)].code == "isp-core"


def test_what_lasts_still_was_seen_up_to_now_less_what_was_not():
    unobserved = ((10 * SECOND, 40 * SECOND), (50 * SECOND, 55 * SECOND))
    one = Disruption(
        1, "host", Kind.OUTAGE, 0, None, 1.0, 1.0, OUTAGE, unobserved=unobserved
    )

    assert one.measured(60 * SECOND) == (
        (0, 10 * SECOND),
        (40 * SECOND, 50 * SECOND),
        (55 * SECOND, 60 * SECOND),
    )
    assert one.lasted(60 * SECOND) == 25
    assert one.unobserved_seconds == 35
