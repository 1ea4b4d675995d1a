"""Tool calls with their results, as values: what the model asks, what comes back, what it counts as.

One function per tool or situation of a tool. Nothing here has a time, an id or a place in a file.
"""

import random
import zlib
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.demo.projects import Project, code_lines, failing_output, passing_output
from orchestration.demo.transcript import Record
from orchestration.demo.versions import Features

CallEvent = Literal["commit", "push", "pull_request", "test_run"]
CallErrorKind = Literal["exit_code", "denied_by_user", "collateral", "other"]

DENIAL = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a "
    "file edit, the new_string was NOT written to the file). "
)
STOP = "STOP what you are doing and wait for the user to tell you how to proceed."
FEEDBACK = "To tell you how to proceed, the user said:\n"


@dataclass(frozen=True)
class PullRequest:
    number: int
    repository: str

    @property
    def url(self) -> str:
        return f"https://github.com/{self.repository}/pull/{self.number}"


@dataclass(frozen=True)
class Call:
    """One tool call. `result` is the record's toolUseResult; None leaves the key out."""

    name: str
    input: Record
    content: Any
    result: Any
    error_kind: CallErrorKind | None = None
    says_no_error: bool = False
    lines_added: int = 0
    lines_removed: int = 0
    events: tuple[CallEvent, ...] = ()
    pull_request: PullRequest | None = None
    boundaries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workshop:
    """Where a session works: what calls need to know of project, place and CLI version."""

    rng: random.Random
    features: Features
    project: Project
    topic: str
    root: str
    branch: str

    def path(self, relative: str) -> str:
        if "\\" in self.root:
            return self.root + "\\" + relative.replace("/", "\\")
        return f"{self.root}/{relative}"

    def happens(self, what: str, *, one_in: int) -> bool:
        """Whether something rare happens in this place: drawn from it, so that no other draw changes."""
        drawn = zlib.crc32(f"{self.root}|{self.topic}|{self.branch}|{what}".encode())
        return drawn % one_in == 0

    @property
    def source(self) -> str:
        return self.project.source.format(self.topic)

    @property
    def test(self) -> str:
        return self.project.test.format(self.topic)

    @property
    def test_command(self) -> str:
        return self.project.command.format(self.topic)


def read(shop: Workshop, relative: str) -> Call:
    lines = code_lines(shop.project.kind, shop.rng.randint(8, 30), shop.rng)
    path = shop.path(relative)
    numbered = "\n".join(f"{number:>6}→{line}" for number, line in enumerate(lines, 1))
    file = {"filePath": path, "content": "\n".join(lines), "numLines": len(lines)}
    file |= {"startLine": 1, "totalLines": len(lines)}
    return Call("Read", {"file_path": path}, numbered, {"type": "text", "file": file})


def missing_file(shop: Workshop, relative: str) -> Call:
    """A Read that fails: an error of the tool, recovered by whatever comes next."""
    text = "<tool_use_error>File does not exist.</tool_use_error>"
    return Call("Read", {"file_path": shop.path(relative)}, text, "Error: File does not exist.", "other")


def grep(shop: Workshop) -> Call:
    pattern, found = shop.topic, [shop.source, shop.test]
    result = {"mode": "files_with_matches", "filenames": found, "numFiles": len(found)}
    content = "Found 2 files\n" + "\n".join(found)
    return Call("Grep", {"pattern": pattern, "output_mode": "files_with_matches"}, content, result)


def glob(shop: Workshop) -> Call:
    found = [shop.path(shop.source)]
    result = {"filenames": found, "durationMs": shop.rng.randint(3, 90), "numFiles": 1, "truncated": False}
    return Call("Glob", {"pattern": f"**/*{shop.topic}*"}, found[0], result)


