"""This happened, so that verdict is due: the decision table, case by case."""

import pytest

from rabta.attribute.table import LINE_ROWS, SERVICE_ROWS, TUNNEL_ROWS
from rabta.clock import SECOND
from rabta.locale import LANGUAGES, render
from tests.scenarios.play import Case, cases, play
from tests.unit.attribute.world import START


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case_ends_in_its_verdict(case: Case):
    """What is seen at the end is what the table says, and can be said aloud."""
    world = play(case)
    made = world.judged()
    verdicts = {v.entity: v for v in (made.host, *made.uplinks, *made.services)}

    for entity, wanted in case.data["expect"].items():
        got = verdicts[entity]
        since = (got.since - START) / SECOND
        earliest, latest = wanted.get("since", (since, since))
        assert earliest <= since <= latest, (entity, got.code)
        assert wanted.get("says", got.sentence.key) == got.sentence.key
        named = dict(got.sentence.args).get("uplinks", ())
        assert tuple(wanted.get("uplinks", named)) == named
        aside = ("since", "says", "uplinks")
        facts = {k: v for k, v in wanted.items() if k not in aside}
        seen = {key: _plain(getattr(got, key)) for key in facts}
        assert facts == seen, (entity, render(got.sentence), world.told())
    for entity, codes in case.data.get("never", {}).items():
        told = {code for _, code in world.told(entity)}
        assert not told & set(codes), world.told(entity)
    assert case.data.get("unlike") not in {v.code for v in verdicts.values()}
    for verdict in verdicts.values():
        for message in (verdict.sentence, *(e.says for e in verdict.evidence)):
            for language in LANGUAGES:
                assert render(message, language)


def test_every_row_has_its_case_and_one_that_only_looks_like_it():
    """What would be said too readily is held against what it is not."""
    codes = {row.code for row in (*LINE_ROWS, *TUNNEL_ROWS, *SERVICE_ROWS)}
    expected = {
        wanted.get("code") for case in CASES for wanted in case.data["expect"].values()
    }
    assert codes <= expected
    assert {case.data["unlike"] for case in CASES if "unlike" in case.data} == codes


def _plain(value):
    return getattr(value, "value", value)
