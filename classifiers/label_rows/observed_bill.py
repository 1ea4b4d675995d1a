"""Who pays for the observations of a long session: every label judged from them, in even shares.

A pass is the observation requests of one session with one fingerprint on one input. A label was judged
from the newest pass on its own input that had begun when it was asked.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from classifiers.label_rows.label_bill import Bill, total
from classifiers.label_rows.ledger_label import LedgerLabel
from classifiers.ledger.ledger import LedgerRequest

Key = TypeVar("Key")
_OBSERVED_RENDERING = "whole"


class ObservationBills:
    """The observation passes of one session; `unused` are those that no label was judged from."""

    def __init__(self, observed: Iterable[LedgerRequest]) -> None:
        self._passes: dict[tuple[str, str], list[LedgerRequest]] = {}
        for row in observed:
            self._passes.setdefault((row.fingerprint, row.input_hash), []).append(row)
        self.unused = [row for rows in self._passes.values() for row in rows]

    def shares(self, labels: Mapping[Key, LedgerLabel]) -> dict[Key, Bill]:
        """What each label pays, in the order of `labels`: the first one of a pass takes the remainder."""
        payers: dict[tuple[str, str], list[Key]] = {}
        for key, label in labels.items():
            if (judged_from := self._pass_of(label)) is not None:
                payers.setdefault(judged_from, []).append(key)
        self.unused = [row for each, rows in self._passes.items() if each not in payers for row in rows]
        return {
            key: share
            for each, keys in payers.items()
            for key, share in zip(keys, total(self._passes[each]).shares(len(keys)), strict=True)
        }

    def _pass_of(self, label: LedgerLabel) -> tuple[str, str] | None:
        read = label.decided_by
        if label.asked_at is None or read.rendering != _OBSERVED_RENDERING:
            return None
        begun = [
            (began_at, each)
            for each, rows in self._passes.items()
            if each[1] == read.input_hash
            and (began_at := min(row.created_at for row in rows)) <= label.asked_at
        ]
        return max(begun)[1] if begun else None
