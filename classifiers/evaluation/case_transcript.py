"""A case's steps → records of a Claude Code transcript, so that cases go through the real parser.

Shapes follow real files: keys, order of records, the agent's own texts. Ids, parents and times chain by
themselves. Knows steps and records, nothing of labels.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from classifiers.evaluation.case_results import ToolOutcome, outcome_of
from classifiers.evaluation.case_steps import (
    AgentStep,
    AnswerStep,
    ApiErrorStep,
    DenyStep,
    HarnessStep,
    HumanStep,
    InterruptStep,
    PlanStep,
    SteerStep,
    Step,
    ToolStep,
)

START = datetime(2026, 6, 1, 9, tzinfo=UTC)
CWD = "/work/project"
_VERSION = "2.1.100"
_MODEL = "claude-opus-4-7"
_BETWEEN = timedelta(seconds=3)
_PERSON_THINKS = timedelta(seconds=60)
_NOT_NOW = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file"
    " edit, the new_string was NOT written to the file). "
)
_STOP = _NOT_NOW + "STOP what you are doing and wait for the user to tell you how to proceed."
_FEEDBACK = _NOT_NOW + "To tell you how to proceed, the user said:\n"

Record = dict[str, Any]


def records_of(session_id: str, steps: Sequence[Step]) -> list[Record]:
    """The records of one transcript file, in order; the same steps give the same records."""
    written = _Transcript(session_id)
    writers: dict[type[Any], Callable[[Any], None]] = {
        HumanStep: lambda step: written.prompt(step.human),
        ToolStep: written.call,
        InterruptStep: lambda _step: written.interrupt(),
        DenyStep: written.deny,
        SteerStep: lambda step: written.steer(step.steer),
        HarnessStep: lambda step: written.inject(step.harness),
        AnswerStep: written.ask,
        PlanStep: written.put_plan,
        ApiErrorStep: lambda step: written.api_error(step.api_error),
    }
    for number, step in enumerate(steps):
        if isinstance(step, AgentStep):
            written.say(step.agent, is_last=_stops_at(steps, number))
        else:
            writers[type(step)](step)
    return written.records


def _stops_at(steps: Sequence[Step], number: int) -> bool:
    """Whether the agent stops with this text: a prompt comes next, or nothing but harness text does."""
    after = (step for step in steps[number + 1 :] if not isinstance(step, HarnessStep))
    return isinstance(next(after, None), HumanStep | None)


class _Transcript:
    """One file in the making."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self.records: list[Record] = []
        self._at = START
        self._parent: str | None = None
        self._known_files: set[str] = set()

    # --- the person ------------------------------------------------------------------------------

    def prompt(self, text: str) -> None:
        self._at += _PERSON_THINKS
        self._user(text, permissionMode="default")

    def steer(self, text: str) -> None:
        self._queue("enqueue", text)
        self._queue("remove", None)
        self._record("attachment", attachment={"type": "queued_command", "prompt": text})

    def interrupt(self) -> None:
        self._user([{"type": "text", "text": "[Request interrupted by user]"}])

    def deny(self, step: DenyStep) -> None:
        call = step.deny
        call_id = self._tool_use(call.tool, call.input)
        self._refuse(call_id, call.feedback)

    # --- the agent -------------------------------------------------------------------------------

    def say(self, text: str, *, is_last: bool) -> None:
        self._assistant({"type": "text", "text": text}, stop="end_turn" if is_last else "tool_use")
        if is_last:
            self._record("system", subtype="turn_duration", durationMs=45_000, isMeta=False)

    def call(self, step: ToolStep) -> None:
        call_id = self._tool_use(step.tool, step.input)
        self._result(call_id, outcome_of(step, self._known_files))

    def ask(self, step: AnswerStep) -> None:
        asked = step.answer
        labels = asked.options or ((asked.chosen,) if asked.chosen else ())
        options = [{"label": label, "description": label} for label in labels]
        question = {"question": asked.question, "header": "Choice", "options": options, "multiSelect": False}
        call_id = self._tool_use("AskUserQuestion", {"questions": [question]})
        if asked.chosen is not None:
            self._at += _PERSON_THINKS
            text = f'User has answered your questions: "{asked.question}"="{asked.chosen}".'
            detail = {"questions": [question], "answers": {asked.question: asked.chosen}}
            self._result(call_id, ToolOutcome(text, detail))

    def put_plan(self, step: PlanStep) -> None:
        plan = step.plan
        call_id = self._tool_use("ExitPlanMode", {"plan": plan.text})
        if plan.accepted:
            self._at += _PERSON_THINKS
            text = "User has approved your plan. You can now start coding."
            self._result(call_id, ToolOutcome(text, {"plan": plan.text, "isAgent": False}))
        elif plan.accepted is False:
            self._refuse(call_id, plan.feedback)

    # --- the program -----------------------------------------------------------------------------

    def inject(self, text: str) -> None:
        self._user(text, isMeta=True)

    def api_error(self, text: str) -> None:
        message = self._message([{"type": "text", "text": text}], stop="stop_sequence", model="<synthetic>")
        self._record("assistant", message=message, isApiErrorMessage=True)

    # --- records ---------------------------------------------------------------------------------

    def _refuse(self, call_id: str, feedback: str | None) -> None:
        """Feedback lets the agent go on; without it the harness stops the agent."""
        text = _STOP if feedback is None else _FEEDBACK + feedback
        self._result(call_id, ToolOutcome(text, f"Error: {text}", is_error=True))
        if feedback is None:
            self._user([{"type": "text", "text": "[Request interrupted by user for tool use]"}])

    def _tool_use(self, name: str, arguments: Record) -> str:
        call_id = f"toolu_{self._name()}"
        block = {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
        self._assistant(block, stop="tool_use")
        return call_id

    def _result(self, call_id: str, outcome: ToolOutcome) -> None:
        block: Record = {"tool_use_id": call_id, "type": "tool_result", "content": outcome.content}
        if outcome.is_error is not None:
            block["is_error"] = outcome.is_error
        more = {} if outcome.detail is None else {"toolUseResult": outcome.detail}
        self._user([block], **more)

    def _user(self, content: str | list[Record], **more: Any) -> None:
        self._record("user", message={"role": "user", "content": content}, **more)

    def _assistant(self, block: Record, *, stop: str) -> None:
        self._record("assistant", message=self._message([block], stop=stop, model=_MODEL))

    def _message(self, content: list[Record], *, stop: str, model: str) -> Record:
        usage = {"input_tokens": 3, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 1000}
        return {
            "model": model,
            "id": f"msg_{self._name()}",
            "type": "message",
            "role": "assistant",
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": {**usage, "output_tokens": 50, "service_tier": "standard"},
        }

    def _record(self, kind: str, **fields: Any) -> None:
        """A record with uuid, parent, time and session."""
        record_id = self._name()
        self._at += _BETWEEN
        self.records.append(
            {
                "parentUuid": self._parent,
                "isSidechain": False,
                "userType": "external",
                "entrypoint": "cli",
                "cwd": CWD,
                "sessionId": self.session_id,
                "version": _VERSION,
                "gitBranch": "main",
                "type": kind,
                **fields,
                "uuid": record_id,
                "timestamp": self._stamp(),
            }
        )
        self._parent = record_id

    def _queue(self, operation: str, content: str | None) -> None:
        self._at += _BETWEEN
        record = {"type": "queue-operation", "operation": operation, "timestamp": self._stamp()}
        text = {} if content is None else {"content": content}
        self.records.append({**record, "sessionId": self.session_id, **text})

    def _name(self) -> str:
        """An id that does not show where a case comes from, and does not change with other cases."""
        place = f"{self.session_id} {len(self.records)}".encode()
        return blake2b(place, digest_size=12).hexdigest()

    def _stamp(self) -> str:
        return self._at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
