"""The signals of success and failure evidence, and the rules that score them (I8, I9).

Whoever finds and types the signals, rules or model, these rules alone turn them into 0–5. A signal is
counted once per record; what each signal means is written in the catalog entries.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

HardSuccessSignal = Literal[
    "commit_matches",
    "pr_opened",
    "pr_merged",
    "tests_pass_after_change",
    "command_output_matches",
    "user_affirms_result",
]
SoftSuccessSignal = Literal["artefact_confirmed", "neutral_ack", "clean_end"]
HardFailureSignal = Literal[
    "error_unrecovered", "tests_fail_at_end", "user_rejects_result", "gave_up", "rollback"
]
SoftFailureSignal = Literal[
    "user_pushes_back", "frustration", "repeated_attempts", "work_off_target", "error_recovered"
]
SuccessSignal = Literal[HardSuccessSignal, SoftSuccessSignal]
FailureSignal = Literal[HardFailureSignal, SoftFailureSignal]

HARD_SIGNALS: frozenset[str] = frozenset(get_args(HardSuccessSignal) + get_args(HardFailureSignal))

Scored = tuple[str, str]
"""A signal and the id of the record it rests on."""


class EvidenceItem(NamedTuple):
    """One row per signal of a label; `record_id` is the act's id where the act has no record of its own."""

    unit_id: str
    fingerprint: str
    replicate: int
    item_number: int
    signal: str
    is_hard: bool
    record_id: str
    tool_use_id: str | None


class SuccessScore(NamedTuple):
    """One row per label: the success score (I8) and what it was computed from.

    `success_score_by_type` asks two hard signals of different type for a 5. `rejected_signal_count`:
    signals that matched no record or event and were dropped before scoring.
    """

    success_score: int
    success_score_by_type: int
    hard_signal_count: int
    soft_signal_count: int
    rejected_signal_count: int


class FailureScore(NamedTuple):
    """One row per label: the failure score (I9) and what it was computed from; as SuccessScore."""

    failure_score: int
    failure_score_by_type: int
    hard_signal_count: int
    soft_signal_count: int
    rejected_signal_count: int


def score_success(signals: Iterable[Scored], *, rejected_signal_count: int = 0) -> SuccessScore:
    """0 none; 1 an acknowledgement only; 2 clean end only; 3 soft corroboration; 4 one hard; 5 several.

    Soft corroboration is a confirmed artefact, or an acknowledgement together with a clean end.
    """
    distinct = set(signals)
    hard, soft = _split(distinct, get_args(HardSuccessSignal), get_args(SoftSuccessSignal))
    kinds = {signal for signal, _ in distinct}
    if "artefact_confirmed" in kinds or {"neutral_ack", "clean_end"} <= kinds:
        soft_score = 3
    elif "clean_end" in kinds:
        soft_score = 2
    else:
        soft_score = 1 if "neutral_ack" in kinds else 0
    return SuccessScore(
        success_score=_scored(len(hard), soft_score),
        success_score_by_type=_scored(len(set(hard)), soft_score),
        hard_signal_count=len(hard),
        soft_signal_count=len(soft),
        rejected_signal_count=rejected_signal_count,
    )


def score_failure(signals: Iterable[Scored], *, rejected_signal_count: int = 0) -> FailureScore:
    """0 none; 1 recovered error only; 2 one soft; 3 several soft; 4 one hard; 5 several hard.

    The final state counts: a recovered error never adds to other soft signals.
    """
    hard, soft = _split(set(signals), get_args(HardFailureSignal), get_args(SoftFailureSignal))
    lasting = [signal for signal in soft if signal != "error_recovered"]
    soft_score = min(3, 1 + len(lasting)) if lasting else min(1, len(soft))
    return FailureScore(
        failure_score=_scored(len(hard), soft_score),
        failure_score_by_type=_scored(len(set(hard)), soft_score),
        hard_signal_count=len(hard),
        soft_signal_count=len(soft),
        rejected_signal_count=rejected_signal_count,
    )


def _split(
    signals: Iterable[Scored], hard_names: tuple[str, ...], soft_names: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """Hard and soft signals, one entry per record; raises ValueError for a signal of another question."""
    names = [signal for signal, _ in signals]
    unknown = sorted(set(names) - set(hard_names) - set(soft_names))
    if unknown:
        raise ValueError(f"not signals of this question: {unknown}")
    return [n for n in names if n in hard_names], [n for n in names if n in soft_names]


def _scored(hard_count: int, soft_score: int) -> int:
    return min(5, 3 + hard_count) if hard_count else soft_score
