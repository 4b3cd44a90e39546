"""Ways to tamper with a report or a log, drawn at random from a seed.

Each returns something that differs from what it was given, and says by its name what
was done. Who tampers with a report knows every format and has a key of his own, but
not the log's; who tampers with a log has the files of a machine that is switched off.
"""

import random
import re
import shutil
import sqlite3
import zlib
from contextlib import closing

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import json
from msgspec.structs import replace

from rabta.report.evidence import keys, note, shapes
from rabta.report.evidence.document import open_document, seal_document
from rabta.report.evidence.merkle import leaf_hash, root_of
from tests.unit.report.evidence.test_document import CLASSIC


PAGE = b"<!doctype html><html><body><h1>Availability 99.2 %</h1></body></html>"


def document_around(bundle):
    return b'{"says":"99.2 %","evidence":' + bundle + b"}"


def stranger(dice):
    return keys.Key(Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)))


# a report as a file


def flip(data, dice):
    at = dice.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]


def drop(data, dice):
    at = dice.randrange(len(data))
    return data[:at] + data[at + dice.randint(1, 200) :]


def truncate(data, dice):
    return data[: dice.randrange(len(data))]


def insert(data, dice):
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.randbytes(dice.randint(1, 40)) + data[at:]


def reorder(data, dice):
    while True:
        a, b, c = sorted(dice.sample(range(len(data) + 1), 3))
        changed = data[:a] + data[b:c] + data[a:b] + data[c:]
        if changed != data:
            return changed


def double(data, dice):
    a, b = sorted(dice.sample(range(len(data) + 1), 2))
    return data[:b] + data[a:b] + data[b:]


def swap_seal(data, dice):
    """Seal it by another key, nothing else changed."""
    opened = open_document(data)
    page = {"html": PAGE, "pdf": CLASSIC, "json": b""}[opened.kind]
    return seal_document(page, opened.kind, opened.document, stranger(dice))


FILE = (flip, drop, truncate, insert, reorder, double, swap_seal)


# the evidence in it, by somebody who knows how it is made


def _texts(bundle, dice, field, change):
    texts = shapes.unpacked(getattr(bundle, field))
    before = list(texts)
    while texts == before:
        change(texts, dice)
    return replace(bundle, **{field: shapes.packed(texts)})


def _other_digit(text, dice):
    """Change one digit of *text*."""
    places = [match.start() for match in re.finditer(rb"\d", text)]
    at = dice.choice(places)
    other = (text[at] - 48 + dice.randint(1, 9)) % 10 + 48
    return text[:at] + bytes([other]) + text[at + 1 :]


def _edit(texts, dice):
    at = dice.randrange(len(texts))
    texts[at] = _other_digit(texts[at], dice)


def _swap(texts, dice):
    one, other = dice.sample(range(len(texts)), 2)
    texts[one], texts[other] = texts[other], texts[one]


def _remove(texts, dice):
    del texts[dice.randrange(len(texts))]


def _repeat(texts, dice):
    at = dice.randrange(len(texts))
    texts.insert(at, texts[at])


def edit_leaf(bundle, dice):
    return _texts(bundle, dice, "leaves", _edit)


def edit_entry(bundle, dice):
    return _texts(bundle, dice, "entries", _edit)


def swap_leaves(bundle, dice):
    return _texts(bundle, dice, "leaves", _swap)


def swap_entries(bundle, dice):
    return _texts(bundle, dice, "entries", _swap)


def drop_leaf(bundle, dice):
    return _texts(bundle, dice, "leaves", _remove)


def drop_entry(bundle, dice):
    return _texts(bundle, dice, "entries", _remove)


def repeat_leaf(bundle, dice):
    return _texts(bundle, dice, "leaves", _repeat)


def cut_leaf(bundle, dice):
    """Drop a leaf, and its number, opening and entries with it."""
    leaves = shapes.unpacked(bundle.leaves)
    numbers = shapes.numbers_in(bundle.shown, 1 << 40, 1 << 20)
    entries = shapes.unpacked(bundle.entries)
    hours = [at for at, text in enumerate(leaves) if b'"kind":"hour"' in text]
    which = dice.randrange(len(hours))
    counts = [sum(b - a for a, b in one.shown) for one in bundle.openings]
    first = sum(counts[:which])
    del entries[first : first + counts[which]]
    del leaves[hours[which]], numbers[hours[which]]
    openings = bundle.openings[:which] + bundle.openings[which + 1 :]
    return replace(
        bundle,
        leaves=shapes.packed(leaves),
        shown=shapes.spans_of(numbers),
        openings=openings,
        entries=shapes.packed(entries),
    )


