"""What records say of their session: who, where, which version, which mode (format, sections 5, 7, 8)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.parse import parse_salt
from orchestration.ingest.pseudonyms import OWNER, Pseudonyms
from tests.parsed import Tables, context, parse, parse_folder, write_files
from tests.transcripts import Transcript, to_lines

KEYED = Pseudonyms(b"k" * 32)


def session(tmp_path: Path, **more: Any) -> Tables:
    written = Transcript(**more)
    written.prompt()
    written.says()
    return parse(tmp_path, written)


def test_permission_mode_before_2_1_15_is_unknown_never_default(tmp_path: Path) -> None:
    tables = session(tmp_path, version="2.1.14", mode=None)
    assert tables.one("turns")["permission_mode"] is None
    assert tables.one("human_acts")["permission_mode"] is None


def test_permission_mode_of_the_prompt_is_that_of_its_turn(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt(permissionMode="acceptEdits")
    written.says()
    written.prompt(permissionMode="plan")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.column("turns", "permission_mode") == ["acceptEdits", "plan"]
    (change,) = tables.events_of("mode_change")
    assert change["detail"] == "plan"


def test_permission_mode_record_changes_the_mode_once_however_often_repeated(tmp_path: Path) -> None:
    written = Transcript(version="2.1.100", mode="default")
    written.prompt()
    written.says()
    for _ in range(3):
        written.raw({"type": "permission-mode", "permissionMode": "bypassPermissions", "sessionId": "s1"})
    written.prompt(permissionMode="bypassPermissions")
    written.says()
    tables = parse(tmp_path, written)
    assert [row["detail"] for row in tables.events_of("mode_change")] == ["bypassPermissions"]
    assert tables.column("turns", "permission_mode") == ["default", "bypassPermissions"]


def test_mode_changes_of_copies_are_the_same_changes(tmp_path: Path) -> None:
    written = Transcript(version="2.1.100")
    written.prompt()
    written.says()
    for mode in ("plan", "default", "plan"):
        written.raw({"type": "permission-mode", "permissionMode": mode, "sessionId": "s1"})
    alone = parse(tmp_path, written)
    grown = [*written.records, {"type": "mode", "mode": "normal", "sessionId": "s1"}]
    copied = parse(tmp_path, written, grown=grown)
    assert sorted(row["detail"] for row in alone.events) == ["default", "plan", "plan"]
    assert copied.events == alone.events
    assert parse(tmp_path, s1=grown).events == alone.events


def test_mode_a_human_set_elsewhere_is_kept_as_it_is_called(tmp_path: Path) -> None:
    assert session(tmp_path, mode="dontAsk").one("turns")["permission_mode"] == "dontAsk"


@pytest.mark.parametrize("entrypoint", ["cli", "sdk-cli", "claude-desktop"])
def test_entry_point_is_what_records_say(tmp_path: Path, entrypoint: str) -> None:
    tables = session(tmp_path, version="2.1.100", more={"entrypoint": entrypoint})
    assert tables.one("sessions")["entrypoint"] == entrypoint


def test_entry_point_of_older_versions_is_unknown(tmp_path: Path) -> None:
    assert session(tmp_path).one("sessions")["entrypoint"] is None


def test_first_and_last_version_of_a_long_session_are_both_kept(tmp_path: Path) -> None:
    written = Transcript(version="2.1.9")
    written.prompt()
    written.version = "2.1.10"
    written.says()
    row = parse(tmp_path, written).one("sessions")
    assert (row["first_cli_version"], row["cli_version"]) == ("2.1.9", "2.1.10")


def test_clear_at_the_top_starts_the_session_and_is_no_act_of_it(tmp_path: Path) -> None:
    written = Transcript()
    written.user("<local-command-caveat>Caveat: …</local-command-caveat>", isMeta=True)
    written.user(
        "<command-name>/clear</command-name>\n<command-message>clear</command-message>\n<command-args></command-args>"
    )
    written.user("<local-command-stdout></local-command-stdout>")
    written.prompt()
    written.says()
    tables = parse(tmp_path, written)
    assert tables.one("sessions")["is_cleared_start"] is True
    assert tables.kinds() == ["prompt"]
    assert tables.column("turns", "opened_by") == ["prompt"]


def test_session_without_clear_is_no_cleared_start(tmp_path: Path) -> None:
    assert session(tmp_path).one("sessions")["is_cleared_start"] is False


def test_compaction_goes_on_in_the_same_turn_and_its_summary_is_no_prompt(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt("Long work.")
    written.bash("ls")
    written.system(
        "compact_boundary",
        parentUuid=None,
        logicalParentUuid=written.parent,
        compactMetadata={"trigger": "auto", "preTokens": 170251},
    )
    written.user(
        "This session is being continued from a previous conversation that ran out of context.",
        isCompactSummary=True,
        isVisibleInTranscriptOnly=True,
    )
    written.bash("ls")
    written.says()
    tables = parse(tmp_path, written)
    assert tables.kinds() == ["prompt"]
    (turn,) = tables.turns
    assert (turn["compaction_count"], turn["tool_call_count"], turn["end_reason"]) == (1, 2, "completed")
    (event,) = tables.events_of("compaction")
    assert (event["detail"], event["turn_id"]) == ("auto", turn["turn_id"])


def test_microcompaction_is_no_compaction_of_the_turn(tmp_path: Path) -> None:
    written = Transcript(version="2.1.20")
    written.prompt()
    written.system("microcompact_boundary", microcompactMetadata={"trigger": "auto", "tokensSaved": 4})
    written.says()
    tables = parse(tmp_path, written)
    assert tables.one("turns")["compaction_count"] == 0
    assert len(tables.events_of("microcompaction")) == 1


@pytest.mark.parametrize(
    ("cwd", "user"),
    [
        ("/home/ann/repo", "ann"),
        ("/Users/ann/repo", "ann"),
        ("C:\\Users\\ann\\repo", "ann"),
        ("/root/repo", None),
        ("/home/runner/work/repo", None),
        ("/Users/USER/repo", None),
        ("/workspace/repo", None),
    ],
)
def test_user_is_the_home_folders_and_generic_names_are_unknown(
    tmp_path: Path, cwd: str, user: str | None
) -> None:
    row = session(tmp_path, cwd=cwd).one("sessions")
    assert row["user_id"] == (KEYED.user(user) if user else None)


def test_author_in_the_path_wins_over_the_home_folder(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    path = tmp_path / "team" / "bea" / "-home-ann-repo" / "s1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(written.lines)
    tables = parse_folder(tmp_path / "team", tmp_path / "archive")
    assert tables.one("sessions")["user_id"] == KEYED.user("bea")


def test_operator_may_map_names_to_one_user(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    folder = write_files(tmp_path / "p", {"s1.jsonl": written})
    tables = parse_folder(folder, tmp_path / "archive", settings=context(users={"ann": "ann@acme.org"}))
    assert tables.one("sessions")["user_id"] == KEYED.user("ann@acme.org")


def test_project_is_the_first_folder_whatever_the_session_moves_to(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.cwd = "/home/ann/repo/packages/api"
    written.says()
    tables = parse(tmp_path, written)
    assert tables.one("sessions")["project_id"] == session(tmp_path).one("sessions")["project_id"]


@pytest.mark.parametrize("cwd", ["/home/ann/repo/.worktrees/topic", "/home/ann/repo/.claude/worktrees/topic"])
def test_worktree_is_its_repositorys_project(tmp_path: Path, cwd: str) -> None:
    row = session(tmp_path, cwd=cwd).one("sessions")
    assert row["project_id"] == session(tmp_path).one("sessions")["project_id"]


def test_ids_of_people_and_projects_do_not_show_their_names(tmp_path: Path) -> None:
    row = session(tmp_path).one("sessions")
    assert "ann" not in row["user_id"]
    assert "repo" not in row["project_id"]


def test_earliest_record_names_the_session(tmp_path: Path) -> None:
    first = Transcript(session="zzz")
    first.prompt()
    later = Transcript(session="aaa", parent=first.parent, prefix="later")
    later.at += timedelta(hours=1)
    later.says()
    tables = parse(tmp_path, first, later)
    assert tables.one("sessions")["session_id"] == "zzz"
    assert tables.column("session_aliases", "alias_session_id") == ["aaa"]


def test_slug_shared_by_plan_sessions_does_not_merge_them(tmp_path: Path) -> None:
    one, other = (
        Transcript(session=name, more={"slug": "radiant-floating-music"}) for name in ("aaa", "bbb")
    )
    for written in (one, other):
        written.prompt()
        written.says()
    assert len(parse(tmp_path, one, other).sessions) == 2


def test_second_session_key_of_new_versions_is_ignored(tmp_path: Path) -> None:
    tables = session(tmp_path, version="2.1.200", more={"session_id": "other"})
    assert tables.one("sessions")["session_id"] == "s1"
    assert tables.session_aliases == []


@pytest.mark.parametrize("cwd", [None, 7, "", ["/home/ann"], {"path": "/"}])
def test_folder_of_any_shape_is_an_unknown_user(tmp_path: Path, cwd: Any) -> None:
    row = session(tmp_path, cwd=cwd).one("sessions")
    assert (row["user_id"], row["project_id"]) == (None, None)


@pytest.mark.parametrize(
    ("cwd", "whose_in_a_team"),
    [
        ("/home/coder/shop", None),
        ("/workspaces/shop", None),
        ("/root", None),
        ("/home/janet/shop", "janet"),
        ("", None),
    ],
)
def test_in_a_personal_home_every_session_is_the_owners(
    tmp_path: Path, cwd: str, whose_in_a_team: str | None
) -> None:
    written = Transcript(cwd=cwd)
    written.prompt()
    written.says()
    folder = write_files(tmp_path / "projects", {"s1.jsonl": written})
    owned = parse_folder(folder, tmp_path / "owned", settings=context(owner=OWNER))
    team = parse_folder(folder, tmp_path / "team", settings=context())
    assert owned.column("sessions", "user_id") == [KEYED.user(OWNER)]
    assert set(owned.column("turns", "user_id")) == {KEYED.user(OWNER)}
    assert team.column("sessions", "user_id") == [whose_in_a_team and KEYED.user(whose_in_a_team)]


def test_a_named_author_and_no_folder_at_all_are_the_owner_too(tmp_path: Path) -> None:
    written = Transcript()
    written.prompt()
    written.says()
    for record in written.records:
        record.pop("cwd", None)
    file = tmp_path / "projects" / "bert" / "-shop" / "s1.jsonl"
    file.parent.mkdir(parents=True)
    file.write_bytes(to_lines(written.records))
    owned = parse_folder(tmp_path / "projects", tmp_path / "owned", settings=context(owner=OWNER))
    assert owned.column("sessions", "user_id") == [KEYED.user(OWNER)]
    team = parse_folder(tmp_path / "projects", tmp_path / "team")
    assert team.column("sessions", "user_id") == [KEYED.user("bert")]


def test_another_owner_is_another_reading_of_the_same_files() -> None:
    assert parse_salt(context(owner=OWNER)) != parse_salt(context())
