"""Every field that RIPE's own parser reads, where it stands in the JSON, and here.

Rows are (name in ripe.atlas.sagan 2.0.1, keys in the JSON, attribute here); a group is
a list within a result, named as there and as here. Of sagan's names those that only say
another in other words (``checksum``, ``cn``, ``flags`` …), deprecated ones, and
``is_malformed`` are left out; ``has_expired`` is wrong there and depends on the day.
"""

SHARED = [
    ("measurement_id", "msm_id", "measurement"),
    ("probe_id", "prb_id", "probe"),
    ("firmware", "fw", "firmware"),
    ("created_timestamp", "timestamp", "time"),
    ("origin", "from", "origin"),
    ("seconds_since_sync", "lts", "since_sync"),
    ("group_id", "group_id", "group"),
    ("bundle", "bundle", "bundle"),
    ("is_error", "", "is_error"),
]
_TO = [
    ("af", "af pf", "family"),
    ("protocol", "", "protocol"),
    ("destination_address", "dst_addr addr", "destination"),
    ("destination_name", "dst_name name", "destination_name"),
]
_FROM = [("source_address", "src_addr", "source")]
RESULTS = {
    "ping": [
        *_TO,
        ("duplicates", "dup", "duplicates"),
        ("rtt_average", "", "average"),
        ("rtt_max", "", "maximum"),
        ("rtt_min", "", "minimum"),
        ("rtt_median", "", "median"),
        ("packets_sent", "sent", "sent"),
        ("packets_received", "rcvd", "received"),
        ("packet_size", "", "size"),
        ("step", "step", "step"),
    ],
    "traceroute": [
        *_TO,
        *_FROM,
        ("end_time", "endtime", "end"),
        ("paris_id", "paris_id", "paris"),
        ("size", "size", "size"),
        ("total_hops", "", "hop_count"),
        ("last_median_rtt", "", "last_median"),
        ("destination_ip_responded", "", "reached"),
        ("last_hop_responded", "", "answered"),
        ("is_success", "", "succeeded"),
        ("last_hop_errors", "", "last_errors"),
    ],
    "dns": [("responses_total", "", "total")],
    "http": [("uri", "uri", "uri"), ("method", "", "method")],
    "ntp": [
        *_TO,
        *_FROM,
        ("end_time", "endtime", "end"),
        ("leap_second_indicator", "li", "leap"),
        ("mode", "mode", "mode"),
        ("poll", "poll", "poll"),
        ("precision", "precision", "precision"),
        ("reference_id", "ref-id", "reference"),
        ("reference_time", "ref-ts", "reference_time"),
        ("root_delay", "root-delay", "root_delay"),
        ("root_dispersion", "root-dispersion", "root_dispersion"),
        ("stratum", "stratum", "stratum"),
        ("version", "version", "version"),
        ("rtt_median", "", "rtt.median"),
        ("rtt_min", "", "rtt.least"),
        ("rtt_max", "", "rtt.most"),
        ("offset_median", "", "offset.median"),
        ("offset_min", "", "offset.least"),
        ("offset_max", "", "offset.most"),
    ],
    "sslcert": [
        *(row for row in _TO if row[0] != "protocol"),
        *_FROM,
        ("port", "", "port"),
        ("method", "method", "method"),
        ("version", "ver", "version"),
        ("response_time", "rt", "rtt"),
        ("time_to_connect", "ttc", "connected"),
        ("is_self_signed", "", "self_signed"),
        ("checksum_chain", "", "chain"),
        ("alert.level", "", "alert.level"),
        ("alert.description", "", "alert.description"),
    ],
    "wifi": [
        (f"wpa_supplicant.{theirs}", "", ours)
        for theirs, ours in [
            ("address", "address"),
            ("bssid", "bssid"),
            ("connect_time", "connect_time"),
            ("group_cipher", "group_cipher"),
            ("wpa_supplicant_id", "supplicant"),
            ("ip_address", "ip_address"),
            ("key_management", "key_management"),
            ("mode", "mode"),
            ("pairwise_cipher", "pairwise_cipher"),
            ("ssid", "ssid"),
            ("wpa_state", "state"),
        ]
    ],
}
GROUPS = {
    "ping": [
        (
            "packets",
            "echoes",
            [
                ("rtt", "rtt", "rtt"),
                ("ttl", "", "ttl"),
                ("dup", "", "duplicate"),
                ("source_address", "", "source"),
            ],
        )
    ],
    "traceroute": [
        ("hops", "hops", [("index", "hop", "number"), ("median_rtt", "", "median")]),
        (
            "hops.packets",
            "hops.replies",
            [
                ("origin", "from", "origin"),
                ("rtt", "rtt", "rtt"),
                ("size", "size", "size"),
                ("ttl", "ttl", "ttl"),
                ("mtu", "mtu", "mtu"),
                ("destination_option_size", "dstoptsize", "destination_options"),
                ("hop_by_hop_option_size", "hbhoptsize", "hop_options"),
                ("internal_ttl", "", "quoted_ttl"),
                ("error_message", "", "error"),
                ("icmp_header.version", "", "extension.version"),
                ("icmp_header.rfc4884", "", "extension.rfc4884"),
                ("icmp_header.objects", "", "extension.objects"),
            ],
        ),
    ],
    "http": [
        (
            "responses",
            "answers",
            [
                ("af", "af", "family"),
                ("body_size", "bsize", "body_size"),
                ("head_size", "hsize", "head_size"),
                ("destination_address", "dst_addr addr", "destination"),
                ("source_address", "src_addr srcaddr", "source"),
                ("code", "res", "code"),
                ("response_time", "", "rtt"),
                ("version", "ver", "version"),
                ("error_message", "err", "error"),
            ],
        )
    ],
    "ntp": [
        (
            "packets",
            "exchanges",
            [
                ("rtt", "rtt", "rtt"),
                ("offset", "offset", "offset"),
                ("origin_timestamp", "origin-ts", "origin"),
                ("received_timestamp", "receive-ts", "received"),
                ("transmitted_timestamp", "transmit-ts", "transmitted"),
                ("final_timestamp", "final-ts", "final"),
            ],
        )
    ],
    "sslcert": [
        (
            "certificates",
            "certificates",
            [
                ("subject_cn", "", "subject.common"),
                ("subject_o", "", "subject.organisation"),
                ("subject_c", "", "subject.country"),
                ("issuer_cn", "", "issuer.common"),
                ("issuer_o", "", "issuer.organisation"),
                ("issuer_c", "", "issuer.country"),
                ("valid_from", "", "valid_from"),
                ("valid_until", "", "valid_until"),
                ("checksum_md5", "", "md5"),
                ("checksum_sha1", "", "sha1"),
                ("checksum_sha256", "", "sha256"),
                ("extensions.subjectAltName", "", "names"),
            ],
        )
    ],
    "dns": [
        (
            "responses",
            "responses",
            [
                ("af", "", "family"),
                ("destination_address", "", "destination"),
                ("source_address", "", "source"),
                ("protocol", "", "protocol"),
                ("response_id", "subid", "number"),
                ("response_time", "", "rtt"),
                ("response_size", "", "size"),
            ],
        ),
        *(
            group
            for theirs, ours in (("abuf", "answer"), ("qbuf", "query"))
            for group in (
                (
                    f"responses.{theirs}",
                    f"responses.{ours}",
                    [
                        ("header.id", "", "id"),
                        ("header.opcode", "", "opcode"),
                        ("header.return_code", "", "code"),
                        ("header.qdcount", "", "counts.0"),
                        ("header.ancount", "", "counts.1"),
                        ("header.nscount", "", "counts.2"),
                        ("header.arcount", "", "counts.3"),
                        *(
                            (f"header.{name}", "", f"flags & {bit}")
                            for name, bit in [
                                ("qr", 0x8000),
                                ("aa", 0x400),
                                ("tc", 0x200),
                                ("rd", 0x100),
                                ("ra", 0x80),
                                ("z", 0x40),
                                ("ad", 0x20),
                                ("cd", 0x10),
                            ]
                        ),
                        ("edns0.udp_size", "", "edns.size"),
                        ("edns0.version", "", "edns.version"),
                        ("edns0.extended_return_code", "", "edns.extended_code"),
                        ("edns0.do", "", "edns.wants_dnssec"),
                        ("edns0.z", "", "edns.rest"),
                    ],
                ),
                (
                    f"responses.{theirs}.questions",
                    f"responses.{ours}.questions",
                    [
                        ("name", "", "name"),
                        ("type", "", "type"),
                        ("klass", "", "klass"),
                    ],
                ),
                (
                    f"responses.{theirs}.edns0.options",
                    f"responses.{ours}.edns.options",
                    [
                        ("code", "", "code"),
                        ("length", "", "length"),
                        ("nsid", "", "nsid"),
                    ],
                ),
            )
        ),
    ],
}
RECORD = [
    ("name", "name"),
    ("type", "type"),
    ("klass", "klass"),
    ("ttl", "ttl"),
    ("rd_length", "length"),
]
DATA = {
    "A": [("address", "address")],
    "AAAA": [("address", "address")],
    "NS": [("target", "target")],
    "CNAME": [("target", "target")],
    "PTR": [("target", "target")],
    "MX": [("preference", "preference"), ("mail_exchanger", "exchange")],
    "SOA": [
        *((n, n) for n in ("mname", "rname", "serial", "refresh", "retry", "expire")),
        ("minimum", "minimum"),
    ],
    "DS": [
        ("tag", "key_tag"),
        ("algorithm", "algorithm"),
        ("digest_type", "digest_type"),
        ("delegation_key", "digest"),
    ],
    "DNSKEY": [
        ("flags", "flags"),
        ("algorithm", "algorithm"),
        ("protocol", "protocol"),
        ("key", "key"),
    ],
    "TXT": [("data", "strings")],
    "RRSIG": [
        ("type_covered", "type_covered"),
        ("algorithm", "algorithm"),
        ("labels", "labels"),
        ("original_ttl", "original_ttl"),
        ("signature_expiration", "expiration"),
        ("signature_inception", "inception"),
        ("key_tag", "key_tag"),
        ("signer_name", "signer"),
        ("signature", "signature"),
    ],
    "NSEC": [("next_domain_name", "next")],
    "NSEC3": [
        ("hash_algorithm", "algorithm"),
        ("flags", "flags"),
        ("iterations", "iterations"),
        ("salt", "salt"),
        ("hash", "next"),
    ],
    "NSEC3PARAM": [(n, n) for n in ("algorithm", "flags", "iterations", "salt")],
    "SRV": [(n, n) for n in ("priority", "weight", "port", "target")],
    "SSHFP": [
        ("algorithm", "algorithm"),
        ("digest_type", "fp_type"),
        ("fingerprint", "fingerprint"),
    ],
    "TLSA": [
        ("certificate_usage", "usage"),
        ("selector", "selector"),
        ("matching_type", "mtype"),
        ("certificate_associated_data", "cert"),
    ],
    "HINFO": [("cpu", "cpu"), ("os", "os")],
}
