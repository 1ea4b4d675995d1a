"""Outcome by rules (I7): a table over the signals of both sides and what was delivered. A baseline, no more.

The rules may read the evidence answers; a model that judges the outcome may not. As in study C the verdict
is success where the path ends cleanly and nothing speaks against the result. `not_inferable` is left for
sessions whose end is not shown: nothing was done, or the last thing done still runs.
"""

import re

from classifiers.catalog.outcome.labels import ForcedOutcome, Outcome, OutcomeAnswer
from classifiers.rules.reading import Reading, Signal, record_of_act
from classifiers.rules.words import own_words

HARD = 4
SEVERAL_SOFT = 3
CLEAN_END = 2
GOAL_WORDS = 3
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|test(?:ing)?|ping|yo|hallo|hola|salut|你好|ok|yes|no|thanks|continue|warmup)\b",
    re.I,
)
OUTCOME_PATTERNS = (_GREETING.pattern, f"{HARD},{SEVERAL_SOFT},{CLEAN_END},{GOAL_WORDS}")
"""Part of the rules' fingerprint."""


def label_outcome(
    reading: Reading,
    *,
    success: tuple[int, tuple[Signal, ...]],
    failure: tuple[int, tuple[Signal, ...]],
) -> OutcomeAnswer:
    """The outcome from score and signals of both sides; evidence ids are those of the deciding side."""
    outcome, forced = _decide(reading, success, failure)
    signals = failure[1] if forced == "failed" else success[1] + failure[1]
    goal = [record_of_act(act) for act in reading.session.acts[:1]]
    ids = list(dict.fromkeys([*goal, *(signal.record_id for signal in signals)]))
    return OutcomeAnswer(evidence_record_ids=ids[:5], outcome=outcome, forced_outcome=forced)


def _decide(
    reading: Reading, success: tuple[int, tuple[Signal, ...]], failure: tuple[int, tuple[Signal, ...]]
) -> tuple[Outcome, ForcedOutcome]:
    if not reading.working_turns and not reading.session.calls:
        return "not_inferable", "no_clear_goal"
    if not _has_goal(reading):
        return "no_clear_goal", "no_clear_goal"
    for_it, against = ({signal.signal for signal in side[1]} for side in (success, failure))
    forced = _by_last_word(reading, for_it, against) or _by_final_state(reading, success[0], failure[0])
    return ("not_inferable" if _still_runs(reading) else forced), forced


def _by_last_word(reading: Reading, for_it: set[str], against: set[str]) -> ForcedOutcome | None:
    """What the person's last word on the result says, which outranks what tools show; None without one."""
    if against & {"user_rejects_result", "rollback"}:
        return "failed"
    if "user_affirms_result" in for_it:
        return "succeeded"
    if "gave_up" in against:
        return "partially_succeeded" if reading.changes else "failed"
    return None


def _by_final_state(reading: Reading, success: int, failure: int) -> ForcedOutcome:
    """What stood at the end: hard signals first, then a clean path, then what had been delivered."""
    if failure >= HARD:
        return "partially_succeeded" if success >= HARD else "failed"
    if success >= HARD:
        return "succeeded"
    if failure >= SEVERAL_SOFT and success < SEVERAL_SOFT:
        return "partially_succeeded"
    if success >= CLEAN_END:
        return "succeeded"
    return "partially_succeeded" if reading.session.calls else "failed"


def _still_runs(reading: Reading) -> bool:
    """Whether the last call was sent to the background, so that its end is in no record."""
    return bool(reading.session.calls) and reading.session.calls[-1].is_background


def _has_goal(reading: Reading) -> bool:
    """Whether an aim can be stated: calls were made, or an act says more than a greeting."""
    if reading.session.calls:
        return True
    texts = [own_words(act.text) for act in reading.session.acts if act.act_kind != "shell_command"]
    return any(
        len(text.split()) >= GOAL_WORDS or (len(text) >= 2 * GOAL_WORDS and not _GREETING.match(text))
        for text in texts
    ) or any(act.has_image for act in reading.session.acts)
