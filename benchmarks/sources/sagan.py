"""Is every field that RIPE's own parser reads of Atlas results read here, and alike?

Installs ripe.atlas.sagan 2.0.1 into a temporary environment (or takes --python that has
it) and compares field by field, over the names of ``atlas_fields.py``, every result of
the given files of JSON Lines. Delays are compared to the thousandth, as sagan rounds.

Prints what was compared by type; 4 when something differs and is not explained.

    python benchmarks/sources/sagan.py [--python PYTHON] FILE…
"""

import argparse
import base64
import json
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import dns.name


sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.sources import atlas_fields as table

from rabta.sources.atlas_record import record
from rabta.sources.atlas_record.fields import median


_DUMP = """
import datetime, json, logging, sys, warnings
warnings.simplefilter("ignore"); logging.disable(50)
from ripe.atlas.sagan import Result
from ripe.atlas.sagan.base import ParsingDict
def plain(value):
    if isinstance(value, ParsingDict):
        names = [k for k in vars(value) if k[0] != "_" and k != "raw_data"]
        for k in ("created_timestamp", "abuf", "qbuf", "checksum_chain"):
            names += [k] if hasattr(type(value), k) else []
        return {k: plain(getattr(value, k)) for k in names}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    return value
for line in open(sys.argv[1]):
    try:
        print(json.dumps(plain(Result.get(line)), default=str))
    except Exception as error:
        print(json.dumps({"refused": repr(error)}))
"""


def reach(value, path: str):
    """Follow a path of names; a list in between gives the list of what is in each."""
    for name in path.split(".") if path else []:
        if isinstance(value, list):
            value = [got for one in value for got in listed(reach(one, name))]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            value = getattr(value, name, None)
            value = list(value) if isinstance(value, tuple) else value
    return value


def listed(value) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


def derived(one):
    """Return a result with what sagan computes beside it."""
    more = {"is_error": one.error is not None}
    if one.type == "ntp":
        for name in ("rtt", "offset"):
            known = [getattr(e, name) for e in one.exchanges]
            known = [value for value in known if value is not None]
            more[name] = SimpleNamespace(
                median=median(known),
                least=min(known, default=None),
                most=max(known, default=None),
            )
    if one.type == "traceroute":
        more["hop_count"] = len(one.hops)
    if one.type == "sslcert":
        more["chain"] = "::".join(c.sha256 for c in one.certificates)
        more["self_signed"] = one.self_signed
        more["is_error"] |= one.alert is not None or bool(one.unreadable)
    if one.type == "dns":  # sagan learns of a bad answer once it looks at it
        more["is_error"] |= False
    return more


def ours_of(one, more: dict, path: str):
    if path.split(".", maxsplit=1)[0] in more:
        return reach(more, path)
    if path.startswith("flags & "):
        return bool(one.flags & int(path.split("&")[1]))
    if path.startswith("counts."):
        return one.counts[int(path[-1])]
    if path == "edns.rest":
        return one.edns and one.edns.flags & 0x7FFF
    if path == "nsid":
        return one.data.decode("latin-1") if one.code == 3 else None
    return reach(one, path)


def alike(theirs, ours) -> bool:
    """Whether two values say the same."""
    if isinstance(ours, datetime):
        ours = ours.timestamp()
    if isinstance(ours, tuple | list):
        return listed(theirs) == [
            dict(one) if isinstance(one, dict) else one for one in ours
        ]
    if isinstance(theirs, float) and isinstance(ours, int | float):
        return abs(theirs - ours) <= 0.0005 + 1e-9 * abs(ours)
    if isinstance(theirs, bool) or isinstance(ours, bool):
        return bool(theirs) == bool(ours)
    return (theirs or None) == (ours or None)


