"""A git history for the small lake, with known shares; every count below is meant.

Test support, beside `raw_lake.small_lake`: one repository of its project `p`, in which its six people commit.
What a commit is of is one of three stories, each of 100 merged lines:

* `named`: made in the session of its author and day, which it names in a trailer
* `silent`: made in that session, without a trailer
* `manual`: a person's, of no session, who in November removes 30 lines of the file

Of a commit of a session 80 lines match what the session wrote; 10 lines of every commit are too short. Each
person has one file. Sessions of 9 October made a commit that did not land, those of 5 November one that no
repository has.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from orchestration.ingest import git_rows, rows
from tests.raw_lake import AGENT, Lake, make, session_id_of

Story = Literal["named", "silent", "manual"]
OBSERVED_UNTIL = datetime(2026, 2, 20, tzinfo=UTC)
REPOSITORY: dict[str, Any] = {"repository_id": "r", "project_id": "p"}

STORIES: dict[date, Story] = {
    date(2025, 10, 6): "named",
    date(2025, 10, 7): "silent",
    date(2025, 10, 8): "manual",
    date(2025, 10, 9): "manual",
    date(2025, 11, 3): "named",
    date(2025, 11, 4): "named",
    date(2025, 11, 5): "manual",
}
"""Day of the small lake → what each of its six people commits."""

PEOPLE = tuple(f"user_{number}" for number in range(1, 7))
DAYS_BEFORE = tuple(date(2024, 3, day) for day in (4, 5, 6, 7))
"""Days long before the first session on which each person commits 50 lines."""

NOTED = (date(2025, 10, 6), date(2025, 11, 4))
"""Days on which `named` commits have a note, which gives what was matched to the agent."""


class Fate(NamedTuple):
    """Of a group of lines: all, and those still there and reverted after 30 and 90 days."""

    lines: int
    survived: int
    reverted: int


OF_AGENT, OF_PERSON, REST, SHORT = Fate(80, 56, 4), Fate(90, 72, 2), Fate(10, 8, 0), Fate(10, 10, 0)


def add_git(lake: Lake) -> None:
    """A repository that was read and one that was not, 24 commits in October and 18 in November of the six
    people, a bot's in October, the lone user's sixteen in December, and 24 in March 2024.
    """
    counts = dict.fromkeys(("commit_count", "landing_count"), 24 + 18 + 1 + 16 + 6 * len(DAYS_BEFORE))
    lake.git(
        git_rows.REPOSITORIES,
        make(git_rows.GitRepository, **REPOSITORY, status="read", observed_until=OBSERVED_UNTIL,
             first_committed_at=datetime(2024, 3, 4, 10, tzinfo=UTC), **counts),
        make(git_rows.GitRepository, repository_id="cut", status="set_aside", reason="shallow"),
    )  # fmt: skip
    for person in PEOPLE:
        for day in DAYS_BEFORE:
            _commit(lake, person, day, Fate(50, 40, 0))
        for day, story in STORIES.items():
            _of_story(lake, person, day, story)
    for number in range(16):
        _of_story(lake, "lone", date(2025, 12, 1) + timedelta(days=number), "manual")
    _commit(lake, None, date(2025, 10, 10), Fate(100, 100, 0), is_bot_author=True)


def _of_story(lake: Lake, person: str, day: date, story: Story) -> None:
    """One commit, and where it is a session's the event by which the session knows it."""
    session_id = session_id_of(person, day)
    if story == "manual":
        _commit(lake, person, day, OF_PERSON, short=SHORT, lines_removed=30 if day.month == 11 else 0)
        state = {date(2025, 10, 9): "not_landed", date(2025, 11, 5): "not_found"}.get(day)
        if state is not None:
            _event(lake, person, day, state, None)
        return
    trailer = AGENT if story == "named" else None
    commit_id = _commit(
        lake,
        person,
        day,
        REST,
        short=SHORT,
        session_id=session_id,
        agent_trailer=trailer,
        has_note=day in NOTED,
    )
    _event(lake, person, day, "landed", commit_id)
    for evidence in ("sha", "match"):
        lake.git(
            git_rows.COMMIT_SESSIONS,
            make(git_rows.GitCommitSession, repository_id="r", git_commit_id=commit_id, evidence=evidence,
                 session_id=session_id),
        )  # fmt: skip


