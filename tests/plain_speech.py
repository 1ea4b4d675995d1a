"""Who speaks in a plain record of Claude Code, and their words.

Written from the format, sharing no code with the package. What a record states goes before its looks.
"""

import re

from tests.plain_records import Record

HARNESS = ("<local-command-stdout>", "<local-command-stderr>", "<bash-stdout>", "<bash-stderr>", "Caveat: ",
           "<local-command-caveat>", "Stop hook feedback", "Operation stopped by hook",
           "This session is being continued from a previous conversation")  # fmt: skip
LEAD = re.compile(r"\s*<(ide_opened_file|ide_selection|ide_diagnostics|system-reminder)>.*?</\1>\s*", re.S)


def said_by(record: Record) -> tuple[str, str]:
    """Who speaks in a user record that is no tool result, and their words."""
    content = record["message"].get("content")
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    text = "\n".join(block.get("text", "") for block in blocks if block.get("type") == "text")
    return said_in(record, text, any(block.get("type") == "image" for block in blocks))


def said_in(record: Record, text: str, has_image: bool) -> tuple[str, str]:
    """The same for a text that another record holds; what a record states goes before what it looks like."""
    origin = (record.get("origin") or {}).get("kind")
    head = text.lstrip()
    if origin == "task-notification" or head.startswith("<task-notification>"):
        return "notice", ""
    if origin not in (None, "human"):
        return "machine", ""
    if record.get("isCompactSummary") or record.get("isMeta") or record.get("isVisibleInTranscriptOnly"):
        return "harness", ""
    if record.get("promptSource") == "system":
        return "machine", ""
    if head.startswith("[Request interrupted") and origin is None:
        return "interrupt", ""
    if head.startswith(("<command-name>", "<command-message>")):
        is_clear = re.search(r"<command-name>\s*/?clear\s*</command-name>", head) is not None
        return ("harness" if is_clear else "command"), re.sub(r"<[^>]*>", " ", head)
    if head.startswith("<bash-input>"):
        return "shell", head
    if head.startswith(HARNESS):
        return "harness", ""
    while lead := LEAD.match(text):
        text = text[lead.end() :]
    if not text.strip():
        return ("prompt", "") if has_image else ("harness", "")
    if text.startswith("Implement the following plan:") or record.get("planContent"):
        return "plan", text
    return "prompt", re.sub(r"<system-reminder>.*?</system-reminder>", "", text, flags=re.S).strip()
