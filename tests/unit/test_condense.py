"""The rule that shortens tools' text: what is kept, what the mark says, whom it never touches."""

from typing import Any

import pytest

from classifiers.subject import condense as rules
from classifiers.subject.condense import CondenseRule, condense, input_rule, result_rule
from orchestration.ingest.rows import RawToolCall
from orchestration.ingest.sources.claude_code.tools import category_of
from tests.fakes.session_rows import row

EVEN = CondenseRule(100, 0.5)


def call(tool_name: str, **values: Any) -> RawToolCall:
    made: RawToolCall = row(
        RawToolCall,
        tool_use_id="t",
        record_id="r",
        tool_name=tool_name,
        tool_category=category_of(tool_name, mcp_server=None),
        **values,
    )
    return made


def test_text_within_its_rule_is_shown_as_it_is() -> None:
    assert condense("x" * 100, EVEN) == ("x" * 100, 100)


def test_longer_text_keeps_head_and_tail_and_says_how_much_is_missing() -> None:
    text = "a" * 80 + "b" * 200 + "c" * 80
    shown, kept_count = condense(text, EVEN)
    assert shown == f"{'a' * 50}\n⟦… 260 characters left out …⟧\n{'c' * 50}"
    assert kept_count == 100


def test_what_the_lake_left_out_before_is_counted_in_the_mark() -> None:
    shown, _ = condense("a" * 300, EVEN, missing_count=5_000)
    assert "⟦… 5,200 characters left out …⟧" in shown


def test_cut_moves_to_the_end_of_a_line_nearby() -> None:
    text = "first line of thirty-three chars.\nsecond line, cut\n" + "m" * 200 + "\nthe end: 3 passed"
    shown, kept_count = condense(text, EVEN)
    head, mark, tail = shown.split("\n")
    assert head == "first line of thirty-three chars."
    assert mark.startswith("⟦… ")
    assert tail == "the end: 3 passed"
    assert kept_count == len(head) + 1 + len(tail)


def test_one_huge_line_is_cut_by_characters() -> None:
    shown, kept_count = condense("x" * 1_000_000, EVEN)
    assert kept_count == 100
    assert len(shown) < 200


def test_text_without_a_rule_is_never_shortened() -> None:
    assert condense("x" * 1_000_000, None).kept_count == 1_000_000


@pytest.mark.parametrize("tool_name", ["ExitPlanMode", "AskUserQuestion"])
def test_what_the_agent_tells_the_person_through_a_tool_is_never_shortened(tool_name: str) -> None:
    assert input_rule(call(tool_name)) is None


@pytest.mark.parametrize(
    ("tool_name", "asked", "given"),
    [
        ("Bash", rules.SHELL_INPUT, rules.SHELL_RESULT),
        ("Read", rules.OTHER_INPUT, rules.READ_RESULT),
        ("Grep", rules.OTHER_INPUT, rules.READ_RESULT),
        ("Edit", rules.EDIT_INPUT, rules.EDIT_RESULT),
        ("Task", rules.AGENT_INPUT, rules.AGENT_RESULT),
        ("mcp__linear__get_issue", rules.OTHER_INPUT, rules.OTHER_RESULT),
    ],
)
def test_rule_follows_what_the_tool_is_for(tool_name: str, asked: CondenseRule, given: CondenseRule) -> None:
    assert input_rule(call(tool_name)) == asked
    assert result_rule(call(tool_name)) == given


def test_failure_is_shown_at_length_whatever_the_tool() -> None:
    assert result_rule(call("Read", is_error=True)) == rules.FAILED_RESULT


def test_sub_agents_calls_are_shown_in_brief() -> None:
    assert input_rule(call("Bash", is_sidechain=True)) == rules.SUBAGENT_TOOL
    assert result_rule(call("Bash", is_sidechain=True, is_error=True)) == rules.SUBAGENT_TOOL
