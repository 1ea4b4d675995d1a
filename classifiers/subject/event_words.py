"""The renderer's words for events: marks of their own, or facts that stand below a tool's result.

Fixed words and numbers only, in ⟦⟧, which text from outside cannot hold. Not here: what an event rests on
(ingest), where it is shown (record_drafts).
"""

from orchestration.ingest.rows import EventKind, RawEvent

_FACTS: dict[EventKind, str] = {
    "commit": "commit",
    "push": "push",
    "pull_request_opened": "pull request opened",
    "pull_request_merged": "pull request merged",
    "test_run": "test run",
    "rollback": "rollback",
}
"""Events of a shell call: they stand below its result."""

_MARKS: dict[EventKind, str] = {
    "interrupt": "⟦the person interrupted the agent⟧",
    "denial": "⟦the person refused {call}⟧",
    "plan_stopped": "⟦the person stopped at the plan of {call}⟧",
    "compaction": "⟦the program shortened the agent's memory of the conversation⟧",
    "microcompaction": "⟦the program dropped old tool results from the agent's memory⟧",
    "api_error": "⟦the model could not be reached⟧",
    "api_retry": "⟦the program asked the model again after an error⟧",
    "cleared": "⟦the person cleared the conversation⟧",
}
_MODES = frozenset({"default", "plan", "acceptEdits", "bypassPermissions", "auto", "dontAsk"})


def fact_of(event: RawEvent) -> str | None:
    """What a shell call did and how it ended, as the transcript settles it; None for other events."""
    name = _FACTS.get(event.event_kind)
    if name is None:
        return None
    ended = {True: "succeeded", False: "failed", None: "end not settled"}[event.is_success]
    counts = [
        f"{count} {word}"
        for count, word in ((event.tests_passed, "passed"), (event.tests_failed, "failed"))
        if count is not None
    ]
    return f"⟦fact: {', '.join([name, ended, *counts])}⟧"


def mark_of(event: RawEvent) -> str | None:
    """The words for an event that is a record of its own; None where it belongs to a tool's result."""
    if event.event_kind == "mode_change":
        mode = event.detail if event.detail in _MODES else "another one"
        return f"⟦permission mode is {mode}⟧"
    if event.tool_use_id is None and (fact := fact_of(event)) is not None:
        return fact
    return _MARKS.get(event.event_kind)
