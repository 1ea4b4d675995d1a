"""A Claude Code session with a different secret in every place where text can stand."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.planted_text import PlantedSession
from tests.transcripts import FEEDBACK, Transcript, to_lines

LONG = 40_000
"""Bytes of output around a secret in its middle: the cut to head and tail leaves none of it whole."""


def planted_session() -> PlantedSession:
    """Two files: the session, and a sub-agent's."""
    planted = PlantedSession()
    main = Transcript(session="5e55104a-0000-4000-8000-000000000001")
    _humans(main, planted)
    _agent_and_tools(main, planted)
    _disguised(main, planted)
    _long_outputs(main, planted)
    sub = _sub_agent(main, planted)
    _harness(main, planted)
    main.says("All done.")
    planted.files[f"{main.session}.jsonl"] = _with_escapes(main.lines, planted)
    planted.files[f"{main.session}/subagents/agent-{sub.agent_id}.jsonl"] = sub.lines
    return planted


def _humans(t: Transcript, p: PlantedSession) -> None:
    t.prompt(f"Deploy with {p.github('first prompt')} please.")
    t.says(f"I see {p.anthropic('agent text')} in your prompt.", stop="end_turn")
    t.prompt([{"type": "text", "text": f"The database is {p.connection('prompt in blocks')}."}])
    call = t.calls("Bash", {"command": "sleep 20"})
    steer = f"stop, use password: {p.password('steering in the queue')}"
    t.queue("enqueue", steer)
    t.queue("remove")
    t.attachment("queued_command", prompt=steer)
    t.result(call, "ok", is_error=False, outcome={"stdout": "ok", "stderr": "", "interrupted": False})
    t.says("Changed.")
    command = f"--token {p.github('arguments of a slash command')}"
    t.prompt(
        f"<command-name>/deploy</command-name>\n<command-message>deploy</command-message>\n"
        f"<command-args>{command}</command-args>"
    )
    t.user(f"<local-command-stdout>key {p.aws('output of a slash command')}</local-command-stdout>")
    t.says("Deployed.")
    t.prompt(f"mail me at {p.heart('address', 12)}@corp.io")
    question = {
        "question": f"Use {p.github('question of the agent')}?",
        "header": "Key",
        "options": [],
        "multiSelect": False,
    }
    asked = t.calls("AskUserQuestion", {"questions": [question]})
    answer = f"No, use {p.github('answer of the human')}"
    t.result(
        asked,
        f'User has answered your questions: "{question["question"]}"="{answer}".',
        outcome={"questions": [question], "answers": {question["question"]: answer}},
    )
    plan = f"1. log in with {p.anthropic('plan')}"
    told = t.calls("ExitPlanMode", {"plan": plan})
    t.result(
        told,
        FEEDBACK + f"not with that, take {p.aws('feedback to a plan')}",
        is_error=True,
        outcome="Error: rejected",
    )
    denied = t.calls("Bash", {"command": f"curl -u admin:{p.password('denied command')} https://h"})
    t.result(
        denied,
        FEEDBACK + f"token={p.github('feedback to a denial')}",
        is_error=True,
        outcome="Error: rejected",
    )
    t.says("Understood.")


