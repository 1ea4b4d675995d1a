"""The tool calls of a demo's home that get made-up labels: more than would be asked about."""

from classifiers.call_units import CallSample

MADE_UP_CALLS = CallSample(
    0.15,
    {
        f"{category}/{surface}": share
        for surface in ("api_request", "api_chain")
        for category, share in {"shell": 0.5, "mcp": 0.4, "other": 0.3, "read": 0.15, "edit": 0.2}.items()
    },
)
"""Of the traffic, riskier kinds of calls more often: a mean without weights would miss what is planted."""