def cut_entry(bundle, dice):
    """Drop an entry, and its place in the opening with it."""
    which = dice.choice([at for at, one in enumerate(bundle.openings) if one.shown])
    opening = bundle.openings[which]
    numbers = shapes.numbers_in(opening.shown, 1 << 20, 1 << 20)
    before = sum(sum(b - a for a, b in one.shown) for one in bundle.openings[:which])
    at = dice.randrange(len(numbers))
    entries = shapes.unpacked(bundle.entries)
    del entries[before + at], numbers[at]
    openings = list(bundle.openings)
    openings[which] = shapes.Opening(shapes.spans_of(numbers), opening.proof)
    return replace(bundle, openings=tuple(openings), entries=shapes.packed(entries))


def change_salt(bundle, dice):
    table = (
        "days" if bundle.days and (not bundle.hours or dice.random() < 0.5) else "hours"
    )
    made = dict(getattr(bundle, table))
    hours = {json.decode(text).get("hour") for text in shapes.unpacked(bundle.leaves)}
    used = [key for key in made if hours & {key, *range(key * 24, key * 24 + 24)}]
    key = dice.choice(
        used if table == "days" else [key for key in made if key in hours]
    )
    made[key] = flip(made[key], dice)
    return replace(bundle, **{table: made})


def change_checkpoint(bundle, dice):
    return replace(
        bundle, checkpoint=_other_digit(bundle.checkpoint.encode(), dice).decode()
    )


def change_period(bundle, dice):
    """Pretend that it is about other hours."""
    off = dice.randint(1, 1000)
    return replace(bundle, start=bundle.start + off, stop=bundle.stop + off)


def change_pair(bundle, dice):
    pairs = list(bundle.pairs)
    at = dice.randrange(len(pairs))
    pairs[at] = (pairs[at][0], pairs[at][1] + "x")
    return replace(bundle, pairs=tuple(pairs))


def change_earlier(bundle, dice):
    """Put a later checkpoint's proof or an own signature to an earlier one."""
    at = dice.randrange(len(bundle.earlier))
    one = bundle.earlier[at]
    told = note.read(one.checkpoint)
    forged = note.Checkpoint(told.log, told.size, dice.randbytes(32), told.time)
    changed = replace(one, checkpoint=note.sign(forged, stranger(dice)))
    earlier = (*bundle.earlier[:at], changed, *bundle.earlier[at + 1 :])
    return replace(bundle, earlier=earlier)


def sign_anew(bundle, dice):
    """Change a leaf, and sign the tree that comes of it by another key."""
    leaves = shapes.unpacked(bundle.leaves)
    at = dice.randrange(1, len(leaves))
    leaves[at] = _other_digit(leaves[at], dice)
    told = note.read(bundle.checkpoint)
    root = root_of([leaf_hash(one) for one in leaves])
    forged = note.Checkpoint(told.log, told.size, root, told.time)
    return replace(
        bundle,
        leaves=shapes.packed(leaves),
        checkpoint=note.sign(forged, stranger(dice)),
    )


def swap_keys(bundle, dice):
    """Put another key into the first leaf, and sign everything by it."""
    own = stranger(dice)
    leaves = shapes.unpacked(bundle.leaves)
    leaves[0] = re.sub(
        rb'"public":"\w+"', b'"public":"%s"' % own.public.hex().encode(), leaves[0]
    )
    told = note.read(bundle.checkpoint)
    root = root_of([leaf_hash(one) for one in leaves])
    forged = note.Checkpoint(told.log, told.size, root, told.time)
    return replace(
        bundle,
        leaves=shapes.packed(leaves),
        checkpoint=note.sign(forged, own),
        earlier=(),
    )


BUNDLE = (
    edit_leaf,
    edit_entry,
    swap_leaves,
    swap_entries,
    drop_leaf,
    drop_entry,
    repeat_leaf,
    cut_leaf,
    cut_entry,
    change_salt,
    change_checkpoint,
    change_period,
    change_pair,
    change_earlier,
    sign_anew,
    swap_keys,
)


# the files of the machine


_COLUMNS = (
    ("leaf", "number", "body"),
    ("leaf", "number", "hash"),
    ("leaf", "number", "entries"),
    ("checkpoint", "size", "note"),
)
_TRIGGERS = ("leaf_stays", "leaf_is_kept", "checkpoint_stays", "checkpoint_is_kept")


def _log(folder):
    database = sqlite3.connect(folder / "evidence.sqlite")
    for name in _TRIGGERS:
        database.execute(f"DROP TRIGGER {name}")
    return closing(database)