def _agent_and_tools(t: Transcript, p: PlantedSession) -> None:
    t.prompt("Go on.")
    t.assistant(
        {"type": "thinking", "thinking": f"maybe {p.github('thinking')}", "signature": "x"},
        {"type": "text", "text": f"Authorization: Bearer {p.heart('second block of the agent', 40)}"},
    )
    t.bash(f"export API_KEY={p.password('command')}", "")
    t.bash("env", f"GITHUB_TOKEN={p.github('standard output')}\nPATH=/bin")
    call = t.calls(
        "Bash", {"command": "deploy", "description": f"with {p.github('description of a command')}"}
    )
    t.result(
        call, "", outcome={"stdout": "", "stderr": f"bad key {p.aws('standard error')}", "interrupted": False}
    )
    t.bash_fails("deploy", output=f"error: cannot reach {p.connection('error message of a command')}")
    _call(
        t,
        "Write",
        {
            "file_path": f"/home/ann/repo/{p.github('file path')}.txt",
            "content": f"secret: {p.anthropic('written content')}",
        },
        "File created",
    )
    _call(
        t,
        "Edit",
        {
            "file_path": "/home/ann/repo/a.py",
            "old_string": f"key = '{p.github('old text of an edit')}'",
            "new_string": f"key = '{p.github('new text of an edit')}'",
        },
        f"updated: {p.github('result of an edit')}",
    )
    _call(
        t,
        "Read",
        {"file_path": "/home/ann/repo/.env"},
        [{"type": "text", "text": f"     1→DB_PASSWORD={p.password('read file')}"}],
    )
    _call(
        t,
        "Grep",
        {"pattern": p.github("search pattern"), "path": "/home/ann"},
        f"a.py:3:{p.anthropic('search result')}",
    )
    _call(
        t,
        "WebFetch",
        {
            "url": f"https://u:{p.password('address of a page')}@h.io/x"
            f"?access_token={p.heart('parameter of an address', 30)}",
            "prompt": "read",
        },
        "a page",
    )
    _call(
        t,
        "mcp__vault__read",
        {"path": {"deep": [{"client_secret": p.password("nested input of a tool")}]}},
        {"never": "a list"},
    )
    _call(
        t,
        "TodoWrite",
        {"todos": [{"content": f"rotate {p.github('to-do')}", "status": "pending", "activeForm": "x"}]},
        "ok",
    )
    _call(
        t,
        "NotebookEdit",
        {"notebook_path": "/n.ipynb", "new_source": f"token = '{p.github('notebook cell')}'"},
        "ok",
    )
    t.bash(
        f"git commit -m 'add {p.github('commit message')}'",
        f"[main 1a2b3c4] add {p.github('output of a commit')}\n 1 file changed, 2 insertions(+)",
    )
    t.bash(
        f"git push https://{p.github('remote of a push')}@github.com/o/r.git main",
        "To https://github.com/o/r.git\n   1a2b3c4..5d6e7f8  main -> main",
    )
    t.bash(
        f"gh pr create --title 'use {p.github('title of a pull request')}' --body x",
        "https://github.com/o/r/pull/7",
    )
    t.bash(
        "pytest", f"E   AssertionError: {p.anthropic('message of a failed test')}\n1 failed, 3 passed in 0.1s"
    )
    t.says("Worked on it.")


def _disguised(t: Transcript, p: PlantedSession) -> None:
    t.prompt("Show the configuration.")
    token = p.github("escapes inside the text")
    t.bash("cat a.json", token.replace("_", "\\u005f"))
    t.bash("cat b.json", f'{{\\"password\\": \\"{p.password("JSON inside JSON")}\\"}}')
    t.bash("cat c.json", f"\\u0022api_key\\u0022:\\u0022{p.heart('escaped quotes', 32)}\\u0022")
    t.bash(
        "cat d.json", '{"private_key": "' + p.private_key("private key with escaped line ends", "\\n") + '"}'
    )
    t.bash("cat e.pem", p.private_key("private key over lines"))
    t.bash(
        "cat f.url",
        p.connection("percent-encoded connection")
        .replace(":", "%3A")
        .replace("/", "%2F")
        .replace("@", "%40"),
    )
    t.bash("cat g.url", p.anthropic("percent-encoded token").replace("-", "%2D"))
    t.bash("cat h.html", f"password=&quot;{p.password('entities')}&quot;")
    hidden = p.github("signs without width")
    t.bash("cat i.txt", hidden[:3] + "\u200b" + hidden[3:])
    coloured = p.github("colour in the middle")
    t.bash("cat j.txt", f"\x1b[32m{coloured[:24]}\x1b[0m{coloured[24:]}")
    t.bash("cat k.php", p.connection("escaped slashes").replace("/", "\\/"))
    t.says("Shown.")