def _event(lake: Lake, person: str, day: date, state: str, commit_id: str | None) -> None:
    """The session's own record of a commit, and what the repository knows of it."""
    session_id = session_id_of(person, day)
    event_id = f"{session_id}-commit"
    lake.add(
        "events", day,
        make(
            rows.RawEvent, event_id=event_id, session_id=session_id, turn_id=f"{session_id}-turn",
            user_id=person, project_id="p", source=AGENT, event_kind="commit", is_success=True,
            occurred_at=datetime(day.year, day.month, day.day, 9, 1, tzinfo=UTC), evidence="command_output",
            commit_sha=event_id,
        ),
    )  # fmt: skip
    lake.git(
        git_rows.COMMIT_EVENTS,
        make(git_rows.GitCommitEvent, session_id=session_id, event_id=event_id, state=state,
             repository_id=None if state == "not_found" else "r", git_commit_id=commit_id),
    )  # fmt: skip


def _commit(
    lake: Lake,
    person: str | None,
    day: date,
    unmatched: Fate,
    *,
    short: Fate | None = None,
    session_id: str | None = None,
    agent_trailer: str | None = None,
    has_note: bool = False,
    lines_removed: int = 0,
    is_bot_author: bool = False,
) -> str:
    """A commit at ten that landed at once, changes a file of its author, and is of a session where one is
    given.
    """
    commit_id = f"{person}-{day.isoformat()}"
    at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    matched = OF_AGENT if session_id else Fate(0, 0, 0)
    lines = matched.lines + unmatched.lines + (short.lines if short else 0)
    lake.git(
        git_rows.COMMITS,
        make(
            git_rows.GitCommit, **REPOSITORY, git_commit_id=commit_id, commit_sha=commit_id, user_id=person,
            is_bot_author=is_bot_author, is_landing=True, landing_commit_id=commit_id, authored_at=at,
            committed_at=at, landed_at=at, agent_trailer=agent_trailer, file_count=1, lines_added=lines,
            lines_removed=lines_removed, merged_line_count=lines, unfiltered_merged_line_count=2 * lines,
            matchable_line_count=matched.lines + unmatched.lines, matched_line_count=matched.lines,
            noted_line_count=matched.lines if has_note else None,
            sha_session_id=session_id, session_id=session_id, session_known_by="sha" if session_id else None,
        ),
    )  # fmt: skip
    lake.git(
        git_rows.COMMIT_FILES,
        make(git_rows.GitCommitFile, repository_id="r", git_commit_id=commit_id, path_id=f"file of {person}",
             lines_added=lines, lines_removed=lines_removed),
    )  # fmt: skip
    groups = [
        (matched, "same_file", session_id, AGENT if has_note else None),
        (unmatched, "none", None, None),
        (short, "too_short", None, None),
    ]
    for fate, kind, match_session_id, note_agent in groups:
        if fate is not None and fate.lines:
            lake.git(
                git_rows.LINE_GROUPS,
                _line_group(at, commit_id, person, fate, match_kind=kind, match_session_id=match_session_id,
                            has_note=has_note, note_agent=note_agent),
            )  # fmt: skip
    return commit_id


def _line_group(
    at: datetime, commit_id: str, person: str | None, fate: Fate, **rest: Any
) -> git_rows.GitLineGroup:
    counts: dict[str, int | None] = {}
    for days in (30, 90):
        is_known = at + timedelta(days=days) <= OBSERVED_UNTIL
        rewritten = fate.lines - fate.survived - fate.reverted
        for name, count in (
            ("survived", fate.survived),
            ("reverted", fate.reverted),
            ("rewritten", rewritten),
        ):
            counts[f"{name}_{days}d_count"] = count if is_known else None
    return make(
        git_rows.GitLineGroup, repository_id="r", git_commit_id=commit_id, path_id=f"file of {person}",
        line_count=fate.lines, alive_count=fate.survived, **counts, **rest,
    )  # fmt: skip
