"""A classifier: one question, its unit, its typed answer, and the columns an answer has as a label.

The columns derive from the answer model, so that a label table cannot drift from what is asked: scalar
fields are columns, evidence ids are in the label row, lists are rows of the items table, and what a rule
computes from a list is columns of its own. Not here: how anyone answers.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import pyarrow as pa

from classifiers.answers.answer import Answer
from classifiers.evidence_rule import ANY_RECORD, EvidenceRule
from classifiers.label_row import LabelRow, Rendering, UnitKind
from orchestration.ingest.rows import RawToolCall, arrow_schema

_ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}
IN_LABEL_ROW = frozenset({"evidence_record_ids"})
RATED_SHARE = 0.5
"""Share of sessions on which the direct ratings are asked: half, so that a small team still has enough."""

ANCHORED_SHARE = 0.25
"""Share of the drawn tool calls on which the ratings with anchors are asked, next to those without."""

ITEM_KEY_COLUMNS = ("unit_id", "fingerprint", "replicate", "item_number")
"""The first columns of every items table."""

Score = Callable[[Answer, int], Any]
"""What a rule computes from an answer whose evidence was checked, and the number of dropped items."""


CallRule = Callable[[RawToolCall], str | None]
"""What a rule answers about a tool call from its own facts, None where they do not settle it."""


@dataclass(frozen=True)
class Step:
    """One request of a classifier.

    `reads`: the subject (the transcript is the prefix, the question comes last), or the answer of the
    step before it (no transcript is sent again). `prompt_file` lies in the classifier's folder.
    """

    name: str
    prompt_file: str
    answer_type: type[Answer]
    reads: Literal["subject", "previous_step"] = "subject"


@dataclass(frozen=True, eq=False)
class Classifier:
    """One question on one kind of unit; each is itself alone, so that it may be a key.

    `score_type`: named tuple of what `score` computes from the answer's list; `item_type`: named tuple of
    one row of that list, ITEM_KEY_COLUMNS first. Both are None where the answer is scalar. `version` is
    raised with every change of prompt or labels. `earlier_steps` come before the question itself.
    `evidence` is what each id in `evidence_record_ids` must be; `item_evidence` the same for each element
    of the answer's list, by the value of `item_label`, its field that names the kind of the element.
    `min_prompts`: fewest typed prompts of an eligible session. `subsample_share`: the known probability
    with which an eligible unit is asked about (eligibility.is_in_subsample); figures weight by its inverse.
    `rule`: answers for tool calls whose facts settle the question; a model is asked about the others alone.
    `model`, `effort`: only where the classifier needs its own envelope. `score_field`: the answer column
    that is the label's one number, where it is not the level of its word.
    """

    name: str
    unit_kind: UnitKind
    answer_type: type[Answer]
    version: str = "1"
    rendering: Rendering = "whole"
    earlier_steps: tuple[Step, ...] = ()
    reads: Literal["subject", "previous_step"] = "subject"
    is_for_interactive: bool = True
    min_prompts: int = 0
    subsample_share: float = 1.0
    turn_ends: frozenset[str] = frozenset()
    rule: CallRule | None = None
    model: str | None = None
    effort: str | None = None
    evidence: EvidenceRule = ANY_RECORD
    item_label: str | None = None
    item_evidence: Mapping[str, EvidenceRule] = field(default_factory=dict)
    score: Score | None = None
    score_type: type[Any] | None = None
    item_type: type[Any] | None = None
    score_field: str | None = None

    @property
    def items_name(self) -> str:
        return f"{self.name}_items"

    @property
    def folder(self) -> Path:
        """The catalog folder that the classifier's answer model lies in."""
        return Path(str(sys.modules[self.answer_type.__module__].__file__)).parent

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The requests of one label, in order; the last one answers the question."""
        return (*self.earlier_steps, Step("answer", "prompt.md", self.answer_type, self.reads))

    def prompt(self, step: Step) -> str:
        """The text of a step's prompt, as its file has it."""
        return (self.folder / step.prompt_file).read_text(encoding="utf-8").strip()

    @cached_property
    def answer_schema(self) -> pa.Schema:
        """Columns that follow the label row's; null wherever the status is not `ok`."""
        fields = [
            pa.field(name, _ARROW_TYPES[kind])
            for name, field in self.answer_type.model_fields.items()
            if name not in IN_LABEL_ROW and (kind := _scalar_kind(field.annotation)) is not None
        ]
        if self.score_type is not None:
            fields += [field.with_nullable(True) for field in arrow_schema(self.score_type)]
        return pa.schema(fields)

    @cached_property
    def label_schema(self) -> pa.Schema:
        """Columns of `labels_<name>`: the label row, then the answer."""
        return pa.schema([*arrow_schema(LabelRow), *self.answer_schema])

    @cached_property
    def items_schema(self) -> pa.Schema | None:
        """Columns of `labels_<name>_items`, or None where the answer holds no list."""
        return arrow_schema(self.item_type) if self.item_type is not None else None

    @cached_property
    def list_field(self) -> str | None:
        """The answer's one list besides the evidence ids; its elements are the items."""
        lists = [
            name
            for name, field in self.answer_type.model_fields.items()
            if name not in IN_LABEL_ROW and _scalar_kind(field.annotation) is None
        ]
        return lists[0] if lists else None


def _scalar_kind(annotation: Any) -> Any:
    """The plain type behind an annotation, or None where it is a list."""
    origin = get_origin(annotation)
    if origin in (list, tuple):
        return None
    if origin is Literal:
        return type(get_args(annotation)[0])
    members = [member for member in get_args(annotation) if member is not NoneType]
    return _scalar_kind(members[0]) if members else annotation
