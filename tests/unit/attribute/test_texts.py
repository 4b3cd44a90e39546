"""Every sentence a verdict can use exists, in every language, and can be filled in."""

import ast
import re
from importlib import resources
from string import Formatter

import pytest

from rabta.attribute.table import LINE_ROWS, SERVICE_ROWS, TUNNEL_ROWS
from rabta.locale import LANGUAGES, say, texts
from rabta.model import Cause, Kind, Rung, State


MINE = ("verdict.", "evidence.", "alternative.", "next.", "word.")
ROWS = [*LINE_ROWS, *TUNNEL_ROWS[:1], *SERVICE_ROWS]
STATES = [state.value for state in State]
VARIANTS = {
    "local-power": (
        *("carrier", "address", "self-assigned", "route", "conflict"),
        *("beneath", "modem"),
    ),
    "lan-link": (
        *("carrier", "address", "self-assigned", "route", "conflict", "disputed"),
        *("beneath", "modem"),
    ),
    "isp-access": ("", "unlearned", "dialled", "dialled-unseen"),
    "tunnel-down": ("", "beneath", "alone"),
    "isp-international": (
        *("", "alone", "nearby", "slow", "mixed", "slow-nearby", "mixed-nearby"),
    ),
    "corridor-degradation": ("", "slow"),
    "corridor-degradation-isp": ("", "slow"),
    "corridor-degradation-national": ("", "slow"),
    "gateway-degradation": ("slow", "mixed", "slow-nearby", "mixed-nearby"),
    "bufferbloat": ("", "loss", "own", "own-loss"),
    "undetermined": ("", "dark"),
    "service-undetermined": ("", "unsteady"),
    "sni-blocking": ("reset", "timeout", "certificate"),
    "http-blocking": ("blockpage", "redirect", "reset", "timeout"),
    "quic-blocking": ("", "all"),
    "throttling": ("", "policed"),
    "service-outage": ("", "error", "agree", "returning"),
    "peering": ("", "hop"),
}


def mine(language: str) -> dict[str, object]:
    return {k: v for k, v in texts(language).items() if k.startswith(MINE)}


def test_both_languages_have_the_same_keys():
    assert mine("en").keys() == mine("ur").keys()


@pytest.mark.parametrize("key", sorted(mine("en")))
def test_both_languages_name_the_same_figures(key):
    def named(text: object) -> set[str | None]:
        every = text.values() if isinstance(text, dict) else [text]
        fields = {f for one in every for _, f, _, _ in Formatter().parse(str(one))}
        return fields - {None, "count"}

    assert named(mine("en")[key]) == named(mine("ur")[key])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number}-{row.code}")
def test_every_row_has_its_sentences(row):
    keys = [f"next.{row.next_test}", *(f"alternative.{a}" for a in row.alternatives)]
    service = row in SERVICE_ROWS and row.code == "undetermined"
    code = "service-undetermined" if service else row.code
    keys += [
        f"verdict.{code}" + (f"-{variant}" if variant else "")
        for variant in VARIANTS.get(code, ("",))
    ]
    assert [key for key in keys if key not in texts("en")] == []


@pytest.mark.parametrize(
    "word",
    [*Rung, *State, *Cause, *Kind, *(row.code for row in ROWS), "fine", "own-line"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated(word, language):
    assert f"word.{word}" in texts(language)


def test_every_key_that_the_code_names_exists():
    """Also those glued from a state or a control: each expansion is looked up."""
    named = set()
    for file in resources.files("rabta.attribute").iterdir():
        if file.name.endswith(".py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    named |= set(
                        re.findall(r"^(?:verdict|evidence|next)\.[\w-]*\w$", node.value)
                    )
    assert len(named) > 8
    assert named <= texts("en").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_glued_evidence_keys_exist(language):
    keys = [f"rung-{state}" for state in STATES]
    keys += [
        f"{c}-{s}"
        for c in ("innocuous", "helper", "sibling", "afar")
        for s in ("up", "down")
    ]
    keys += [f"lacks-{w}" for w in ("address", "self-assigned", "route", "conflict")]
    keys += [f"answer-{k}" for k in ("nxdomain", "bogon", "mismatch", "silent")]
    keys += [f"forged-{k}" for k in ("public", "non-resolver", "second", "early")]
    keys += [f"{k}-{s}" for k in ("plain-dns", "trusted-dns") for s in ("up", "down")]
    keys += [f"other-{s}" for s in ("up", "down", "unknown")]
    keys += ["no-carrier", "carrier", "captive", "on-mains", "on-battery", "pairs"]
    found = texts(language)
    missing = [
        k for k in keys if not {f"evidence.{k}", f"evidence.{k}.other"} & found.keys()
    ]
    assert missing == []


def test_no_text_is_left_over():
    """A sentence that no row can say would rot."""
    used = {f"verdict.{code}" for code in ("fine", "checking", "no-uplink", "partly")}
    for row in ROWS:
        used.add(f"next.{row.next_test}")
        used |= {f"alternative.{a}" for a in row.alternatives}
    alternatives = {k for k in mine("en") if k.startswith("alternative.")}
    assert alternatives <= used
    tests = {k for k in mine("en") if k.startswith("next.")}
    assert tests - used == set()


def test_urdu_keeps_figures_together():
    said = say("ur", "verdict.bufferbloat", uplink="PTCL", extra=0.048)
    assert "\u206848\u00a0ms\u2069" in said
