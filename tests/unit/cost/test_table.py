"""A profile is read as it stands; a mistake is named with its line and the cure."""

from datetime import date, time
from pathlib import Path

import pytest

from rabta.config.load import profile
from rabta.cost.firm.needs import needs_of
from rabta.cost.firm.table import firm_of
from rabta.errors import ConfigError


PROFILE = Path(__file__).with_name("profile.toml")


def test_a_profile_is_read_as_it_stands():
    firm = firm_of(profile(PROFILE))
    (group,) = firm.groups
    (client,) = firm.clients

    assert (firm.currency, firm.year, str(firm.zone)) == ("USD", "2026", "Asia/Karachi")
    assert group.calendar.shifts == ((time(9), time(13)), (time(14), time(18)))
    assert group.calendar.weekdays == frozenset(range(5))
    assert group.calendar.ramadan == ((time(9), time(15)),)
    assert group.calendar.holidays == {date(2026, 8, 14)}
    assert (group.dependence.low, group.dependence.mode, group.dependence.high) == (
        0.6,
        0.85,
        1,
    )
    assert group.wage.low == 5  # 1400 PKR at 280
    assert client.credits == ((0.999, 0.1),)
    assert client.has_credits
    assert firm.shop is None


GROUP = '[[firm.group]]\nname = "staff"\npeople = 1\n'
MISTAKES = [
    ("", "firm.toml: there is no [firm] in it"),
    ("[firm]\n", "firm.toml:1: firm.year: missing"),
    ("[firm]\nyear = 2026\ncolour = 1\n", "firm.toml:3: firm.colour: there is no such"),
    ('[firm]\nyear = 2026\ncurrency = "dollars"\n', "firm.toml:3: firm.currency"),
    ('[firm]\nyear = 2026\ntimezone = "Karachi"\n', "firm.toml:3: firm.timezone"),
    ("[firm]\nyear = 2026\nholidays = [14]\n", "firm.toml:3: firm.holidays"),
    ("[firm]\nyear = 2026\nexchange = { PKR = 0 }\n", "firm.toml:3: firm.exchange"),
    (
        "[firm]\nyear = 2026\n[[firm.group]]\npeople = 1\n",
        "firm.group[1].name: missing",
    ),
    ('[firm]\nyear = 2026\n[[firm.group]]\nname = "a"\n', "firm.group[1].people: miss"),
    (
        f"[firm]\nyear = 2026\n{GROUP}{GROUP}",
        "firm.toml:7: firm.group[2].name: 'staff'",
    ),
    (f"[firm]\nyear = 2026\n{GROUP}rate = 'much'\n", "firm.toml:6: firm.group[1].rate"),
    (f"[firm]\nyear = 2026\n{GROUP}wage = '9 PKR'\n", "no exchange rate of PKR"),
    (f"[firm]\nyear = 2026\n{GROUP}dependence = 1.5\n", "a share is from 0 to 1"),
    (f"[firm]\nyear = 2026\n{GROUP}recapture = '0.5 PKR'\n", "is no money"),
    (f"[firm]\nyear = 2026\n{GROUP}hours = ['9 to 5']\n", 'expected "09:00-18:00"'),
    (f"[firm]\nyear = 2026\n{GROUP}weekdays = ['fry']\n", "weekdays[1]: expected one"),
    (
        "[firm]\nyear = 1999\n[[firm.client]]\nname = 'a'\nfee = 1\ncredits = 1\n",
        "firm.toml:6: firm.client[1].credits: expected",
    ),
]


@pytest.mark.parametrize(("text", "complaint"), MISTAKES)
def test_a_mistake_is_named_with_its_place(tmp_path, text, complaint):
    file = tmp_path / "firm.toml"
    file.write_text(text)

    with pytest.raises(ConfigError) as error:
        firm_of(profile(file))
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("impact", "complaint"),
    [
        ('{ "1h" = 5, "4h" = 1 }', "must not fall"),
        ('{ "1w" = 5 }', 'expected { "1h" = 100'),
        ('{ "1h" = -5 }', 'expected { "1h" = 100'),
        ("{ }", "must not fall"),
        ("7", 'expected { "1h" = 100'),
    ],
)
def test_a_curve_that_cannot_be_is_refused(tmp_path, impact, complaint):
    file = tmp_path / "firm.toml"
    file.write_text(
        "[firm]\nyear = 2026\n[[firm.service]]\nname = 'a'\ntolerance = 1\n"
        f"appetite = 1\nimpact = {impact}\n"
    )

    with pytest.raises(ConfigError) as error:
        needs_of(profile(file))
    assert "firm.service[1].impact" in str(error.value)
    assert complaint in str(error.value)


@pytest.mark.parametrize("steps", ["[[2, 1]]", "[[0.9]]", '"gcp"', "[[0.9, 'x']]"])
def test_credits_are_pairs_of_shares(tmp_path, steps):
    file = tmp_path / "firm.toml"
    client = f"[[firm.client]]\nname = 'a'\nfee = 1\ncredits = {steps}\n"
    file.write_text(f"[firm]\nyear = 2026\n{client}")

    with pytest.raises(ConfigError, match=r"credits: expected .aws. or"):
        firm_of(profile(file))
