"""Outcome by rules (I7): a table over the two evidence scores. A baseline, and no more.

The rules may read the evidence answers; a model that judges the outcome may not. A session that ends
cleanly with nothing to confirm it is `not_inferable`; its forced label is `succeeded`, because a clean
path is what the published series counts as success.
"""

import re

from classifiers.catalog.outcome.labels import ForcedOutcome, Outcome, OutcomeAnswer
from classifiers.rules.reading import Reading, Signal, record_of_act
from classifiers.rules.words import own_words

HARD = 4
SEVERAL_SOFT = 3
GOAL_WORDS = 3
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|test(?:ing)?|ping|yo|hallo|hola|salut|你好|ok|yes|no|thanks|continue|warmup)\b",
    re.I,
)
OUTCOME_PATTERNS = (_GREETING.pattern, f"{HARD},{SEVERAL_SOFT},{GOAL_WORDS}")
"""Part of the rules' fingerprint."""


def label_outcome(
    reading: Reading,
    *,
    success: tuple[int, tuple[Signal, ...]],
    failure: tuple[int, tuple[Signal, ...]],
) -> OutcomeAnswer:
    """The outcome from score and signals of both sides; evidence ids are those of the deciding side."""
    outcome, forced = _decide(reading, success[0], failure[0])
    signals = failure[1] if forced == "failed" else success[1] + failure[1]
    goal = [record_of_act(act) for act in reading.session.acts[:1]]
    ids = list(dict.fromkeys([*goal, *(signal.record_id for signal in signals)]))
    return OutcomeAnswer(evidence_record_ids=ids[:5], outcome=outcome, forced_outcome=forced)


def _decide(reading: Reading, success: int, failure: int) -> tuple[Outcome, ForcedOutcome]:
    if not reading.working_turns and not reading.session.calls:
        return "not_inferable", "no_clear_goal"
    if not _has_goal(reading):
        return "no_clear_goal", "no_clear_goal"
    if success >= HARD and failure >= HARD:
        return "partially_succeeded", "partially_succeeded"
    if success >= HARD:
        return "succeeded", "succeeded"
    if failure >= HARD:
        return "failed", "failed"
    if success >= SEVERAL_SOFT:
        forced: ForcedOutcome = "succeeded" if failure <= 1 else "partially_succeeded"
        return forced, forced
    if failure >= SEVERAL_SOFT:
        return "not_inferable", "failed"
    return "not_inferable", "succeeded" if success >= 2 and failure <= 1 else "partially_succeeded"


def _has_goal(reading: Reading) -> bool:
    """Whether an aim can be stated: calls were made, or an act says more than a greeting."""
    if reading.session.calls:
        return True
    texts = [own_words(act.text) for act in reading.session.acts if act.act_kind != "shell_command"]
    return any(
        len(text.split()) >= GOAL_WORDS or (len(text) >= 2 * GOAL_WORDS and not _GREETING.match(text))
        for text in texts
    ) or any(act.has_image for act in reading.session.acts)
