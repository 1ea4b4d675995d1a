"""Writes the golden fingerprints anew: `python -m tests.regenerate_fingerprints`, then review the diff.

Refuses where a classifier's prompt, schema or rendering changed and its version did not: an answer that is
held would silently be one to another question.
"""

import json
import sys
from pathlib import Path

from classifiers.asking.envelope import Envelope
from classifiers.asking.question import fingerprint
from classifiers.catalog import CATALOG
from classifiers.change_review.findings import CHANGE_FINDINGS
from classifiers.change_review.match import CHANGE_MATCH
from classifiers.classifier import Classifier
from classifiers.next_step.judgement import NEXT_STEP_JUDGEMENT
from classifiers.next_step.moments import NEXT_STEP_MOMENTS
from classifiers.next_step.proposal import NEXT_STEP_PROPOSAL
from classifiers.next_step.restatement import NEXT_STEP_RESTATEMENT
from classifiers.observation import OBSERVATION
from classifiers.subject.subject import RENDERING_VERSION

ASKED_APART = (
    NEXT_STEP_MOMENTS,
    NEXT_STEP_PROPOSAL,
    NEXT_STEP_RESTATEMENT,
    NEXT_STEP_JUDGEMENT,
    CHANGE_FINDINGS,
    CHANGE_MATCH,
)
"""Questions of duels and reviews, whose answers are no labels."""

GOLDEN = Path(__file__).parent / "golden" / "classifier_fingerprints.json"
ENVELOPE = Envelope("a-model", None, 1)
"""Not the settings' model: an operator's choice is no change of a prompt."""


def fingerprints() -> dict[str, dict[str, str]]:
    """Version and fingerprint of every question that is asked."""
    asked: tuple[Classifier, ...] = (*CATALOG, OBSERVATION, *ASKED_APART)
    return {
        one.name: {
            "version": f"{one.version} rendering {RENDERING_VERSION}",
            "fingerprint": fingerprint(one, ENVELOPE, rendering_version=RENDERING_VERSION),
        }
        for one in asked
    }


def silent_changes(before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> list[str]:
    """Questions whose fingerprint changed under the same version."""
    return sorted(
        name
        for name in before.keys() & after.keys()
        if before[name]["fingerprint"] != after[name]["fingerprint"]
        and before[name]["version"] == after[name]["version"]
    )


def main() -> int:
    before = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    after = fingerprints()
    if changed := silent_changes(before, after):
        print(  # noqa: T201
            f"Changed without a new version: {', '.join(changed)}. Raise `version` in their __init__.py (or "
            "RENDERING_VERSION), then run this again.",
            file=sys.stderr,
        )
        return 1
    GOLDEN.write_text(json.dumps(after, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
