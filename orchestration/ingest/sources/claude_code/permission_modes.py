"""Which permission mode a record states, or which it says was left.

From `permissionMode` on prompts and state records, and from the attachments with which the harness tells
the agent of a change. A sub-agent's mode is none of the conversation's.
"""

from typing import Any, NamedTuple

_ENTERED = {"auto_mode": "auto", "plan_mode": "plan", "plan_mode_reentry": "plan"}
_LEFT = {"auto_mode_exit": "auto", "plan_mode_exit": "plan"}


class StatedMode(NamedTuple):
    """The mode that holds from a record on, or (`is_left`) the one that ended: the next is not recorded."""

    mode: str
    is_left: bool = False


def stated_mode(record: dict[str, Any]) -> StatedMode | None:
    """What a record states of the permission mode; None where it states nothing."""
    mode = record.get("permissionMode")
    if isinstance(mode, str) and mode:
        return StatedMode(mode)
    attachment = record.get("attachment")
    if not isinstance(attachment, dict) or attachment.get("isSubAgent") is True:
        return None
    kind = attachment.get("type")
    if not isinstance(kind, str):
        return None
    if kind in _ENTERED:
        return StatedMode(_ENTERED[kind])
    return StatedMode(_LEFT[kind], is_left=True) if kind in _LEFT else None
