"""Texts, templates and styles keep the house rules."""

import re
import string
from pathlib import Path

import pytest

import rabta.ui
from rabta.locale import texts
from rabta.model import Cause, Kind, Rung, State


HOME = Path(rabta.ui.__file__).parent
TEMPLATES = sorted((HOME / "templates").glob("*.html"))
SOURCES = [*TEMPLATES, *HOME.glob("*.py"), *(HOME.parent / "api").glob("*.py")]
FAMILIES = ("rung", "state", "light", "kind", "cause", "medium", "month", "page")
FAMILIES += ("range", "verdict", "figure", "uplinks.bound", "why.missing", "corridor")
FAMILIES += ("entities.state", "outbox.state", "steer.of")
FAMILIES += ("cost.scope", "cost.part", "reports.for")


def own(language: str) -> dict[str, str]:
    return {
        key.removeprefix("ui."): str(text)
        for key, text in texts(language).items()
        if key.startswith("ui.")
    }


def written() -> set[str]:
    """Every key written out in a template or in the code."""
    pattern = re.compile(
        r"""\b(?:t|text)\(\s*f?["']([a-z_.]+)["']"""
        r"""(?: if .{1,30}? else ["']([a-z_.]+))?"""
    )
    found = set()
    for source in SOURCES:
        for pair in pattern.findall(source.read_text("utf-8")):
            found |= {one for one in pair if one and not one.endswith((".", "_"))}
    return found


def test_both_languages_have_the_same_texts_with_the_same_places_for_values():
    english, urdu = own("en"), own("ur")
    assert english.keys() == urdu.keys()
    for key, text in english.items():
        assert places(text) == places(urdu[key]), key


def places(text: str) -> set[str]:
    return {
        f"{name}:{spec}" for _, name, spec, _ in string.Formatter().parse(text) if name
    }


def test_no_text_is_left_in_english():
    english, urdu = own("en"), own("ur")
    same = {key for key in english if english[key] == urdu[key]}
    allowed = {"none"} | {key for key in same if key.startswith("figure.value_")}
    assert same <= allowed


def test_every_text_that_is_asked_for_exists():
    assert len(written()) > 60
    assert not written() - own("en").keys()


def test_no_text_is_unused():
    unused = own("en").keys() - written()
    assert not {key for key in unused if not key.startswith(FAMILIES)}


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("rung", Rung),
        ("state", State),
        ("light", State),
        ("kind", Kind),
        ("cause", Cause),
    ],
)
def test_every_word_of_the_model_has_its_text(family, members):
    assert {f"{family}.{one}" for one in members} <= own("en").keys()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_security_policy_forbids(template):
    text = template.read_text("utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|<style", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)


@pytest.mark.parametrize("sheet", sorted((HOME / "styles").glob("*.css")), ids=str)
def test_styles_speak_of_start_and_end_so_that_urdu_is_a_mirror(sheet):
    text = sheet.read_text("utf-8")
    physical = (
        r"[\s;{](?:(?:margin|padding|border)-(?:left|right)[a-z-]*|left|right|float)\s*:"
        r"|text-align:\s*(?:left|right)"
    )
    assert not re.search(physical, text)
    assert "http" not in text
