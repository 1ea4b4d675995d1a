"""The key and the names made with it; who a path or a working directory says one is."""

from pathlib import Path

import pytest

from orchestration.ingest.pseudonyms import (
    PseudonymKeyError,
    Pseudonyms,
    key_exists,
    load_or_create_key,
    resolve_user,
    user_name_from_cwd,
)


def test_key_is_made_once_and_only_for_its_user(tmp_path: Path) -> None:
    path = tmp_path / "home" / "pseudonym.key"
    assert not key_exists(path)
    key = load_or_create_key(path)
    assert len(key) == 32
    assert load_or_create_key(path) == key
    assert key_exists(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(tmp_path / "other.key") != key
    assert [each.name for each in path.parent.iterdir()] == ["pseudonym.key"]


def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pseudonym.key"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(PseudonymKeyError, match="chmod 600"):
        load_or_create_key(path)


@pytest.mark.parametrize("damage", ["", "abc123", "zz" * 32, "ab" * 31, "ab" * 33])
def test_damaged_key_is_refused_and_never_shown(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "pseudonym.key"
    path.write_text(damage)
    path.chmod(0o600)
    with pytest.raises(PseudonymKeyError, match="Restore it from its backup") as caught:
        load_or_create_key(path)
    assert not damage or damage not in str(caught.value)


def test_key_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").mkdir()
    with pytest.raises(PseudonymKeyError, match="cannot be read"):
        load_or_create_key(tmp_path / "pseudonym.key")


def test_names_depend_on_key_and_kind_and_show_neither() -> None:
    one, other = Pseudonyms(b"1" * 32), Pseudonyms(b"2" * 32)
    assert one.user("ann") == Pseudonyms(b"1" * 32).user("ann")
    assert one.user("ann") == one.user(" Ann ")
    assert one.user("ann") != other.user("ann")
    assert one.user("x").split("_")[1] != one.project("x").split("_")[1] != one.path("x").split("_")[1]
    assert one.user("ann").startswith("user_")
    assert len(one.user("ann")) == len("user_") + 16
    assert "1111" not in repr(one)


@pytest.mark.parametrize(
    ("cwd", "name"),
    [
        ("/Users/ann/repo", "ann"),
        ("/home/ann", "ann"),
        ("C:\\Users\\Ann\\repo", "Ann"),
        ("c:/users/ann/repo", "ann"),
        ("/mnt/c/Users/ann", "ann"),
        ("/c/Users/ann", "ann"),
        ("/var/home/ann/repo", "ann"),
        ("\\\\wsl$\\Ubuntu\\home\\ann\\repo", "ann"),
        ("/root/repo", None),
        ("/home/USER/repo", None),
        ("/home/runner/work", None),
        ("/Users/Shared/x", None),
        ("C:\\Users\\Public\\x", None),
        ("/workspace/repo", None),
        ("/homes/ann", None),
        ("/srv/home/ann", None),
        ("", None),
        (None, None),
    ],
)
def test_name_comes_from_the_home_folder_unless_it_names_no_one(cwd: str | None, name: str | None) -> None:
    assert user_name_from_cwd(cwd) == name


def test_operators_map_renames_and_sets() -> None:
    assert resolve_user("ann", [], {}) == "ann"
    assert resolve_user("ann", [], {"Ann": "Ann Example"}) == "Ann Example"
    assert resolve_user("root", ["/home/bob/x"], {}) == "bob"
    assert resolve_user(None, ["/root/x"], {}) is None
    assert resolve_user(None, ["/root/x"], {"root": "cleo"}) == "cleo"
    assert resolve_user(None, ["/workspace", "/home/bob/x"], {}) == "bob"
