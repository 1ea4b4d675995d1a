"""Where a line of somebody else's export holds what we need: mapping files, and looking a field up.

A mapping is a TOML file: `has` (what every line of this exporter has, by which a file is known), `only` (the
values of a field that mark a line to read; other lines are counted) and `fields` (our name → dotted path
or several of which the first that holds something is taken). A `*` in a path stands for every member of a
list: the value is then a list, with None where a member has nothing. Knows paths, nothing of what is there.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

Keys = tuple[str, ...]
"""A path into nested objects, key by key."""

EVERY = "*"
"""The key of a path that stands for every member of a list."""


@dataclass(frozen=True)
class FieldNames:
    """One mapping. `has` and `fields`: alternatives of paths; `only`: a path and the values it may have."""

    name: str
    has: tuple[tuple[Keys, ...], ...]
    only: tuple[tuple[Keys, frozenset[str]], ...]
    fields: tuple[tuple[str, tuple[Keys, ...]], ...]

    def fits(self, record: dict[str, Any]) -> bool:
        """Whether a line is this exporter's: it has all that every line of it has, be it empty."""
        return all(any(_is_there(record, path) for path in paths) for paths in self.has)

    def is_request(self, record: dict[str, Any]) -> bool:
        """Whether a line that fits is one to read: of logs, a request to a model."""
        return all(_value_at(record, path) in allowed for path, allowed in self.only)

    def states(self, record: dict[str, Any], name: str) -> bool:
        """Whether the line has a place for our name, be it empty: no reviews are not unknown reviews."""
        return any(_is_there(record, path) for path in dict(self.fields).get(name, ()))

    def read(self, record: dict[str, Any]) -> dict[str, Any]:
        """What the line holds, by our names; a name of which it holds nothing is left out."""
        found: dict[str, Any] = {}
        for name, paths in self.fields:
            values = (_value_at(record, path) for path in paths)
            value = next((value for value in values if not _is_empty(value)), None)
            if value is not None:
                found[name] = value
        return found


@dataclass(frozen=True)
class MappingRules:
    """What a mapping of a kind of lines may name (`names`) and must name: one of each group of `needed`.

    `has`: our names whose places mark a line where the mapping does not say what does.
    """

    names: frozenset[str]
    needed: tuple[tuple[str, ...], ...]
    has: tuple[tuple[str, ...], ...]


@lru_cache(maxsize=16)
def known_mappings(folder: Path, rules: MappingRules, own: str = "") -> tuple[FieldNames, ...]:
    """The operator's mapping (its text) where there is one, then those of the folder.

    Raises ValueError where the operator's cannot be used.
    """
    paths = sorted(folder.glob("*.toml"))
    known = tuple(read_mapping(path.read_text(encoding="utf-8"), rules) for path in paths)
    return (read_mapping(own, rules), *known) if own.strip() else known


def mapping_for(record: dict[str, Any], known: Iterable[FieldNames]) -> FieldNames | None:
    """The mapping of the exporter that wrote a line; None where no mapping fits."""
    return next((mapping for mapping in known if mapping.fits(record)), None)


def decoded(value: Any) -> Any:
    """The value, or what is written in it: exporters put JSON into strings."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def read_mapping(text: str, rules: MappingRules) -> FieldNames:
    """One mapping file. Raises ValueError with what is wrong with it."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not valid TOML ({error})") from error
    fields = told.get("fields")
    first = rules.needed[0][0]
    if not isinstance(fields, dict) or first not in fields:
        raise ValueError(f"the table [fields] must say where `{first}` is")
    if unknown := sorted(set(fields) - rules.names):
        raise ValueError(f"[fields] names {', '.join(unknown)}; known are {', '.join(sorted(rules.names))}")
    for names in rules.needed:
        if not set(names) & set(fields):
            raise ValueError(f"[fields] must say where {' or '.join(f'`{name}`' for name in names)} is")
    read = {name: _alternatives(f"fields.{name}", value) for name, value in fields.items()}
    usual = [next(fields[name] for name in names if name in fields) for names in rules.has]
    has, only = told.get("has", usual), told.get("only", {})
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


def _value_at(record: Any, path: Keys) -> Any:
    value: Any = record
    for place, key in enumerate(path):
        value = decoded(value) if isinstance(value, str) else value
        if key == EVERY:
            members = value if isinstance(value, list) else []
            return [_value_at(member, path[place + 1 :]) for member in members]
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _is_there(record: dict[str, Any], path: Keys) -> bool:
    above = _value_at(record, path[:-1])
    return isinstance(above, dict) and path[-1] in above


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", "{}", "[]", {}, [])
