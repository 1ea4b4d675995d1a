"""The records that a made-up answer cites: such as the question's rules allow, of the session itself.

Where a session holds no such record, an element of a list is left out, as an honest reader would leave it.
Not here: what the answer says (true_answers, errors), whether it holds (evidence_check).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import Any

from classifiers.answers.claims import CLAIMED_EVENTS
from classifiers.answers.steering_shares import JUDGED_ACTS
from classifiers.classifier import Classifier
from classifiers.evidence_rule import EvidenceRule
from classifiers.label_rows.evidence_check import is_fitting
from classifiers.label_rows.record_facts import RecordFacts, record_facts
from classifiers.rules.reading import record_of_act
from classifiers.session_record import SessionRecord

MOST_CITED = 3
NOWHERE = "no-such-record"
"""Cited now and then, so that the demo shows evidence that was dropped."""

WRONGLY_CITED = 0.02
STEERING_WEIGHTS: Mapping[str, float] = {
    "none": 0.5, "approve": 0.28, "correct": 0.12, "redirect": 0.07, "take_over": 0.03,
}  # fmt: skip
CLAIMED_WITHOUT = 0.06
"""How often the agent claims what no event bears out."""


class SessionRecords:
    """The records of one session, as evidence."""

    def __init__(self, session: SessionRecord) -> None:
        self.session = session
        self._fitting: dict[EvidenceRule, list[str]] = {}

    @cached_property
    def facts(self) -> RecordFacts:
        return record_facts(self.session)

    @cached_property
    def known(self) -> Mapping[str, str]:
        """Every record by the id it is cited under, which here is its own."""
        return {record_id: record_id for record_id in sorted(self.facts.actors)}

    def fitting(self, rule: EvidenceRule) -> list[str]:
        if rule not in self._fitting:
            self._fitting[rule] = [each for each in self.known if is_fitting(rule, each, self.facts)]
        return self._fitting[rule]

    def last_of_agent(self) -> str | None:
        """The agent's last record: where it would say what it has done."""
        said = {each: at for each, at in self.facts.said_at.items() if at is not None}
        return max(said, key=lambda each: (said[each], each), default=None)


def listed_by_record(
    classifier: Classifier, records: SessionRecords, draw: Random
) -> list[dict[str, Any]] | None:
    """The elements of answers that list what records hold: prompts after the first, claims; else None."""
    if classifier.name == "steering":
        acts = [
            act for act in records.session.acts if act.act_kind in JUDGED_ACTS and act.is_typed and act.text
        ]
        ids = dict.fromkeys(record_of_act(act) for act in acts[1:])
        labels = draw.choices(list(STEERING_WEIGHTS), list(STEERING_WEIGHTS.values()), k=len(ids))
        return [{"record_id": each, "steering": label} for each, label in zip(ids, labels, strict=True)]
    if classifier.name == "claims":
        said_in = records.last_of_agent()
        if said_in is None:
            return []
        happened = {event.event_kind for event in records.session.events}
        return [
            {"record_id": said_in, "claim": claim}
            for claim, kind in CLAIMED_EVENTS.items()
            if kind in happened or draw.random() < CLAIMED_WITHOUT
        ]
    return None


def with_records(
    classifier: Classifier, answer: Mapping[str, Any], records: SessionRecords, draw: Random
) -> dict[str, Any]:
    """The answer with the records it rests on."""
    cited = dict(answer)
    if "evidence_record_ids" in classifier.answer_type.model_fields:
        fitting = records.fitting(classifier.evidence)
        cited["evidence_record_ids"] = draw.sample(fitting, min(len(fitting), draw.randint(1, MOST_CITED)))
        if draw.random() < WRONGLY_CITED:
            cited["evidence_record_ids"].append(NOWHERE)
    if classifier.list_field is not None:
        cited[classifier.list_field] = list(
            _with_record(classifier, cited[classifier.list_field], records, draw)
        )
    return cited


def _with_record(
    classifier: Classifier, items: Sequence[Mapping[str, Any]], records: SessionRecords, draw: Random
) -> Iterator[dict[str, Any]]:
    """Each element on a record of its own; one that has its record keeps it."""
    taken: set[str] = set()
    for item in items:
        if "record_id" in item:
            yield dict(item)
            continue
        rule = classifier.item_evidence.get(str(item[str(classifier.item_label)]), classifier.evidence)
        free = [record_id for record_id in records.fitting(rule) if record_id not in taken]
        if free:
            taken.add(chosen := draw.choice(free))
            yield {**item, "record_id": chosen}
