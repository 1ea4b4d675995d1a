"""The summary of a tool call without a model: what was done, in words of closed lists alone.

Belongs here: from category, command and file type to a short text. Not here: the lists (known_programs),
reading calls (items). A summary holds no word that a person, a path or a command made up, so that it is
free of private facts by construction; a call of which nothing can be said is named by its category.
"""

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

from orchestration.clusters.known_programs import (
    CATEGORY_WORDS,
    HAVE_SUBCOMMANDS,
    LAUNCHERS,
    MODULES,
    PROGRAMS,
    SUBCOMMANDS,
)
from orchestration.ingest.call_input import command_of_input
from orchestration.ingest.shell_command import split_command

MOST_COMMANDS = 4
"""Commands of one call that are named; what stands behind them is rarely what it is about."""

OWN_PROGRAM = "another program"
"""Stands for a program that is in no list: its name can be private."""

LANGUAGES_FILE = Path(__file__).parents[2] / "dbt_project" / "seeds" / "file_languages.csv"

_OPENERS = frozenset({"cd", "echo", "export", "pwd", "source", "sleep", "true", "set", "printf"})
"""Commands that only prepare or separate others; they are named where nothing else is there."""

_WORD = re.compile(r"[^\s'\"]+")


@cache
def languages() -> dict[str, str]:
    """File extension → language, for the extensions that the warehouse knows."""
    with LANGUAGES_FILE.open(encoding="utf-8") as file:
        return {row["file_extension"]: row["file_language"] for row in csv.DictReader(file)}


def call_summary(category: str, input_text: str | None, file_extension: str | None) -> str:
    """What a call did, for instance `run git commit, git push` or `edit a Python file`.

    `input_text` is read for shell calls alone. Commas separate commands, so that no term joins two of them.
    """
    word = CATEGORY_WORDS.get(category, CATEGORY_WORDS["other"])
    if category == "shell":
        return f"{word} {_commands(command_of_input(input_text or ''))}"
    language = languages().get((file_extension or "").lower())
    return f"{word} a {language} file" if language else word


@lru_cache(maxsize=65_536)
def _commands(command: str) -> str:
    """The programs that a command runs, each once, in the order in which they come."""
    named = list(dict.fromkeys(_program(member.text) for member in split_command(command)))
    told = [name for name in named if name not in _OPENERS] or named
    return ", ".join(told[:MOST_COMMANDS]) or OWN_PROGRAM


def _program(member: str) -> str:
    """A member's program with its subcommand, both from the lists."""
    words = _WORD.findall(member)[:12]
    while words:
        name = words.pop(0).rsplit("/", 1)[-1].lower()
        if name in LAUNCHERS:
            words = [word for word in words if not word.startswith("-")]
            if words:
                continue
        if name not in PROGRAMS:
            return OWN_PROGRAM
        if name in ("python", "python3", "py") and words[:1] == ["-m"] and words[1:2]:
            return f"python {words[1]}" if words[1] in MODULES else f"python {OWN_PROGRAM}"
        return f"{name} {_subcommand(words)}".strip() if name in HAVE_SUBCOMMANDS else name
    return OWN_PROGRAM


def _subcommand(words: list[str]) -> str:
    """The first word that says what to do; options and their values are passed over."""
    return next((word for word in words if word in SUBCOMMANDS), "")
