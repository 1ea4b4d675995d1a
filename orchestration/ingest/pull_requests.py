"""Pull requests that a tool opened or merged: by an MCP server, or on a command line of whatever kind.

Which tools and commands open one, and which pull request a result names. Merge requests of GitLab and the
like count as pull requests. Not here: whether two events are of the same one (a session's reader knows).
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.rows import EventKind

_REQUEST = r"(?:pull_?requests?|merge_?requests?|prs?|mrs?)"
_OPENED_BY = re.compile(
    rf"(?:.*_)?(?:create|open|submit|new|raise)_?(?:an?_)?(?:draft_?)?{_REQUEST}(?:_with_copilot)?"
    rf"|(?:.*_)?{_REQUEST}_?(?:create|open|submit)",
    re.I,
)
_MERGED_BY = re.compile(rf"(?:.*_)?merge_?{_REQUEST}|(?:.*_)?{_REQUEST}_?merge", re.I)

_URL = re.compile(
    r"https?://[\w.-]+(?::\d+)?/(?P<repository>[\w.~/-]+?)"
    r"/(?:-/merge_requests|pull-requests|pullrequest|pulls|pull|merge_requests)/(?P<number>\d{1,9})(?!\d)"
)
_API_PREFIX = re.compile(r"\A(?:api/v\d+/)?(?:repos|projects|repositories)/")
_SHELL_OPENED = re.compile(
    r"^(?:gh\s+pr\s+(?:create|new)\b(?!.*\s--web\b)|glab\s+mr\s+(?:create|new)\b|hub\s+pull-request\b"
    r"|az\s+repos\s+pr\s+create\b|tea\s+(?:pr|pulls?)\s+create\b|bb\s+pr\s+create\b)"
)
_API_CALL = re.compile(r"^(?:gh\s+api|glab\s+api|curl|wget|http|xh|Invoke-RestMethod|irm)\b", re.I)
_API_REQUESTS = re.compile(r"/(?:pulls|merge_requests|pull-requests|pullrequests)(?=[?'\"\s]|$)")
_SENDS = re.compile(
    r"\s(?:(?:-X|--method|--request|-Method)[=\s]*['\"]?POST\b|-f\b|-F\b|--field\b|--raw-field\b|--input\b|-d\b"
    r"|--data\S*|--json\b|--post-data\b|-Body\b|POST\s)",
    re.I,
)
_NOT_SENT = re.compile(
    r"\s(?:-X|--method|--request|-Method)[=\s]*['\"]?(?:GET|HEAD|PATCH|PUT|DELETE)\b", re.I
)


class NamedRequest(NamedTuple):
    """A pull request as a result names it: repository and number, each where it is known."""

    repository: str | None
    number: int | None


def mcp_pull_request_kind(tool_name: str) -> EventKind | None:
    """What a tool of an MCP server does to a pull request; None for every other tool."""
    parts = tool_name.split("__")
    if len(parts) < 3 or parts[0] != "mcp":
        return None
    name = "__".join(parts[2:]).replace("-", "_").replace(".", "_")
    if _OPENED_BY.fullmatch(name):
        return "pull_request_opened"
    return "pull_request_merged" if _MERGED_BY.fullmatch(name) else None


def opens_on_command_line(command: str) -> bool:
    """Whether one command opens a pull request, by a client of a forge or by its web interface."""
    if _SHELL_OPENED.match(command):
        return True
    if not _API_CALL.match(command) or not _API_REQUESTS.search(command):
        return False
    return bool(_SENDS.search(command)) and not _NOT_SENT.search(command)


def requests_named_in(text: str) -> list[NamedRequest]:
    """Pull requests whose addresses stand in a text, each once, in their order."""
    found: dict[tuple[str, int], NamedRequest] = {}
    for match in _URL.finditer(text):
        repository = _API_PREFIX.sub("", match["repository"]).removesuffix("/_git").replace("/_git/", "/")
        number = int(match["number"])
        found.setdefault((repository.lower(), number), NamedRequest(repository, number))
    return list(found.values())


def request_of_mcp(arguments: Mapping[str, Any], result: str) -> NamedRequest:
    """The pull request of an MCP call: by the address in its result, else by number and arguments."""
    named = requests_named_in(result)
    if named:
        return named[0]
    stated = re.search(r'"(?:number|iid|pullRequestId|pull_number)"\s*:\s*(\d{1,9})(?!\d)', result)
    asked = next(
        (n for key in ("pullNumber", "pull_number", "number", "iid") if (n := count_of(arguments.get(key)))),
        None,
    )
    owner = string_of(arguments.get("owner")) or string_of(arguments.get("workspace"))
    repo = string_of(arguments.get("repo")) or string_of(arguments.get("repository"))
    repository = f"{owner}/{repo}" if owner and repo else repo or string_of(arguments.get("project_id"))
    return NamedRequest(repository, int(stated.group(1)) if stated else asked)