def _long_outputs(t: Transcript, p: PlantedSession) -> None:
    """The text is kept to 8 kB, head and tail: secrets lie in the middle and on both cuts."""
    t.prompt("Show the logs.")
    filler = "nothing to see here\n"
    half = filler * (LONG // 2 // len(filler))
    t.bash("cat middle.log", f"{half}{p.github('middle of a long cut')}\n{half}")
    for name, at in (("end of the head", 4096), ("start of the tail", LONG - 4096)):
        secret = p.anthropic(f"cut in two at the {name}")
        before = filler * (LONG // len(filler) + 1)
        t.bash("cat cut.log", f"{before[: at - 30]} {secret} {before[at - 30 + len(secret) + 2 : LONG]}")
    _call(
        t,
        "Write",
        {
            "file_path": "/home/ann/repo/big",
            "content": f"{half}\n{p.private_key('private key in a long input')}\n{half}",
        },
        "ok",
    )
    t.says("Shown.")


def _sub_agent(t: Transcript, p: PlantedSession) -> Transcript:
    t.prompt("Ask a helper.")
    brief = f"Search with {p.github('brief of a sub-agent')}"
    call = t.calls("Task", {"description": "Search", "prompt": brief, "subagent_type": "general-purpose"})
    sub = Transcript(session=t.session, agent_id="abcd1234", at=t.at)
    sub.prompt(brief)
    sub.bash(
        f"curl -H 'X-Api-Key: {p.heart('command of a sub-agent', 32)}' h",
        f"token: {p.github('result in a sub-agent')}",
    )
    sub.says(f"It is {p.anthropic('text of a sub-agent')}.")
    answer = f"Found {p.aws('answer of a sub-agent')}"
    t.result(
        call,
        [{"type": "text", "text": answer}],
        is_error=False,
        outcome={"status": "completed", "agentId": "abcd1234", "content": [{"type": "text", "text": answer}]},
    )
    t.says("The helper answered.")
    return sub


def _harness(t: Transcript, p: PlantedSession) -> None:
    t.prompt("And now?")
    t.user(f"Caveat: {p.github('injected by the harness')}", isMeta=True)
    error = f"API Error: 401 invalid key {p.anthropic('API error')}"
    t.says(
        error,
        stop="stop_sequence",
        model="<synthetic>",
        isApiErrorMessage=True,
        error="authentication_failed",
    )
    t.system("informational", content=f"hook said {p.github('system record')}", level="info")
    t.attachment("hook_success", content=f"hook printed {p.github('attachment')}", hookName="PostToolUse")
    t.user(
        f"This session is being continued. Summary: {p.connection('summary of a compaction')}",
        isCompactSummary=True,
        isVisibleInTranscriptOnly=True,
    )
    t.raw({"type": "summary", "summary": f"Deploy with {p.github('title of the session')}", "leafUuid": "x"})
    t.raw({"type": "future-record", "payload": p.github("record of an unknown type"), "sessionId": t.session})


def _call(t: Transcript, name: str, arguments: Mapping[str, Any], content: Any) -> None:
    call = t.calls(name, dict(arguments))
    text = content if isinstance(content, (str, list)) else str(content)
    t.result(
        call,
        text,
        is_error=False,
        outcome=content if isinstance(content, dict) else {"content": str(content)},
    )


def _with_escapes(lines: bytes, p: PlantedSession) -> bytes:
    """Two more: a secret that the file's own JSON escapes, and one in a line that is no JSON."""
    prompt = Transcript(session="5e55104a-0000-4000-8000-000000000001", prefix="esc")
    prompt.prompt(f"The key is {p.github('escaped by the file itself')} here.")
    (line,) = to_lines(prompt.records).splitlines()
    secret = p.hearts["escaped by the file itself"].encode()
    escaped = b"".join(b"\\u%04x" % byte for byte in secret)
    broken = f'{{"type":"user","message":"{p.github("line that is no JSON")}'.encode()
    return lines + line.replace(secret, escaped) + b"\n" + broken + b"\n" + b"{}\n"
