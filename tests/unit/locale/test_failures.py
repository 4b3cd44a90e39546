"""Failures have names for machines and words for people."""

import pytest

from rabta import failure
from rabta.locale import LANGUAGES, say, texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_failure_has_words_and_no_words_are_left_over(language):
    named = {
        key.removeprefix("failure.")
        for key in texts(language)
        if key.startswith("failure.")
    }
    assert named == failure.ALL


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_failure_are_no_names(language):
    for name in failure.ALL:
        text = texts(language)[f"failure.{name}"]
        assert isinstance(text, str)
        assert "_" not in text
        assert text != name


def test_a_sentence_says_a_failure_in_words():
    said = say(
        "en",
        "evidence.service-fails",
        uplink="PTCL",
        failure=failure.GENERIC_TIMEOUT,
        stage="tcp",
        count=1,
    )
    assert "no answer" in said
