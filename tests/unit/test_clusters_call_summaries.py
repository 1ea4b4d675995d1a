"""Summaries of tool calls without a model: what they say, and that they say nothing that somebody made up."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.clusters.call_summaries import OWN_PROGRAM, call_summary, languages
from orchestration.clusters.known_programs import CATEGORY_WORDS, MODULES, PROGRAMS, SUBCOMMANDS

PUBLIC_WORDS = {
    word
    for text in (
        *PROGRAMS, *SUBCOMMANDS, *MODULES, *CATEGORY_WORDS.values(), *languages().values(),
        OWN_PROGRAM, "a file",
    )
    for word in text.split()
}  # fmt: skip
"""Every word that a summary may hold."""


def shell(command: str) -> str:
    return call_summary("shell", json.dumps({"command": command}), None)


@pytest.mark.parametrize(
    ("command", "summary"),
    [
        ("git add -A && git commit -m 'add the acme key' && git push", "run git add, git commit, git push"),
        ("cd /home/ada/acme && npm test | tail -5", "run npm test, tail"),
        ("./deploy-acme.sh --to prod", f"run {OWN_PROGRAM}"),
        ("/usr/bin/python3 -m pytest tests/acme", "run python pytest"),
        ("python -m acme.secret", f"run python {OWN_PROGRAM}"),
        ("kubectl -n acme get pods", "run kubectl get"),
        ("npx -y cypress open", "run cypress"),
        ("TOKEN=abc curl https://acme.example", "run curl"),
        ("cd /srv/acme", "run cd"),
        ("make acme-release", "run make"),
        ("", f"run {OWN_PROGRAM}"),
    ],
)
def test_a_shell_call_is_named_by_what_it_runs(command: str, summary: str) -> None:
    assert shell(command) == summary


def test_a_command_is_read_from_plain_text_and_from_a_cut_input() -> None:
    assert call_summary("shell", "cargo build --release", None) == "run cargo build"
    assert (
        call_summary("shell", '{"command": "git status", "description": "look at ac', None)
        == "run git status"
    )


@pytest.mark.parametrize(
    ("category", "extension", "summary"),
    [
        ("edit", "py", "edit a Python file"),
        ("read", "PY", "read a Python file"),
        ("edit", "acmelang", "edit"),
        ("mcp", None, "use a connected server"),
        ("something new", None, "use another tool"),
    ],
)
def test_other_calls_are_named_by_category_and_language(
    category: str, extension: str | None, summary: str
) -> None:
    assert call_summary(category, "every word of this is private", extension) == summary


@given(st.text(max_size=200) | st.from_regex(r"[a-z]{1,9}( [a-z./-]{1,9}){0,5}(&&|;|\||\n)?[a-z]{0,9}"))
def test_no_summary_holds_a_word_of_nobodys_list(command: str) -> None:
    for text in (shell(command), call_summary("shell", command, None), call_summary("edit", None, command)):
        assert set(re.split(r"[ ,]+", text)) <= PUBLIC_WORDS
