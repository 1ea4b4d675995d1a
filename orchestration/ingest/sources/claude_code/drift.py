"""What a transcript holds and no list of `records` knows. Not here: what becomes of an unknown thing."""

from typing import Any

from orchestration.ingest.drift import DriftCounts
from orchestration.ingest.json_values import mapping_of, string_of
from orchestration.ingest.rows import DriftPlace
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

_FIELDS: tuple[tuple[str, DriftPlace, frozenset[str]], ...] = (
    ("promptSource", "prompt_source", KNOWN_PROMPT_SOURCES),
    ("permissionMode", "permission_mode", KNOWN_PERMISSION_MODES),
    ("entrypoint", "entrypoint", KNOWN_ENTRYPOINTS),
    ("toolDenialKind", "tool_denial_kind", frozenset(STATED_KINDS)),
)


class Drift(DriftCounts):
    """Counts of what is unknown in one session of Claude Code."""

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
