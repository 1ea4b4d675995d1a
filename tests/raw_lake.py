"""A small hand-made lake with known answers, and the means to write any other.

Test support: rows of RAW_TABLES and labels as Parquet in the layout of the lake. The answers that the
small lake must give stand beside the rows that make them; the tests repeat them as literals.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from classifiers.asking.eligibility import LabelEligibility
from classifiers.catalog import CATALOG
from classifiers.label_row import LabelRow
from classifiers.reviews.review_sample import ReviewSample
from orchestration.change_reviews.rows import CHANGE_REVIEW_TABLES
from orchestration.clusters.rows import CLUSTER_TABLES
from orchestration.duels.rows import DUEL_TABLES
from orchestration.estimates.land_estimates import ESTIMATE_TABLES
from orchestration.git_history.tables import git_lake_table, git_lake_tables
from orchestration.ingest import rows
from orchestration.ingest.git_rows import GitTable
from orchestration.ingest.sources.claude_code.tools import category_of
from orchestration.landing.lake import (
    LakeTable,
    ensure_typed_empty_files,
    label_lake_table,
    partition_file,
    raw_lake_tables,
    single_file,
    write_partition,
)
from orchestration.pricing.land_prices import UNIT_PRICES, land_prices
from orchestration.supplied.rows import SUPPLIED_TABLES

Row = TypeVar("Row", bound=tuple[Any, ...])
AGENT = "claude_code"
"""The agent of the small lake, and the name of its source."""

ARCHIVED_AT = datetime(2026, 3, 1, tzinfo=UTC)
"""More than a retention period after every session: no history is cut off."""

ELIGIBILITY = label_lake_table("label_eligibility", rows.arrow_schema(LabelEligibility))
REVIEW_SAMPLES = label_lake_table("review_samples", rows.arrow_schema(ReviewSample), labeller="human")

FINGERPRINTS = {classifier.name: f"rules-{classifier.name}-v1" for classifier in CATALOG}


def make(row_type: type[Row], **values: Any) -> Row:
    """A row in which what is not given is null where it may be, else zero, false or the first label."""
    hints = get_type_hints(row_type)
    blanks = {name: _blank(hint) for name, hint in hints.items() if name not in values}
    make_row: Callable[..., Row] = row_type
    return make_row(**blanks, **values)


def _blank(annotation: Any) -> Any:
    members = get_args(annotation)
    if get_origin(annotation) is Literal:
        return members[0]
    if NoneType in members:
        return None
    blanks = {str: "", int: 0, float: 0.0, bool: False, datetime: ARCHIVED_AT}
    return () if get_origin(annotation) is tuple else blanks[annotation]


class Lake:
    """Rows of raw tables and labels by date, gathered in any order and written once."""

    def __init__(self) -> None:
        self._rows: dict[LakeTable, dict[date, list[tuple[Any, ...]]]] = {}
        self._raw = {table.name: table for table in raw_lake_tables()}
        self._git: dict[GitTable, list[NamedTuple]] = {}
        self._labels = {classifier.name: classifier for classifier in CATALOG}

    def add(self, table: str, day: date, *added: NamedTuple) -> None:
        """Rows of the raw table `table` (without its `raw_`) of one date."""
        self._add(self._raw[f"raw_{table}"], day, added)

    def label(self, classifier: str, day: date, session_id: str, **answer: Any) -> None:
        """A session's label by the rules; `status`, `labeller` and the like may be given with the answer.

        Each labeller has its own file of the date.
        """
        known = self._labels[classifier]
        head = {name: answer.pop(name) for name in LabelRow._fields if name in answer}
        defaults: dict[str, Any] = {
            "unit_kind": "session", "unit_id": session_id, "session_id": session_id,
            "classifier": classifier, "version": "1", "fingerprint": FINGERPRINTS[classifier],
            "rendering": "rows", "labeller": "rules", "input_hash": "hash", "labelled_at": ARCHIVED_AT,
        }  # fmt: skip
        row = tuple(make(LabelRow, **(defaults | head)))
        tail = tuple(answer.pop(name, None) for name in known.answer_schema.names)
        if answer:
            raise TypeError(f"{classifier} answers no {sorted(answer)}")
        labeller = str((defaults | head)["labeller"])
        self._add(label_lake_table(classifier, known.label_schema, labeller=labeller), day, [row + tail])

    def eligible(self, day: date, *added: LabelEligibility) -> None:
        """Units that a classifier could be asked about."""
        self._add(ELIGIBILITY, day, added)

    def sampled(self, day: date, *added: ReviewSample) -> None:
        """Sessions that were drawn for review."""
        self._add(REVIEW_SAMPLES, day, added)

    def item(self, classifier: str, day: date, item: tuple[Any, ...]) -> None:
        """One element of a label's list."""
        known = self._labels[classifier]
        assert known.items_schema is not None
        self._add(label_lake_table(known.items_name, known.items_schema), day, [item])

    def git(self, table: GitTable, *added: NamedTuple) -> None:
        """Rows of a table of git, which has no dates."""
        self._git.setdefault(table, []).extend(added)

    def write(self, lake_dir: Path) -> None:
        """Write every partition, and the typed empty files of all tables."""
        ensure_typed_empty_files(lake_dir, all_lake_tables())
        for table, found in self._git.items():
            path = single_file(lake_dir, git_lake_table(table))
            write_partition(path, [rows.to_arrow(found, table.schema)], schema=table.schema)
        for lake_table, days in self._rows.items():
            for day, of_day in days.items():
                path = partition_file(lake_dir, lake_table, day)
                path.parent.mkdir(parents=True, exist_ok=True)
                write_partition(path, [rows.to_arrow(of_day, lake_table.schema)], schema=lake_table.schema)
        land_prices(lake_dir)

    def _add(self, table: LakeTable, day: date, added: Iterable[tuple[Any, ...]]) -> None:
        self._rows.setdefault(table, {}).setdefault(day, []).extend(added)


