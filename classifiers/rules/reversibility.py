"""What the hard facts of a tool call say about undoing it: the table that is asked before Claude (I18).

Only what a tool's kind and a command settle by themselves; everything else is None and goes to Claude. A
compound command is as hard to undo as its hardest member, and unsettled where one member is. Not here:
labels as rows (labeller), the labels' meanings (catalog/reversibility).
"""

import re
from typing import Literal, get_args

from classifiers.rules.calls import commands_of
from orchestration.ingest.rows import RawToolCall, ToolCategory

Settled = Literal["reversible_trivially", "reversible_with_effort", "irreversible"]
"""Labels that the table gives, in rising order."""

_TRIVIAL_TOOLS: frozenset[ToolCategory] = frozenset({"read", "search", "web", "question", "plan", "todo"})
"""They look, ask or plan. A fetch is taken for a look: its tool sends nothing but an address."""

_TRIVIAL_COMMANDS = re.compile(
    r"git (?:-\S+ \S+ )*(?:add|commit|stash|switch|checkout -b|branch [^-]\S*|tag [^-]\S*|mv|worktree)(?= |$)"
    r"|mkdir(?= |$)|touch(?= |$)|(?:terraform|tofu) (?:plan|validate|fmt)(?= |$)"
)
_WITH_EFFORT = re.compile(
    r"git (?:-\S+ \S+ )*push(?= |$)(?!.*(?:--force|--delete| -f(?: |$)|--mirror| :))"
    r"|gh pr (?:create|merge|close|edit)(?= |$)"
)
_IRREVERSIBLE = re.compile(
    r"(?:npm|pnpm|yarn|cargo|poetry|uv|gem|flit) (?:publish|push)(?= |$)|twine upload(?= |$)"
    r"|docker push(?= |$)"
    r"|gh release create(?= |$)|sendmail(?= |$)|mail -s (?=.)"
)
_DRY_RUN = re.compile(r"(?:^| )(?:--dry-run\S*|-n)(?= |$)")
_SENDING_TOOL = re.compile(
    r"(?:^|_)(?:send_(?:e_?mail|mail|message|sms)|reply_to_(?:email|message)|post_(?:tweet|message)"
    r"|create_(?:payment|charge|payout|refund)|transfer_funds|place_order|submit_order)$"
)
_CUT_IN_LAKE = " bytes left out …]"

REVERSIBILITY_PATTERNS = (
    *sorted(_TRIVIAL_TOOLS),
    *(p.pattern for p in (_TRIVIAL_COMMANDS, _WITH_EFFORT, _IRREVERSIBLE, _DRY_RUN, _SENDING_TOOL)),
)
"""Part of the rules' fingerprint."""


def reversibility_by_rule(call: RawToolCall) -> Settled | None:
    """The label of a call whose facts settle it; None for every other call."""
    if call.tool_category in _TRIVIAL_TOOLS:
        return "reversible_trivially"
    if call.tool_category == "edit":
        # A whole file that is written over may be of no version control; an edit names what it replaces.
        return "reversible_trivially" if call.tool_name != "Write" or call.is_new_file else None
    if call.tool_category == "mcp":
        return "irreversible" if _SENDING_TOOL.search(call.tool_name.casefold()) else None
    if call.tool_category != "shell" or _CUT_IN_LAKE in (call.input_text or ""):
        return None
    found = [_of_command(command.text, command.kind) for command in commands_of(call)]
    if not found or None in found:
        return None
    return max((each for each in found if each is not None), key=get_args(Settled).index)


def _of_command(text: str, kind: str) -> Settled | None:
    if _IRREVERSIBLE.match(text):
        return "reversible_trivially" if _DRY_RUN.search(text) else "irreversible"
    if _WITH_EFFORT.match(text):
        return "reversible_trivially" if _DRY_RUN.search(text) else "reversible_with_effort"
    if kind == "look" and not _STOPS_SOMETHING.match(text):
        return "reversible_trivially"
    return "reversible_trivially" if kind == "check" or _TRIVIAL_COMMANDS.match(text) else None


_STOPS_SOMETHING = re.compile(r"(?:kill|pkill|find .*(?:-delete|-exec)|xargs|source|awk)(?= |$)")
"""Commands of the kind `look` that can do more than look."""
