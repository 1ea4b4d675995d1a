"""Gate of the tables that an organisation supplies: judged with the warehouse, before a release.

What cannot be read is set aside line by line (orchestration/supplied); the rules here are about whole tables
and about rows that a reader let through. The frame has one row per row of each table, and no text.
"""

from expectations.rule import Expect, Gate, Rule, is_true, is_unique, matches

MOST_SET_ASIDE = 0.5
"""Share of a file's lines that may be set aside; above it the file is hardly the table that it is said to
be."""

_PSEUDONYM = r"^user_[0-9a-f]{16}$"


def _rule(name: str, breach: str, reason: str, remedy: str, *expects: Expect) -> Rule:
    return Rule(f"supplied.{name}", "fail", breach, reason, remedy, expects)


_RULES = (
    _rule(
        "accounting",
        "objects of a supplied file are neither rows, replaced nor set aside",
        "something of the table is missing from the figures, or counted twice",
        "report it: orchestration/supplied lost a line; until then unset the setting of that table",
        is_true("is_accounted"),
    ),
    _rule(
        "mostly_read",
        "more than half of the lines of a supplied file are set aside",
        "figures of the rest would be of whatever happened to be readable",
        "look up the reasons in supplied_set_aside, and correct the file, its mapping or the setting",
        is_true("is_mostly_read"),
    ),
    _rule(
        "unique",
        "several rows of a supplied table are of one thing",
        "it would be counted twice",
        "report it: a line must take the place of the one before",
        is_unique(("table_name", "row_key")),
    ),
    _rule(
        "pseudonyms",
        "a person of a supplied table is no pseudonym",
        "a name would be published",
        "report it, and unset the setting of that table",
        matches("user_id", _PSEUDONYM),
    ),
    _rule(
        "in_order",
        "something of a supplied table ends before it begins, or has a negative count",
        "durations would be wrong",
        "report it: such a line must be set aside",
        is_true("is_in_order"),
    ),
)

_COLUMNS = ("is_accounted", "is_mostly_read", "row_key", "user_id", "is_in_order")


def _select(table: str, **columns: str) -> str:
    usual = {name: "cast(null as varchar)" if name == "user_id" else "true" for name in _COLUMNS}
    parts = ", ".join(f"{value} as {name}" for name, value in (usual | columns).items())
    return f"select '{table}' as table_name, {parts} from staging.stg_supplied__{table}"  # noqa: S608 - names of ours


_FRAME = " union all ".join(
    (
        _select(
            "files",
            row_key="table_name || path_id",
            is_accounted="row_count + replaced_count + set_aside_object_count = object_count",
            is_mostly_read=(
                "set_aside_object_count + set_aside_piece_count"
                f" <= {MOST_SET_ASIDE} * (object_count + set_aside_piece_count)"
            ),
        ),
        _select(
            "pull_requests",
            row_key="pull_request_id",
            user_id="user_id",
            is_in_order=(
                "coalesce(merged_at >= opened_at, true) and coalesce(closed_at >= opened_at, true)"
                " and coalesce(first_review_at >= opened_at, true)"
                " and coalesce(lines_added >= 0, true) and coalesce(lines_removed >= 0, true)"
            ),
        ),
        _select("pull_request_commits", row_key="pull_request_id || commit_sha", user_id="user_id"),
        _select(
            "survey_answers",
            row_key="cast(quarter_start as varchar) || '-' || cast(answer_number as varchar)",
        ),
        _select("incidents", row_key="incident_id", is_in_order="coalesce(resolved_at >= opened_at, true)"),
        _select("wages", row_key="occupation", is_in_order="hourly_wage_usd > 0"),
    )
)

SUPPLIED = Gate("supplied", "supplied", "release", _FRAME, _RULES)