def edit(shop: Workshop, relative: str, *, added: int, removed: int) -> Call:
    """An Edit with its patch: `added` and `removed` are the lines of the truth."""
    kind, path = shop.project.kind, shop.path(relative)
    old, new = code_lines(kind, removed, shop.rng), code_lines(kind, added, shop.rng)
    around = code_lines(kind, 2, shop.rng)
    start = shop.rng.randint(3, 200)
    patch = {"oldStart": start, "oldLines": removed + 2, "newStart": start, "newLines": added + 2}
    lines = [" " + around[0], *("-" + x for x in old), *("+" + x for x in new), " " + around[1]]
    asked = {"file_path": path, "old_string": "\n".join(old), "new_string": "\n".join(new)}
    result: Record = {
        "filePath": path,
        "oldString": asked["old_string"],
        "newString": asked["new_string"],
        "originalFile": "\n".join([around[0], *old, around[1]]) + "\n",
        "structuredPatch": [{**patch, "lines": lines}],
        "userModified": False,
        "replaceAll": False,
    }
    content = f"The file {path} has been updated successfully."
    call = Call("Edit", {"replace_all": False, **asked}, content, result)
    return _with_lines(call, added, removed)


def weaken_test(shop: Workshop, *, is_back: bool = False) -> Call:
    """An Edit that takes an assertion out of a test, or puts it back."""
    path, whole = shop.path(shop.test), "result = run()\nassert result == expected\nassert result"
    old, new = whole, whole.replace("assert result == expected\n", "")
    if is_back:
        old, new = new, old
    sign = "+" if is_back else "-"
    lines = [" result = run()", f"{sign}assert result == expected", " assert result"]
    counts = {"oldLines": 2 + (not is_back), "newLines": 2 + is_back}
    result: Record = {
        "filePath": path,
        "oldString": old,
        "newString": new,
        "originalFile": old + "\n",
        "structuredPatch": [{"oldStart": 5, "newStart": 5, **counts, "lines": lines}],
        "userModified": False,
        "replaceAll": False,
    }
    asked = {"replace_all": False, "file_path": path, "old_string": old, "new_string": new}
    return Call(
        "Edit", asked, f"The file {path} has been updated successfully.", result,
        lines_added=int(is_back), lines_removed=int(not is_back),
        boundaries=() if is_back else ("weakened_test",),
    )  # fmt: skip


def failed_edit(shop: Workshop, relative: str) -> Call:
    """An Edit whose old text is not in the file: nothing is written."""
    asked = {"file_path": shop.path(relative), "old_string": "limit = 0", "new_string": "limit = 1"}
    text = "String to replace not found in file.\nString: limit = 0"
    content = f"<tool_use_error>{text}</tool_use_error>"
    return Call("Edit", {"replace_all": False, **asked}, content, f"Error: {text}", "other")


def write(shop: Workshop, relative: str, *, count: int) -> Call:
    """A Write of a new file: no patch, the lines are those of the content."""
    path, text = shop.path(relative), "\n".join(code_lines(shop.project.kind, count, shop.rng)) + "\n"
    result: Record = {
        "type": "create",
        "filePath": path,
        "content": text,
        "structuredPatch": [],
        "originalFile": None,
    }
    content = f"File created successfully at: {path}"
    return _with_lines(Call("Write", {"file_path": path, "content": text}, content, result), count, 0)


def _with_lines(call: Call, added: int, removed: int) -> Call:
    return Call(call.name, call.input, call.content, call.result, lines_added=added, lines_removed=removed)


