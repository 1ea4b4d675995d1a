"""Git, pull-request, test and rollback events, each with the evidence it rests on (D10).

From one shell call with its result: what the command's members say was tried, what the output or the
harness's own `gitOperation` says came of it. `is_success` stays null where neither settles it.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from orchestration.ingest.json_values import count_of, string_of
from orchestration.ingest.pull_requests import opens_on_command_line, requests_named_in
from orchestration.ingest.rows import EventEvidence, EventKind
from orchestration.ingest.shell_command import Member, split_command, status_of_member


class ToolEvent(NamedTuple):
    """One event of a tool call."""

    kind: EventKind
    evidence: EventEvidence
    is_success: bool | None
    detail: str | None = None
    commit_sha: str | None = None
    pull_request_number: int | None = None
    pull_request_repository: str | None = None
    tests_passed: int | None = None
    tests_failed: int | None = None


_EVENT_WORDS = (
    "git",
    "gh ",
    "glab ",
    "pull",
    "merge_requests",
    " pr ",
    "test",
    "spec",
    "tox",
    "nox",
    "mocha",
    "ava",
    "bats",
)
"""Commands without any of these are not split: most commands are not."""

_GIT = r"^git\b(?:\s+-[Cc]\s+\S+|\s+(?!-[Cc]\s)--?\w[\w-]*(?:=\S+)?)*\s+"
_COMMIT = re.compile(_GIT + r"commit\b(?!-)")
_PUSH = re.compile(_GIT + r"push\b")
_ROLLBACK = re.compile(
    _GIT + r"(reset\s+--hard|revert\b|checkout\s+(?:\S+\s+)?--\s|checkout\s+\.|restore\b(?!\s+--staged))"
)
_PR_MERGE = re.compile(r"^(?:gh\s+pr|glab\s+mr)\s+merge\b")
_TEST_LAUNCHER = (
    r"^(?:(?:npx|pnpm|yarn|bun|poetry run|uv run|pipenv run|mise(?: run| exec)?(?: --)?|just|make|bundle exec"
    r"|npm|npm run|pnpm run|yarn run|bun run|python3? -m|dotnet|cargo|go|mix|gradle|\./gradlew|mvn|\./mvnw"
    r"|rake|deno|swift|flutter|dart|nx(?: run)?|turbo(?: run)?)\s+(?:-\S+\s+)*)?"
)
_TEST_RUNNER = (
    r"(pytest|py\.test|tox|nox|jest|vitest|mocha|ava|rspec|phpunit|ctest|unittest|nextest|playwright test"
    r"|cypress run|(?:[\w.-]+:)?tests?(?=$|[\s:._-])[\w:.-]*|\S*/?(?:gotestsum|bats))(?=$|\s)"
)
_TEST_COMMAND = re.compile(_TEST_LAUNCHER + _TEST_RUNNER)
_NOT_A_TEST = re.compile(r"^(?:test|tests)\s")  # the shell's own `test -f …`

_COMMIT_LINE = re.compile(r"^\[([^\]\n]+?)(?: \(root-commit\))? ([0-9a-f]{7,40})\] ", re.M)
_PUSHED_LINE = re.compile(
    r"^\s*(?:[*+ ]\s*)?(?:\[new (?:branch|tag)\]|[0-9a-f]{6,40}\.\.\.?[0-9a-f]{6,40})\s+\S+ -> \S+", re.M
)
_PUSH_REJECTED = re.compile(r"\[(?:remote )?rejected\]|^error: failed to push", re.M)
_UP_TO_DATE = re.compile(r"^Everything up-to-date", re.M)
_PR_ACTIONS: dict[str, EventKind] = {
    "created": "pull_request_opened",
    "merged": "pull_request_merged",
}

_SUMMARY_CHARS = 20_000
"""Runners print their summary last; what stands far before it is the tests' own output."""

_Counted = tuple[tuple[str, re.Pattern[str]], ...]
"""A text that stands in every match, and the expression: it opens with a digit, so that it is slow alone."""