def flip_in_log(folder, dice):
    with _log(folder) as log, log:
        table, key, column = dice.choice(_COLUMNS)
        rows = log.execute(f"SELECT {key}, {column} FROM {table}").fetchall()
        row, value = dice.choice([one for one in rows if one[1]])
        if column == "entries":
            changed = zlib.compress(_other_digit(zlib.decompress(value), dice))
        elif isinstance(value, str):
            changed = flip(value.encode(), dice).decode("utf-8", "replace")
        else:
            changed = flip(value, dice)
        log.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (changed, row))


def drop_from_log(folder, dice):
    with _log(folder) as log, log:
        (last,) = log.execute("SELECT max(number) FROM leaf").fetchone()
        log.execute("DELETE FROM leaf WHERE number = ?", (dice.randint(0, last),))


def cut_log(folder, dice):
    """Take the log back to what it was some hours ago, checkpoints and all."""
    with _log(folder) as log, log:
        (last,) = log.execute("SELECT max(number) FROM leaf").fetchone()
        kept = dice.randint(1, last)
        log.execute("DELETE FROM leaf WHERE number >= ?", (kept,))
        log.execute("DELETE FROM checkpoint WHERE size > ?", (kept,))


def swap_in_log(folder, dice):
    with _log(folder) as log, log:
        column = dice.choice(("body", "entries", "body, hash, hour, rows, entries"))
        rows = log.execute(f"SELECT number, {column} FROM leaf WHERE hour NOTNULL")
        one, other = dice.sample(rows.fetchall(), 2)
        marks = ", ".join("?" * (len(one) - 1))
        for number, *values in ((one[0], *other[1:]), (other[0], *one[1:])):
            log.execute(
                f"UPDATE leaf SET ({column}) = ({marks}) WHERE number = ?",
                (*values, number),
            )


def sign_log_anew(folder, dice):
    """Change a leaf, and sign the last checkpoint by another key."""
    with _log(folder) as log, log:
        rows = log.execute("SELECT number, body FROM leaf ORDER BY number").fetchall()
        bodies = [body for _, body in rows]
        at = dice.randrange(1, len(bodies))
        bodies[at] = _other_digit(bodies[at], dice)
        log.execute(
            "UPDATE leaf SET body = ?, hash = ? WHERE number = ?",
            (bodies[at], leaf_hash(bodies[at]), at),
        )
        (text,) = log.execute(
            "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        told = note.read(text)
        root = root_of([leaf_hash(body) for body in bodies])
        forged = note.Checkpoint(told.log, told.size, root, told.time)
        signed = note.sign(forged, stranger(dice))
        log.execute(
            "UPDATE checkpoint SET note = ? WHERE size = ?", (signed, told.size)
        )
        (folder / "evidence.checkpoint").write_text(signed, "utf-8")


def change_rows(folder, dice):
    with closing(sqlite3.connect(folder / "rabta.sqlite")) as store, store:
        rows = store.execute("SELECT minute, series, microsecond FROM raw").fetchall()
        at = dice.choice(rows)
        where = "WHERE minute = ? AND series = ? AND microsecond = ?"
        verb = dice.choice(
            (
                "DELETE FROM raw",
                "UPDATE raw SET microsecond = (microsecond + 1) % 60000000",
                "UPDATE raw SET value = coalesce(value, 0) + 0.001",
                "UPDATE raw SET spent_bytes = spent_bytes + 1",
                "UPDATE raw SET failure = coalesce(failure, '') || 'x'",
                "UPDATE OR REPLACE raw SET series = series % 2 + 1",
                "UPDATE OR REPLACE raw SET minute = minute + 60",
            )
        )
        store.execute(f"{verb} {where}", at)


def swap_rows(folder, dice):
    """Let two targets' measurements change places."""
    with closing(sqlite3.connect(folder / "rabta.sqlite")) as store, store:
        names = store.execute("SELECT id, target FROM series").fetchall()
        one = dice.choice(names)
        other = dice.choice([name for name in names if name[1] != one[1]])
        for number, name in ((one[0], "aside"), (other[0], one[1]), (one[0], other[1])):
            store.execute("UPDATE series SET target = ? WHERE id = ?", (name, number))


LOG = (
    flip_in_log,
    drop_from_log,
    cut_log,
    swap_in_log,
    sign_log_anew,
    change_rows,
    swap_rows,
)


def copied(folder, place):
    """Return a copy of a store's folder, to be tampered with."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder, place)
    return place


def dice_of(seed):
    return random.Random(seed)
