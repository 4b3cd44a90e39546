"""Small sound files of every form that is recognised, to be spoiled."""

import json

from benchmarks.fuzz.atlas import RESULTS
from benchmarks.fuzz.monitors import monitors
from benchmarks.fuzz.routes import ROUTES


def lines(*rows) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def whole(value) -> bytes:
    return json.dumps(value).encode()


AT = 1_700_000_000
DAY = "2025-03-01"
ATLAS = {"prb_id": 1, "msm_id": 2, "timestamp": AT, "fw": 5080, "af": 4}
OONI = {
    "probe_cc": "PK",
    "probe_asn": "AS17557",
    "measurement_start_time": f"{DAY} 10:00:00",
    "report_id": "r",
    "data_format_version": "0.2.0",
}
IODA = {"type": "signals", "requestParameters": {}, "error": None}
PLACE = {"code": "PK", "type": "country"}

SEEDS: dict[str, list[bytes]] = {
    "mrt": ROUTES,
    "mrt-compiled": ROUTES,
    "delegated": [
        (
            b"2|apnic|20250301|5|19830101|20250228|+1000\n"
            b"apnic|*|asn|*|2|summary\n"
            b"apnic|PK|asn|17557|1|19990101|allocated|A91\n"
            b"apnic|PK|ipv4|203.0.113.0|256|19990101|assigned|A91\n"
            b"apnic|PK|ipv6|2001:db8::|32|19990101|allocated|A91\n"
            b"apnic||asn|1|1||available|\n"
        )
    ],
    "asn-country": [
        b"asn,country\n17557,PK\nAS9541,PK\n",
        b'17557,"PK"\n15169,US\n4200000000,XX\n',
    ],
    "ioda": [
        whole(
            {
                **IODA,
                "data": [
                    [
                        {
                            "entityType": "country",
                            "entityCode": "PK",
                            "datasource": "bgp",
                            "from": AT,
                            "step": 300,
                            "values": [1, None, 3.5],
                        }
                    ]
                ],
            }
        ),
        whole(
            {
                **IODA,
                "data": [
                    {
                        "location": "country/PK",
                        "start": AT,
                        "duration": 60,
                        "datasource": "bgp",
                        "score": 1.5,
                    },
                    {
                        "datasource": "bgp",
                        "entity": PLACE,
                        "time": AT,
                        "level": "critical",
                        "value": 1,
                        "historyValue": 2,
                    },
                    PLACE,
                ],
            }
        ),
    ],
    "atlas-results": [
        lines(
            {**ATLAS, "type": "ping", "result": [{"rtt": 5}, {"x": "*"}], "sent": 2},
            {
                **ATLAS,
                "type": "traceroute",
                "dst_addr": "192.0.2.1",
                "result": [{"hop": 1, "result": [{"from": "192.0.2.1", "rtt": 1.5}]}],
            },
            {**ATLAS, "type": "dns", "result": {"rt": 12.5, "size": 100}},
            {**ATLAS, "type": "dns", "resultset": [{"result": {"rt": 1}}, {"time": 1}]},
            {**ATLAS, "type": "ntp", "result": [{"rtt": 0.01, "offset": 1}]},
            {**ATLAS, "type": "sslcert", "rt": 20.5, "dst_name": "a.example"},
            {**ATLAS, "type": "http", "result": [{"rt": 20.5, "res": 200}]},
            {**ATLAS, "type": "http", "result": "GET4 192.0.2.1 0.05 200 1 2"},
        ),
        whole([{**ATLAS, "type": "ping", "min": "1.5", "sent": "3", "rcvd": "3"}]),
    ],
    "atlas-records": [lines(*RESULTS), *(lines(one) for one in RESULTS)],
    "ooni-measurements": [
        lines(
            {
                **OONI,
                "test_name": "web_connectivity",
                "input": "https://a.example/",
                "test_keys": {"accessible": True, "blocking": False},
            },
            {
                **OONI,
                "test_name": "tor",
                "test_keys": {
                    "targets": {"a": {"failure": None}, "b": {"failure": "x"}}
                },
            },
            {
                **OONI,
                "test_name": "telegram",
                "test_keys": {"telegram_tcp_blocking": True},
            },
        )
    ],
    "ooni-list": [
        whole(
            {
                "metadata": {"next_url": None},
                "results": [{**OONI, "test_name": "signal", "anomaly": True}],
            }
        )
    ],
    "radar": [
        whole(
            {
                "success": True,
                "result": {
                    "annotations": [
                        {
                            "startDate": f"{DAY}T00:00:00Z",
                            "locations": ["PK"],
                            "asns": [1],
                            "outage": {"outageCause": "CABLE_CUT"},
                        }
                    ],
                    "trafficAnomalies": [
                        {
                            "startDate": f"{DAY}T00:00:00Z",
                            "uuid": "u",
                            "locationDetails": {"code": "PK"},
                        }
                    ],
                    "serie_0": {
                        "timestamps": [f"{DAY}T00:00:00Z", f"{DAY}T01:00:00Z"],
                        "values": ["0.5", None],
                    },
                },
            }
        )
    ],
    "ripestat": [
        whole(
            {
                "data": {
                    "resource": "PK",
                    "stats": [
                        {"asns_ris": 5, "timeline": [{"starttime": f"{DAY}T00:00:00"}]}
                    ],
                }
            }
        ),
        whole(
            {
                "data": {
                    "resource": "1",
                    "ipv4": [
                        {
                            "timestamp": DAY,
                            "prefixes": 5,
                            "address-space": 9,
                        }
                    ],
                }
            }
        ),
    ],
    "atlas-connections": [
        lines(
            *(
                {
                    "prb_id": probe % 9,
                    "timestamp": AT + probe * 3.5,
                    "event": "disconnect" if probe < 9 else "connect",
                    "asn": 1,
                    "controller": "c",
                }
                for probe in range(18)
            )
        )
    ],
    "atlas-probes": [
        whole({"results": [{"id": 1, "country_code": "PK", "asn_v4": 2}]})
    ],
    "empty-page": [whole({"count": 0, "next": None, "results": []})],
    "ndt": [
        lines(
            {
                "id": "1",
                "a": {
                    "TestTime": f"{DAY} 10:30:00 UTC",
                    "MeanThroughputMbps": 9.5,
                    "MinRTT": 20,
                },
                "client": {
                    "Geo": {"CountryCode": "PK"},
                    "Network": {"ASNumber": 1},
                },
            }
        )
    ],
    "ndt-table": [
        (
            b"id,a_TestTime,a_MeanThroughputMbps,a_MinRTT,client_Geo_CountryCode\n"
            b"1,2025-03-01 10:30:00 UTC,9.5,20,PK\n"
            b"2,2025-03-01 10:40:00 UTC,8.5,,PK\n"
        )
    ],
    "ndt-daily": [
        whole(
            [
                {
                    "date": DAY,
                    "country_code": "PK",
                    "bucket_min": step,
                    "download_MED": 5.5,
                    "upload_MED": 1,
                    "download_minRTT_MED": 80,
                    "dl_samples_day": 9,
                }
                for step in range(2)
            ]
        )
    ],
    "ihr": [
        whole(
            {
                "count": 4,
                "next": None,
                "results": [
                    {"timebin": DAY, "originasn": 9, "asn": 8, "hege": 0.7, "af": 4},
                    {
                        "timebin": DAY,
                        "country": "PK",
                        "asn": 8,
                        "hege": 0.7,
                        "transitonly": True,
                    },
                    {"timebin": DAY, "originasn": 9, "asn": 8, "deviation": 20},
                    {"timebin": DAY, "endpoint_name": "x", "median": 2.5},
                    {
                        "streamtype": "asn",
                        "streamname": "9",
                        "starttime": DAY,
                        "endtime": DAY,
                        "avglevel": 9,
                    },
                ],
            }
        )
    ],
    "statuspage": [
        whole(
            {
                "page": {"name": "Acme"},
                "incidents": [
                    {"id": "1", "name": "x", "created_at": f"{DAY}T00:00:00Z"}
                ],
                "scheduled_maintenances": [
                    {"id": "2", "name": "y", "scheduled_for": f"{DAY}T00:00:00Z"}
                ],
            }
        )
    ],
    "status-feed": [
        (
            b"<rss><channel><title>A</title><item><title>&amp; y</title><guid>1</guid>"
            b"<pubDate>Sat, 01 Mar 2025 10:00:00 +0500</pubDate></item></channel></rss>"
        ),
        (
            b"<feed><title>A</title><entry><id>1</id><updated>2025-03-01T10:00:00Z"
            b"</updated><link href='https://a.example/1'/></entry></feed>"
        ),
    ],
    "calendar": [
        (
            b"BEGIN:VCALENDAR\nX-WR-CALNAME:A\nBEGIN:VEVENT\nUID:1\n"
            b"DTSTART;TZID=Asia/Karachi:20250301T100000\nDTEND:20250301T120000Z\n"
            b"SUMMARY:Long\n er\nEND:VEVENT\nEND:VCALENDAR\n"
        ),
        (
            b"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:PKT\nTZOFFSETTO:+0500\n"
            b"END:VTIMEZONE\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=PKT:20250301T100000\n"
            b"DURATION:P1DT2H\nRRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=-1SU;COUNT=9\n"
            b"EXDATE:20250601T050000Z\nRDATE:20250302\nEND:VEVENT\nBEGIN:VEVENT\n"
            b"UID:1\nRECURRENCE-ID:20250802T050000Z\nDTSTART;VALUE=DATE:20250803\n"
            b"RRULE:FREQ=WEEKLY;WKST=SU;UNTIL=20260101;BYDAY=MO\nEND:VEVENT\n"
            b"END:VCALENDAR\n"
        ),
    ],
    "tor-users": [
        (
            b"# URL: https://x/userstats-bridge-country.csv\n"
            b"date,country,users,lower,upper,frac\n2025-03-01,pk,12,,,80\n"
        )
    ],
    "access-now": [
        (
            b"country,start_date,end_date,shutdown_type,area_name,actual_cause,"
            b"affected_network,info_source_link\n"
            b'Iraq,2025-03-01,2025-03-02,Shutdown,"a, b",Exams,Mobile,https://x;y\n'
        )
    ],
    "ioda-outages": [
        (
            b"ID,Begin time,End time,Country,Scope,AS,Cause\n"
            b'1,"Saturday, March 1, 2025, 1:00 PM",2025-03-02,Iraq,AS1,1,Exams\n'
        )
    ],
    "gatus": [
        whole(
            [
                {
                    "name": "w",
                    "group": "c",
                    "results": [
                        {
                            "timestamp": f"{DAY}T00:00:00Z",
                            "success": True,
                            "duration": 2500,
                        }
                    ],
                }
            ]
        )
    ],
    "uptime-kuma": [
        whole([{"monitorID": 3, "status": 1, "time": f"{DAY} 00:00:00.5", "ping": 20}])
    ],
    "smokeping": [
        b"uptime loss median ping1\n\n1740805200: nan 0.0e+00 1.2e-02 1e-2\n"
    ],
    "rrdtool": [
        b"       traffic_in   out\n\n1740805200: 1.5e+03 nan\n1740805500: 2 -nan\n"
    ],
    "uptime-kuma-database": [monitors()],
    "prometheus": [
        whole(
            {
                "status": "success",
                "data": {
                    "resultType": "matrix",
                    "result": [
                        {
                            "metric": {"__name__": "up", "instance": "a", "job": "b"},
                            "values": [[AT, "1"], [AT + 60, "NaN"]],
                        }
                    ],
                },
            }
        ),
        whole(
            {
                "status": "success",
                "data": {
                    "resultType": "vector",
                    "result": [{"metric": {}, "value": [AT, "1.5"]}],
                },
            }
        ),
    ],
    "speedtest-json": [
        lines(
            {
                "timestamp": f"{DAY}T00:00:00Z",
                "download": 3e7,
                "upload": 2e6,
                "ping": 9.5,
                "server": {"name": "x"},
            },
            {
                "type": "result",
                "timestamp": f"{DAY}T00:00:00Z",
                "ping": {"latency": 9.5, "jitter": 1},
                "download": {"bandwidth": 5_000_000},
                "upload": {"bandwidth": 500_000},
                "packetLoss": 0,
            },
        )
    ],
    "speedtest-csv": [
        b"datetimestart,ping,download,upload\n2025-03-01 10:00:00,5,30,2\n"
    ],
    "ping-log": [
        (
            b"[1700000000.5] 64 bytes from a (1.1.1.1): icmp_seq=1 ttl=5 time=1.5 ms\n"
            b"[1700000002.5] no answer yet for icmp_seq=2\n"
        ),
        b"2025-03-01T10:00:00Z 8.8.8.8 12.5\n",
        (
            b"PING dns (8.8.8.8) 56(84) bytes of data.\n"
            b"[1700000001.5] no answer yet for icmp_seq=1\n"
            b"[1700000003.5] 64 Bytes von 2001:db8::1: icmp_seq=2 TTL=5 Zeit=1.5 ms\n"
            b"[1700000009.5] 64 octets de 2001:db8::1 : icmp_seq=7 ttl=5 temps=1 ms\n"
        ),
        (
            b"2025-03-01T10:00:00Z Reply from 8.8.8.8: bytes=32 time=12ms TTL=57\n"
            b"2025-03-01T10:00:01Z Request timed out.\n"
            b"2025-03-01 10:00:02,bbc,12.9 ms\n2025-03-01 10:00:03,bbc,\n"
        ),
    ],
    "table": [
        b"time,delay,loss\n" + b"".join(b"%d,%d,0.5\n" % (AT + n, n) for n in range(9)),
        b"when;wert\n01.03.2025 10:00;1,5\n01.03.2025 10:05;2,5\n",
        b"when;wert\n03/04/2025 10:00;1.013,5\n04/04/2025 10:05;2,5\n",
        b'time,wert\n03/04/2025 10:00,"1,234"\n03/13/2025 10:05,"2,345.5"\n',
    ],
}
