"""What is visible over a day: equal to a naive account, compiled or not."""

import numpy as np
import pytest

from rabta.clock import SECOND
from rabta.sources.bgp import compile as compiling
from rabta.sources.bgp import memory as memories
from rabta.sources.bgp import mrt, table
from rabta.sources.bgp.networks import Networks
from rabta.sources.bgp.series import Routes
from rabta.sources.bgp.watched import watch
from rabta.sources.imported import Tally
from rabta.sources.stream import Stream

from .bgp_day import COUNTRY, START, Naive, files, generate
from .helpers import NOW


ENTITIES = ("country/PK", "asn/103", "asn/203", "country/IN", "asn/101")


def known(countries=COUNTRY):
    asns = np.array([(asn, 1) for asn in countries], np.int64)
    letters = np.array(list(countries.values()), "U2")
    nothing = np.zeros((0, 2), np.int64)
    return Networks("table", asns, letters, nothing, np.zeros(0, "U2"))


def told(tmp_path, *parts, entities=ENTITIES):
    """Return {(entity, metric): {time: value}} of files one after the other."""
    routes = Routes(watch(entities, known()))
    found, tallies = {}, []
    for number, part in enumerate(parts):
        file = tmp_path / f"part{number}"
        file.write_bytes(part)
        tally = Tally(str(file), NOW)
        for one in routes.read(Stream(file, tally), tally):
            told = found.setdefault((one.entity, one.metric), {})
            for time, value in zip(
                one.times.tolist(), one.values.tolist(), strict=True
            ):
                if not np.isnan(value):
                    told[time // SECOND] = value
        tallies.append(tally)
    return found, tallies


@pytest.mark.parametrize("way", ["plain", "fast"])
def test_a_day_is_equal_to_a_naive_account(way, tmp_path, monkeypatch):
    for module in (mrt, table, memories):
        monkeypatch.setattr(
            module, "chosen", lambda name, _: getattr(compiling, way)(name)
        )
    day = generate()
    naive = Naive(day[0], day[1], ENTITIES)
    naive.run(day[2])
    found, tallies = told(tmp_path, *files(*day))
    assert not any(one.put_aside_count or one.partial for one in tallies)
    for key, series in {**naive.series, **naive.acts}.items():
        assert found[key] == series, key
    assert naive.series["asn/103", "visible-slash24"][START + 2 * 3600 + 600] == 0
    assert len(naive.series["country/PK", "visible-slash24"]) >= 288
    assert sum(naive.acts["country/PK", "foreign-hop-changes"].values()) > 50
