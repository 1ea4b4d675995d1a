"""Which result answers which tool call.

A tool id is unique only within a response: models behind a gateway count their calls from zero. So
a call is (id, occurrence in the session), and a result answers the nearest open call of its id that
came before it in the same conversation. Knows ids and order, not what calls and results say.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.ingest.json_values import string_of
from orchestration.ingest.sources.claude_code.response_lines import conversation_of
from orchestration.ingest.sources.claude_code.timeline import Entry

if TYPE_CHECKING:
    from orchestration.ingest.sources.claude_code.responses import Call


def answered_call(calls: Sequence["Call"], result: Entry, *, is_late: bool) -> "Call | None":
    """The call of one id that a result answers; None where none of them is open.

    A call that comes after the result is taken only where `is_late`: when every result has had its turn.
    """
    waiting = [call for call in calls if call.result is None and (is_late or _is_before(call.entry, result))]
    if len(waiting) < 2:
        return waiting[0] if waiting else None
    nearest = max(waiting, key=lambda call: _nearness(call.entry, result))
    # Calls of one response run side by side: their results come in their order.
    return next(call for call in waiting if call.response is nearest.response)


def _is_before(call: Entry, result: Entry) -> bool:
    return (call.at, call.place) <= (result.at, result.place)


def _nearness(call: Entry, result: Entry) -> tuple[bool, bool, float, tuple[int, int]]:
    """How well a call fits a result: named by it, in its conversation, and then the nearest in time."""
    record = result.record
    named = {string_of(record.get("sourceToolAssistantUUID")), string_of(record.get("parentUuid"))} - {None}
    return (
        string_of(call.record.get("uuid")) in named,
        conversation_of(call) == conversation_of(result),
        -abs((result.at - call.at).total_seconds()),
        call.place,
    )
