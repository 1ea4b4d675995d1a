"""How agents sign commits: the one list of trailers, authors and generated lines, and what each means.

Belongs here: names only. A trailer that is of this kind and in no row is `other`: it is counted, not
guessed.
"""

import re

OTHER = "other"

_AGENTS: dict[str, tuple[str, ...]] = {
    "claude_code": (
        r"noreply@anthropic\.com",
        r"claude(?:[- ]code)?(?:\[bot\])?",
        r"claude (?:opus|sonnet|haiku|fable|[\d.]+)\b.*",
    ),
    "codex": (
        r"noreply@openai\.com",
        r"(?:openai[- ])?codex(?:[- ]cli)?(?:\[bot\])?",
        r"chatgpt-codex-connector(?:\[bot\])?",
    ),
    "cursor": (r"cursoragent@cursor\.com", r"cursor(?:[- ]?agent)?(?:\[bot\])?"),
    "copilot": (
        r".*\+copilot@users\.noreply\.github\.com",
        r"copilot@github\.com",
        r"(?:github[- ])?copilot(?:-swe-agent)?(?:\[bot\])?",
    ),
    "aider": (r"(?:noreply|aider)@aider\.chat", r"aider(?: \(.*\))?"),
    "devin": (r"devin-ai-integration(?:\[bot\])?", r".*devin-ai-integration\[bot\]@.*", r"devin(?: ai)?"),
    "gemini": (r"gemini(?:[- ](?:cli|code assist))?(?:\[bot\])?", r"gemini-code-assist(?:\[bot\])?"),
    "jules": (r"(?:.*\+)?google-labs-jules(?:\[bot\])?(?:@.*)?", r"jules"),
    "amp": (r"amp@ampcode\.com", r"amp"),
    "opencode": (r"noreply@opencode\.ai", r"opencode(?: agent)?(?:\[bot\])?"),
    "openhands": (r"openhands@all-hands\.dev", r"openhands(?:-agent)?"),
    "windsurf": (r"windsurf", r"cascade"),
    "droid": (r"(?:.*\+)?factory-droid(?:\[bot\])?(?:@.*)?", r"droid"),
    "goose": (r"goose",),
    "qwen_code": (r"qwen[- ]?code(?:r)?",),
    "kiro": (r"kiro(?:[- ]agent)?(?:\[bot\])?",),
}
"""Agent → what its names and addresses look like."""
_PATTERNS = {agent: re.compile("|".join(looks), re.IGNORECASE) for agent, looks in _AGENTS.items()}
_NOBODYS = re.compile(r"no-?reply|\[bot\]|\A\Z", re.IGNORECASE)
"""Addresses of nobody: a person who is called Claude or Devin has one of their own."""

AGENT_TRAILERS = frozenset({"assisted-by", "generated-by", "ai-assisted-by", "ai-agent"})
"""Trailers whose value is an agent, known or not. `Co-authored-by` may be anybody."""

GENERATED_WITH = re.compile(
    r"^\W{0,5}(?:generated|created|made|written) (?:with|by) \[?(?P<name>[\w .-]{2,40})\]?",
    re.IGNORECASE | re.M,
)
"""A line such as `🤖 Generated with [Claude Code](…)`."""

BOT = re.compile(
    r"\[bot\](?:@|$|\s)|\bbot@|^(?:dependabot|renovate|github-actions|greenkeeper|snyk-bot)\b", re.IGNORECASE
)


def agent_named(name: str) -> str | None:
    """The agent that a name or address is; None where no row has it."""
    return next((agent for agent, looks in _PATTERNS.items() if looks.fullmatch(name.strip())), None)


def agent_signing(name: str, address: str) -> str | None:
    """The agent that an author or co-author is; a name says so only where the address is nobody's."""
    return agent_named(address) or (agent_named(name) if _NOBODYS.search(address) else None)
