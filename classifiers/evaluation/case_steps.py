"""The steps that a judged case is written in, one key each, and the line of `cases.jsonl` that holds them.

The edge at which cases come in: typed, unknown keys are errors. Not here: what transcript a step becomes
(case_transcript), what a case is compared with (evaluate).
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

Split = Literal["dev", "test"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HumanStep(_Strict):
    """A prompt typed while the agent waits."""

    human: str


class AgentStep(_Strict):
    """What the agent writes; before a person's turn or at the end it is where it stops."""

    agent: str


class ToolStep(_Strict):
    """A tool call and its result. A command that fails has an exit code (1 unless said)."""

    tool: str
    input: dict[str, Any] = Field(default_factory=dict)
    result: str = ""
    is_error: bool = False
    exit_code: int | None = None


class InterruptStep(_Strict):
    """The person stops the agent at work."""

    interrupt: Literal[True]


class DeniedCall(_Strict):
    """A call that the person refuses; without feedback the agent stops."""

    tool: str
    input: dict[str, Any] = Field(default_factory=dict)
    feedback: str | None = None


class DenyStep(_Strict):
    deny: DeniedCall


class SteerStep(_Strict):
    """A text typed while the agent works."""

    steer: str


class HarnessStep(_Strict):
    """A text that the program injects."""

    harness: str


class Answered(_Strict):
    """A question put with the question tool. `chosen` null: nobody answers within the session."""

    question: str
    chosen: str | None
    options: tuple[str, ...] = ()


class AnswerStep(_Strict):
    answer: Answered


class PutPlan(_Strict):
    """A plan put up for approval. `accepted` null: nobody decides within the session."""

    text: str
    accepted: bool | None
    feedback: str | None = None


class PlanStep(_Strict):
    plan: PutPlan


class ApiErrorStep(_Strict):
    """The message that the program shows when the model cannot be reached or a limit is hit."""

    api_error: str


_KEYS = ("human", "agent", "tool", "interrupt", "deny", "steer", "harness", "answer", "plan", "api_error")


def _key_of(step: Any) -> str | None:
    """The key that says what a step is; None where it has none or several."""
    keys = [key for key in _KEYS if key in step] if isinstance(step, dict) else []
    return keys[0] if len(keys) == 1 else None


Step = Annotated[
    Annotated[HumanStep, Tag("human")]
    | Annotated[AgentStep, Tag("agent")]
    | Annotated[ToolStep, Tag("tool")]
    | Annotated[InterruptStep, Tag("interrupt")]
    | Annotated[DenyStep, Tag("deny")]
    | Annotated[SteerStep, Tag("steer")]
    | Annotated[HarnessStep, Tag("harness")]
    | Annotated[AnswerStep, Tag("answer")]
    | Annotated[PlanStep, Tag("plan")]
    | Annotated[ApiErrorStep, Tag("api_error")],
    Discriminator(
        _key_of,
        custom_error_type="step_key",
        custom_error_message=f"a step has exactly one of the keys {', '.join(_KEYS)}",
    ),
]


class CaseLine(_Strict):
    """One line of `cases.jsonl`. `expected` holds only the fields that are judged."""

    case_id: str = Field(pattern=r"^[a-z][a-z_]*-\d{2,3}$")
    split: Split
    is_adversarial: bool
    note: str = Field(min_length=1)
    session: tuple[Step, ...] = Field(min_length=1)
    expected: dict[str, Any] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_a_prompt(self) -> Self:
        if not any(isinstance(step, HumanStep) for step in self.session):
            raise ValueError("a session holds at least one prompt")
        return self
