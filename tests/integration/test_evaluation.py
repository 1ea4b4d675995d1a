"""`make evaluate`: the rules on the cases without a key, Claude with one, and nothing is paid twice."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from classifiers.asking.questionnaire import UnknownClassifierError
from orchestration.failures import RunStoppedError
from orchestration.labelling.evaluation import evaluate_labellers
from orchestration.settings import load_settings
from tests.fakes.claude_api import FakeClaude


def evaluated(home: Path, *names: str, split: str = "both", **choices: Any) -> str:
    console = Console(width=160, file=StringIO())
    settings = load_settings(home=home, label_requests_per_minute=1_000_000, **choices)
    evaluate_labellers(settings, console, names=names, split=split)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_without_a_key_the_rules_are_judged_and_claude_is_not_asked(tmp_path: Path) -> None:
    text = evaluated(tmp_path / "home", "outcome", "expertise")
    assert "Rules on the cases" in text
    assert "outcome" in text
    assert "Claude is not asked" in text
    assert not (tmp_path / "home" / "evaluation.sqlite").exists()


def test_claude_answers_the_cases_through_requests_ledger_and_evidence_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-not-a-key")
    with FakeClaude() as fake:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
        first = evaluated(tmp_path / "home", "goal_complexity", "task_value", budget_usd="5")
        paid = fake.account.calls["messages"]
        again = evaluated(tmp_path / "home", "goal_complexity", "task_value", budget_usd="5")
    assert "claude-haiku-5-5 on the cases" in first
    assert "weighted kappa" in first
    assert paid > 20
    assert fake.account.calls["messages"] == paid
    assert again.splitlines()[-3:] == first.splitlines()[-3:]


def test_wrong_choices_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UnknownClassifierError, match="The catalog holds"):
        evaluated(tmp_path / "home", "mood")
    with pytest.raises(RunStoppedError, match="dev, test, both"):
        evaluated(tmp_path / "home", "outcome", split="train")
