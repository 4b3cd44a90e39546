"""The usual value of every slot of the local week: the median of its last six."""

from rabta.detect.layout import (
    COMMITS,
    HELD,
    NUMBER,
    PER_DAY,
    ROLLING,
    SLOT,
    SLOTS,
    SUM,
    Buffer,
)
from rabta.detect.settings import ODD, WEEKS


def middle_of_six(a: float, b: float, c: float, d: float, e: float, f: float) -> float:
    """Return the median of six: the middle of the sorting network of twelve."""
    a, f = min(a, f), max(a, f)
    b, d = min(b, d), max(b, d)
    c, e = min(c, e), max(c, e)
    b, c = min(b, c), max(b, c)
    d, e = min(d, e), max(d, e)
    a, d = min(a, d), max(a, d)
    c, f = min(c, f), max(c, f)
    b = max(a, b)
    c, d = min(c, d), max(c, d)
    e = min(e, f)
    c = max(b, c)
    d = min(d, e)
    return 0.5 * (c + d)


def agree(a: float, b: float) -> bool:
    """Tell whether neither of two is about twice the other."""
    return abs(a - b) <= ODD * (abs(a) + abs(b))


def median(values: Buffer, number: int) -> float:
    """Return the median of the first *number*; orders them in part (Wirth, 1976)."""
    middle = number // 2
    low, high = 0, number - 1
    while low < high:
        pivot = values[middle]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                swapped = values[i]
                values[i] = values[j]
                values[j] = swapped
                i += 1
                j -= 1
        if j < middle:
            low = i
        if middle < i:
            high = j
    upper: float = values[middle]
    if number % 2:
        return upper
    lower = values[0]
    for i in range(1, middle):
        lower = max(lower, values[i])
    middle_two: float = 0.5 * (lower + upper)
    return middle_two


def commit(
    row: Buffer,
    grid: Buffer,
    ring: Buffer,
    medians: Buffer,
    filled: Buffer,
    scratch: Buffer,
) -> None:
    """Learn the slot that was gathered, and the medians that follow from it."""
    slot = int(row[SLOT])
    slots = int(grid[SLOTS])
    per_day = int(grid[PER_DAY])
    refused = int(filled[slot]) & ~HELD
    held = int(filled[slot]) & HELD
    ring[slot * WEEKS + held % WEEKS] = row[SUM] / row[NUMBER]
    held += 1
    if held == 2 * WEEKS:
        held = WEEKS
    filled[slot] = held | refused
    row[COMMITS] += 1.0
    first = slot * WEEKS
    if held >= WEEKS:
        medians[slot] = middle_of_six(
            ring[first],
            ring[first + 1],
            ring[first + 2],
            ring[first + 3],
            ring[first + 4],
            ring[first + 5],
        )
        return
    if held > 2 or (held == 2 and agree(ring[first], ring[first + 1])):
        for i in range(held):
            scratch[i] = ring[first + i]
        medians[slot] = median(scratch, held)
        return
    number = 0
    other = slot % per_day
    while other < slots:
        newest = int(filled[other]) & HELD
        if newest > 0:
            scratch[number] = ring[other * WEEKS + (newest - 1) % WEEKS]
            number += 1
        other += per_day
    if number >= 2:
        if number == 2 and not agree(scratch[0], scratch[1]):
            scratch[2] = row[ROLLING]  # of two days one is odd: the last day tells
            number = 3
        daily = median(scratch, number)
        other = slot % per_day
        while other < slots:
            if int(filled[other]) & HELD < 2:
                medians[other] = daily
            other += per_day
        if held == 2:  # other days tell which is the odd one
            scratch[0] = ring[first]
            scratch[1] = ring[first + 1]
            scratch[2] = daily
            medians[slot] = median(scratch, 3)
            return
    commits = int(row[COMMITS])
    if commits > 2 * per_day or (commits > 12 and commits % (1 + per_day // 24)):
        return
    number = 0
    for back in range(min(per_day, commits)):
        other = (slot - back) % slots
        held = int(filled[other]) & HELD
        if held > 0:
            scratch[number] = ring[other * WEEKS + (held - 1) % WEEKS]
            number += 1
    row[ROLLING] = median(scratch, number)
