"""What is asked, of whom, and about which units: the classifiers of one labelling and their fingerprints.

Derives from the catalog and the operator's choices; the same choices give the same fingerprints. Not here:
what has been asked already (session_asks), what anything costs (plan).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from classifiers.asking.eligibility import (
    LabelEligibility,
    SessionFrame,
    asked_units,
    drawn_calls,
    eligibility_rows,
    is_sampled,
    session_reason,
)
from classifiers.asking.envelope import Effort, Envelope
from classifiers.asking.question import fingerprint
from classifiers.call_units import CallSample
from classifiers.classifier import Classifier
from classifiers.label_row import Rendering
from classifiers.observation import OBSERVATION
from classifiers.subject.subject import RENDERING_VERSION

REPLICATES = 3
"""How often a unit of the repeatability sample is asked, the label itself included."""

STUDY_C: Rendering = "study_c"


class UnknownClassifierError(Exception):
    """A classifier was named that the catalog does not hold; the message lists those it holds."""


@dataclass(frozen=True)
class Unit:
    """One label to have: a classifier's answer on a unit, under a fingerprint, for the n-th time."""

    classifier: Classifier
    fingerprint: str
    rendering: Rendering
    unit_id: str
    session_id: str
    session_date: date
    replicate: int


@dataclass(frozen=True)
class Questionnaire:
    """The classifiers to ask and how. `material`: what the operator adds to a classifier's prompt, by name.

    `calls`: which tool calls are asked about. `replicate_share` of the units are asked REPLICATES times;
    `study_c_share` of the sessions are also read in the rendering `study_c`.
    """

    classifiers: tuple[Classifier, ...]
    default: Envelope
    material: Mapping[str, str]
    quiet: timedelta
    replicate_share: float
    study_c_share: float
    calls: CallSample

    def envelope_of(self, classifier: Classifier) -> Envelope:
        """The shared envelope, unless a classifier overrides model or effort: then it is its own."""
        if classifier.model is None and classifier.effort is None:
            return self.default
        effort: Effort | None = classifier.effort or self.default.effort  # type: ignore[assignment]
        return Envelope(classifier.model or self.default.model, effort, self.default.max_output_tokens)

    @cached_property
    def fingerprints(self) -> Mapping[Classifier, str]:
        """The installed fingerprint of each classifier in its own rendering."""
        return {classifier: self._fingerprint(classifier, None) for classifier in self.classifiers}

    @cached_property
    def study_c_fingerprints(self) -> Mapping[Classifier, str]:
        """The same in the rendering `study_c`, for classifiers that read whole sessions."""
        whole = [classifier for classifier in self.classifiers if classifier.rendering == "whole"]
        return {classifier: self._fingerprint(classifier, STUDY_C) for classifier in whole}

    @cached_property
    def observation_fingerprint(self) -> str:
        return self._fingerprint(OBSERVATION, None)

    def installed(self) -> Mapping[str, frozenset[str]]:
        """Fingerprints in use, by classifier."""
        found: dict[str, set[str]] = {}
        for prints in (self.fingerprints, self.study_c_fingerprints):
            for classifier, each in prints.items():
                found.setdefault(classifier.name, set()).add(each)
        return {name: frozenset(each) for name, each in found.items()}

    def units(self, frame: SessionFrame, *, day: date, now: datetime) -> Iterator[Unit]:
        """The labels to have of one session, in a fixed order: eligible units, repeats, the cut reading."""
        session, drawn = frame.session, drawn_calls(self.classifiers, frame, self.calls)
        for classifier, own in self.fingerprints.items():
            if session_reason(classifier, frame, now=now, quiet=self.quiet) != "eligible":
                continue
            asked = list(asked_units(classifier, session, drawn))
            for unit_id in asked:
                repeats = is_sampled(self.replicate_share, seed=f"repeat {classifier.name}", unit_id=unit_id)
                for replicate in range(REPLICATES if repeats else 1):
                    rendering = classifier.rendering
                    yield Unit(classifier, own, rendering, unit_id, session.session_id, day, replicate)
            if asked and classifier in self.study_c_fingerprints and self._is_cut_too(session.session_id):
                cut = self.study_c_fingerprints[classifier]
                yield Unit(classifier, cut, STUDY_C, session.session_id, session.session_id, day, 0)

    def eligibility(
        self, frame: SessionFrame, *, now: datetime, shares: Mapping[str, float]
    ) -> Iterator[LabelEligibility]:
        """Every unit that could be asked about, and why it is not where it is not.

        `shares`: fingerprint → share of the date's sessions that budgets have reached, where not all.
        """
        return eligibility_rows(
            frame, self.fingerprints, now=now, quiet=self.quiet, shares=shares, calls=self.calls
        )

    def _is_cut_too(self, session_id: str) -> bool:
        return is_sampled(self.study_c_share, seed=STUDY_C, unit_id=session_id)

    def _fingerprint(self, classifier: Classifier, rendering: Rendering | None) -> str:
        return fingerprint(
            classifier,
            self.envelope_of(classifier),
            rendering=rendering,
            rendering_version=RENDERING_VERSION,
            material=self.material.get(classifier.name, ""),
        )


def chosen_classifiers(catalog: Sequence[Classifier], names: Sequence[str]) -> tuple[Classifier, ...]:
    """The named classifiers in the catalog's order, or all of them; raises UnknownClassifierError."""
    known = {classifier.name for classifier in catalog}
    unknown = sorted(set(names) - known)
    if unknown:
        raise UnknownClassifierError(
            f"No classifier is called {', '.join(unknown)}. The catalog holds: {', '.join(sorted(known))}. "
            "Name them in label_classifiers, or leave it empty for all."
        )
    return tuple(classifier for classifier in catalog if not names or classifier.name in names)
