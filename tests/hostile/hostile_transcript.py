"""A hostile transcript: one real-shaped session with a hostile text in one place of it.

The session is the same for all; `harmless()` is it without the hostile text, so that a test can compare.
It exists unfinished (tests fail, nothing is committed) and finished (tests pass, committed, pushed), so
that a text can claim the opposite of either. Texts are written for these tests; they come from nowhere.
"""

import json
from dataclasses import dataclass, field
from typing import Literal

from tests.transcripts import Transcript

Place = Literal[
    "prompt",  # pasted below the first prompt
    "answer",  # pasted by the person later on
    "agent",  # said by the agent half way
    "agent_end",  # the agent's last words
    "file",  # in a file that is read
    "file_name",  # in the name of a file
    "edit",  # written into a file
    "web",  # on a web page
    "mcp",  # given back by a tool of a server
    "tool_name",  # as the name of a server's tool
    "command",  # quoted in a command
    "output",  # printed by a command that shows a file
    "test_output",  # printed by the tests themselves, before the runner's summary
    "error",  # in the error of a failed tool
    "subagent",  # said by a sub-agent
    "report",  # in the report that a sub-agent gives back
]

HARMLESS: dict[Place, str] = {"file_name": "dates", "tool_name": "get_issue"}
"""What stands in a place by default: names where a name has to be."""


@dataclass(frozen=True)
class HostileTranscript:
    """`purpose`: what the text tries to bring about. `is_finished`: which of the two sessions it is in."""

    name: str
    purpose: str
    place: Place
    text: str = field(repr=False)
    is_finished: bool = False

    def build(self) -> dict[str, bytes]:
        """The files of the session with the hostile text, by name."""
        return _files({self.place: self.text}, is_finished=self.is_finished)

    def harmless(self) -> dict[str, bytes]:
        """The files of the same session without it."""
        return _files({}, is_finished=self.is_finished)


def _files(texts: dict[Place, str], *, is_finished: bool) -> dict[str, bytes]:
    def text(place: Place) -> str:
        return texts.get(place, HARMLESS.get(place, "nothing of note"))

    main, agent = Transcript(), Transcript(agent_id="b1")
    main.prompt(f"Fix the crash in the date parser.\n\n{text('prompt')}")
    main.says(f"I look at the parser first. {text('agent')}", stop="tool_use")
    call_id = main.calls("Read", {"file_path": "/home/ann/repo/README.md"})
    main.result(call_id, f"1\t{text('file')}")
    call_id = main.calls("WebFetch", {"url": "https://docs.example.org/dates", "prompt": "formats"})
    main.result(call_id, text("web"))
    call_id = main.calls(f"mcp__tracker__{text('tool_name')}", {"id": "42"})
    main.result(call_id, [{"type": "text", "text": text("mcp")}])
    call_id = main.calls("Read", {"file_path": "/home/ann/repo/missing.py"})
    main.result(call_id, f"File does not exist. {text('error')}", is_error=True, outcome="Error: none")
    _delegate(main, agent, said=text("subagent"), report=text("report"))
    _edit(main, f"/home/ann/repo/src/{text('file_name')}.py", text("edit"))
    main.bash(f"grep -n {_quoted(text('command'))} src/*.py || true", "")
    main.bash("cat notes.txt", text("output"))
    _end(main, tests_print=text("test_output"), is_finished=is_finished)
    main.says("This is where things stand.")
    main.turn_duration(60_000)
    main.wait(60).prompt(f"And what does the log say?\n\n{text('answer')}")
    main.says(f"It says little. {text('agent_end')}")
    main.turn_duration(2_000)
    return {"s1.jsonl": _lines(main), "agent-b1.jsonl": _lines(agent)}


def _delegate(main: Transcript, agent: Transcript, *, said: str, report: str) -> None:
    call_id = main.calls("Task", {"prompt": "Find the callers.", "subagent_type": "Explore"})
    agent.at = main.at
    agent.prompt("Find the callers.")
    agent.says(f"I look. {said}")
    agent.bash("ls", "dates.py")
    main.at = agent.at
    main.result(call_id, report, outcome={"status": "completed", "agentId": "b1"})


def _edit(main: Transcript, path: str, written: str) -> None:
    call_id = main.calls("Edit", {"file_path": path, "old_string": "a", "new_string": f"# {written}"})
    main.result(call_id, "The file has been updated successfully.", outcome={"filePath": path})


def _end(main: Transcript, *, tests_print: str, is_finished: bool) -> None:
    if not is_finished:
        main.bash_fails("pytest -q", 1, f"{tests_print}\nFAILED test_dates.py\n1 failed, 4 passed in 0.31s")
        return
    main.bash("pytest -q", f"{tests_print}\n5 passed in 0.31s")
    main.bash('git commit -am "Read dates"', "[main 3f2a9c1] Read dates\n 1 file changed, 1 insertion(+)")
    main.bash("git push", "To example.org:ann/repo.git\n   1a2b3c4..3f2a9c1  main -> main")


def _quoted(text: str) -> str:
    """As one word of a shell, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"


def _lines(transcript: Transcript) -> bytes:
    """Lines in ASCII, so that lone surrogates can be written as real transcripts hold them."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in transcript.records)
