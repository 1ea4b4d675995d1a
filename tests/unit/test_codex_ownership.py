"""Which files are rollouts of Codex, whatever their first lines hold."""

from pathlib import Path

import pytest

from orchestration.ingest.sources.codex.ownership import owns


@pytest.mark.parametrize("kind", [b'{"a":1}', b"[1]", b"7", b"null"])
def test_a_type_that_is_no_text_names_no_rollout(kind: bytes) -> None:
    line = b'{"timestamp":"2026-02-01T10:00:00Z","type":' + kind + b',"payload":{}}\n'
    assert not owns(Path("x.jsonl"), line)
