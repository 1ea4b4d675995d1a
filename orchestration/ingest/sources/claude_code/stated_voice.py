"""Whose voice a record states, whatever its text looks like.

One reading for user records, the queue, attachments and sub-agents. `origin.kind` comes first, then `isMeta`,
`promptSource`, and what the file says of its session (a teammate's, a background run). Anything but a human
is no human, unknown kinds too; those are counted as drift. Knows fields, not texts.
"""

from collections.abc import Mapping
from typing import Any, Literal

from orchestration.ingest.json_values import string_of

Voice = Literal[
    "human",  # a person typed it
    "channel",  # a person wrote it through a channel: a chat application, a phone
    "program",  # a program handed it in through the SDK; whether a person stood behind it is unknown
    "machine",  # another agent, a schedule, the harness
    "injected",  # put beside the conversation by the harness
]

NOT_SHOWN = ("isMeta", "turnCompanion", "isVisibleInTranscriptOnly")
"""Marks of records that the agent itself takes for no human's turn, whatever their origin."""

TYPED_SOURCES = frozenset({"typed", "queued"})
LEADERS = frozenset({"team-lead", "lead", "leader"})
"""Names of the agent that a person talks to; the other members of a team have nobody at the keyboard."""


def origin_kind(fields: Mapping[str, Any]) -> str | None:
    """The stated kind of origin, or None where the record states none."""
    origin = fields.get("origin")
    return string_of(origin.get("kind")) if isinstance(origin, dict) else None


def stated_voice(fields: Mapping[str, Any]) -> Voice | None:
    """Who speaks, as far as the record states it; None where only the text can tell."""
    kind = origin_kind(fields)
    if kind == "channel" or fields.get("verifiedSlackHumanTurn") is True:
        return "channel"
    if kind is not None and kind != "human":
        return "machine"
    if any(fields.get(mark) is True for mark in NOT_SHOWN):
        return "injected"
    source = string_of(fields.get("promptSource"))
    if kind == "human" or source in TYPED_SOURCES:
        return "human"
    if source == "system" or is_unattended(fields):
        return "machine"
    return "program" if source == "sdk" else None


def is_person(voice: Voice | None) -> bool:
    """Whether the record states that a person speaks."""
    return voice in ("human", "channel")


def is_unattended(fields: Mapping[str, Any]) -> bool:
    """Whether the record's file is a teammate's or a background run: nobody sits at its keyboard."""
    name = fields.get("agentName")
    is_teammate = isinstance(name, str) and name != "" and name not in LEADERS
    return is_teammate or fields.get("sessionKind") == "bg"


def attached_fields(record: Mapping[str, Any], attachment: Mapping[str, Any]) -> dict[str, Any]:
    """What an attachment states of its speaker, with what its record states of the session."""
    of_session = {key: record[key] for key in ("agentName", "sessionKind") if key in record}
    return {**of_session, **attachment}
