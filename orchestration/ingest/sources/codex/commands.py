"""The command of a shell call: written as text, as a list, or inside a script that calls tools.

`["bash", "-lc", "go test ./..."]` is `go test ./...`; any other list is its words. Knows what was asked,
nothing of what came back.
"""

import re
import shlex
from typing import Any

_SHELLS = re.compile(r"(?:.*[/\\])?(?:(?:ba|z|da|k|fi)?sh|powershell|pwsh)(?:\.exe)?", re.I)
_SHELL_FLAGS = frozenset({"-c", "-lc", "-ic", "-command", "-nologo", "-noprofile"})
_SCRIPT_COMMAND = re.compile(
    r"""["']?\bcmd["']?\s*:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`)""", re.S
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.S)


def command_of(arguments: dict[str, Any]) -> str | None:
    """The command in the arguments of a shell call."""
    command = arguments.get("cmd", arguments.get("command"))
    if isinstance(command, str):
        return command
    words = [word for word in command if isinstance(word, str)] if isinstance(command, list) else []
    return command_line(words) if words else None


def command_line(words: list[str]) -> str:
    """A list of words as the command that a person would have typed."""
    rest = words[1:]
    if len(words) > 2 and _SHELLS.fullmatch(words[0]):
        while len(rest) > 1 and rest[0].lower() in _SHELL_FLAGS:
            rest = rest[1:]
        if len(rest) == 1:
            return rest[0]
    return shlex.join(words)


def commands_in_script(script: str) -> list[str]:
    """The commands that a script runs, where they are written out in it."""
    found = _SCRIPT_COMMAND.findall(script)
    return [_unescaped(double or single or raw) for double, single, raw in found]


def _unescaped(literal: str) -> str:
    def char(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)

    # Half of a pair can be stored nowhere.
    return _ESCAPE.sub(char, literal).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
