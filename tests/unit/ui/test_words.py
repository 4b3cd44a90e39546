"""Values as people read them."""

from datetime import timedelta, timezone

import pytest

from rabta.locale import LANGUAGES
from rabta.model import Message
from rabta.ui import Words


ZONE = timezone(timedelta(hours=5))
EN, UR = Words("en", ZONE), Words("ur", ZONE)


def test_units_are_chosen_and_a_value_that_is_missing_is_a_dash():
    assert EN.ms(0.0012) == "1.2\u00a0ms"
    assert EN.ms(0.0099) == "9.9\u00a0ms"
    assert EN.ms(0.128) == "128\u00a0ms"
    assert EN.percent(0.118) == "12\u00a0%"
    assert EN.bits(18_400_000) == "18.4\u00a0Mbit/s"
    assert EN.bytes(4_200_000) == "4.2\u00a0MB"
    assert EN.duration(2400) == "40\u00a0min"
    for say in (EN.ms, EN.percent, EN.bits, EN.bytes, EN.duration):
        assert say(None) == "–"


def test_in_urdu_a_value_with_a_latin_unit_is_isolated():
    assert UR.percent(0.5) == "\u206850\u00a0%\u2069"


@pytest.mark.parametrize(
    ("probability", "word"),
    [
        (0.99, "very high"),
        (0.95, "very high"),
        (0.83, "high"),
        (0.7, "fair"),
        (0.5, "low"),
        (0.49, "very low"),
        (0.0, "very low"),
    ],
)
def test_confidence_has_names_that_claim_no_probability(probability, word):
    assert EN.sure(probability) == word


def test_a_time_shows_its_date_only_when_it_is_not_todays():
    now = 1_795_464_000 * 10**6
    assert EN.moment(now, now) == EN.clock(now)
    yesterday = EN.moment(now - 86_400 * 10**6, now)
    assert yesterday.endswith(EN.clock(now))
    assert yesterday.split()[1] == "Nov"
    assert EN.moment(now - 365 * 86_400 * 10**6, now).endswith("2025")
    assert "نومبر" in UR.moment(now - 86_400 * 10**6, now)


def test_the_zone_of_the_reader_decides_what_is_today():
    just_after_midnight_there = 1_795_374_000 * 10**6  # 2026-11-22T19:00Z
    assert EN.clock(just_after_midnight_there) == "00:00:00"
    assert Words.iso(just_after_midnight_there) == "2026-11-22T19:00:00Z"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_said_in_the_language_of_the_page(language):
    message = Message.of("ui.page.uplink", name="ptcl")
    assert "ptcl" in Words(language, ZONE).speak(message)


def test_a_sentence_names_what_the_page_names():
    message = Message.of("detect.public.several", entity="PK")
    for language, name in (("en", "Pakistan"), ("ur", "پاکستان")):
        said = Words(language, None).speak(message, entity=name)
        assert name in said
        assert "PK" not in said
    assert "PK" in Words("en", None).speak(message)
