"""Who tells the truth about a name."""

import pytest

from rabta import failure
from rabta.attribute.names import Names
from rabta.model import DnsDetail, Observation, Probe, State


TRUE, OTHER, FORGED = "198.18.7.7", "198.18.9.9", "36.255.1.1"


def answer(
    *addresses: str,
    name: str | None = None,
    probe: Probe = Probe.DNS,
    second: tuple[str, ...] = (),
    after: float | None = None,
) -> Observation:
    detail = DnsDetail(
        "shop.example.com",
        "" if name else "NOERROR",
        addresses,
        len(addresses),
        (second,) if second else (),
        after,
    )
    value = None if name else 0.02
    return Observation(1, "wan1", 4, "shop", probe, value, name, "192.0.2.1", 0, detail)


def names(*own: Observation, trusted: bool = True) -> Names:
    made = Names()
    for one in own:
        made.take("", one, None)
    if trusted:
        made.take("trusted-dns", answer(TRUE, probe=Probe.DOH), None)
    return made


def test_without_a_trusted_answer_nothing_is_said():
    bad = answer(name=failure.DNS_NXDOMAIN)
    found = names(bad, bad, bad, trusted=False).judge("", wrong_certificate=True)
    assert found.state is State.UNKNOWN


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (failure.DNS_NXDOMAIN, "nxdomain"),
        (failure.DNS_NO_ANSWER, "nxdomain"),
        (failure.DNS_BOGON, "bogon"),
        (failure.GENERIC_TIMEOUT, "silent"),
        (failure.DNS_SERVFAIL, "silent"),
    ],
)
def test_a_denial_counts_after_three(name, kind):
    bad = answer(name=name)
    assert names(bad, bad).judge("", wrong_certificate=False).state is State.UNKNOWN
    found = names(bad, bad, bad).judge("", wrong_certificate=False)
    assert (found.state, found.kind) == (State.DOWN, kind)


def test_another_address_is_wrong_only_with_a_wrong_certificate():
    made = names(answer(FORGED))
    assert made.judge(FORGED, wrong_certificate=False).state is State.UP
    assert made.judge(FORGED, wrong_certificate=True).kind == "mismatch"


def test_a_neighbouring_address_is_the_same_operator():
    made = names(answer(OTHER))
    assert made.judge(OTHER, wrong_certificate=True).state is State.UP


def test_the_address_that_was_used_stands_for_a_missing_answer():
    assert names().judge(FORGED, wrong_certificate=True).kind == "mismatch"


@pytest.mark.parametrize(
    ("role", "seen", "sign"),
    [
        ("public-dns", answer(FORGED), "public"),
        ("non-resolver", answer(FORGED), "non-resolver"),
        ("non-resolver", answer(name=failure.DNS_NXDOMAIN), "non-resolver"),
        ("public-dns", answer(TRUE, second=(FORGED,)), "second"),
        ("public-dns", answer(TRUE, after=0.004), "early"),
        ("public-dns", answer(TRUE, after=0.030), ""),
        ("public-dns", answer(TRUE), ""),
        ("non-resolver", answer(name=failure.GENERIC_TIMEOUT), ""),
    ],
)
def test_what_shows_that_it_was_forged_on_the_way(role, seen, sign):
    made = names(answer(FORGED))
    made.take(role, seen, 0.025)
    assert made.judge(FORGED, wrong_certificate=True).forged_on_path == sign
