"""The own log against the own store: what was changed behind its back is found."""

import sqlite3

import pytest

from rabta.clock import DAY, HOUR
from rabta.report.evidence import Mark, audit
from rabta.store import Retention, Store
from tests.unit.report.evidence.office import Office


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    made.work(3, targets=2, interval=120)
    return made


def found(office, **how):
    return audit(office.path, clock=office.clock, **how)


def said(findings, mark):
    return {
        one.says.key.rpartition(".")[2] for one in findings.found if one.mark is mark
    }


def change(office, sql, file="rabta.sqlite"):
    with sqlite3.connect(office.path / file) as database:
        database.execute(sql)
    database.close()


def seal(office):
    """Let a day and a half pass, and seal as the daemon does."""
    office.wait(36 * HOUR)
    with Store.open(office.path, clock=office.clock) as store:
        assert store.seal().rows


def test_an_untouched_store_is_what_the_log_says(office):
    findings = found(office)

    assert said(findings, Mark.PROVEN) == {"log", "raw"}
    assert not findings.broken


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DELETE FROM raw WHERE failure IS NOT NULL", "rows_gone"),
        (
            "UPDATE raw SET failure = NULL, value = 1 WHERE failure IS NOT NULL",
            "rows_changed",
        ),
        (
            "UPDATE raw SET microsecond = microsecond + 1 WHERE series = 1",
            "rows_changed",
        ),
        ("UPDATE series SET target = 't9' WHERE target = 't1'", "rows_changed"),
        ("UPDATE raw SET spent_bytes = 0", "rows_changed"),
    ],
)
def test_rows_that_were_changed_or_deleted_are_found(office, sql, told):
    change(office, sql)

    assert told in said(found(office), Mark.BROKEN)


LOG = {
    "root": (
        """UPDATE leaf SET body = CAST(replace(body, '"rows":', '"rows":1') AS BLOB)""",
        "DELETE FROM leaf WHERE number = 3",
        "DELETE FROM checkpoint WHERE size = 4",
        """UPDATE checkpoint SET note =
           (SELECT note FROM checkpoint WHERE size = 3) WHERE size = 4""",
    ),
    "entry": (
        """UPDATE leaf SET entries = (SELECT entries FROM leaf WHERE number = 2)
           WHERE number = 3""",
        "UPDATE identity SET secret = randomblob(32)",
    ),
    "order": ("DELETE FROM leaf WHERE number = 2",),
}


@pytest.mark.parametrize(
    ("sql", "told"), [(sql, told) for told, many in LOG.items() for sql in many]
)
def test_a_log_that_was_changed_is_found(office, sql, told):
    with sqlite3.connect(office.path / "evidence.sqlite") as database:
        for name in (
            "leaf_stays",
            "leaf_is_kept",
            "checkpoint_stays",
            "checkpoint_is_kept",
        ):
            database.execute(f"DROP TRIGGER {name}")
        database.execute(sql)
    database.close()

    assert said(found(office), Mark.BROKEN) == {told}


def test_sealed_hours_are_compared_too(office):
    seal(office)

    findings = found(office)
    assert said(findings, Mark.PROVEN) == {"log", "raw", "hourly"}
    assert not findings.broken

    change(office, "UPDATE hour SET lost = 0 WHERE lost > 0")
    assert said(found(office), Mark.BROKEN) == {"hourly"}


def test_a_sealed_file_that_is_gone_too_early_is_found_and_expiry_is_not(office):
    seal(office)
    for file in office.path.glob("series/raw/*/*/*.parquet"):
        file.unlink()

    assert said(found(office), Mark.BROKEN) == {"rows_gone"}
    office.wait(9 * DAY)
    after = found(office)
    assert not after.broken
    assert {"expired"} <= said(after, Mark.UNPROVEN)
    assert found(office, retention=Retention(raw_days=30)).broken


def test_rows_that_came_late_are_told_until_they_are_in_the_log(office):
    change(
        office,
        "INSERT INTO raw SELECT minute, series, microsecond + 3, value,"
        " failure, address, spent_bytes, detail FROM raw LIMIT 1",
    )
    findings = found(office)
    assert not findings.broken
    assert "rows_added" in said(findings, Mark.UNPROVEN)

    office.close()
    assert "rows_added" not in said(found(office), Mark.UNPROVEN)
