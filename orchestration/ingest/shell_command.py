"""A shell command's members: which part of a compound command its exit status speaks for.

Commands in transcripts are compound (`cd … && go test … | tail`). The status reported belongs to the
last pipe member, so a failing test can end as success. Quotes, substitutions and here-documents are
respected; this is no shell, only enough of one to split.
"""

import re
from functools import lru_cache
from typing import NamedTuple

_HEREDOC = re.compile(r"(?<!<)<<-?\s*\\?(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")
_LEAD = re.compile(
    r"^(?:\s|\(|\{|!|then\b|do\b|else\b|time\b|sudo\b|command\b|env\b|nice\b"
    r"|rtk\b|doppler run --|direnv exec \S+"
    r"|timeout\s+(?:-\S+\s+)*\S+\s|[A-Za-z_][A-Za-z0-9_]*=(?:'[^']*'|\"[^\"]*\"|[^\s'\"]*)\s)+"
)


class Member(NamedTuple):
    """One simple command of a compound one; `operator` is what follows it ("" at the end)."""

    text: str
    operator: str


_OUTSIDE = re.compile(r"[\\'\"`#$)|;&\n]")
"""What means something outside quotes; all between two of these is passed in one step."""
_INSIDE = {'"': re.compile(r'[\\"]'), "'": re.compile("'"), "`": re.compile("`")}


@lru_cache(maxsize=4096)
def split_command(command: str) -> tuple[Member, ...]:
    """Members in order; leading assignments and words such as `sudo` or `time` are left out."""
    body = _without_heredocs(command)
    members: list[Member] = []
    start = at = depth = 0
    while found := _OUTSIDE.search(body, at):
        at, char = found.start(), found.group()
        if char == "\\":
            at += 2
        elif char in "'\"`":
            at = _end_of_quote(body, at + 1, char)
        elif char == "#":
            if at == start or body[at - 1] in " \t\n;&|(":
                # A comment; an apostrophe in it opens no quote.
                end = body.find("\n", at)
                body = body[:at] + (body[end:] if end >= 0 else "")
            else:
                at += 1
        elif char == "$":
            opens = body.startswith("$(", at)
            depth, at = depth + opens, at + 1 + opens
        elif char == ")":
            depth, at = max(0, depth - 1), at + 1
        elif not depth and (operator := _operator_at(body, at)):
            members.append(Member(body[start:at], operator))
            start = at = at + len(operator)
        else:
            at += 1
    members.append(Member(body[start:], ""))
    kept = [Member(_LEAD.sub("", text).strip(" \t()"), operator) for text, operator in members]
    return tuple(member for member in kept if member.text)


def _end_of_quote(body: str, at: int, quote: str) -> int:
    """Behind the quote's end; a backslash hides the next character in double quotes alone."""
    while found := _INSIDE[quote].search(body, at):
        if found.group() == quote:
            return found.end()
        at = found.end() + 1
    return len(body)


def _operator_at(body: str, at: int) -> str:
    two = body[at : at + 2]
    if two in ("&&", "||", "|&"):
        return two
    char = body[at]
    if char in "|;\n":
        return char
    # `2>&1` and `&>file` are redirections, not the background operator.
    if char == "&" and body[at - 1 : at] not in (">", "<") and body[at + 1 : at + 2] != ">":
        return "&"
    return ""


def _without_heredocs(command: str) -> str:
    """The command without the bodies of its here-documents, which are data."""
    while match := _HEREDOC.search(command):
        end = re.compile(rf"^\s*{re.escape(match.group(2))}\s*$", re.M).search(command, match.end())
        line_end = command.find("\n", match.end())
        if line_end < 0:
            break
        rest = command[end.end() :] if end else ""
        command = command[: match.start()] + command[match.end() : line_end] + rest
    return command


def status_of_member(members: tuple[Member, ...], index: int, exit_code: int | None) -> bool | None:
    """Whether member `index` succeeded, as far as the whole command's exit code settles it."""
    if exit_code is None:
        return None
    after = [member.operator for member in members[index:-1]]
    before = members[index - 1].operator if index else ";"
    if members[index].operator == "&":
        return None
    if exit_code == 0:
        # What stands behind "||" ran only if the member before it failed.
        return True if before != "||" and all(operator == "&&" for operator in after) else None
    is_last = index == len(members) - 1
    return False if is_last and before not in ("&&", "||") else None
