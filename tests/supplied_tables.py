"""Tables as an organisation supplies them, with planted truth: pull requests, a survey, incidents, wages.

Test support: the lines are made here; tests compute what they expect from the lines.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
AUTHORS = tuple(f"dev{number}" for number in range(12))
PULL_REQUESTS = 240
BANDS = ("no_change", "x1_5", "x2", "x3", "x4", "x4", "x6", "x8", "x10_or_more", "less")

PARITY = (
    "much_worse", "somewhat_worse", "about_the_same", "somewhat_better", "much_better", "cannot_say",
)  # fmt: skip

Line = dict[str, Any]


def at(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def pull_request_lines() -> list[Line]:
    """Two of five are an agent's. An agent's waits 6 hours for its review and another's 3.

    Of an agent's each third, and of the others' some, are read by nobody. A program reviews every other one.
    """
    lines = []
    for number in range(PULL_REQUESTS):
        is_agent = number % 5 < 2
        opened = FIRST + timedelta(hours=18 * number)
        is_unread = (number // 5) % 3 == 0 if is_agent else number % 11 == 2
        is_merged = number % 7 != 6
        reviewed = opened + timedelta(hours=6 if is_agent else 3)
        closed = reviewed + timedelta(hours=5)
        reviews = (
            []
            if is_unread
            else [
                {
                    "reviewer": AUTHORS[(number + 5) % 12],
                    "is_bot": False,
                    "state": "COMMENTED",
                    "at": at(reviewed),
                },
                {
                    "reviewer": AUTHORS[(number + 6) % 12],
                    "is_bot": False,
                    "state": "APPROVED",
                    "at": at(reviewed + timedelta(hours=1)),
                },
            ]
        )
        if number % 2:
            bot = {"reviewer": "lint[bot]", "is_bot": True, "state": "COMMENTED", "at": at(opened)}
            reviews.append(bot)
        lines.append(
            {
                "repository": "acme/bakery",
                "number": number + 1,
                "author": AUTHORS[number % 12],
                "is_agent_authored": is_agent,
                "opened_at": at(opened),
                "reviews": reviews,
                "first_commit_at": at(opened - timedelta(hours=12)),
                "merged_at": at(closed) if is_merged else None,
                "closed_at": at(closed),
                "lines_added": 100 + number,
                "lines_removed": number,
                "merge_sha": f"{number:040x}",
                "head_shas": [f"{number + 10_000:040x}"],
            }
        )
    return lines


def survey_lines() -> list[Line]:
    """130 answers in the first quarter (the 54th and the 77th bound the median), 132 in the second."""
    lines: list[Line] = []
    for quarter, count in (("2026-Q1", 130), ("2026-Q2", 132)):
        lines += (
            {
                "quarter": quarter,
                "output_multiplier": BANDS[number % 10],
                "new_work_share": ("none", "up_to_10", "up_to_25", "up_to_50")[number % 4],
                "deferred_work_share": "up_to_10",
                "quality_parity": PARITY[number % 6],
                "name": "somebody who filled in a field that nobody asked for",
            }
            for number in range(count)
        )
    return lines


def incident_lines() -> list[Line]:
    return [
        {
            "incident_id": f"INC-{number}",
            "repository": "acme/bakery",
            "introduced_sha": f"{number:040x}",
            "fixed_sha": f"{number + 1:040x}",
            "opened_at": at(FIRST + timedelta(days=number)),
            "resolved_at": at(FIRST + timedelta(days=number, hours=2)),
            "title": "Checkout fails",
            "description": "Paged by ada.lovelace@example.com with ghp_" + "a1B2" * 9,
        }
        for number in range(5)
    ]


def wage_lines() -> list[Line]:
    return [
        {"occupation": name, "hourly_wage_usd": wage, "source": "made up for tests"}
        for name, wage in (("computer_and_mathematical", 50), ("legal", 60.5), ("management", 70))
    ]


def write_lines(path: Path, lines: Iterable[Line]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def supplied_settings(folder: Path) -> dict[str, str]:
    """Writes every table below the folder; the settings that name them."""
    tables = {
        "pull_requests": pull_request_lines(),
        "survey_answers": survey_lines(),
        "incidents": incident_lines(),
        "wages": wage_lines(),
    }
    return {name: str(write_lines(folder / name / "all.jsonl", lines)) for name, lines in tables.items()}
