"""The tables that the demo's organisation supplies: pull requests, survey answers, incidents, wages.

JSON Lines as docs/organisation-tables.md says. Pull requests are those by which the commits of the demo's
repositories landed, and some that were closed unmerged. Wages are made up, and say so.
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from orchestration.demo.people import first_day_of, people_of
from orchestration.demo.plan import DemoPlan
from orchestration.demo.repository import MadeCommit

UNREAD_SHARES = {True: 0.3, False: 0.1}
"""Of the pull requests of agents and of others, how many nobody reviews."""

CLOSED_EVERY, INCIDENT_EVERY = 12, 15
OUTPUT = ("no_change", "x1_25", "x1_5", "x1_5", "x2", "x2", "x2", "x3", "x3", "x4", "less", "cannot_say")
SHARES = ("none", "up_to_10", "up_to_10", "up_to_25", "up_to_50", "cannot_say")
PARITY = ("somewhat_worse", "about_the_same", "about_the_same", "somewhat_better", "cannot_say")
WAGES = {"computer_and_mathematical": 50, "business_and_financial": 40, "management": 60}

Line = dict[str, Any]


def write_tables(places: Mapping[str, Path], made: Sequence[MadeCommit], plan: DemoPlan) -> None:
    """Write each table into its place, by the name of the setting that names it."""
    tables = {
        "pull_requests": pull_request_lines(made, plan),
        "survey_answers": survey_lines(plan),
        "incidents": incident_lines(made),
        "wages": wage_lines(),
    }
    for name, lines in tables.items():
        places[name].mkdir(parents=True, exist_ok=True)
        content = b"".join(orjson.dumps(line) + b"\n" for line in lines)
        (places[name] / "all.jsonl").write_bytes(content)


def pull_request_lines(made: Sequence[MadeCommit], plan: DemoPlan) -> Iterator[Line]:
    """One of each commit since the first session's day; beside every twelfth, one that was closed."""
    rng, first_day = random.Random(f"{plan.seed}-requests"), first_day_of(plan)
    names = [person.name for person in people_of(plan) if person.name is not None]
    for number, commit in enumerate(each for each in made if each.authored_at.date() >= first_day):
        opened, landed = commit.authored_at + timedelta(minutes=5), commit.landed_at
        is_agent = commit.agent is not None
        reviews = []
        if rng.random() >= UNREAD_SHARES[is_agent]:
            at = opened + (landed - opened) * (0.7 if is_agent else 0.5)
            reviews = [
                _review(_other(names, commit.author, rng), "COMMENTED", at),
                _review(_other(names, commit.author, rng), "APPROVED", at + (landed - at) / 2),
            ]
        line: Line = {
            "repository": commit.repository, "number": commit.request,
            "author": f"{commit.author}@example.com", "is_agent_authored": is_agent,
            "first_commit_at": _at(commit.authored_at), "opened_at": _at(opened), "reviews": reviews,
            "merged_at": _at(landed), "closed_at": _at(landed), "lines_added": commit.added,
            "lines_removed": commit.removed, "merge_sha": commit.landed_sha, "head_shas": [commit.sha],
        }  # fmt: skip
        yield line
        if number % CLOSED_EVERY == 0:
            unmerged: Line = {"number": 5_000 + number, "merged_at": None, "merge_sha": None, "head_shas": []}
            yield line | unmerged


def survey_lines(plan: DemoPlan) -> Iterator[Line]:
    """An answer of each person in every quarter that has a month of sessions."""
    rng = random.Random(f"{plan.seed}-survey")
    for quarter in sorted(
        {_quarter(first_day_of(plan) + timedelta(days=30 * m)) for m in range(plan.months)}
    ):
        for _ in range(plan.users):
            yield {
                "quarter": quarter,
                "output_multiplier": rng.choice(OUTPUT),
                "new_work_share": rng.choice(SHARES),
                "deferred_work_share": rng.choice(SHARES),
                "quality_parity": rng.choice(PARITY),
            }


def incident_lines(made: Sequence[MadeCommit]) -> Iterator[Line]:
    """One of each commit that was reverted, and of every fifteenth with lines of an agent."""
    reverts = {commit.reverts: commit for commit in made if commit.reverts is not None}
    with_agent = [commit for commit in made if commit.agent is not None and commit.sha not in reverts]
    for commit in [*(each for each in made if each.sha in reverts), *with_agent[::INCIDENT_EVERY]]:
        fix = reverts.get(commit.sha)
        opened = commit.landed_at + timedelta(hours=3) if fix is None else fix.authored_at
        yield {
            "incident_id": f"INC-{commit.sha[:8]}",
            "repository": commit.repository,
            "introduced_sha": commit.landed_sha,
            "fixed_sha": None if fix is None else fix.landed_sha,
            "opened_at": _at(opened),
            "resolved_at": _at(opened + timedelta(hours=6)),
            "title": "A request fails",
            "description": "Found by the checks after a release.",
        }


def wage_lines() -> Iterator[Line]:
    for occupation, wage in WAGES.items():
        yield {"occupation": occupation, "hourly_wage_usd": wage, "source": "made up for the demo"}


def _other(names: Iterable[str], author: str, rng: random.Random) -> str:
    return rng.choice([name for name in names if name != author] or ["somebody"])


def _review(reviewer: str, state: str, at: datetime) -> Line:
    return {"reviewer": reviewer, "is_bot": False, "state": state, "at": _at(at)}


def _at(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def _quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
