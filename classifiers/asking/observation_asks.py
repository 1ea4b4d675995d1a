"""The shared observation pass over a long session: which parts have observations, and what is still asked.

One pass serves every question on the session; it has its own fingerprint. A part that cannot be observed
is judged without observations; first and last part are read as they are in any case.
"""

from collections.abc import Callable, Sequence
from datetime import date

from classifiers.asking.label_request import LabelRequest
from classifiers.asking.question import question_text
from classifiers.asking.questionnaire import Questionnaire
from classifiers.asking.step_answers import answer_of
from classifiers.ledger.ledger import LedgerRequest
from classifiers.observation import OBSERVATION
from classifiers.subject.parts import observed_parts, part_record_ids
from classifiers.subject.subject import Part, Subject

MAX_ATTEMPTS = 3
_STEP = OBSERVATION.steps[-1]

Observed = dict[int, list[tuple[str, str]]]
"""Short id and observation, by number of the part."""


def observations_of(subject: Subject, rows: Sequence[LedgerRequest]) -> Observed | None:
    """Observations of every part that needs them; None while one is still to come.

    `rows`: those of the observation pass over this session.
    """
    observed: Observed = {}
    for part in observed_parts(subject):
        own = _of_part(subject, part, rows)
        answered = [row for row in own if row.state == "answered"]
        if answered:
            answer = answer_of(_STEP, OBSERVATION, answered[-1])
            items = [] if answer is None else getattr(answer, str(OBSERVATION.list_field))
            observed[part.number] = [(item.record_id, item.observation) for item in items]
        elif len(own) < MAX_ATTEMPTS or _is_under_way(own):
            return None
    return observed


def missing_observations(
    subject: Subject,
    rows: Sequence[LedgerRequest],
    *,
    questionnaire: Questionnaire,
    day: date,
    text_of: Callable[[Part], str],
) -> list[LabelRequest]:
    """A request for each part that has no observation and none under way."""
    return [
        LabelRequest(
            kind="observation",
            classifier=OBSERVATION.name,
            step=_STEP.name,
            unit_kind="session",
            unit_id=subject.unit_id,
            session_id=subject.session_id,
            session_date=day,
            rendering=OBSERVATION.rendering,
            fingerprint=questionnaire.observation_fingerprint,
            replicate=0,
            # Counted over every state of the session, so that the id is new after a change of input.
            attempt=sum(row.part == part.number for row in rows),
            input_hash=subject.input_hash,
            coverage=subject.coverage,
            part=part.number,
            envelope=questionnaire.envelope_of(OBSERVATION),
            document=text_of(part),
            question=question_text(OBSERVATION, _STEP),
            record_ids=part_record_ids(subject, part),
        )
        for part in observed_parts(subject)
        if _is_missing(_of_part(subject, part, rows))
    ]


def _is_missing(own: Sequence[LedgerRequest]) -> bool:
    is_answered = any(row.state == "answered" for row in own)
    return not is_answered and not _is_under_way(own) and len(own) < MAX_ATTEMPTS


def _is_under_way(own: Sequence[LedgerRequest]) -> bool:
    return any(row.state in ("reserved", "in_flight", "in_batch") for row in own)


def _of_part(subject: Subject, part: Part, rows: Sequence[LedgerRequest]) -> list[LedgerRequest]:
    return [row for row in rows if row.part == part.number and row.input_hash == subject.input_hash]
