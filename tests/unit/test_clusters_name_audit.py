"""The rules that a name of a cluster must pass."""

import pytest

from orchestration.clusters.name_audit import may_be_shown
from orchestration.ingest.redaction.redact import Redactor


@pytest.mark.parametrize(
    "name",
    [
        "run the tests of a change",
        "Commit and push changes with git",
        "API calls that fail to authenticate",
        "edit Python and TypeScript files",
        "restart services on kubernetes, read their logs",
        "ask for a missing sign-in",
    ],
)
def test_a_plain_phrase_may_be_shown(name: str) -> None:
    assert may_be_shown(name, Redactor())


@pytest.mark.parametrize(
    "name",
    [
        "fix the login of Acme",
        "deploy ProjectZebra",
        "edit src/billing/invoice.py",
        "mail ada@example.com about it",
        "call +49 30 1234567",
        "restart host db-17",
        "open https://example.com",
        'the "zebra" release',
        "Ada Lovelace asks for a review",
        "line one\nline two",
        "one two three four five six seven eight nine ten eleven",
        "",
    ],
)
def test_what_could_be_a_proper_name_or_number_may_not(name: str) -> None:
    assert not may_be_shown(name, Redactor())


def test_what_the_redactor_finds_may_not_be_shown() -> None:
    class Finds:
        def redact(self, text: str, counts: dict[str, int]) -> str:
            counts["planted"] = 1
            return text

    assert not may_be_shown("run the tests", Finds())  # type: ignore[arg-type]
