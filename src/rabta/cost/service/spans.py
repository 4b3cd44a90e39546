"""Spans of time as a set: sorted, disjoint, [start, end) in microseconds UTC."""

from collections.abc import Iterable


Span = tuple[int, int]
Spans = tuple[Span, ...]


def joined(*many: Iterable[Span]) -> Spans:
    """Return the union."""
    found: list[Span] = []
    for start, end in sorted(span for spans in many for span in spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def minus(spans: Iterable[Span], taken: Iterable[Span]) -> Spans:
    """Return what of *spans* is not in *taken*."""
    left = list(joined(spans))
    for begin, stop in joined(taken):
        pieces: list[Span] = []
        for start, end in left:
            if end <= begin or start >= stop:
                pieces.append((start, end))
                continue
            pieces += [one for one in ((start, begin), (stop, end)) if one[0] < one[1]]
        left = pieces
    return tuple(left)


def within(spans: Iterable[Span], start: int, stop: int) -> Spans:
    """Cut *spans* to [start, stop)."""
    return joined((max(start, begin), min(stop, end)) for begin, end in spans)


def length(spans: Iterable[Span]) -> int:
    """Return microseconds."""
    return sum(end - start for start, end in spans)


def common(spans: Iterable[Span], others: Iterable[Span]) -> Spans:
    """Return the intersection."""
    whole = joined(spans)
    return minus(whole, minus(whole, others))