def all_lake_tables() -> tuple[LakeTable, ...]:
    """Raw tables, labels, their items and estimates: everything the project has a source for."""
    labels = [label_lake_table(known.name, known.label_schema) for known in CATALOG]
    items = [
        label_lake_table(known.items_name, known.items_schema)
        for known in CATALOG
        if known.items_schema is not None
    ]
    return (
        *raw_lake_tables(),
        *labels,
        *items,
        ELIGIBILITY,
        REVIEW_SAMPLES,
        *CLUSTER_TABLES,
        *SUPPLIED_TABLES,
        *DUEL_TABLES,
        *CHANGE_REVIEW_TABLES,
        *ESTIMATE_TABLES,
        UNIT_PRICES,
        *git_lake_tables(),
    )


def small_lake() -> Lake:
    """Three months of seven known users and one unknown; every count below is meant.

    October: users 1–6, 4 sessions each, Monday 6 to Thursday 9. November: the same, 3 each, Monday 3 to
    Wednesday 5. December: `lone` alone, 16 sessions, Monday 1 to Tuesday 16: the planted one-person cell.
    Beside them in October: one session of an unknown user, and three that are not interactive.
    So 59 interactive sessions, 24 + 1 in October, 18 in November, 16 in December.
    """
    lake = Lake()
    for user in range(1, 7):
        for day in (*_days(date(2025, 10, 6), 4), *_days(date(2025, 11, 3), 3)):
            add_session(lake, f"user_{user}", day, **_of_user(user, day))
    for day in _days(date(2025, 12, 1), 16):
        add_session(lake, "lone", day, outcome="succeeded", success=1, failure=0)
    day = date(2025, 10, 6)
    add_session(lake, None, day)
    add_session(lake, "user_1", day, suffix="sdk", surface="sdk", entrypoint="sdk-cli")
    add_session(lake, "user_1", day, suffix="silent", surface="no_human_act", has_prompt=False)
    add_session(
        lake,
        "user_1",
        day,
        suffix="headless",
        surface="presumed_headless",
        entrypoint=None,
        permission="bypassPermissions",
    )
    _add_files(lake)
    return lake


def _of_user(user: int, day: date) -> dict[str, Any]:
    """What the sessions of a user are like: the same in every session, but for user 5's lines."""
    return {
        "outcome": {4: "partially_succeeded", 5: "failed", 6: "no_clear_goal"}.get(user, "succeeded"),
        "success": {1: 4, 3: 5}.get(user, 1),
        "failure": {3: None, 4: 3, 5: 4}.get(user, 0),
        "permission": {1: "bypassPermissions", 2: None}.get(user, "default"),
        "interrupts": 1 if user <= 2 else 0,
        "lines": 10 if user != 5 or day.month == 11 else 0,
    }


def session_id_of(user: str | None, day: date, *, suffix: str = "", agent: str = AGENT) -> str:
    """The id of a session that the lake's functions make."""
    return f"{'' if agent == AGENT else f'{agent}-'}{user}-{day.isoformat()}{suffix}"


def _days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(count)]


