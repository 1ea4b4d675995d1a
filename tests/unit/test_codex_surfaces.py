"""Where Codex sessions were run, by their entry points."""

import pytest

from orchestration.ingest.sources.codex.surfaces import surface_of


@pytest.mark.parametrize(
    ("entrypoint", "with_acts", "without"),
    [
        ("cli", "interactive", "no_human_act"),
        (None, "interactive", "no_human_act"),
        ("codex-desktop", "interactive", "no_human_act"),
        ("codex-vscode", "ide", "no_human_act"),
        ("xcode", "ide", "no_human_act"),
        ("headless-exec", "headless", "headless"),
        ("sdk-mcp", "sdk", "sdk"),
        ("the-moon", "unknown", "no_human_act"),
    ],
)
def test_entry_point_tells_who_was_there(entrypoint: str | None, with_acts: str, without: str) -> None:
    assert surface_of(entrypoint, has_acts=True) == with_acts
    assert surface_of(entrypoint, has_acts=False) == without
