"""The rule by which tools' and harness text is shortened; the same text is always shortened alike.

Head and tail are kept, the middle is left out and marked. How much is kept depends on what the tool is
for: a file that was read says little, a command's output much, a failure most. What humans and the main
agent write is never shortened: they have no rule. Not here: the study's cut (study_c).
"""

from typing import NamedTuple

from classifiers.rules.calls import LOOKS
from orchestration.ingest.rows import HarnessTextKind, RawToolCall


class CondenseRule(NamedTuple):
    """At most `limit` characters are kept, `head_share` of them from the start."""

    limit: int
    head_share: float


class Condensed(NamedTuple):
    """A text with its middle left out; `kept_count` characters of it are shown."""

    text: str
    kept_count: int


SHELL_INPUT = CondenseRule(2_000, 0.75)
EDIT_INPUT = CondenseRule(1_200, 0.75)
OTHER_INPUT = CondenseRule(1_500, 0.75)
AGENT_INPUT = CondenseRule(3_000, 0.75)

SHELL_RESULT = CondenseRule(2_000, 0.3)
"""Summaries of tests, builds and commits stand at the end."""
FAILED_RESULT = CondenseRule(2_000, 0.5)
READ_RESULT = CondenseRule(500, 0.7)
EDIT_RESULT = CondenseRule(300, 0.7)
AGENT_RESULT = CondenseRule(3_000, 0.5)
OTHER_RESULT = CondenseRule(1_200, 0.5)

SUBAGENT_TOOL = CondenseRule(400, 0.5)
SUBAGENT_TEXT = CondenseRule(800, 0.5)
"""What a sub-agent did is shown in brief: what came of it is the result of the call that started it."""

HARNESS_TEXT = CondenseRule(8_000, 0.75)
"""What stands for a human's or the agent's words: a prompt for an accepted plan, a summary, a failure."""
INJECTED_TEXT = CondenseRule(2_000, 0.75)
"""Instructions and notices that the harness puts in: they open with what they are."""
DETAIL = CondenseRule(60, 1.0)

_LINE_SEARCH = 120
"""A cut moves to the end of a line that is at most this many characters away."""


def input_rule(call: RawToolCall) -> CondenseRule | None:
    """The rule for what a call asks; None where it is words of the agent to the person."""
    if call.is_sidechain:
        return SUBAGENT_TOOL
    if call.tool_category in ("plan", "question"):
        return None
    if call.tool_category == "shell":
        return SHELL_INPUT
    if call.tool_category == "edit":
        return EDIT_INPUT
    return AGENT_INPUT if call.tool_category == "subagent" else OTHER_INPUT


def result_rule(call: RawToolCall) -> CondenseRule:
    """The rule for what a call gave back."""
    if call.is_sidechain:
        return SUBAGENT_TOOL
    if call.is_error:
        return FAILED_RESULT
    if call.tool_category == "shell":
        return SHELL_RESULT
    if call.tool_category in LOOKS:
        return READ_RESULT
    if call.tool_category == "edit":
        return EDIT_RESULT
    return AGENT_RESULT if call.tool_category == "subagent" else OTHER_RESULT


def harness_rule(kind: HarnessTextKind) -> CondenseRule:
    """The rule for what the harness put in: a summary is all that is left of what came before it.

    So is what a request to an API says: nothing else tells what its calls are for.
    """
    return (
        HARNESS_TEXT if kind in ("compaction_summary", "system_prompt", "request_message") else INJECTED_TEXT
    )


def condense(text: str, rule: CondenseRule | None, *, missing_count: int = 0) -> Condensed:
    """The text within its rule. `missing_count` characters were left out of its middle before."""
    if rule is None or len(text) <= rule.limit:
        return Condensed(text, len(text))
    head, tail = ends(text, rule)
    left_out = len(text) - len(head) - len(tail) + missing_count
    pieces = [head.rstrip("\n"), left_out_mark(left_out), tail.lstrip("\n")]
    return Condensed("\n".join(filter(None, pieces)), len(head) + len(tail))


def ends(text: str, rule: CondenseRule) -> tuple[str, str]:
    """Head and tail that are kept, cut at the end of a line where one is near."""
    head_size = round(rule.limit * rule.head_share)
    tail_size = rule.limit - head_size
    head, tail = text[:head_size], text[len(text) - tail_size :]
    last = head.rfind("\n", max(0, len(head) - _LINE_SEARCH))
    first = tail.find("\n", 0, _LINE_SEARCH)
    return head[: last + 1] if last > 0 else head, tail[first + 1 :] if first >= 0 else tail


def left_out_mark(count: int) -> str:
    return f"⟦… {count:,} characters left out …⟧"
