"""Several names are joined as each language joins them."""

import msgspec
import pytest

from rabta.locale import render, spoken
from rabta.model import Message


LRI, PDI = "\u2068", "\u2069"


def fine(*names):
    return Message.of("verdict.fine", uplinks=names)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("A",), "A"),
        (("A", "B"), "A and B"),
        (("A", "B", "C"), "A, B and C"),
        (("A", "B", "C", "D"), "A, B, C and D"),
    ],
)
def test_english_says_and(names, said):
    assert render(fine(*names)) == f"Everything works: {said}."


def test_urdu_has_its_own_comma_and_isolates_each_name():
    said = render(fine("Indus Fibre", "Ravi 4G", "PTCL"), "ur")

    assert ", " not in said
    assert f"{LRI}Indus Fibre{PDI}، {LRI}Ravi 4G{PDI} اور {LRI}PTCL{PDI}" in said


def test_names_that_are_words_are_translated_one_by_one():
    both = Message.of("verdict.fine", uplinks=("gateway", "resolver"))

    assert render(both) == "Everything works: router and name servers."


def test_a_list_survives_the_store_and_is_spoken_in_documents():
    """JSON has no tuples; what comes back is the same message."""
    message = fine("A", "B")
    kept = msgspec.json.decode(msgspec.json.encode(message), type=Message)

    assert kept == message
    document = spoken(msgspec.to_builtins(message))
    assert document["en"] == "Everything works: A and B."
    assert list(document["args"]["uplinks"]) == ["A", "B"]


def test_what_was_stored_as_one_text_is_still_said():
    assert render(Message.of("verdict.fine", uplinks="A, B")) == (
        "Everything works: A, B."
    )
