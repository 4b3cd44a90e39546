"""Routes of collectors in every form of MRT that is read, to be spoiled."""

from tests.unit.sources.mrt_writer import dump, dump_v1, record, state, update


AT = 1_700_000_000
ONE, SIX = ("192.0.2.1", 64501), ("2001:db8::1", 64502)
PATH = (64501, 3356, {64511, 64512}, 17557)
FOUR = {"203.0.113.0/24": {ONE: (64501, 17557)}, "198.51.100.0/24": {ONE: PATH}}
WIDE = {"2001:db8:1::/48": {SIX: (64502, 9541, 17557)}}

TABLE = dump(AT, [ONE, SIX], FOUR | WIDE)
CHANGES = (
    update(AT + 500, ONE, ["203.0.113.0/24"], (64501, 9541, 17557))
    + update(AT + 600, ONE, withdrawn=["203.0.113.0/24"], micro=250_000)
    + update(AT + 700, SIX, ["2001:db8:2::/48"], (64502, 17557))
    + update(AT + 800, SIX, withdrawn=["2001:db8:2::/48", "198.51.100.0/24"])
    + state(AT + 900, ONE, 6, 1)
)
LATER = update(AT + 2000, SIX, ["2001:db8:3::/48"], (64502, 17557))
OLD = dump_v1(AT, ONE, "203.0.113.0/24", (64501, 17557))
PASSED = record(AT, 13, 7, b"\0" * 12) + record(AT, 11, 0, b"")
ROUTES = [TABLE + CHANGES + LATER, CHANGES, OLD * 3, TABLE + PASSED + TABLE]
