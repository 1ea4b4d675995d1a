"""Values of parsed JSON, read with care: a field may hold anything, and what makes no sense is None."""

from datetime import UTC, datetime
from typing import Any


def string_of(value: Any) -> str | None:
    """A string, or None where there is something else."""
    return value if isinstance(value, str) else None


def count_of(value: Any) -> int | None:
    """A count, or None where there is none or it makes no sense."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if is_count else None


def mapping_of(value: Any) -> dict[str, Any]:
    """An object's fields; none where there is no object."""
    return value if isinstance(value, dict) else {}


def parse_time(value: Any) -> datetime | None:
    """An ISO time as aware UTC datetime; None where it cannot be read. Zoneless times are taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            return at.replace(tzinfo=UTC)
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1 east of Greenwich lies before all time
        return None