def data(kind: str, name: str, value) -> str:
    """Return one value of a record as sagan writes it."""
    if isinstance(value, dns.name.Name):
        return value.to_text()
    if name in ("delegation_key", "fingerprint", "salt", "certificate_associated_data"):
        return value.hex()
    if name in ("key", "signature"):
        return base64.b64encode(value).decode()
    if kind == "NSEC3" and name == "hash":
        return base64.b32hexencode(value).decode().lower()
    if isinstance(value, bytes):
        return quoted(value)
    if isinstance(value, tuple):
        return [quoted(one) for one in value]
    if name == "type_covered":
        return value.name
    return value


def quoted(text: bytes) -> str:
    """Return text as master files have it (RFC 1035, 5.1)."""
    plain = {o: chr(o) for o in range(32, 127)} | {34: '\\"', 92: "\\\\"}
    return "".join(plain.get(o, f"\\{o:03}") for o in text)


def compare(theirs: dict, text: str, seen: Counter, odd: list) -> None:
    """Compare one result."""
    one = record(json.loads(text))
    kind = one.type
    more = derived(one)

    def check(where: str, a, b) -> None:
        seen[kind, where] += 1
        if not alike(a, b):
            odd.append((kind, where, a, b))

    for name, _, path in [*table.SHARED, *table.RESULTS[kind]]:
        check(name, reach(theirs, name), ours_of(one, more, path))
    for group, own, rows in table.GROUPS.get(kind, []):
        left, right = listed(reach(theirs, group)), listed(reach(one, own))
        check(f"number of {group}", len(left), len(right))
        for a, b in zip(left, right, strict=False):
            for name, _, path in rows:
                check(f"{group}.{name}", reach(a, name), ours_of(b, {}, path))
    if kind == "dns":
        for they, we in (("abuf", "answer"), ("qbuf", "query")):
            for section in ("answers", "authorities", "additionals"):
                left = listed(reach(theirs, f"responses.{they}.{section}"))
                right = listed(reach(one, f"responses.{we}.{section}"))
                check(f"number of {they}.{section}", len(left), len(right))
                for a, b in zip(left, right, strict=False):
                    for name, path in table.RECORD:
                        value = (
                            getattr(b, path).removeprefix("TYPE")
                            if name == "type"
                            else getattr(b, path)
                        )
                        check(f"record.{name}", a.get(name), value)
                    for name, path in table.DATA.get(b.type, []):
                        value = data(b.type, name, getattr(b.data, path))
                        if b.klass == "IN":  # sagan looks into no other
                            told = a.get(name)
                            if b.type == "AAAA" and told:  # RFC 5952
                                told = str(ip_address(told))
                            check(f"{b.type}.{name}", told, value)


def with_sagan(folder: Path) -> Path:
    venv.create(folder / "sagan", with_pip=True)
    python = folder / "sagan" / "bin" / "python"
    wanted = "ripe.atlas.sagan==2.0.1"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wanted], check=True)
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--python", type=Path)
    asked = parser.parse_args()
    seen, odd, refused = Counter(), [], []
    with tempfile.TemporaryDirectory(prefix="rabta-sagan-") as name:
        python = asked.python or with_sagan(Path(name))
        for file in asked.files:
            told = subprocess.run(
                [python, "-c", _DUMP, file], check=True, capture_output=True, text=True
            ).stdout.splitlines()
            for theirs, text in zip(
                map(json.loads, told), file.read_text().splitlines(), strict=True
            ):
                if "refused" in theirs:
                    refused.append(theirs["refused"])
                else:
                    compare(theirs, text, seen, odd)
    for kind in sorted({kind for kind, _ in seen}):
        values = {where: n for (k, where), n in seen.items() if k == kind}
        print(f"{kind:12} {len(values):4} fields {sum(values.values()):7,} values")
    print(f"sagan refused {len(refused)} {refused[:3]}; {len(odd)} values differ")
    for (kind, where), count in Counter(one[:2] for one in odd).items():
        first = next(one for one in odd if one[:2] == (kind, where))
        print(f"  {count:4} {kind} {where}: sagan {first[2]!r}, here {first[3]!r}")
    if odd:
        print("wrong: fields differ")
    return 4 if odd else 0


if __name__ == "__main__":
    sys.exit(main())
