"""No parser crashes, hangs or loses count, whatever bytes it is given.

``RABTA_FUZZ`` sets the number of executions per parser.
"""

import json
import os
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rabta.agent.interference import judged
from rabta.errors import DataError
from rabta.sources.formats import FORMATS
from rabta.sources.imported import Piece, Tally
from rabta.sources.recognise import recognise
from rabta.sources.stream import Stream
from tests.unit.sources.helpers import NOW, balanced


EXAMPLES = int(os.environ.get("RABTA_FUZZ", "25"))
WORDS = [
    "prb_id",
    "msm_id",
    "type",
    "timestamp",
    "ping",
    "result",
    "rtt",
    "x",
    "dst_addr",
    "resultset",
    "hop",
    "from",
    "sent",
    "probe_cc",
    "PK",
    "test_name",
    "web_connectivity",
    "measurement_start_time",
    "test_keys",
    "blocking",
    "accessible",
    "input",
    "report_id",
    "data",
    "entityType",
    "entityCode",
    "datasource",
    "step",
    "values",
    "country",
    "asn",
    "location",
    "start",
    "duration",
    "level",
    "entity",
    "status",
    "success",
    "resultType",
    "matrix",
    "metric",
    "value",
    "2025-03-01",
    "2025-03-01T10:00:00Z",
    "date",
    "download",
    "upload",
    "ping",
    "latency",
    "results",
    "next",
    "hege",
    "timebin",
    "page",
    "incidents",
    "id",
    "name",
    "scheduled_for",
    "started_at",
    "a",
    "client",
    "TestTime",
    "MeanThroughputMbps",
    "Geo",
    "CountryCode",
    "stats",
    "ipv4",
    "prefixes",
    "timeline",
    "starttime",
    "annotations",
    "startDate",
    "locations",
    "asns",
    "serie_0",
    "timestamps",
    "event",
    "connect",
    "disconnect",
    "monitorID",
    "time",
    "users",
    "Pakistan",
    "Begin\xa0time",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(1_600_000_000, 1_790_000_000),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.sampled_from(WORDS), inner, max_size=8),
    ),
    max_leaves=20,
)

SEEDS = (
    (
        b'{"type":"ping","prb_id":1,"msm_id":2,"timestamp":1700000000,'
        b'"result":[{"rtt":5},{"x":"*"}]}\n'
    ),
    (
        b'{"test_name":"tor","probe_cc":"PK","measurement_start_time":'
        b'"2025-03-01 10:00:00","test_keys":{"targets":{"a":{"failure":null}}}}\n'
    ),
    (
        b'{"data":[[{"entityType":"country","entityCode":"PK","datasource":"bgp",'
        b'"from":1700000000,"step":300,"values":[1,null]}]],"requestParameters":{}}'
    ),
    (
        b'{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},'
        b'"values":[[1700000000,"1"]]}]}}'
    ),
    b"[1700000000.5] 64 bytes from a (1.1.1.1): icmp_seq=1 ttl=5 time=1.5 ms\n",
    b"datetimestart,ping,download,upload\n2025-03-01 10:00:00,5,30,2\n",
    b'{"prb_id":1,"timestamp":1700000000,"event":"connect","asn":1,"controller":"c"}\n',
    b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20250301T100000Z\nEND:VEVENT\n",
    (
        b"<rss><title>x</title><item><pubDate>Sat, 01 Mar 2025 10:00:00 +0500</pubDate>"
        b"</item></rss>"
    ),
    b"uptime loss median ping1\n\n1740805200: nan 0.0e+00 1.2e-02 1e-2\n",
    b"date,country,users,lower\n2025-03-01,pk,12,1\n",
    b"ID,Begin time,End time,Country,Cause\n1,2025-03-01,2025-03-02,Iraq,Exams\n",
    b"country,start_date,end_date,shutdown_type\nIraq,2025-03-01,2025-03-02,Shutdown\n",
)


@st.composite
def bent(draw):
    """Something sound with a few bytes of it changed, cut out or repeated."""
    text = bytearray(draw(st.sampled_from(SEEDS)) * draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(text) - 1)))
        text[place : place + draw(st.integers(0, 6))] = draw(st.binary(max_size=4))
    return bytes(text)


documents = st.one_of(
    st.binary(max_size=300),
    bent(),
    values.map(lambda one: json.dumps(one).encode()),
    st.lists(values, max_size=4).map(
        lambda many: b"".join(json.dumps(one).encode() + b"\n" for one in many)
    ),
)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@settings(
    max_examples=EXAMPLES,
    deadline=5000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=documents)
def test_a_parser_accounts_for_whatever_it_is_given(form, text, tmp_path):
    file = tmp_path / "f"
    file.write_bytes(text)
    tally = Tally(str(file), NOW)
    try:
        told = form.parse(Stream(file, tally), tally, "country/PK")
        for item in judged(told, tally):
            if isinstance(item, Piece):
                assert len(item.times) == len(item.values)
                assert item.times.dtype == np.int64
            assert re.match(r"[a-z-]+/.", item.entity)
            assert item.source
    except DataError as refused:
        says = str(refused)
    else:
        says = str(file)
    assert str(file) in says
    assert balanced(tally)


@settings(
    max_examples=EXAMPLES * 3,
    deadline=5000,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=documents)
def test_a_file_is_recognised_or_refused_with_a_reason(text, tmp_path):
    file = tmp_path / "f"
    file.write_bytes(text)
    try:
        says = recognise(file).says
    except DataError as refused:
        says = str(refused)
    assert says
