"""``rabta import`` of a collector's files, as a user would."""

import gzip
import json

import pytest

from rabta.clock import SystemClock
from rabta.store import Store
from tests.unit.sources.bgp_day import COUNTRY, Naive, files, generate


pytestmark = pytest.mark.slow
ENTITIES = ("country/PK", "asn/103")


@pytest.fixture(scope="module")
def day():
    return generate(peers=12, events=600, hours=9)


def test_a_table_and_its_updates_become_series_in_any_order_of_files(
    day, rabta, tmp_path
):
    store = tmp_path / "store"
    (tmp_path / "as.csv").write_text(
        "".join(f"AS{asn},{cc}\n" for asn, cc in COUNTRY.items())
    )
    done = rabta("import", tmp_path / "as.csv", "--store", store)
    assert f"{len(COUNTRY)} networks" in done.stdout
    table, updates = files(*day)
    (tmp_path / "a.gz").write_bytes(gzip.compress(updates))
    (tmp_path / "b").write_bytes(table)
    done = rabta(
        *("import", tmp_path / "a.gz", tmp_path / "b", "--store", store),
        *("--entity", ",".join(ENTITIES), "--json"),
    )
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["file"].endswith("b")
    assert second["entities"] == sorted(ENTITIES)
    assert "peers with a full IPv4 table" in second["notes"][0]
    naive = Naive(day[0], day[1], ENTITIES)
    naive.run(day[2])
    with Store.open(store, clock=SystemClock(), beside=True) as opened:
        for entity in ENTITIES:
            told = {
                one.metric: dict(zip(times // 1_000_000, values, strict=True))
                for one, times, values in opened.signals(entity, start=0, stop=2**60)
            }
            for name in ("visible-slash24", "withdrawals"):
                expected = {**naive.series, **naive.acts}[entity, name]
                assert told[name] == expected


def test_what_to_tell_of_must_be_said_and_its_networks_known(day, rabta, tmp_path):
    (tmp_path / "b").write_bytes(files(*day)[0])
    done = rabta("import", tmp_path / "b", "--store", tmp_path / "s")
    assert done.returncode == 2
    assert "--entity country/PK" in done.stderr
    done = rabta(
        *("import", tmp_path / "b", "--store", tmp_path / "s"),
        *("--entity", "country/PK"),
    )
    assert done.returncode == 2
    assert "rabta fetch delegated country/PK" in done.stderr


def test_updates_without_a_table_make_no_series(day, rabta, tmp_path):
    (tmp_path / "a").write_bytes(files(*day)[1])
    done = rabta(
        "import", tmp_path / "a", "--store", tmp_path / "s", "--entity", "asn/103"
    )
    assert "no whole table came first" in done.stdout


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_table_cut_off_is_no_outage(day, rabta, tmp_path, share):
    table = files(*day)[0]
    (tmp_path / "b").write_bytes(table[: int(len(table) * share)])
    done = rabta(
        *("import", tmp_path / "b", "--store", tmp_path / "s"),
        *("--entity", "asn/103", "--json"),
    )
    (told,) = map(json.loads, done.stdout.splitlines())
    assert "cut off in the record at byte" in told["partial"]
    assert told["kept"] > 3
    assert (told["series"], told["values"]) == (0, 0)
    assert "not whole" in told["notes"][0]
    with Store.open(tmp_path / "s", clock=SystemClock(), beside=True) as opened:
        assert not list(opened.signals("asn/103", start=0, stop=2**60))
