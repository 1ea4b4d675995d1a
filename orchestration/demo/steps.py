"""Steps: what happens inside a turn — calls with their results, steering, sub-agents, compaction."""

from collections.abc import Sequence
from typing import Any

from orchestration.demo.calls import Call, Workshop, bash, denied, grep, read, write
from orchestration.demo.scene import Scene, Step, write_pr_link
from orchestration.demo.transcript import Record, Transcript, new_token

_THOUGHTS = (
    "The request is clear enough; the next thing is to look at the code that is concerned.",
    "There are two ways to do this. The smaller change is the safer one here.",
    "The output narrows it down. The boundary case is what matters.",
    "Before changing anything it is worth checking who else calls this.",
)


def blocks_of(scene: Scene, text: str | None) -> list[Record]:
    """Thinking (now and then) and text, as blocks of a response."""
    blocks: list[Record] = []
    if scene.rng.random() < 0.45:
        thought = "" if scene.features.is_thinking_hidden else scene.rng.choice(_THOUGHTS)
        signature = "Er" + f"{scene.rng.getrandbits(320):080x}"
        blocks.append({"type": "thinking", "thinking": thought, "signature": signature})
    if text:
        blocks.append({"type": "text", "text": text})
    return blocks


def tool_use(transcript: Transcript, call: Call, tool_id: str) -> Record:
    block: Record = {"type": "tool_use", "id": tool_id, "name": call.name, "input": call.input}
    if transcript.features.has_caller:
        block["caller"] = {"type": "direct"}
    return block


def write_result(
    scene: Scene, call: Call, tool_id: str, record_id: str, *, into: Transcript | None = None
) -> None:
    """The user record that carries a call's result."""
    transcript = into or scene.transcript
    block: Record = {"tool_use_id": tool_id, "type": "tool_result", "content": call.content}
    if call.error_kind is not None:
        block["is_error"] = True
    elif call.says_no_error:
        block["is_error"] = False
    extra: Record = {} if call.result is None else {"toolUseResult": call.result}
    if transcript.features.has_turn_duration:
        extra["sourceToolAssistantUUID"] = record_id
    body = {"type": "user", "message": {"role": "user", "content": [block]}}
    transcript.record(body, extra, parent=record_id)


def count_call(scene: Scene, call: Call) -> None:
    """What a call adds to the truth."""
    counts = scene.tally.counts
    counts["lines_added"] += call.lines_added
    counts["lines_removed"] += call.lines_removed
    for event in call.events:
        counts[f"{event}_count"] += 1
    scene.tally.boundaries.update(call.boundaries)
    if call.error_kind is not None:
        scene.tally.tool_errors[call.error_kind] += 1
        counts["tool_error_count"] += call.error_kind not in ("denied_by_user", "collateral")
        counts["denial_count"] += call.error_kind == "denied_by_user"


def perform_work(scene: Scene, text: str | None, calls: Sequence[Call]) -> None:
    """One response with calls, and the result of each; parallel calls share the response."""
    scene.beat()
    transcript = scene.transcript
    lead = blocks_of(scene, text)
    ids = [scene.new_tool_id() for _ in calls]
    uses = [tool_use(transcript, call, tool_id) for call, tool_id in zip(calls, ids, strict=True)]
    uuids = transcript.respond([*lead, *uses])[len(lead) :]
    for call, tool_id, uuid in zip(calls, ids, uuids, strict=True):
        if call.name == "Bash" and scene.features.has_progress and scene.rng.random() < 0.2:
            _bash_progress(scene, tool_id)
        scene.beat()
        if call.pull_request is not None:
            scene.pull_request = call.pull_request
            if scene.features.has_pr_link:
                write_pr_link(scene, call.pull_request)
        write_result(scene, call, tool_id, uuid)
        count_call(scene, call)


