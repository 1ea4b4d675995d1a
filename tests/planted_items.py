"""Units of planted themes for the tests of clusters: who has how many, and in which words. Seeded."""

from collections.abc import Iterable, Sequence
from random import Random

from orchestration.clusters.rows import ClusterItem, ClusterKind

THEMES: dict[str, tuple[str, ...]] = {
    "tests": ("run pytest suite", "fix failing unit test", "rerun flaky integration test"),
    "git": ("commit staged changes", "push feature branch", "rebase onto main branch"),
    "docs": ("rewrite readme section", "edit changelog entry", "document public function"),
    "infra": ("deploy docker container", "restart kubernetes pod", "apply terraform plan"),
}
ANYBODY = ("carefully", "quickly", "again", "later", "first", "twice")

SECRET = "zebra"
"""A word of the planted small cluster alone."""

SMALL = "transfer zebra bullion overseas"


def item(number: int, text: str, *, user: str | None, session: str, **other: object) -> ClusterItem:
    """One unit; what is not given is the same for all."""
    given = {
        "kind": "action", "agent": "claude_code", "unit_id": f"unit-{number:06d}", "session_id": session,
        "user_id": user, "labeller": None, "fingerprint": "planted", "text": text, "weight": 1.0,
    }  # fmt: skip
    return ClusterItem(**(given | other))  # type: ignore[arg-type]


def planted(count: int = 2000, *, users: int = 30, seed: int = 3) -> tuple[list[ClusterItem], dict[str, str]]:
    """Units of all themes by all users, and the theme of each."""
    random = Random(seed)  # noqa: S311 - planted, not secret
    items, theme_of = [], {}
    for number in range(count):
        theme = random.choice(list(THEMES))
        text = f"{random.choice(THEMES[theme])} {random.choice(ANYBODY)} {random.choice(ANYBODY)}"
        user = random.randrange(users)
        items.append(item(number, text, user=f"user-{user:02d}", session=f"s-{user}-{random.randrange(9)}"))
        theme_of[items[-1].unit_id] = theme
    return items, theme_of


def small_cluster(count: int = 60, *, users: int = 4, kind: ClusterKind = "action") -> list[ClusterItem]:
    """Many units of few people, all in the same words."""
    return [
        item(900_000 + number, f"{SMALL} {ANYBODY[number % 6]}", user=f"user-{number % users:02d}",
             session=f"small-{number}", kind=kind)
        for number in range(count)
    ]  # fmt: skip


def texts_of(rows: Iterable[Sequence[object]]) -> str:
    """Everything that rows say, as one text."""
    return "\n".join(str(value) for row in rows for value in row)
