"""Breaks real-shaped transcript lines in the ways that files break: the raw material of fuzz tests.

Takes parsed records and a seeded `Random`, gives bytes. What must hold of them afterwards is said by
`violations`: nothing crashes, no object is lost, keys are keys. Knows no situation and no expected row.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

from orchestration.ingest.rows import RAW_TABLES
from tests.parsed import Tables
from tests.plain_count import PlainCount, objects_of

Record = dict[str, Any]
ODD_TEXTS = (
    "",
    " ",
    "\n\n",
    "\u0000",
    "\u2028\u2029\u0085",
    "\u202eabc",
    "e\u0301" * 40,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\ufeff",
    "[Request interrupted by user]",
    "<task-notification>",
    "<command-name>/clear</command-name>",
    "<command-name></command-name>",
    "<system-reminder>" * 30,
    "<ide_selection>" * 30,
    "Implement the following plan:",
    "User rejected tool use",
    "Exit code 99999999999999999999",
    "the user said:",
    "Warmup",
    "/",
    "/ x",
    "git commit -m 'x",
    'cat <<EOF\ngit push "$(' * 3,
    "git" + " -c" * 60,
    "9" * 5000 + " passed",
    "https://a.b/c/d/pull/" + "9" * 30,
    "(" * 3000,
    "'" * 3001,
    "2026-06-01T10:00:00.000Z",
    "2026-06-01T10:00:00+14:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "x" * 200_000,
    "a b " * 60_000,
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    3.5,
    1e300,
    2**53 + 1,
    2**63,
    2**64 - 1,
    10**40,
    [],
    {},
    [None, 1, "x", [], {}],
    {"type": "text"},
    {"type": "tool_result", "tool_use_id": "toolu_x"},
    [{"type": "tool_result", "tool_use_id": 7, "content": {"a": 1}}],
    [{"type": "tool_use", "id": None, "name": None, "input": None}],
    {
        "commit": {"sha": 1, "kind": 2},
        "push": {"branch": 3},
        "pr": {"number": "7", "url": 4, "action": "created"},
    },
)


def seeded(seed: int | str) -> Random:
    """A generator that repeats itself: a finding can be made again from its seed."""
    return Random(seed)  # noqa: S311 - nothing here is secret


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a nested value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places_in(value[key])


def _place(records: list[Record], random: Random) -> tuple[Any, Any] | None:
    places = list(places_in(random.choice(records)))
    return random.choice(places) if places else None


def drop_key(records: list[Record], random: Random) -> None:
    if place := _place(records, random):
        del place[0][place[1]]


def change_value(records: list[Record], random: Random) -> None:
    if place := _place(records, random):
        place[0][place[1]] = deepcopy(random.choice(ODD_VALUES))


def change_text(records: list[Record], random: Random) -> None:
    if place := _place(records, random):
        place[0][place[1]] = random.choice(ODD_TEXTS)


def nest_deeply(records: list[Record], random: Random) -> None:
    if place := _place(records, random):
        value: Any = "deep"
        for _ in range(random.choice((50, 260, 800))):
            value = [value] if random.random() < 0.5 else {"a": value}
        place[0][place[1]] = value


def borrow_value(records: list[Record], random: Random) -> None:
    """Ids, times and texts of other records in the wrong place: collisions and loops."""
    one, other = _place(records, random), _place(records, random)
    if one and other:
        one[0][one[1]] = deepcopy(other[0][other[1]])


def borrow_key(records: list[Record], random: Random) -> None:
    one, other = random.choice(records), random.choice(records)
    shared = [key for key in one if key in other]
    if shared:
        key = random.choice(shared)
        one[key] = deepcopy(other[key])


def swap_lines(records: list[Record], random: Random) -> None:
    one, other = random.randrange(len(records)), random.randrange(len(records))
    records[one], records[other] = records[other], records[one]


def repeat_line(records: list[Record], random: Random) -> None:
    records.insert(random.randrange(len(records) + 1), deepcopy(random.choice(records)))


def drop_line(records: list[Record], random: Random) -> None:
    if len(records) > 1:
        del records[random.randrange(len(records))]


MUTATIONS: tuple[Callable[[list[Record], Random], None], ...] = (
    drop_key,
    change_value,
    change_text,
    borrow_value,
    borrow_key,
    swap_lines,
    repeat_line,
    drop_line,
)


def cut(lines: bytes, random: Random) -> bytes:
    return lines[: random.randrange(len(lines) + 1)]


def spoil_byte(lines: bytes, random: Random) -> bytes:
    at = random.randrange(len(lines) + 1)
    return lines[:at] + random.choice((b"\xff", b"\x00", b'"', b"}", b"\n", b"\r\n", b"NaN")) + lines[at:]


def glue(lines: bytes, random: Random) -> bytes:
    """A missing newline, as concurrent writers leave it."""
    parts = lines.split(b"\n")
    at = random.randrange(len(parts))
    return b"\n".join([*parts[:at], b"".join(parts[at : at + 2]), *parts[at + 2 :]])


def lone_surrogate(lines: bytes, random: Random) -> bytes:
    found = lines.count(b" ")
    return lines.replace(b" ", rb"\ud83d", random.randrange(found + 1)) if found else lines


SPOILERS: tuple[Callable[[bytes, Random], bytes], ...] = (cut, spoil_byte, glue, lone_surrogate)


def as_line(record: Record) -> bytes:
    """A record as a line: characters as they are, or escaped where half of a pair cannot be written."""
    try:
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(record).encode() + b"\n"


def mutate(records: list[Record], random: Random) -> bytes:
    """A broken copy of a transcript: one to four changes of its records, and at times of its bytes."""
    broken = deepcopy(records)
    for _ in range(random.choice((1, 1, 2, 4))):
        random.choice(MUTATIONS)(broken, random)
    if random.random() < 0.1:  # at last: what is nested so deeply cannot be copied
        nest_deeply(broken, random)
    lines = b"".join(as_line(record) for record in broken)
    return random.choice(SPOILERS)(lines, random) if random.random() < 0.3 else lines


def read_records(path: Path) -> list[Record]:
    return list(objects_of(path, PlainCount()))


def violations(tables: Tables) -> list[str]:
    """What of the promises to every file does not hold; empty where all is well."""
    found = [
        f"objects of a file: {objects} read, {fates} accounted for"
        for objects, fates in tables.accounted().values()
        if objects != fates
    ]
    for table in RAW_TABLES:
        keys = Counter(tuple(row[name] for name in table.key) for row in tables.rows[table.name])
        found += [f"{table.name}: key occurs {number} times" for number in keys.values() if number > 1]
    turns = {row["turn_id"] for row in tables.turns}
    for name in ("responses", "tool_calls", "human_acts", "events", "harness_texts"):
        lost = {row["turn_id"] for row in tables.rows[f"raw_{name}"]} - turns - {None}
        found += [f"raw_{name}: turn that does not exist"] * len(lost)
    for row in tables.turns:
        if not 0 <= row["net_seconds"] <= row["wall_seconds"] + 0.001:
            found.append(f"raw_turns: net {row['net_seconds']} s of wall {row['wall_seconds']} s")
    for row in tables.sessions:
        if not row["started_at"] <= row["ended_at"]:
            found.append("raw_sessions: ends before it starts")
    return found
