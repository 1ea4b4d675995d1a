"""The gates of git: planted rows pass, each breaker breaks its rule, and a bad repository is set aside."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from expectations.validate import judge_git
from tests.fakes.gate_git import GIT_BREAKERS, stage_git
from tests.planted_git import plant, session_rows, write_sessions
from tests.unit.test_git_history import Rows, land


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The planted rows, judged on their way."""
    home = tmp_path_factory.mktemp("home")
    planted = plant(home / "widgets")
    write_sessions(home / "lake", session_rows(planted))
    rows, report = land(home, planted.path, judge=judge_git)
    assert [verdict for verdict in report.verdicts if verdict.status != "pass"] == []
    assert len({verdict.rule for verdict in report.verdicts}) == len(GIT_BREAKERS)
    return rows


@pytest.mark.parametrize("rule", sorted(GIT_BREAKERS))
def test_each_rule_is_broken_by_its_breaker(rule: str, landed: Rows, tmp_path: Path) -> None:
    rows = copy.deepcopy(landed)
    GIT_BREAKERS[rule](rows)
    verdicts = {verdict.rule: verdict for verdict in judge_git(stage_git(rows, tmp_path / "staged"))}
    assert verdicts[rule].status == "fail"
    assert verdicts[rule].message


def test_a_repository_whose_rows_break_a_rule_is_set_aside_and_the_others_land(tmp_path: Path) -> None:
    one, other = plant(tmp_path / "one"), plant(tmp_path / "other")
    config = other.path / ".git" / "config"
    config.write_text(config.read_text().replace("example/widgets", "example/gadgets"))
    write_sessions(tmp_path / "lake", session_rows(one))
    judged: list[Any] = []

    def spoiling(files: Mapping[str, Path]) -> Any:
        judged.append(files)
        if len(judged) == 1:
            return judge_git({**files, "line_groups": files["commit_sessions"]})
        return judge_git(files)

    rows, report = land(tmp_path, one.path, other.path, judge=spoiling)
    assert [reason for _, reason in report.set_aside] == ["rules_broken"]
    assert report.read_count == 1
    assert len({row["repository_id"] for row in rows["commits"]}) == 1
