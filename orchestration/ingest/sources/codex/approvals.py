"""What a rollout lets know of who approved a call: nothing is recorded but the policy and refusals.

Where the policy never asks, a call that ran was let through by it. What was answered where the policy
asks is in no record, and is unknown.
"""

from typing import NamedTuple

from orchestration.ingest.rows import Approval, ApprovalBasis
from orchestration.ingest.sources.codex.tool_call import Call

NEVER_ASKS = "never"


class CallApproval(NamedTuple):
    """Columns of raw_tool_calls on what was decided on a call."""

    approval: Approval | None
    approval_basis: ApprovalBasis
    approved_by: str | None


def approval_of(call: Call, policy: str | None) -> CallApproval:
    """What is known of the decision on a call in a turn with this approval policy."""
    if call.error_kind == "denied_by_user":
        return CallApproval("reject", "inferred", "user")
    if call.error_kind == "denied_by_rule":
        return CallApproval("reject", "inferred", "rule")
    if policy == NEVER_ASKS and call.has_result and call.error_kind != "interrupted":
        return CallApproval("accept", "inferred", "permission_mode")
    return CallApproval(None, "unknown", None)