_PASSED: _Counted = (
    (" passed", re.compile(r"(?<![\w.])(\d{1,9}) passed\b")),  # pytest, jest, vitest, playwright, cargo
    (" passing", re.compile(r"(?<![\w.])(\d{1,9}) passing\b")),  # mocha
    (" pass\n", re.compile(r"^\s*(\d{1,9}) pass$", re.M)),  # bun
    ("Tests run: ", re.compile(r"\bTests run: (\d{1,9}), Failures: 0, Errors: 0")),  # maven
)
_FAILED: _Counted = (
    (" failed", re.compile(r"(?<![\w.])(\d{1,9}) failed\b")),
    (" failing", re.compile(r"(?<![\w.])(\d{1,9}) failing\b")),
    (" fail\n", re.compile(r"^\s*(\d{1,9}) fail$", re.M)),
    (" failure", re.compile(r"(?<![\w.])(\d{1,9}) failures?\b")),  # mix, rspec
)
_TOTAL = re.compile(r"(?<![\w.])(\d{1,9}) (?:tests|examples), (\d{1,9}) failures?\b")
_MAY_COUNT = re.compile(r" (?:pass|fail)|Tests run: |^(?:ok\s|FAIL\b|--- FAIL:)", re.M)
"""What every count below needs: most outputs have none, and one look says so."""
_SUMMARY_LINES = 3
"""Passed and failed stand on one line or on neighbouring ones (mocha, bun)."""
_GO_OK = re.compile(r"^ok\s+\S+", re.M)
_GO_FAIL = re.compile(r"^(?:FAIL\b|--- FAIL:)", re.M)


def read_shell_events(command: str, output: str, exit_code: int | None, detail: Any) -> Iterator[ToolEvent]:
    """Events of one shell call; `exit_code` is the whole command's, `detail` its toolUseResult."""
    operation = detail.get("gitOperation") if isinstance(detail, dict) else None
    operation = operation if isinstance(operation, dict) else {}
    members = split_command(command) if _may_hold_event(command) else ()
    yield from _commits(members, output, exit_code, operation)
    yield from _pushes(members, output, exit_code, operation)
    yield from _pull_requests(members, output, exit_code, operation)
    for index, member in enumerate(members):
        if _ROLLBACK.match(member.text):
            done = status_of_member(members, index, exit_code)
            yield ToolEvent("rollback", "exit_status" if done is not None else "command", done)
    yield from _test_runs(members, output, exit_code)


def _may_hold_event(command: str) -> bool:
    return any(word in command for word in _EVENT_WORDS)


def _matching(members: tuple[Member, ...], pattern: re.Pattern[str]) -> list[int]:
    return [index for index, member in enumerate(members) if pattern.match(member.text)]


def _commits(
    members: tuple[Member, ...], output: str, exit_code: int | None, operation: dict[str, Any]
) -> Iterator[ToolEvent]:
    tried = _matching(members, _COMMIT)
    stated = operation.get("commit")
    if isinstance(stated, dict):
        yield ToolEvent(
            "commit",
            "git_operation",
            True,
            string_of(stated.get("kind")),
            commit_sha=string_of(stated.get("sha")),
        )
        return
    lines = _COMMIT_LINE.findall(output) if tried else []
    for _branch, sha in lines:
        yield ToolEvent("commit", "command_output", True, commit_sha=sha)
    for index in tried[len(lines) :]:
        done = status_of_member(members, index, exit_code)
        yield ToolEvent("commit", "exit_status" if done is not None else "command", done)


def _pushes(
    members: tuple[Member, ...], output: str, exit_code: int | None, operation: dict[str, Any]
) -> Iterator[ToolEvent]:
    if isinstance(operation.get("push"), dict):
        yield ToolEvent("push", "git_operation", True)
        return
    for index in _matching(members, _PUSH):
        if _PUSH_REJECTED.search(output):
            yield ToolEvent("push", "command_output", False, "rejected")
        elif _PUSHED_LINE.search(output):
            yield ToolEvent("push", "command_output", True)
        elif _UP_TO_DATE.search(output):
            yield ToolEvent("push", "command_output", None, "up_to_date")
        else:
            done = status_of_member(members, index, exit_code)
            yield ToolEvent("push", "exit_status" if done is not None else "command", done)


