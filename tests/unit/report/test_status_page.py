"""The status page tells the public what is named, and nothing else."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec
import pytest

from rabta.agent.reporting import status_page
from rabta.clock import HOUR, MINUTE, ManualClock
from rabta.config import ShownItem, StatusPageSettings, load
from rabta.errors import ConfigError, UsageError
from rabta.model import Cause, Kind, Message
from rabta.store import Store
from tests.unit.report import office


SHOWN = StatusPageSettings(
    "Acme IT",
    "https://status.acme.example/",
    (
        ShownItem("Internet"),
        ShownItem("Main line", uplink="fibre"),
        ShownItem("Our shop", service="shop"),
    ),
)


def files(folder, settings=SHOWN, at=office.STOP):
    setup = replace(office.SETUP, status_page=settings)
    clock = ManualClock(at)
    with Store.open(folder, clock=clock, read_only=True) as store:
        return dict(status_page(store, setup, "en", clock))


def test_it_is_pages_in_both_languages_a_feed_and_json(folder):
    found = files(folder)

    assert set(found) == {"index.html", "index.ur.html", "status.json", "feed.xml"}
    assert '<html lang="ur" dir="rtl">' in found["index.ur.html"].decode()
    for name in ("index.html", "index.ur.html"):
        page = found[name].decode()
        assert not re.search(r"<script|src=|url\(http|href=.http", page)


def test_nothing_that_is_not_named_is_on_it(folder):
    for content in files(folder).values():
        text = content.decode()
        for hidden in ("Indus", "Ravi", "fibre", "cell", "eth0", "192.", "anycast"):
            assert hidden not in text


def test_ninety_days_states_and_incidents_are_those_of_the_store(folder):
    told = json.loads(files(folder)["status.json"])
    internet, line, shop = told["shown"]

    assert told["format"] == "rabta-status/1"
    assert {len(one["days"]) for one in told["shown"]} == {90}
    assert [day["known"] for day in line["days"]].count(True) == 3
    assert [one["now"] for one in told["shown"]] == ["up", "up", "up"]
    assert internet["availability"]["high"] == 1
    assert line["availability"]["high"] == pytest.approx(1 - 2.5 / 72, abs=1e-4)
    assert shop["availability"]["high"] == pytest.approx(1 - 1 / 72, abs=1e-4)
    assert [(one["title"], one["cause"]) for one in told["incidents"]] == [
        ("Our shop", "blocking"),
        ("Main line", "power"),
        ("Main line", "isp"),
    ]


def test_the_feed_is_atom_with_an_entry_an_incident(folder):
    root = ET.fromstring(files(folder)["feed.xml"])
    atom = "{http://www.w3.org/2005/Atom}"

    assert root.tag == f"{atom}feed"
    assert len(root.findall(f"{atom}entry")) == 3
    first = root.find(f"{atom}entry")
    assert first.find(f"{atom}title").text == "Our shop could not be reached from here."
    assert "consistent with" in first.find(f"{atom}content").text


def test_a_page_of_old_measurements_says_that_it_knows_nothing_of_now(folder):
    found = files(folder, at=office.STOP + 3 * HOUR)
    told = json.loads(found["status.json"])

    assert told["stale"]
    assert {one["now"] for one in told["shown"]} == {"unknown"}
    assert "The state of now is not known" in found["index.html"].decode()
    assert not json.loads(files(folder, at=office.STOP + MINUTE)["status.json"])[
        "stale"
    ]


def test_without_configuration_it_shows_whether_any_line_works(folder):
    told = json.loads(files(folder, None)["status.json"])

    assert [one["title"] for one in told["shown"]] == ["Internet at our place"]


@pytest.mark.parametrize(
    ("item", "said", "known"),
    [
        (ShownItem("Line", uplink="ptcl"), "no uplink 'ptcl' was measured", "cell"),
        (ShownItem("Shop", service="shpo"), "no service 'shpo' was measured", "shop"),
    ],
)
def test_what_was_never_measured_cannot_be_shown(folder, item, said, known):
    with pytest.raises(UsageError, match=said) as error:
        files(folder, StatusPageSettings("Acme", show=(item,)))

    assert known in error.value.hint
    assert item.title in error.value.hint


def states(folder, at=office.STOP):
    shown = json.loads(files(folder, at=at)["status.json"])["shown"]
    return [one["now"] for one in shown]


def test_without_a_measurement_these_minutes_nothing_works(tmp_path):
    clock, later = office.build(tmp_path), office.STOP + 3 * HOUR
    with Store.open(tmp_path, clock=ManualClock(later)) as store:
        store.put_status(msgspec.json.encode(office.status(simulated=False, at=later)))
    told = json.loads(files(tmp_path, at=later)["status.json"])

    assert not told["stale"]  # Rabta runs
    assert states(tmp_path, later) == ["unknown"] * 3

    again = replace(next(iter(office.observations("cell"))), time=later - MINUTE)
    with Store.open(tmp_path, clock=clock) as store:
        store.record([again])
    assert states(tmp_path, later) == ["up", "unknown", "unknown"]


def test_an_outage_of_the_host_is_one_of_every_line(tmp_path):
    clock, onset = office.build(tmp_path), office.STOP - 2 * HOUR
    told = office.verdict(
        "host", "no-uplink", Cause.LAN, Message.of("verdict.no-uplink"), onset
    )
    with Store.open(tmp_path, clock=clock) as store:
        store.open_disruption("host", Kind.OUTAGE, onset, 1.0, 1.0, told)
    page = json.loads(files(tmp_path)["status.json"])

    assert states(tmp_path) == ["down", "down", "unknown"]
    for one in page["shown"][:2]:
        assert one["days"][-2]["availability"]["high"] == pytest.approx(
            1 - 2 / 24, abs=0.01
        )
    assert [one["title"] for one in page["incidents"]].count("Main line") == 3


def test_a_service_is_unknown_before_it_was_asked_and_after(tmp_path):
    clock = office.build(tmp_path)
    with Store.open(tmp_path, clock=clock) as store:
        store.know_services(["shop", "mail"])
        middle = office.START + office.DAY
        store.record(
            [
                one
                for one in office.asked("cell", "mail", middle + office.DAY)
                if one.time >= middle
            ]
        )
    mail = StatusPageSettings("Acme", show=(ShownItem("Mail", service="mail"),))
    (shown,) = json.loads(files(tmp_path, mail)["status.json"])["shown"]

    assert [day["known"] for day in shown["days"][-4:]] == [False, True, False, False]
    assert shown["now"] == "unknown"


def test_a_misspelt_service_is_refused_where_it_stands(tmp_path):
    file = tmp_path / "rabta.toml"
    file.write_text(
        'services = ["github"]\n[status_page]\ntitle = "A"\n'
        '[[status_page.show]]\ntitle = "B"\nservice = "gihtub"\n'
    )
    with pytest.raises(ConfigError, match=r"rabta\.toml:6: .*no service 'gihtub'") as e:
        load(file, {"HOME": str(tmp_path)})

    assert "known: github" in e.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "title: missing"),
        ('title = "A"', "nothing is shown"),
        ('title = "A"\n[[status_page.show]]\nuplink = "x"', "title: missing"),
        (
            (
                'title = "A"\n[[status_page.show]]\ntitle = "B"\n'
                'uplink = "x"\nservice = "y"'
            ),
            "not both",
        ),
        ('title = "A"\nurl = "acme"\nshow = []', "an http(s) URL"),
    ],
)
def test_a_mistake_in_the_table_is_named(tmp_path, text, said):
    file = tmp_path / "rabta.toml"
    file.write_text(f"[status_page]\n{text}\n")

    with pytest.raises(ConfigError, match=r"rabta\.toml:") as error:
        load(file, {"HOME": str(tmp_path)})

    assert said in str(error.value)


def test_all_lines_down_and_one_line_down_are_told_apart(tmp_path):
    clock = office.build(tmp_path)
    cause = (Cause.ISP, Message.of("verdict.isp-access", uplink="x"), office.STOP)
    for uplink, states in (("fibre", ["up", "down"]), ("cell", ["down", "down"])):
        with Store.open(tmp_path, clock=clock) as store:
            entity = f"uplink/{uplink}"
            told = office.verdict(entity, "isp-access", *cause)
            onset = office.STOP - MINUTE
            store.open_disruption(entity, Kind.OUTAGE, onset, 1.0, 1.0, told)
        shown = json.loads(files(tmp_path)["status.json"])["shown"]

        assert [one["now"] for one in shown[:2]] == states
