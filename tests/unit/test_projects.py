"""Projects: one place under many spellings, worktrees of every tool, what git and pull requests say."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.projects import project_root, resolve_project
from orchestration.ingest.pseudonyms import Pseudonyms
from orchestration.ingest.repositories import repository_at, repository_key
from orchestration.ingest.sources.claude_code.places import places_in
from orchestration.ingest.sources.codex import CODEX
from orchestration.project_roots import ProjectRoots, ProjectRootsError, learn_roots, read_roots, write_roots
from tests.parsed import context, discover, parse_folder, write_files
from tests.transcripts import Transcript

KEYED = Pseudonyms(b"k" * 32)


@pytest.mark.parametrize(
    ("cwd", "root"),
    [
        ("/home/ann/repo/", "/home/ann/repo"),
        ("/home/ann/repo/.worktrees/1", "/home/ann/repo"),
        ("/home/ann/repo/.worktrees/1/src", "/home/ann/repo"),
        ("/home/ann/repo/.claude/worktrees/agent-7", "/home/ann/repo"),
        ("/home/ann/repo/.claude-worktrees/agent-7", "/home/ann/repo"),
        ("/home/ann/repo/.cursor/worktrees/x/src", "/home/ann/repo"),
        ("/home/ann/repo/.conductor/lima", "/home/ann/repo"),
        ("/srv/repo/.wt/topic/lib", "/srv/repo"),
        ("/home/ann/repo-worktrees/topic/lib", "/home/ann/repo"),
        ("/home/ann/repo.worktrees/topic", "/home/ann/repo"),
        ("/home/ann/worktrees/topic", "/home/ann/worktrees/topic"),
        ("/home/ann/repo-worktrees", "/home/ann/repo-worktrees"),
        ("c:\\code\\\\repo\\.worktrees\\1", "C:/code/repo"),
        ("/", "/"),
        (" ", None),
    ],
)
def test_worktree_is_its_repository(cwd: str, root: str | None) -> None:
    assert project_root(cwd) == root


@pytest.mark.parametrize(
    ("cwd", "root"),
    [
        ("/home/ann/.claude-worktrees/bakery/brave-otter", "/home/ann/.claude-worktrees/bakery"),
        ("/Users/ann/.claude-worktrees/bakery/x/src/deep", "/Users/ann/.claude-worktrees/bakery"),
        ("/root/.claude-worktrees/bakery/x", "/root/.claude-worktrees/bakery"),
        ("C:\\Users\\ann\\.claude-worktrees\\bakery\\x", "C:/Users/ann/.claude-worktrees/bakery"),
        ("/home/ann/git-worktrees/bakery/feature/oven", "/home/ann/git-worktrees/bakery"),
        ("/srv/git-worktrees/bakery/main", "/srv/git-worktrees/bakery"),
        ("/home/ann/worktrees/bakery/main", "/home/ann/worktrees/bakery"),
        ("/Users/ann/conductor/workspaces/bakery/lima", "/Users/ann/conductor/workspaces/bakery"),
        ("/Users/ann/conductor/bakery/lima", "/Users/ann/conductor/bakery"),
        ("/Users/ann/.cursor/worktrees/bakery/Qx3", "/Users/ann/.cursor/worktrees/bakery"),
        ("/Users/ann/.codex/worktrees/3f2a/bakery/src", "/Users/ann/.codex/worktrees/bakery"),
        ("/home/ann/.wt/bakery/x", "/home/ann/.wt/bakery"),
    ],
)
def test_container_holds_several_repositories(cwd: str, root: str) -> None:
    assert project_root(cwd) == root
    other = project_root(cwd.replace("bakery", "dairy"))
    assert other == root.replace("bakery", "dairy")


@pytest.mark.parametrize(
    ("spellings", "root"),
    [
        (
            [
                "C:\\Users\\ann\\bakery",
                "c:/Users/ann/bakery/",
                "/mnt/c/Users/ann/bakery",
                "/c/Users/ann/bakery",
                "/cygdrive/c/Users/ann/bakery",
                "\\\\wsl.localhost\\Ubuntu\\mnt\\c\\Users\\ann\\bakery",
            ],
            "C:/Users/ann/bakery",
        ),
        (
            [
                "/home/ann/bakery",
                "\\\\wsl.localhost\\Ubuntu-24.04\\home\\ann\\bakery",
                "//wsl$/Debian/home/ann/bakery",
                "\\\\WSL.LOCALHOST\\Ubuntu\\home\\ann\\bakery\\.worktrees\\x",
            ],
            "/home/ann/bakery",
        ),
        (["\\\\server\\share\\bakery", "//server/share//bakery"], "//server/share/bakery"),
    ],
)
def test_one_place_is_one_project_however_it_is_spelt(spellings: list[str], root: str) -> None:
    assert {project_root(cwd) for cwd in spellings} == {root}


def test_windows_tells_no_upper_from_lower_case() -> None:
    found = {
        resolved(cwd).project_id for cwd in ("C:\\Code\\Bakery", "c:\\code\\bakery", "/mnt/c/CODE/bakery")
    }
    assert len(found) == 1
    assert resolved("/srv/Bakery").project_id != resolved("/srv/bakery").project_id


def resolved(cwd: str | None, *, names: bool = False, roots: Any = None, **projects: str) -> Any:
    keys = {key.replace("__", "/"): name for key, name in projects.items()}
    return resolve_project(cwd, pseudonyms=KEYED, projects=keys, roots=roots or {}, shows_names=names)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("git@github.com:Acme/Bakery.git", "github.com/acme/bakery"),
        ("https://github.com/acme/bakery/", "github.com/acme/bakery"),
        ("https://someone:t0ken@github.com/acme/bakery.git", "github.com/acme/bakery"),
        ("ssh://git@ssh.github.com:443/acme/bakery.git", "github.com/acme/bakery"),
        ("https://github.com/acme/bakery/pull/12", "github.com/acme/bakery"),
        ("https://gitlab.com/acme/web/bakery/-/merge_requests/3", "gitlab.com/acme/web/bakery"),
        ("git@git.acme.example:web/team/bakery.git", "git.acme.example/web/team/bakery"),
        ("acme/bakery", "github.com/acme/bakery"),
        ("/srv/git/bakery.git", None),
        ("file:///srv/git/bakery.git", None),
        ("bakery", None),
        ("", None),
    ],
)
def test_remote_names_the_repository(url: str, key: str | None) -> None:
    assert repository_key(url) == key


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """A repository with a remote, a folder below it and a worktree elsewhere."""
    folder = tmp_path / "code" / "bakery"
    (folder / "ovens").mkdir(parents=True)
    git(folder, "init")
    git(folder, "commit", "--allow-empty", "-m", "begin")
    git(folder, "worktree", "add", "-b", "topic", str(tmp_path / "elsewhere" / "topic"))
    return folder


def test_folder_and_worktree_of_a_repository_at_hand_have_its_root(bakery: Path, tmp_path: Path) -> None:
    for place in (bakery, bakery / "ovens", tmp_path / "elsewhere" / "topic"):
        found = repository_at(place, home=tmp_path)
        assert found is not None
        assert (found.root, found.key) == (bakery, None)
        assert found.worktrees == (str(tmp_path / "elsewhere" / "topic"),)


def test_upstream_is_the_repository_of_a_fork(bakery: Path, tmp_path: Path) -> None:
    git(bakery, "remote", "add", "origin", "git@github.com:ann/bakery.git")
    found = repository_at(bakery, home=tmp_path)
    assert found is not None
    assert found.key == "github.com/ann/bakery"
    git(bakery, "remote", "add", "upstream", "https://github.com/acme/bakery")
    found = repository_at(bakery, home=tmp_path)
    assert found is not None
    assert found.key == "github.com/acme/bakery"


def test_worktrees_of_a_bare_repository_share_it(bakery: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--bare", str(bakery), str(tmp_path / "hub" / ".bare"))
    for branch in ("one", "two"):
        git(tmp_path / "hub" / ".bare", "worktree", "add", "-b", branch, str(tmp_path / "hub" / branch))
    found = [repository_at(tmp_path / "hub" / branch, home=tmp_path) for branch in ("one", "two")]
    assert {each.root for each in found if each} == {tmp_path / "hub"}


def test_submodule_is_a_project_of_its_own(bakery: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", str(bakery), str(tmp_path / "dairy"))
    allow = ("-c", "protocol.file.allow=always")
    git(tmp_path / "dairy", *allow, "submodule", "add", str(bakery), "vendor/bakery")
    found = repository_at(tmp_path / "dairy" / "vendor" / "bakery", home=tmp_path)
    assert found is not None
    assert found.root == tmp_path / "dairy" / "vendor" / "bakery"


def test_home_that_is_a_repository_is_no_project_of_the_folders_below(bakery: Path) -> None:
    assert repository_at(bakery / "ovens", home=bakery) is None
    assert repository_at(bakery, home=bakery) is not None


@pytest.mark.parametrize("marker", ["gitdir: /nowhere/at/all", "nonsense", ""])
def test_broken_pointer_is_no_repository(tmp_path: Path, marker: str) -> None:
    (tmp_path / ".git").write_text(marker)
    assert repository_at(tmp_path, home=Path("/nowhere")) is None


@pytest.mark.parametrize("cwd", ["C:\\code\\bakery", "", ".", "ovens", "~/code/bakery", "\\\\server\\bakery"])
def test_folder_of_another_system_is_not_looked_up_where_the_run_is(
    bakery: Path, cwd: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bakery)
    assert repository_at(Path(cwd), home=Path("/nowhere")) is None


def test_folder_that_is_gone_is_not_looked_up_in_those_above(bakery: Path) -> None:
    assert repository_at(bakery / "gone", home=Path("/nowhere")) is None


def written_in(cwd: str, session: str, *links: str) -> Transcript:
    written = Transcript(session=session, cwd=cwd)
    written.prompt("Bake.")
    written.says("Baked.")
    for url in links:
        written.raw({"type": "pr-link", "sessionId": session, "prNumber": 3, "prUrl": url})
    return written


def test_places_are_the_first_folder_and_the_pull_requests() -> None:
    written = written_in("C:\\Users\\ann\\bakery", "s1", "https://github.com/acme/bakery/pull/3")
    written.cwd = "/elsewhere"
    written.says(json.dumps({"type": "pr-link", "prUrl": "https://github.com/x/quoted/pull/1", "cwd": "/q"}))
    places = places_in(written.lines)
    assert places.cwd == "C:\\Users\\ann\\bakery"
    assert places.repositories == ("https://github.com/acme/bakery/pull/3",)
    assert places_in(b"") == places_in(b'{"cwd": 3}') == (None, ())


@pytest.mark.parametrize(
    ("payload", "places"),
    [
        (
            {"cwd": "/c/b", "git": {"repository_url": "git@github.com:a/b.git"}},
            ("/c/b", ("git@github.com:a/b.git",)),
        ),
        ({"cwd": "/c/b", "git": None}, ("/c/b", ())),
        ({"cwd": 3, "git": {"repository_url": ["x"]}}, (None, ())),
    ],
)
def test_rollout_states_its_folder_and_remote_in_its_first_record(payload: Any, places: Any) -> None:
    line = json.dumps({"type": "session_meta", "payload": payload}).encode()
    assert CODEX.places(line + b"\n" + line.replace(b"/c/b", b"/other") + b"\n") == places
    assert CODEX.places(b"") == (None, ())


def learned(tmp_path: Path, *transcripts: Transcript, roots: ProjectRoots | None = None) -> ProjectRoots:
    folder = write_files(tmp_path / "p", {f"{each.session}.jsonl": each for each in transcripts})
    roots = roots or ProjectRoots()
    learn_roots(roots, discover([str(folder)]).files, pseudonyms=KEYED, home=Path("/nowhere"))
    return roots


def test_two_people_with_a_remote_in_common_work_on_one_project(bakery: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", str(bakery), str(tmp_path / "bob" / "my-bakery"))
    git(tmp_path / "bob" / "my-bakery", "remote", "set-url", "origin", "git@github.com:acme/bakery.git")
    git(bakery, "remote", "add", "origin", "https://github.com/acme/bakery.git")
    worktree = str(tmp_path / "elsewhere" / "topic")
    cwds = [str(bakery / "ovens"), str(tmp_path / "bob" / "my-bakery"), worktree]
    roots = learned(tmp_path, *(written_in(cwd, f"s{n}") for n, cwd in enumerate(cwds)))
    found = {resolved(cwd, roots=roots.projects).project_id for cwd in cwds}
    assert found == {KEYED.project("github.com/acme/bakery")}


def test_worktree_that_is_gone_is_known_from_the_list_of_its_repository(bakery: Path, tmp_path: Path) -> None:
    worktree = tmp_path / "elsewhere" / "topic"
    roots = learned(tmp_path, written_in(str(bakery), "s1"))
    for file in (worktree / ".git", worktree):
        file.unlink() if file.is_file() else file.rmdir()
    assert resolved(str(worktree), roots=roots.projects) == resolved(str(bakery), roots=roots.projects)


def test_pull_request_names_the_repository_of_folders_that_are_not_at_hand(tmp_path: Path) -> None:
    link = "https://github.com/acme/bakery/pull/3"
    roots = learned(
        tmp_path,
        written_in("/home/ann/bakery", "s1", link),
        written_in("/home/bob/src/the-bakery", "s2", link, link),
        written_in("/home/cleo/bakery", "s3"),
    )
    found = [
        resolved(cwd, roots=roots.projects).project_id
        for cwd in ("/home/ann/bakery", "/home/bob/src/the-bakery", "/home/cleo/bakery")
    ]
    assert found[0] == found[1] == KEYED.project("github.com/acme/bakery")
    assert found[2] == KEYED.project("/home/cleo/bakery")
    assert roots.change_key == ""


def test_folder_with_pull_requests_of_several_repositories_is_none_of_them(tmp_path: Path) -> None:
    links = [f"https://github.com/acme/{name}/pull/1" for name in ("bakery", "dairy")]
    roots = learned(tmp_path, written_in("/home/ann/code", "s1", *links))
    assert resolved("/home/ann/code", roots=roots.projects).project_id == KEYED.project("/home/ann/code")


def test_later_answer_marks_what_was_parsed_before_and_a_further_folder_does_not(tmp_path: Path) -> None:
    roots = learned(tmp_path / "1", written_in("/home/ann/bakery", "s1"))
    learned(tmp_path / "2", written_in("/home/ann/dairy", "s2"), roots=roots)
    assert roots.change_key == ""
    link = "https://github.com/acme/bakery/pull/3"
    learned(tmp_path / "3", written_in("/home/ann/bakery", "s3", link), roots=roots)
    changed = roots.change_key
    assert changed
    learned(tmp_path / "4", written_in("/home/ann/bakery", "s4", link.replace("acme", "fork")), roots=roots)
    assert roots.change_key == changed


def test_answers_are_kept_as_pseudonyms_and_only_for_the_owner(tmp_path: Path) -> None:
    roots = learned(tmp_path, written_in("/home/ann/bakery", "s1", "https://github.com/acme/bakery/pull/3"))
    path = tmp_path / "projects.json"
    write_roots(path, roots)
    assert read_roots(path) == roots
    assert path.stat().st_mode & 0o777 == 0o600
    assert not any(word in path.read_text() for word in ("ann", "bakery", "acme"))
    assert read_roots(tmp_path / "none.json") == ProjectRoots()
    path.write_text("{")
    with pytest.raises(ProjectRootsError, match="remove it"):
        read_roots(path)


@pytest.mark.parametrize(
    ("key", "cwd", "is_named"),
    [
        ("/home/ann/bakery", "/home/ann/bakery", True),
        ("/home/ann", "/home/ann/bakery/.worktrees/x", True),
        ("c:/code", "/mnt/c/Code/bakery", True),
        ("acme/bakery", "/home/ann/bakery", True),
        ("https://github.com/Acme/bakery.git", "/home/ann/bakery", True),
        ("acme/dairy", "/home/ann/bakery", False),
        ("/home/ann/bake", "/home/ann/bakery", False),
    ],
)
def test_operators_map_names_a_project_by_folder_or_repository(key: str, cwd: str, is_named: bool) -> None:
    roots = {KEYED.project("/home/ann/bakery"): KEYED.project("github.com/acme/bakery")}
    found = resolved(cwd, roots=roots, **{key: "The Bakery"})
    assert (found.name == "The Bakery") is is_named
    assert (found.project_id == KEYED.project("The Bakery")) is is_named


def test_nearest_folder_of_the_map_counts() -> None:
    names = {"/home/ann": "Ann's", "/home/ann/bakery": "Bakery"}
    assert resolved("/home/ann/bakery/x", **names).name == "Bakery"
    assert resolved("/home/ann/dairy", **names).name == "Ann's"


def test_names_are_shown_in_a_personal_home_and_where_the_map_gives_them(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "p", {"s1.jsonl": written_in("/home/ann/bakery", "s1")})
    for number, (more, name) in enumerate(
        [({}, None), ({"shows_names": True}, "bakery"), ({"projects": {"/home/ann/bakery": "B"}}, "B")]
    ):
        tables = parse_folder(folder, tmp_path / f"archive{number}", settings=context(**more))
        assert tables.one("sessions")["project_name"] == name
