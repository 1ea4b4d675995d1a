"""Plausible answers to any question, made from its text alone, and their form in the shared output schema.

A question's text names its fields, their kinds and bounds; an answer is drawn from these by a hash of
document and question, so the same request has the same answer. Cited records are of the document.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Any

from classifiers.answers.price_tiers import tier_of

_ASKED = re.compile(r'<question name="([^"]*)" step="([^"]*)">')
_FIELD = re.compile(r"^( *)- `(\w+)` \((.*?)\): ", re.MULTILINE)
_LABEL = re.compile(r"^ +- (\w+): ", re.MULTILINE)
_OF_ANOTHER = re.compile(r"one label of `(\w+)`(?: but ([\w, ]+?))?(?: or null)?$")
_HEAD = re.compile(r"^\[([hactx]\d+)\]")
_MAX_ITEMS = 3


@dataclass(frozen=True)
class ShownRecord:
    """One record of a document, as the judge sees it. The id's letter says who wrote it."""

    short_id: str
    text: str

    @property
    def letter(self) -> str:
        return self.short_id[0]

    @property
    def actor(self) -> str:
        """Who made it: a tool call is the agent's."""
        return {"h": "human", "a": "agent", "c": "agent", "t": "tool", "x": "harness"}[self.letter]

    @property
    def is_typed(self) -> bool:
        """Whether its head says that the person typed it."""
        return " · typed" in self.text.partition("\n")[0]


@dataclass
class AskedField:
    """One field of a question: its kind in words, and its fields where it is a list of items."""

    name: str
    kind: str
    labels: list[Any] = field(default_factory=list)
    fields: list["AskedField"] = field(default_factory=list)

    @property
    def options(self) -> list[Any]:
        """The values of a closed set, without null; empty for other kinds."""
        listed = [one for one in self.kind.split(" or ") if one.startswith("one of ")]
        return json.loads(f"[{listed[0].removeprefix('one of ')}]") if listed else self.labels


def asked(question: str) -> tuple[str, str]:
    """Name and step of a question; empty where it does not say."""
    found = _ASKED.search(question)
    return (found.group(1), found.group(2)) if found else ("", "")


def asked_fields(question: str) -> list[AskedField]:
    """The fields that a question's text names, with those of items below their list."""
    top: list[AskedField] = []
    found = list(_FIELD.finditer(question))
    for one, following in zip(found, [*found[1:], None], strict=True):
        indent, name, kind = one.groups()
        siblings = top if not indent else top[-1].fields
        below = question[one.end() : following.start() if following else None]
        siblings.append(AskedField(name, kind, _labels_of(kind, below, siblings)))
    return top


def _labels_of(kind: str, below: str, siblings: Sequence[AskedField]) -> list[Any]:
    """The labels explained below a field, or those that it shares with a field beside it."""
    if not kind.startswith("one label"):
        return []
    shared = _OF_ANOTHER.match(kind)
    if shared is None:
        return [int(label) if label.isdigit() else label for label in _LABEL.findall(below)]
    left_out = (shared.group(2) or "").split(", ")
    (other,) = (one for one in siblings if one.name == shared.group(1))
    return [label for label in other.options if str(label) not in left_out]


def shown_records(document: str) -> list[ShownRecord]:
    """The records of a document in order: a head line, then indented text."""
    records: list[ShownRecord] = []
    lines: list[str] = []
    for line in [*document.split("\n"), "[x0]"]:
        head = _HEAD.match(line)
        if head is None:
            lines.append(line)
            continue
        if records:
            records[-1] = ShownRecord(records[-1].short_id, "\n".join(lines))
        records.append(ShownRecord(head.group(1), ""))
        lines = [line]
    return records[:-1]


def drawn(*parts: object) -> Random:
    """Random numbers that depend on these parts alone."""
    return Random(blake2b(repr(parts).encode(), digest_size=8).digest())  # noqa: S311


