"""What records hold and no list of their source knows: counted by place, name and version of the agent.

An example shows the structure around it, names of keys and types of values, never a text. Formats change
without notice: this is how one hears of it before a figure does. Not here: what a source knows.
"""

import re
from collections import Counter
from collections.abc import Iterable

from orchestration.ingest.json_values import string_of
from orchestration.ingest.rows import DriftPlace, RawDrift

_NAME = re.compile(r"[A-Za-z][\w.:/-]{0,59}\Z")
_NO_NAME = "(not a name)"
_KEYS_SHOWN = 20


class DriftCounts:
    """Counts of what is unknown in one session. The smallest example stands, whatever came first."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[DriftPlace, str, str | None]] = Counter()
        self._examples: dict[tuple[DriftPlace, str, str | None], str] = {}

    def note(self, place: DriftPlace, name: object, version: object, around: object = None) -> None:
        """One occurrence; `around` is what holds it, of which the structure is kept."""
        key = (place, _as_name(name), string_of(version))
        example = structure_of(around)
        self._counts[key] += 1
        self._examples[key] = min(example, self._examples.get(key, example))

    def rows(self, session_id: str, source: str) -> Iterable[RawDrift]:
        """Rows of raw_drift, sorted."""
        for (place, name, version), count in sorted(
            self._counts.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or "")
        ):
            example = self._examples[place, name, version]
            yield RawDrift(session_id, source, place, name, version, example, count)


def structure_of(value: object) -> str:
    """Names of the keys of an object with the types of their values; of another value its type."""
    if not isinstance(value, dict):
        return _type_of(value)
    keys = sorted(_as_name(key) for key in value if isinstance(key, str))
    typed = [f"{key}: {_type_of(value.get(key))}" for key in keys[:_KEYS_SHOWN]]
    return "{" + ", ".join([*typed, *(["…"] if len(keys) > _KEYS_SHOWN else [])]) + "}"


def _type_of(value: object) -> str:
    if isinstance(value, list):
        return f"list of {_type_of(value[0])}" if value else "list"
    return {bool: "bool", int: "int", float: "float", str: "text", dict: "object"}.get(type(value), "null")


def _as_name(value: object) -> str:
    """A name as it stands; anything that could be a text of somebody's is not shown."""
    return value if isinstance(value, str) and _NAME.match(value) else _NO_NAME
