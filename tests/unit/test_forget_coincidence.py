"""Deleting a person never reaches the files of others because some id happens to be the same."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.forgetting.forget import forget_person
from orchestration.settings import Settings, load_settings
from orchestration.stages import open_archive
from tests.fakes.claude_lines import write
from tests.fakes.two_people import NOW, forget, said, sessions, store
from tests.transcripts import Transcript

BEFORE = NOW - timedelta(days=20)

COINCIDENCES: dict[str, dict[str, Any]] = {
    "one message id of a gateway": {"message_id": "relay"},
    "counting message ids": {"message_id": "msg_1"},
    "a message id of the vendor's form": {"message_id": "msg_01AbCdEfGhIjKlMnOpQrStUv"},
    "tool ids from zero": {"call_id": "functions.Bash:0"},
    "a tool id of the vendor's form": {"call_id": "toolu_01AbCdEfGhIjKlMnOpQrStUv"},
}


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    return tmp_path / "projects"


@pytest.fixture
def settings(tmp_path: Path, roots: Path) -> Settings:
    return load_settings(home=tmp_path / "home", transcripts=str(roots))


def worked(author: str, *, message_id: str | None = None, call_id: str | None = None) -> Transcript:
    """A session of an author; both authors write at the same times."""
    written = Transcript(session=f"session-{author}", cwd=f"/home/{author}/repo", prefix=author, at=BEFORE)
    written.prompt(f"Help {author}.")
    call = written.calls("Bash", {"command": "ls"}, message_id=message_id, call_id=call_id)
    written.result(call, "ok")
    written.says("Done.", message_id=message_id)
    return written


def put(roots: Path, author: str, transcript: Transcript) -> Path:
    return write(roots / author / f"-home-{author}-repo" / f"{transcript.session}.jsonl", *transcript.records)


def is_told_alone(settings: Settings, roots: Path) -> None:
    """What is shown, what is removed and what comes back is Ann's alone."""
    shown = forget_person(settings, user="ann", now=NOW)
    found = {(place.name, place.unit): place.before for place in shown.places}
    assert (found["archive", "sessions"], found["archive", "paths"]) == (1, 1)
    assert shown.bystanders.shared_with == ()
    forget(settings, "ann")
    assert sessions(settings) == {"session-bob"}
    kept = next(roots.glob("bob/*/*.jsonl"))
    kept.write_bytes(kept.read_bytes() + b"\n")
    again = store(settings)
    assert again.deleted_person_file_count == 1
    assert sessions(settings) == {"session-bob"}


@pytest.mark.parametrize("ids", list(COINCIDENCES.values()), ids=list(COINCIDENCES))
def test_ids_that_a_gateway_or_a_model_repeats_reach_nobody(
    settings: Settings, roots: Path, ids: dict[str, Any]
) -> None:
    for author in ("ann", "bob"):
        put(roots, author, worked(author, **ids))
    store(settings)
    assert sessions(settings) == {"session-ann", "session-bob"}
    is_told_alone(settings, roots)


@pytest.mark.parametrize("place", [0, 1, -1], ids=["first record", "an answer", "last record"])
def test_one_record_id_that_is_the_same_reaches_nobody(settings: Settings, roots: Path, place: int) -> None:
    ann, bob = worked("ann"), worked("bob")
    ann.records[place]["uuid"] = bob.records[place]["uuid"] = "11111111-1111-4111-8111-111111111111"
    bob.records[place]["message"] = {"id": "other", "content": [{"type": "text", "text": "Bob's own words."}]}
    put(roots, "ann", ann)
    put(roots, "bob", bob)
    store(settings)
    is_told_alone(settings, roots)


def test_parent_that_two_people_could_mean_reaches_neither(settings: Settings, roots: Path) -> None:
    write(roots / "-home-ann-repo" / "a.jsonl", {**said(0, "session-ann", "ann"), "uuid": "zero"})
    write(roots / "-home-bob-repo" / "b.jsonl", {**said(1, "session-bob", "bob"), "uuid": "zero"})
    child = said(2, "session-cid", "cid", parentUuid="zero")
    write(roots / "-home-cid-repo" / "c.jsonl", child)
    store(settings)
    assert sessions(settings) == {"session-ann", "session-bob", "session-cid"}
    forget(settings, "ann")
    assert sessions(settings) == {"session-bob", "session-cid"}


def test_fork_of_a_persons_session_goes_with_it(settings: Settings, roots: Path) -> None:
    ann = worked("ann")
    put(roots, "ann", ann)
    copies = [
        {
            **record,
            "uuid": f"copy-{number}",
            "sessionId": "session-bob",
            "cwd": "/home/bob/repo",
            "forkedFrom": {"sessionId": ann.session, "messageUuid": record["uuid"]},
        }
        for number, record in enumerate(ann.records)
    ]
    path = write(roots / "bob" / "-home-bob-repo" / "session-bob.jsonl", *copies)
    store(settings)
    forget(settings, "ann")
    assert sessions(settings) == set()
    path.with_name("moved.jsonl").write_bytes(path.read_bytes().replace(b"session-bob", b"session-new"))
    store(settings)
    assert sessions(settings) == set()  # the words are Ann's, whatever ids they bear


def test_removal_names_the_files_of_one_person(settings: Settings, roots: Path) -> None:
    for author in ("ann", "bob"):
        put(roots, author, worked(author, message_id="relay"))
    store(settings)
    with open_archive(settings) as archive:
        ann = [file.version_id for file in archive.files() if "ann" in file.authors]
        assert len(archive.removal_of(ann).content_hashes) == 1
