"""A line of a table of pull requests → its row and those of its commits.

Belongs here: our names of a line's fields, who reviewed, when what happened, whether an agent wrote it. Not
here: where an exporter keeps a field (exporters/*.toml), what is measured (dbt, estimates).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from orchestration.ingest.field_mapping import FieldNames, MappingRules, known_mappings, mapping_for
from orchestration.supplied.reading import (
    SuppliedContext,
    UnusableLineError,
    count_or_none,
    in_order,
    required,
    sha_of,
    text_of,
    time_of,
)
from orchestration.supplied.rows import (
    PULL_REQUEST_COMMITS,
    PULL_REQUESTS,
    PullRequest,
    PullRequestCommit,
)

EXPORTERS = Path(__file__).parent / "exporters"

NAMES = frozenset(
    {
        "repository", "number", "author", "author_kind", "is_agent_authored", "first_commit_at", "opened_at",
        "first_review_at", "approved_at", "merged_at", "closed_at", "lines_added", "lines_removed",
        "merge_sha", "head_shas", "description", "messages", "reviews", "reviewer", "reviewer_kind",
        "review_state", "reviewed_at", "committed_at",
    }
)  # fmt: skip
"""Our names. `reviewer` to `reviewed_at` are lists with one member for each review of `reviews`."""

RULES = MappingRules(
    NAMES,
    needed=(("opened_at",), ("repository",), ("number",)),
    has=(("opened_at",), ("number",)),
)

_AGENT_TRAILER = re.compile(
    r"^\s*(?:co-authored-by|generated-by|assisted-by|authored-by)\s*:.*"
    r"\b(?:claude|codex|copilot|cursor|devin|aider|gemini|openhands|jules|amp)\b",
    re.IGNORECASE | re.MULTILINE,
)
_AGENT_LOGIN = re.compile(
    r"(?:claude|codex|copilot(?:-swe-agent)?|devin-ai-integration|cursor|google-labs-jules|openhands-agent)"
    r"(?:\[bot\])?",
    re.IGNORECASE,
)
_DRAFT_STATES = frozenset({"pending", "dismissed_pending"})


class _Review(NamedTuple):
    at: datetime | None
    state: str
    is_bot: bool


def mappings(own: str = "") -> tuple[FieldNames, ...]:
    """The operator's mapping where there is one, then those of the known exporters. Raises ValueError."""
    return known_mappings(EXPORTERS, RULES, own)


def rows_of_pull_request(record: dict[str, Any], context: SuppliedContext) -> dict[Any, list[Any]]:
    """The rows of one line, by table of the lake. Raises UnusableLineError."""
    mapping = mapping_for(record, mappings(context.mapping))
    if mapping is None:
        raise UnusableLineError("unknown_shape")
    read = mapping.read(record)
    repository, number = (
        text_of(required(read.get("repository"))),
        count_or_none(required(read.get("number"))),
    )
    project_id = context.project_id(repository)
    if project_id is None:
        raise UnusableLineError("malformed_value")
    author = text_of(read.get("author"))
    is_bot = _is_bot(read.get("author_kind"), author)
    user_id = None if is_bot else context.user_id(author)
    if user_id is not None and context.is_deleted(user_id):
        raise UnusableLineError("deleted_person")
    reviews = list(_reviews(read, author)) if mapping.states(record, "reviews") else None
    row = PullRequest(
        pull_request_id=context.pseudonyms.pull_request(f"{project_id}#{number}"),
        project_id=project_id,
        user_id=user_id,
        is_bot_authored=is_bot,
        is_agent_authored=_is_agent_authored(read, author, is_bot=is_bot),
        **_times(read, reviews),
        lines_added=count_or_none(read.get("lines_added")),
        lines_removed=count_or_none(read.get("lines_removed")),
        human_review_count=None if reviews is None else sum(not review.is_bot for review in reviews),
        bot_review_count=None if reviews is None else sum(review.is_bot for review in reviews),
    )
    in_order(row.opened_at, row.merged_at)
    in_order(row.opened_at, row.closed_at)
    in_order(row.opened_at, row.first_review_at, row.approved_at)
    return {PULL_REQUESTS: [row], PULL_REQUEST_COMMITS: list(_commits(read, row))}


def _times(read: dict[str, Any], reviews: list[_Review] | None) -> dict[str, Any]:
    """When what happened; what the table does not state follows from the reviews of people."""
    given = {
        name: time_of(read.get(name))
        for name in ("opened_at", "first_review_at", "approved_at", "merged_at", "closed_at")
    }
    opened_at = required(given["opened_at"])
    people, bots = (
        _reviewed_at(reviews, opened_at, is_bot=False),
        _reviewed_at(reviews, opened_at, is_bot=True),
    )
    approvals = _reviewed_at(reviews, opened_at, is_bot=False, state="approved")
    committed = [time for each in _list_of(read.get("committed_at")) if (time := time_of(each)) is not None]
    return given | {
        "first_commit_at": time_of(read.get("first_commit_at")) or min(committed, default=None),
        "first_bot_review_at": min(bots, default=None),
        "first_review_at": given["first_review_at"] or min(people, default=None),
        "approved_at": given["approved_at"] or min(approvals, default=None),
    }


def _reviewed_at(
    reviews: list[_Review] | None, opened_at: datetime, *, is_bot: bool, state: str | None = None
) -> list[datetime]:
    """When reviews of people or of programs were handed in, after the opening."""
    return [
        review.at
        for review in reviews or ()
        if review.at is not None
        and review.at >= opened_at
        and review.is_bot is is_bot
        and state in (None, review.state)
    ]


def _reviews(read: dict[str, Any], author: str | None) -> Iterator[_Review]:
    """The reviews that were handed in, without the author's own."""
    columns = [
        _list_of(read.get(name)) for name in ("reviewer", "reviewer_kind", "review_state", "reviewed_at")
    ]
    for reviewer, kind, state, at in zip_longest(*columns):
        name = text_of(reviewer)
        is_own = name is not None and author is not None and name.casefold() == author.casefold()
        word = (text_of(state) or "").casefold()
        if not is_own and word not in _DRAFT_STATES:
            yield _Review(time_of(at), word, _is_bot(kind, name))


def _is_bot(kind: Any, name: str | None) -> bool:
    """Whether an account is a program's: the exporter says so, or the name has a forge's mark of one."""
    said = isinstance(kind, str) and kind.casefold() in ("bot", "app")
    return kind is True or said or (name or "").casefold().endswith("[bot]")


def _is_agent_authored(read: dict[str, Any], author: str | None, *, is_bot: bool) -> bool | None:
    flag = read.get("is_agent_authored")
    if isinstance(flag, bool):
        return flag
    if flag is not None:
        raise UnusableLineError("malformed_value")
    if is_bot and _AGENT_LOGIN.fullmatch(author or ""):
        return True
    texts = [read.get("description"), *_list_of(read.get("messages"))]
    known = [text for text in texts if isinstance(text, str)]
    return any(_AGENT_TRAILER.search(text) for text in known) if known else None


def _commits(read: dict[str, Any], row: PullRequest) -> Iterator[PullRequestCommit]:
    merge = sha_of(read.get("merge_sha")) if row.merged_at is not None else None
    heads = {sha for each in _list_of(read.get("head_shas")) if (sha := sha_of(each)) is not None}
    for sha in sorted(heads - {merge}):
        yield PullRequestCommit(row.pull_request_id, row.project_id, row.user_id, sha, is_merge=False)
    if merge is not None:
        yield PullRequestCommit(row.pull_request_id, row.project_id, row.user_id, merge, is_merge=True)


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
