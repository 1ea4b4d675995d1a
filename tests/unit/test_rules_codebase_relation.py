"""How a session stands to its codebase by the files that were really touched."""

import pytest

from classifiers.rules.codebase_relation import label_codebase_relation
from classifiers.rules.reading import Reading
from tests.fakes.session_rows import SessionRows


def relation(rows: SessionRows) -> str:
    return label_codebase_relation(Reading(rows.record())).codebase_relation


def test_an_edit_of_an_existing_file_modifies() -> None:
    rows = SessionRows()
    rows.says("please mend the cart")
    rows.edits("/repo/cart.py")
    assert relation(rows) == "modifies_existing"


@pytest.mark.parametrize("error_kind", ["denied_by_user", "denied_by_rule", "interrupted", "collateral"])
def test_an_edit_that_was_refused_or_cancelled_changes_nothing(error_kind: str) -> None:
    rows = SessionRows()
    rows.says("look at the cart")
    rows.calls_tool("Read", None, file_path="/repo/cart.py")
    rows.edits("/repo/cart.py", error_kind=error_kind)
    assert relation(rows) == "explores_existing"