def _bash_progress(scene: Scene, tool_id: str) -> None:
    data = {"type": "bash_progress", "output": "", "fullOutput": "", "elapsedTimeSeconds": 2, "totalLines": 0}
    scene.transcript.tick(1, 5)
    scene.transcript.progress(data, tool_use_id="bash-progress-0", parent_tool_use_id=tool_id)


def work(text: str | None, *calls: Call) -> Step:
    """The agent says something and makes these calls."""
    return Step(1 + len(calls), lambda scene: perform_work(scene, text, calls))


def steering(text: str) -> Step:
    """Text typed mid-run that exists only as a queue-operation: enqueued, then removed."""

    def perform(scene: Scene) -> None:
        scene.beat()
        scene.transcript.queue("enqueue", text)
        scene.transcript.tick(300, 900)
        scene.transcript.queue("remove", text if scene.features.has_second_session_id else None)
        scene.act("steering")
        scene.tally.counts["human_prompt_count"] += 1
        if scene.features.has_mode_records:
            scene.transcript.attachment({"type": "queued_command", "prompt": text, "commandMode": "prompt"})

    return Step(1, perform)


def typed_ahead(text: str) -> Step:
    """Text typed mid-run that waits for the end of the turn; the next opening hands it over."""

    def perform(scene: Scene) -> None:
        scene.beat()
        scene.transcript.queue("enqueue", text)
        scene.queued_text = text

    return Step(1, perform)


def refused_with_feedback(call: Call, feedback: str) -> Step:
    """A call denied with feedback: human words in a tool result; the agent goes on."""

    def perform(scene: Scene) -> None:
        perform_work(scene, None, (denied(call, feedback),))
        scene.act("denial_feedback")

    return Step(2, perform)


def api_retries(count: int) -> Step:
    """The API is overloaded; the CLI tries again and succeeds."""

    def perform(scene: Scene) -> None:
        scene.beat()
        for attempt in range(1, count + 1):
            error = {"status": 529, "error": {"type": "error", "error": {"type": "overloaded_error"}}}
            values = {"level": "error", "error": error, "retryInMs": 530.5 * attempt}
            body = {"type": "system", "subtype": "api_error", **values}
            scene.transcript.record({**body, "retryAttempt": attempt, "maxRetries": 10})
            scene.transcript.tick(400, 900)
        scene.tally.counts["api_retry_count"] += count

    return Step(1, perform)


def compaction() -> Step:
    """The context is compacted: a boundary that starts a new root, and a summary nobody typed."""

    def perform(scene: Scene) -> None:
        scene.beat()
        transcript = scene.transcript
        before = transcript.parent
        body: Record = {"logicalParentUuid": before, "type": "system", "subtype": "compact_boundary"}
        body |= {"content": "Conversation compacted", "isMeta": False, "level": "info"}
        meta = {"trigger": "auto", "preTokens": scene.rng.randint(140_000, 175_000)}
        transcript.record(body, {"compactMetadata": meta}, parent=None)
        summary = (
            "This session is being continued from a previous conversation that ran out of context. The "
            "summary below covers the earlier portion of the conversation.\n\nAnalysis:\nThe user asked for "
            f"work on {scene.shop.topic}; the files were read and the first changes made."
        )
        transcript.user(summary, {"isVisibleInTranscriptOnly": True, "isCompactSummary": True})
        scene.tally.counts["compaction_count"] += 1

    return Step(1, perform)


def background_command(shop: Workshop, command: str) -> Step:
    """A command left running: its end is reported later by a notification."""

    def perform(scene: Scene) -> None:
        scene.background_task = "b" + new_token(scene.rng, "", 8).lower()
        text = f"Command running in background with ID: {scene.background_task}."
        call = bash(shop, command, text)
        call.input["run_in_background"] = True
        call.result["stdout"] = ""
        call.result["backgroundTaskId"] = scene.background_task
        perform_work(scene, None, (call,))

    return Step(2, perform)


