"""Where a gateway's log line holds what an exchange needs: the mapping files, and looking a field up.

A mapping is a TOML file: `has` (what every line of this gateway has, by which a file is recognised), `only`
(the values of a field that mark a request to a model; other lines are counted) and `fields` (our name →
dotted path, or several of which the first that holds something is taken). The known gateways' are in
`gateways/`; an operator's own is tried before them. Knows paths, nothing of what stands there.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

GATEWAYS = Path(__file__).parent / "gateways"

NAMES = frozenset(
    {
        "time", "end_time", "exchange_id", "api_key", "customer", "model", "system", "messages", "request",
        "response", "usage", "stop_reason", "error",
    }
)  # fmt: skip
"""Our names. `request` and `response` are whole bodies; the others say where a part of them is instead."""

Keys = tuple[str, ...]
"""A path into nested objects, key by key."""


@dataclass(frozen=True)
class FieldNames:
    """One mapping. `has` and `fields`: alternatives of paths; `only`: a path and the values it may have."""

    name: str
    has: tuple[tuple[Keys, ...], ...]
    only: tuple[tuple[Keys, frozenset[str]], ...]
    fields: tuple[tuple[str, tuple[Keys, ...]], ...]

    def fits(self, record: dict[str, Any]) -> bool:
        """Whether a line is this gateway's: it has all that every line of it has, be it empty."""
        return all(any(_is_there(record, path) for path in paths) for paths in self.has)

    def is_request(self, record: dict[str, Any]) -> bool:
        """Whether a line that fits is a request to a model."""
        return all(_value_at(record, path) in allowed for path, allowed in self.only)

    def read(self, record: dict[str, Any]) -> dict[str, Any]:
        """What the line holds, by our names; a name of which it holds nothing is left out."""
        found: dict[str, Any] = {}
        for name, paths in self.fields:
            values = (_value_at(record, path) for path in paths)
            value = next((value for value in values if not _is_empty(value)), None)
            if value is not None:
                found[name] = value
        return found


@lru_cache(maxsize=8)
def mappings(own: str = "") -> tuple[FieldNames, ...]:
    """The operator's mapping (its text) where there is one, then those of the known gateways.

    Raises ValueError where the operator's cannot be used.
    """
    known = tuple(_read_mapping(path.read_text(encoding="utf-8")) for path in sorted(GATEWAYS.glob("*.toml")))
    return ((_read_mapping(own), *known)) if own.strip() else known


def mapping_for(record: dict[str, Any], known: Iterable[FieldNames]) -> FieldNames | None:
    """The mapping of the gateway that wrote a line; None where no mapping fits."""
    return next((mapping for mapping in known if mapping.fits(record)), None)


def decoded(value: Any) -> Any:
    """The value, or what is written in it: gateways put JSON into strings."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _read_mapping(text: str) -> FieldNames:
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not valid TOML ({error})") from error
    fields = told.get("fields")
    if not isinstance(fields, dict) or "time" not in fields:
        raise ValueError("the table [fields] must say where `time` is")
    if unknown := sorted(set(fields) - NAMES):
        raise ValueError(f"[fields] names {', '.join(unknown)}; known are {', '.join(sorted(NAMES))}")
    if "messages" not in fields and "request" not in fields:
        raise ValueError("[fields] must say where `messages` or the whole `request` is")
    if "response" not in fields:
        raise ValueError("[fields] must say where `response` is")
    read = {name: _alternatives(f"fields.{name}", value) for name, value in fields.items()}
    has = told.get("has", [fields["time"], fields.get("messages", fields.get("request"))])
    only = told.get("only", {})
    if not isinstance(has, list) or not has or not isinstance(only, dict):
        raise ValueError("`has` must be a list of paths, and `only` a table of lists")
    return FieldNames(
        str(told.get("name", "own")),
        tuple(_alternatives("has", each) for each in has),
        tuple((_keys(path), frozenset(map(str, values))) for path, values in only.items()),
        tuple(read.items()),
    )


def _alternatives(where: str, value: Any) -> tuple[Keys, ...]:
    paths = value if isinstance(value, list) else [value]
    if not paths or not all(isinstance(path, str) and path for path in paths):
        raise ValueError(f"`{where}` must be a dotted path, or a list of them")
    return tuple(map(_keys, paths))


def _keys(path: str) -> Keys:
    return tuple(path.split("."))


def _value_at(record: dict[str, Any], path: Keys) -> Any:
    value: Any = record
    for key in path:
        value = decoded(value) if isinstance(value, str) else value
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _is_there(record: dict[str, Any], path: Keys) -> bool:
    above = _value_at(record, path[:-1])
    return isinstance(above, dict) and path[-1] in above


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", "{}", "[]", {}, [])
