"""What a transcript holds and no list of `records` knows: counted by place, name and CLI version.

An example shows the structure around it, names of keys and types of values, never a text. The format changes
without notice: this is how one hears of it before a figure does. Not here: what becomes of an unknown thing.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.rows import DriftPlace, RawDrift
from orchestration.ingest.sources.claude_code.records import (
    KNOWN_ATTACHMENTS,
    KNOWN_BLOCKS,
    KNOWN_COMMAND_MODES,
    KNOWN_ENTRYPOINTS,
    KNOWN_ORIGINS,
    KNOWN_PERMISSION_MODES,
    KNOWN_PROMPT_SOURCES,
    KNOWN_QUEUE_OPERATIONS,
    KNOWN_STOP_REASONS,
)
from orchestration.ingest.sources.claude_code.refusals import STATED_KINDS
from orchestration.ingest.sources.claude_code.tools import is_known_tool

_NAME = re.compile(r"[A-Za-z][\w.:/-]{0,59}\Z")
_NO_NAME = "(not a name)"
_KEYS_SHOWN = 20
_FIELDS: tuple[tuple[str, DriftPlace, frozenset[str]], ...] = (
    ("promptSource", "prompt_source", KNOWN_PROMPT_SOURCES),
    ("permissionMode", "permission_mode", KNOWN_PERMISSION_MODES),
    ("entrypoint", "entrypoint", KNOWN_ENTRYPOINTS),
    ("toolDenialKind", "tool_denial_kind", frozenset(STATED_KINDS)),
)


class Drift:
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

    def read(self, record: dict[str, Any], kind: str) -> None:
        """What is unknown below the type of one record."""
        version = record.get("version")
        for field, place, known in _FIELDS:
            value = record.get(field)
            if value and string_of(value) not in known:
                self.note(place, value, version, record)
        self._read_origin(record, version)
        if kind in ("user", "assistant"):
            message = record["message"]
            self._read_blocks(message.get("content"), version)
            stop = message.get("stop_reason")
            if stop and string_of(stop) not in KNOWN_STOP_REASONS:
                self.note("stop_reason", stop, version, message)
        elif kind == "attachment":
            self._read_attachment(mapping_of(record.get("attachment")), version)
        elif kind == "queue-operation" and string_of(record.get("operation")) not in KNOWN_QUEUE_OPERATIONS:
            self.note("queue_operation", record.get("operation"), version, record)

    def _read_origin(self, fields: dict[str, Any], version: object) -> None:
        origin = fields.get("origin")
        if isinstance(origin, dict) and string_of(origin.get("kind")) not in KNOWN_ORIGINS:
            self.note("origin_kind", origin.get("kind"), version, origin)

    def _read_blocks(self, content: object, version: object) -> None:
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict):
                if string_of(block.get("type")) not in KNOWN_BLOCKS:
                    self.note("content_block", block.get("type"), version, block)
                elif block["type"] == "tool_result":
                    self._read_blocks(block.get("content"), version)
                elif block["type"] == "tool_use" and not is_known_tool(str(block.get("name"))):
                    self.note("tool_name", block.get("name"), version, block)

    def _read_attachment(self, attachment: dict[str, Any], version: object) -> None:
        kind = attachment.get("type")
        if string_of(kind) not in KNOWN_ATTACHMENTS:
            self.note("attachment_type", kind, version, attachment)
        elif kind == "queued_command":
            mode = attachment.get("commandMode")
            if mode and string_of(mode) not in KNOWN_COMMAND_MODES:
                self.note("command_mode", mode, version, attachment)
            self._read_origin(attachment, version)

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
