"""Codebase relation by rules (I2): did the files that were touched exist before the session?

By file tools and shell commands that ran; lines are not looked at.
"""

import re

from classifiers.catalog.codebase_relation.labels import CodebaseRelation, CodebaseRelationAnswer
from classifiers.rules.calls import LOOKS, changes_files, commands_of, is_done, is_in_codebase
from classifiers.rules.reading import Reading, record_of_result
from orchestration.ingest.rows import RawToolCall

_SCAFFOLDS = re.compile(
    r"^(?:git init\b|(?:npm|pnpm|yarn|bun)(?: -\S+)* (?:init|create)\b|npx (?:-\S+ )*create-|cargo (?:new"
    r"|init)\b|uv init\b"
    r"|mix (?:phx\.)?new\b|rails new\b|django-admin startproject\b|dotnet new\b|go mod init\b"
    r"|flutter create\b|swift package init\b)"
)
_CODE_LOOK = re.compile(r"^(?:git|grep|rg|ag|cat|head|tail|sed|find|fd|ls|tree|wc)(?= |$)")
CODEBASE_PATTERNS = (_SCAFFOLDS.pattern, _CODE_LOOK.pattern)
"""Part of the rules' fingerprint."""


def label_codebase_relation(reading: Reading) -> CodebaseRelationAnswer:
    """The relation, with the first calls that show it as evidence."""
    relation, calls = _decide(reading)
    ids = list(dict.fromkeys(record_of_result(call) for call in calls))[:4]
    return CodebaseRelationAnswer(
        evidence_record_ids=ids,
        codebase_relation=relation,
        forced_codebase_relation="no_codebase" if relation == "not_inferable" else relation,
    )


def _decide(reading: Reading) -> tuple[CodebaseRelation, list[RawToolCall]]:
    calls = [call for call in reading.session.calls if is_done(call)]
    if not calls:
        return ("no_codebase" if reading.working_turns else "not_inferable"), []
    new_paths = {call.file_path for call in calls if call.is_new_file}
    edits = [call for call in calls if call.tool_category == "edit" and is_in_codebase(call.file_path)]
    of_existing = [call for call in edits if not call.is_new_file and call.file_path not in new_paths]
    if of_existing:
        return "modifies_existing", of_existing
    looks = [call for call in calls if _looks_at_code(call) and call.file_path not in new_paths]
    scaffolds = [call for call in calls if any(_SCAFFOLDS.match(c.text) for c in commands_of(call))]
    commits = {event.tool_use_id for event in reading.happened("commit")}
    shell_changes = [call for call in calls if changes_files(call) or call.tool_use_id in commits]
    if edits:
        is_new = bool(scaffolds) or not any(call.called_at < edits[0].called_at for call in looks)
        return ("creates_new" if is_new else "modifies_existing"), scaffolds + edits
    if scaffolds:
        return "creates_new", scaffolds
    if shell_changes and looks:
        return "modifies_existing", shell_changes
    return ("explores_existing", looks) if looks else ("no_codebase", [])


def _looks_at_code(call: RawToolCall) -> bool:
    """Whether the call reads or searches files that are no scratch and no notes of the agent."""
    if call.tool_category in LOOKS:
        return call.file_path is None or is_in_codebase(call.file_path)
    return any(_CODE_LOOK.match(command.text) for command in commands_of(call))