def add_session(
    lake: Lake,
    user: str | None,
    day: date,
    *,
    suffix: str = "",
    surface: str = "interactive",
    outcome: str | None = None,
    success: int | None = None,
    failure: int | None = None,
    permission: str | None = "default",
    entrypoint: str | None = "cli",
    interrupts: int = 0,
    lines: int = 10,
    has_prompt: bool = True,
    agent: str = AGENT,
) -> None:
    """One session at nine: a prompt, a turn of 60 s (30 s net) with a response and two calls.

    The turn has 100 words of text and 20 in calls; the response 7 output tokens, its usage final.
    """
    session_id = session_id_of(user, day, suffix=suffix, agent=agent)
    start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    end = start + timedelta(seconds=60)
    who: dict[str, Any] = {
        "session_id": session_id,
        "user_id": user,
        "project_id": "p",
        "source": agent,
    }
    turn_id = f"{session_id}-turn"
    has_report = surface != "presumed_headless"
    lake.add(
        "sessions", day,
        make(
            rows.RawSession, **who, agent=agent, started_at=start, ended_at=end, entrypoint=entrypoint,
            surface=surface, file_count=1, branch_count=1, record_count=4,
            turn_duration_record_count=int(has_report), active_seconds=60.0,
        ),
    )  # fmt: skip
    lake.add(
        "turns", day,
        make(
            rows.RawTurn, **who, turn_id=turn_id, opened_by="prompt", turn_number=1, started_at=start,
            ended_at=end, end_reason="completed", wall_seconds=60.0, net_seconds=30.0, response_count=1,
            tool_call_count=2, root_tool_call_count=2, interrupt_count=interrupts, agent_word_count=100,
            tool_input_word_count=20, permission_mode=permission, has_agent_work=True,
        ),
    )  # fmt: skip
    if has_prompt:
        lake.add(
            "human_acts", day,
            make(
                rows.RawHumanAct, **who, act_id=f"{session_id}-act", turn_id=turn_id, act_kind="prompt",
                acted_at=start, text="do it", word_count=2, char_count=5, is_typed=True,
            ),
        )  # fmt: skip
    lake.add(
        "responses", day,
        make(
            rows.RawResponse, **who, response_id=f"{session_id}-message", turn_id=turn_id, record_id="r",
            responded_at=start, ended_at=end, input_tokens=3, output_tokens=7, is_usage_final=True,
        ),
    )  # fmt: skip
    for number, (tool, added) in enumerate((("Bash", None), ("Edit", lines))):
        lake.add(
            "tool_calls", day,
            make(
                rows.RawToolCall, **who, tool_use_id=f"{session_id}-{number}", occurrence=1, turn_id=turn_id,
                record_id="r", tool_name=tool, tool_category=category_of(tool, mcp_server=None),
                approval_basis="unknown", called_at=start, resulted_at=end, lines_added=added,
                lines_removed=None if added is None else 0,
                lines_known_by=None if added is None else "patch", has_call=True, has_result=True,
            ),
        )  # fmt: skip
    for number in range(interrupts):
        lake.add(
            "events", day,
            make(
                rows.RawEvent, **who, event_id=f"{session_id}-interrupt-{number}", turn_id=turn_id,
                event_kind="interrupt", occurred_at=end, evidence="record",
            ),
        )  # fmt: skip
    if outcome is not None:
        lake.label("outcome", day, session_id, outcome=outcome, forced_outcome=outcome)
        lake.label("work_mode", day, session_id, work_mode="build", forced_work_mode="build")
        lake.label("success_evidence", day, session_id, success_score=success)
        status = {} if failure is not None else {"status": "refused"}
        lake.label("failure_evidence", day, session_id, failure_score=failure, **status)


def _add_files(lake: Lake) -> None:
    """One file: 10 objects, of which 6 became rows, 2 were counted, 1 was a duplicate, 1 set aside."""
    day = date(2025, 10, 6)
    session_id, row_type = f"user_1-{day.isoformat()}", rows.RawQuarantinedLine
    lake.add(
        "files", ARCHIVED_AT.date(),
        make(
            rows.RawFile, content_hash="h", source=AGENT, object_count=10, set_aside_object_count=1,
            bad_piece_count=1,
        ),
    )  # fmt: skip
    dispositions = (("row", 6), ("counted", 2), ("duplicate", 1))
    lake.add(
        "record_counts", day,
        *(
            make(
                rows.RawRecordCount, content_hash="h", session_id=session_id, record_type="user",
                disposition=disposition, object_count=count,
            )
            for disposition, count in dispositions
        ),
    )  # fmt: skip
    lake.add(
        "quarantined_lines", ARCHIVED_AT.date(),
        make(row_type, content_hash="h", line_number=3, reason="implausible_time", is_object=True),
        make(row_type, content_hash="h", line_number=9, reason="not_json"),
    )  # fmt: skip