def plausible_answer(document: str, question: str, *, seed: int = 0) -> dict[str, Any]:
    """A value for every field that the question names."""
    draw = drawn(seed, document, question)
    records = [record.short_id for record in shown_records(document)]
    return _consistent(_values(asked_fields(question), records, draw))


def in_output_schema(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A typed answer's values as the output schema has them: evidence, items, fields."""
    items: list[dict[str, Any]] = []
    scalars: dict[str, Any] = {}
    for name, value in answer.items():
        if isinstance(value, list) and name != "evidence_record_ids":
            items += [{"fields": _named(item)} for item in value]
        elif name != "evidence_record_ids":
            scalars[name] = value
    evidence = list(answer.get("evidence_record_ids", []))
    return {"evidence_record_ids": evidence, "items": items, "fields": _named(scalars)}


def _named(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _values(fields: Sequence[AskedField], records: Sequence[str], draw: Random) -> dict[str, Any]:
    return {one.name: _value(one, records, draw) for one in fields}


def _value(one: AskedField, records: Sequence[str], draw: Random) -> Any:
    """A value of a field's kind: a union's first member mostly, null now and then."""
    kinds = one.kind.split(" or ")
    kind = "null" if "null" in kinds and draw.random() < 0.2 else kinds[0]
    bounds = {word: float(n) for word, n in re.findall(r"(from|to|at least|at most) (-?[\d.]+)", kind)}
    if one.name.endswith("record_id"):
        return draw.choice(records) if records else "h1"
    if kind.startswith("list"):
        return _list(one, bounds, records, draw)
    if kind.startswith(("one of", "one label")):
        return draw.choice(one.options)
    if kind.startswith("always"):
        return json.loads(kind.removeprefix("always "))
    low, high = bounds.get("from", 1.0), bounds.get("to", bounds.get("from", 1.0) + 8.0)
    if kind.startswith("integer"):
        return draw.randint(int(low), int(high))
    if kind.startswith("number"):
        return round(draw.uniform(low, high), 2)
    if kind.startswith("boolean"):
        return draw.random() < 0.5
    return None if kind == "null" else f"text {draw.randrange(1000)}"


def _list(one: AskedField, bounds: Mapping[str, float], records: Sequence[str], draw: Random) -> list[Any]:
    """Items, or ids, each of another record."""
    low = int(bounds.get("at least", 0))
    size = draw.randint(max(low, 1), max(low, int(min(bounds.get("at most", _MAX_ITEMS), _MAX_ITEMS)), 1))
    cited = draw.sample(list(records), min(size, len(records)))
    return [_values(one.fields, [record], draw) for record in cited] if one.fields else cited


def _consistent(values: dict[str, Any]) -> dict[str, Any]:
    """What a careful judge never contradicts: forced labels, a runner-up, quantiles, the tier of a price."""
    found = dict(values)
    for name in values:
        label = found.get(name.removeprefix("forced_"))
        if name.startswith("forced_") and label not in (None, "not_inferable"):
            found[name] = label
    for name, weight in values.items():
        if name.startswith("second_") and not name.endswith("_weight"):
            label = name.removeprefix("second_")
            if found[name] in (found.get(label), found.get(f"forced_{label}")):
                found[name] = None
        if name.startswith("second_") and name.endswith("_weight"):
            is_alone = found.get(name.removesuffix("_weight")) is None
            found[name] = None if is_alone else round((weight or 0.4) / 2, 2)
    quantiles = sorted(name for name in values if re.search(r"_p\d\d$", name))
    ordered = sorted(found[name] for name in quantiles if found[name] is not None)
    is_stated = len(ordered) == len(quantiles)
    found.update(zip(quantiles, ordered if is_stated else [None] * len(quantiles), strict=True))
    if "price_tier" in found:
        found["price_tier"] = tier_of(found["price_usd"]) if found["price_usd"] else "not_inferable"
    return found