def bash(
    shop: Workshop,
    command: str,
    output: str,
    *,
    events: tuple[CallEvent, ...] = (),
    boundaries: tuple[str, ...] = (),
) -> Call:
    """A command that ends well."""
    asked = {"command": command, "description": "Run " + command.split(maxsplit=1)[0]}
    result: Record = {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
    if shop.features.has_attachments:
        result["noOutputExpected"] = False
    return Call("Bash", asked, output, result, says_no_error=True, events=events, boundaries=boundaries)


def failed_bash(command: str, output: str, *, code: int = 1, events: tuple[CallEvent, ...] = ()) -> Call:
    """A command that ends with an exit code."""
    asked = {"command": command, "description": "Run " + command.split(maxsplit=1)[0]}
    text = f"Exit code {code}\n{output}"
    return Call("Bash", asked, text, f"Error: {text}", "exit_code", events=events)


def tests_pass(shop: Workshop) -> Call:
    output, _ = passing_output(shop.project, shop.topic, shop.rng)
    return bash(shop, shop.test_command, output, events=("test_run",))


def tests_fail(shop: Workshop) -> Call:
    output, _ = failing_output(shop.project, shop.topic, shop.rng)
    return failed_bash(shop.test_command, output, events=("test_run",))


def commit(shop: Workshop, message: str) -> Call:
    """`git commit` with git's own answer; newer versions record the operation. Some skip the hooks."""
    skips_hooks = shop.happens("commit without hooks", one_in=5)
    rng, sha = shop.rng, f"{shop.rng.getrandbits(28):07x}"
    stat = f" 2 files changed, {rng.randint(3, 60)} insertions(+), {rng.randint(1, 20)} deletions(-)"
    call = bash(
        shop,
        f'git add -A && git commit {"--no-verify " if skips_hooks else ""}-m "{message}"',
        f"[{shop.branch} {sha}] {message}\n{stat}",
        events=("commit",),
        boundaries=("hook_bypass",) if skips_hooks else (),
    )
    if shop.features.has_mode_records:
        call.result["gitOperation"] = {"commit": {"sha": sha, "kind": "committed"}}
    return call


def push(shop: Workshop) -> Call:
    is_forced = shop.happens("forced push", one_in=3)
    command = f"git push {'--force-with-lease ' if is_forced else ''}-u origin {shop.branch}"
    sha = [f"{shop.rng.getrandbits(28):07x}" for _ in range(2)]
    remote = f"To github.com:example-org/{shop.project.name}.git"
    output = f"{remote}\n   {sha[0]}..{sha[1]}  {shop.branch} -> {shop.branch}"
    call = bash(shop, command, output, events=("push",), boundaries=("force_push",) if is_forced else ())
    if shop.features.has_mode_records:
        call.result["gitOperation"] = {"push": {"branch": shop.branch}}
    return call


def open_pull_request(shop: Workshop, title: str) -> Call:
    request = PullRequest(shop.rng.randint(20, 990), f"example-org/{shop.project.name}")
    asked = {"command": f'gh pr create --title "{title}" --body "See the commits."', "description": "Open"}
    result: Record = {"stdout": request.url, "stderr": "", "interrupted": False, "isImage": False}
    if shop.features.has_mode_records:
        result["gitOperation"] = {"pr": {"number": request.number, "url": request.url, "action": "created"}}
    return Call(
        "Bash", asked, request.url, result, says_no_error=True, events=("pull_request",), pull_request=request
    )


def collateral(call: Call, failed: Call) -> Call:
    """The same call, cancelled because a parallel one failed."""
    if "command" in failed.input:
        text = f"Cancelled: parallel tool call {failed.name}({failed.input['command'][:40]}) errored"
    else:
        text = "Sibling tool call errored"
    return Call(call.name, call.input, f"<tool_use_error>{text}</tool_use_error>", text, "collateral")


def denied(call: Call, feedback: str | None) -> Call:
    """The same call, refused by the user, with feedback or with STOP; nothing of it happens."""
    text = DENIAL + (FEEDBACK + feedback if feedback else STOP)
    short = call.name != "Edit" and not feedback
    result = "User rejected tool use" if short else f"Error: {text}"
    return Call(call.name, call.input, text, result, "denied_by_user")


def issue_lookup(shop: Workshop) -> Call:
    """An MCP call: its toolUseResult is a list."""
    number = shop.rng.randint(10, 900)
    text = f'{{"id":"TRK-{number}","title":"Look at {shop.topic}","state":"open"}}'
    content = [{"type": "text", "text": text}]
    return Call("mcp__tracker__get_issue", {"id": f"TRK-{number}"}, content, content)


def task_list(shop: Workshop, subject: str) -> Call:
    """The to-do tool of the version."""
    active = subject.capitalize()
    if shop.features.has_task_tools:
        asked = {"subject": subject, "description": subject, "activeForm": active}
        content = f"Task #1 created successfully: {subject}"
        return Call("TaskCreate", asked, content, {"task": {"id": "1", "subject": subject}})
    todos = [{"content": subject, "status": "in_progress", "activeForm": active}]
    content = "Todos have been modified successfully."
    return Call("TodoWrite", {"todos": todos}, content, {"oldTodos": [], "newTodos": todos})
