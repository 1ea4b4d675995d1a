"""Spans of time and how long they are together."""

from collections.abc import Iterable
from datetime import datetime


def union_seconds(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """Length of the union of time spans, in seconds."""
    total, end = 0.0, None
    for start, stop in sorted(spans):
        if end is None or start > end:
            total += (stop - start).total_seconds()
            end = stop
        elif stop > end:
            total += (stop - end).total_seconds()
            end = stop
    return total
