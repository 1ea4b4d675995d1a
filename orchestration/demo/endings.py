"""Endings: how the agent stops — finished, asking, with a plan, interrupted, refused, failed, cut off."""

from orchestration.demo.calls import Call, denied
from orchestration.demo.scene import Ending, Pending, Scene
from orchestration.demo.steps import blocks_of, perform_work, tool_use, write_result

INTERRUPTED = "[Request interrupted by user]"
INTERRUPTED_FOR_TOOL = "[Request interrupted by user for tool use]"


def completed(text: str) -> Ending:
    """The agent says what it did and stops. The text never ends with a question."""

    def perform(scene: Scene) -> None:
        scene.beat()
        scene.transcript.respond(blocks_of(scene, text))

    return Ending("completed", 1, perform)


def question_in_text(text: str) -> Ending:
    """The agent stops with a question to the human."""

    def perform(scene: Scene) -> None:
        scene.beat()
        scene.transcript.respond(blocks_of(scene, text))
        scene.tally.counts["clarification_count"] += 1

    return Ending("question", 1, perform)


def _wait_for_human(scene: Scene, text: str, call: Call) -> None:
    scene.beat()
    tool_id = scene.new_tool_id()
    blocks = blocks_of(scene, text)
    uuids = scene.transcript.respond([*blocks, tool_use(scene.transcript, call, tool_id)])
    scene.pending = Pending(tool_id, uuids[-1], call)


def ask(question: str, labels: tuple[str, str]) -> Ending:
    """The agent asks with its question tool; the answer opens the next turn."""
    options = [{"label": label, "description": f"Go with: {label}"} for label in labels]
    asked = {
        "questions": [{"question": question, "header": "Choice", "options": options, "multiSelect": False}]
    }

    def perform(scene: Scene) -> None:
        _wait_for_human(scene, "I need a decision before going on.", Call("AskUserQuestion", asked, "", None))
        scene.tally.counts["clarification_count"] += 1

    return Ending("question", 1, perform, is_closed=False)


def plan(text: str) -> Ending:
    """The agent presents a plan and waits for the verdict."""

    def perform(scene: Scene) -> None:
        _wait_for_human(scene, "The plan is ready.", Call("ExitPlanMode", {"plan": text}, "", None))

    return Ending("plan_approval", 1, perform, is_closed=False)


def plan_taken_to_new_session(text: str) -> Ending:
    """The plan is accepted with cleared context: here it looks like a refusal, and the session is over."""

    def perform(scene: Scene) -> None:
        call = Call("ExitPlanMode", {"plan": text}, "", None)
        _wait_for_human(scene, "The plan is ready.", call)
        ended_at = scene.transcript.clock
        pending = scene.pending
        assert pending is not None
        scene.pending = None
        scene.wait()
        write_result(scene, denied(call, None), pending.tool_use_id, pending.record_id)
        scene.transcript.user([{"type": "text", "text": INTERRUPTED_FOR_TOOL}])
        scene.tally.tool_errors["denied_by_user"] += 1
        scene.transcript.clock = ended_at

    return Ending("plan_approval", 1, perform, is_closed=False)


def interrupted(text: str) -> Ending:
    """The human stops the agent: a cut response, then the harness's marker."""

    def perform(scene: Scene) -> None:
        scene.beat()
        scene.transcript.respond([{"type": "text", "text": text}], is_cut=True)
        scene.beat()
        extra = {}
        if scene.features.has_mode_records:
            extra["interruptedMessageId"] = scene.transcript.last_message_id
        scene.transcript.user([{"type": "text", "text": INTERRUPTED}], extra)
        scene.tally.counts["interrupt_count"] += 1

    return Ending("interrupted", 2, perform, is_closed=False)


def refused(call: Call) -> Ending:
    """A call denied with STOP: the pair of refusal and marker is one denial, no interrupt."""

    def perform(scene: Scene) -> None:
        perform_work(scene, None, (denied(call, None),))
        scene.transcript.user([{"type": "text", "text": INTERRUPTED_FOR_TOOL}])

    return Ending("interrupted", 2, perform, is_closed=False)


def given_up(text: str) -> Ending:
    """The API refuses for good: a synthetic message ends the turn."""

    def perform(scene: Scene) -> None:
        scene.beat()
        scene.transcript.synthetic(text, error="rate_limit")

    return Ending("error", 1, perform)


def cut_off(call: Call) -> Ending:
    """The session ends while the agent works: the last record is a tool result."""

    def perform(scene: Scene) -> None:
        perform_work(scene, None, (call,))

    return Ending("session_end", 2, perform, is_closed=False)