def _pull_requests(
    members: tuple[Member, ...], output: str, exit_code: int | None, operation: dict[str, Any]
) -> Iterator[ToolEvent]:
    stated = operation.get("pr")
    kind = _PR_ACTIONS.get(str(stated.get("action"))) if isinstance(stated, dict) else None
    if isinstance(stated, dict) and kind is not None:
        named = requests_named_in(str(stated.get("url")))
        yield ToolEvent(
            kind,
            "git_operation",
            True,
            pull_request_number=count_of(stated.get("number")),
            pull_request_repository=named[0].repository if named else None,
        )
        return
    opening = [index for index, member in enumerate(members) if opens_on_command_line(member.text)]
    urls = requests_named_in(output) if opening else []
    for number, index in enumerate(opening):
        done = status_of_member(members, index, exit_code)
        if number < len(urls) and exit_code in (0, None):
            yield ToolEvent(
                "pull_request_opened",
                "command_output",
                True,
                pull_request_number=urls[number].number,
                pull_request_repository=urls[number].repository,
            )
        else:
            yield ToolEvent("pull_request_opened", "exit_status" if done is not None else "command", done)
    for index in _matching(members, _PR_MERGE):
        done = status_of_member(members, index, exit_code)
        yield ToolEvent("pull_request_merged", "exit_status" if done is not None else "command", done)


def _test_runs(members: tuple[Member, ...], output: str, exit_code: int | None) -> Iterator[ToolEvent]:
    tried = [
        index for index in _matching(members, _TEST_COMMAND) if not _NOT_A_TEST.match(members[index].text)
    ]
    if not tried:
        return
    for index in tried:
        match = _TEST_COMMAND.match(members[index].text)
        runner = match.group(1) if match else None
        # Two test commands share one output: its counts cannot be told apart.
        passed, failed = count_tests(output) if len(tried) == 1 else (None, None)
        settled = status_of_member(members, index, exit_code)
        evidence: EventEvidence = "exit_status" if settled is not None else "command"
        if settled is None and (failed or passed):
            settled, evidence = not failed, "command_output"
        yield ToolEvent("test_run", evidence, settled, runner, tests_passed=passed, tests_failed=failed)


def count_tests(output: str) -> tuple[int | None, int | None]:
    """Passed and failed counts that a test runner printed; for `go test`, of packages."""
    output = output[-_SUMMARY_CHARS:]
    if not _MAY_COUNT.search(output):
        return None, None
    total = _TOTAL.findall(output) if " failure" in output else []
    if total:
        failed = sum(int(bad) for _, bad in total)
        return sum(int(all_) for all_, _ in total) - failed, failed
    passed, failures = _last_match(_PASSED, output), _last_match(_FAILED, output)
    if passed is not None or failures is not None:
        return _of_one_summary(output, passed, failures)
    ok, bad = len(_GO_OK.findall(output)), len(_GO_FAIL.findall(output))
    return (ok or None), (bad if ok or bad else None)


def _last_match(counted: _Counted, output: str) -> re.Match[str] | None:
    """The last match: the summary stands behind what the tests themselves print."""
    ended = output + "\n"  # a line's end is looked for, and the last line may have none
    matches = [
        match for literal, pattern in counted if literal in ended for match in pattern.finditer(output)
    ]
    return max(matches, key=lambda match: match.start(), default=None)


def _of_one_summary(
    output: str, passed: re.Match[str] | None, failed: re.Match[str] | None
) -> tuple[int | None, int]:
    """Both counts from the lines of the last one: a test may print "99 failed" and pass."""
    last = max(match.start() for match in (passed, failed) if match is not None)
    begin = last
    for _ in range(_SUMMARY_LINES):
        begin = output.rfind("\n", 0, begin)
        if begin < 0:
            break
    counts = [
        int(match.group(1)) if match is not None and match.start() > begin else None
        for match in (passed, failed)
    ]
    return counts[0], counts[1] if counts[1] is not None else 0