def subagent(shop: Workshop, task: str, *, in_file: bool, in_progress: bool, writes: bool = False) -> Step:
    """A sub-agent, recorded in its own file, in agent_progress records, or in both."""

    def perform(scene: Scene) -> None:
        scene.beat()
        asked = {"subagent_type": "Explore", "description": task[:30], "prompt": task}
        if writes:
            asked["subagent_type"] = "general-purpose"
        call = Call(scene.features.agent_tool, asked, "", None)
        tool_id = scene.new_tool_id()
        uuid = scene.transcript.respond([tool_use(scene.transcript, call, tool_id)])[0]
        agent = _new_agent(scene)
        if in_progress:
            agent.listener = lambda record: _wrap_progress(scene, record, task, tool_id, agent)
        agent.user(task)
        report, call_count = _agent_work(scene, agent, shop, writes=writes)
        if in_file:
            scene.agent_files.append((f"agent-{agent.agent_id}.jsonl", agent.lines))
        scene.beat()
        result = {"status": "completed", "prompt": task, "agentId": agent.agent_id, "content": report}
        result |= {"totalDurationMs": 9000, "totalTokens": 30_000, "totalToolUseCount": call_count}
        write_result(scene, Call(call.name, asked, report, result), tool_id, uuid)
        scene.tally.counts["subagent_count"] += 1

    return Step(2, perform)


def _new_agent(scene: Scene) -> Transcript:
    transcript = scene.transcript
    agent = Transcript(
        scene.rng, scene.features, transcript.stamp, clock=transcript.clock + 1, tally=scene.tally
    )
    agent.agent_id = "a" + f"{scene.rng.getrandbits(96):024x}"[: scene.features.agent_id_digits - 1]
    agent.model = "claude-haiku-4-5-20251001"
    return agent


def _agent_work(scene: Scene, agent: Transcript, shop: Workshop, *, writes: bool) -> tuple[Any, int]:
    """The agent's own calls, placed before the main transcript's next beat."""
    calls = [grep(shop), read(shop, shop.source), read(shop, shop.test)]
    if writes:
        calls.append(write(shop, f"notes/{shop.topic}-{agent.agent_id}.txt", count=6))
    room = max(0, scene.next_beat - agent.clock)
    pause = room // (2 * len(calls) + 3)
    for number, call in enumerate(calls):
        agent.clock += pause
        tool_id = scene.new_tool_id()
        uuid = agent.respond([tool_use(agent, call, tool_id)])[0]
        agent.clock += pause
        # a third of the results in agent files carry no toolUseResult
        shown = call if call.lines_added or number % 3 else Call(call.name, call.input, call.content, None)
        write_result(scene, shown, tool_id, uuid, into=agent)
        count_call(scene, call)
    agent.clock += pause
    text = f"The code for {shop.topic} is in {shop.source}; its checks are in {shop.test}."
    agent.respond([{"type": "text", "text": text}])
    return [{"type": "text", "text": text}], len(calls)


def _wrap_progress(scene: Scene, record: Record, task: str, tool_id: str, agent: Transcript) -> None:
    inner: Record = {"type": record["type"], "message": record["message"], "uuid": record["uuid"]}
    inner["timestamp"] = record["timestamp"]
    if "requestId" in record:
        inner["requestId"] = record["requestId"]
    data: Record = {"message": inner, "normalizedMessages": [], "type": "agent_progress"}
    data |= {"prompt": task, "agentId": agent.agent_id}
    ids = {"toolUseID": new_token(scene.rng, "agent_msg_01"), "parentToolUseID": tool_id}
    scene.transcript.record({"type": "progress", "data": data, **ids}, at=agent.clock)


def warm_up(scene: Scene) -> None:
    """A pre-started agent without any intent of the user: it costs, and it is no activity."""
    agent = _new_agent(scene)
    agent.parent = None
    agent.user("Warmup")
    agent.clock += 900
    agent.respond([{"type": "text", "text": "Ready to look into the code base."}])
    scene.tally.counts["warmup_message_count"] += 1
    scene.agent_files.append((f"agent-{agent.agent_id}.jsonl", agent.lines))
