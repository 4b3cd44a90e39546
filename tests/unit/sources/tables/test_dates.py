"""Day and month where the first rows do not tell which is which."""

from datetime import UTC, datetime, timedelta

import pytest

from rabta.errors import DataError
from rabta.sources.tables import look, read
from rabta.sources.tables.choose import choose


BEGIN = datetime(2024, 3, 4, tzinfo=UTC)
MONTH_FIRST, DAY_FIRST = "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"


def table(csv, form, days, step=15):
    times = [BEGIN + timedelta(minutes=n) for n in range(0, days * 1440, step)]
    rows = [f"{one.strftime(form)},{n}" for n, one in enumerate(times)]
    return look(csv("date,x\n" + "\n".join(rows) + "\n")), times


def taken(told, times, **more):
    choice = choose(told, **more)
    (one,) = read(told, choice, UTC)
    assert one.times.tolist() == [round(one.timestamp() * 1e6) for one in times]
    return choice.form


@pytest.mark.parametrize("form", [MONTH_FIRST, DAY_FIRST])
@pytest.mark.parametrize("days", [20, 6])
def test_all_rows_tell_what_the_first_thousand_do_not(csv, form, days):
    step = 5 if days == 20 else 15
    taken(*table(csv, form, days, step))


@pytest.mark.parametrize("form", [MONTH_FIRST, DAY_FIRST])
def test_what_no_row_tells_is_asked_for(csv, form):
    told, times = table(csv, form, 1)
    with pytest.raises(DataError, match="either order") as caught:
        choose(told)
    assert (caught.value.row, caught.value.column) == (2, "date")
    order = "month-day-year" if form == MONTH_FIRST else "day-month-year"
    assert f"'date:{order}'" in caught.value.hint
    assert taken(told, times, time=f"date:{order}").says == order


@pytest.mark.parametrize("head", ["", "when,x\n"])
@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("[2024-03-04 10:0{n}:00]", "iso-local"),
        (" [2024-03-04T10:0{n}:00Z]", "iso-zoned"),
        ("[13/03/2024 10:0{n}]", "day-month-year"),
        ("[170954640{n}]", "epoch-seconds"),
        ("[1709546400.{n}]", "epoch-seconds"),
    ],
)
def test_times_in_brackets_are_read_as_those_without(csv, head, written, says):
    def rows(text):
        return head + "".join(f"{text.format(n=n)},{n}.5\n" for n in range(5))

    found = []
    for text in (written, written.replace("[", "").replace("]", "")):
        told = look(csv(rows(text)))
        choice = choose(told, time=told.columns[0])
        assert choice.form.says == says
        (one,) = read(told, choice, UTC)
        found.append((one.times.tolist(), one.values.tolist()))
    assert found[0] == found[1]
    assert len(found[0][0]) == 5


def test_what_a_column_of_words_lacks_is_said(csv):
    told = look(csv("1709287500,up\n1709287560,down\n1709287620,up\n"))
    with pytest.raises(DataError, match=r"only words \('up', 'down'\)") as caught:
        choose(told)
    assert "1 for up" in caught.value.hint


def test_an_order_in_which_a_column_is_not_written_is_refused(csv):
    told = look(csv("date,x\n2024-03-04,1\n2024-03-05,2\n"))
    with pytest.raises(DataError, match="no month day year"):
        choose(told, time="date:month-day-year")


def test_a_day_that_is_its_month_needs_no_order(csv):
    told = look(csv("date,x\n03/03/2024 10:00,1\n03/03/2024 10:05,2\n"))
    assert choose(told).form.rival is not None
    assert len(read(told, choose(told), UTC)[0].times) == 2


def test_a_name_with_a_colon_is_still_a_name(csv):
    told = look(csv("a:month-day-year,x\n2024-03-04,1\n2024-03-05,2\n"))
    assert choose(told, time="a:month-day-year").time == "a:month-day-year"
