"""Gates of the built warehouse: what must hold before a release.

Every object of every file is accounted for, the facts hold the sessions that were landed, and no
published cell is out of range or too small. The metrics are judged by the columns they have, so that a
new one is judged without a line here. Rules of single models are dbt tests, not these.
"""

from collections.abc import Iterable, Mapping, Sequence

from expectations.rule import Expect, Gate, Rule, agrees, is_empty, is_true, is_unique
from expectations.suites.supplied import SUPPLIED

Columns = Mapping[str, Sequence[str]]
"""Columns of each table of the schema `metrics`."""

MIN_WORKED_SESSIONS = 15
"""With fewer sessions in which the agent worked for a human, a metric may rightly have nothing to say."""

ROUNDING = 1e-9

SWAP_CONSISTENCY = "next_step_swap_consistency"
LEAST_SWAP_CONSISTENCY = 0.85
"""Below it a judge decides by the order of what it compares (METHODS I23)."""

FILLED_BY_RULES = frozenset({"rpt_session_outcomes", "rpt_label_shares", "rpt_label_coverage"})
"""Tables by labeller that the rules alone fill. The others may rest on a question that nobody was asked."""

FIGURES = (
    "estimate", "interval_", "n_effective", "standard_error", "p_value", "user_weighted_",
)  # fmt: skip
"""How the names of the columns begin that a suppressed cell must not show. Counts may stay that are told all
the same (ADR 0037)."""


def _rule(rule_id: str, breach: str, reason: str, remedy: str, *expects: Expect) -> Rule:
    return Rule(rule_id, "fail", breach, reason, remedy, expects)


_ACCOUNTING_RULES = (
    _rule(
        "accounting.every_object",
        "objects of a file are neither rows, counted, duplicates nor set aside (or are so twice)",
        "something of the transcripts is missing from the figures, or counted twice",
        "run the dates again from the archive with a new parser version; if it stays, compare raw_files, "
        "raw_record_counts and raw_quarantined_lines by content_hash",
        is_true("is_accounted"),
    ),
    _rule(
        "accounting.every_piece_set_aside",
        "the pieces set aside of a file are not those in raw_quarantined_lines",
        "something was lost without a trace",
        "archive the file again and run its archived date again",
        agrees("bad_piece_count", "quarantined_piece_count"),
        agrees("set_aside_object_count", "quarantined_object_count"),
    ),
)


def _accounting(comparison: str) -> Gate:
    """Each file's objects beside what became of them; `comparison` is `=`, or `<=` for a part of the lake."""
    statement = f"""
    with counted as (
        select content_hash, sum(object_count) as object_count
        from staging.stg_transcripts__record_counts group by content_hash
    ),
    set_aside as (
        select content_hash, count(*) filter (is_object) as object_count,
            count(*) filter (not is_object) as piece_count
        from staging.stg_transcripts__quarantined_lines group by content_hash
    )
    select 'stg_transcripts__files' as table_name, f.set_aside_object_count, f.bad_piece_count,
        coalesce(s.object_count, 0) as quarantined_object_count,
        coalesce(s.piece_count, 0) as quarantined_piece_count,
        coalesce(c.object_count, 0) + coalesce(s.object_count, 0) {comparison} f.object_count
            as is_accounted
    from staging.stg_transcripts__files as f
    left join counted as c on c.content_hash = f.content_hash
    left join set_aside as s on s.content_hash = f.content_hash
    """  # noqa: S608 - an operator of ours
    return Gate("accounting", "stg_transcripts__files", "release", statement, _ACCOUNTING_RULES)


SESSIONS = Gate(
    "fct_sessions",
    "fct_sessions",
    "release",
    """
    select 'fct_sessions' as table_name, coalesce(m.session_id, s.session_id) as session_id,
        m.session_id is not null as is_in_mart, s.session_id is not null as is_landed
    from marts.fct_sessions as m
    full join staging.stg_transcripts__sessions as s on s.session_id = m.session_id
    """,
    (
        _rule(
            "fct_sessions.unique",
            "several rows are of one session",
            "it would be counted twice",
            "a join in a model fans out, or a session is on two dates: look for its session_id in "
            "raw_sessions; if it occurs there once, fix the model; otherwise run both dates again",
            is_unique(("table_name", "session_id")),
        ),
        _rule(
            "fct_sessions.all_landed_sessions",
            "a landed session is missing from the mart, or the mart has one that was not landed",
            "every rate has the wrong denominator",
            "a join in a model drops rows: compare fct_sessions with raw_sessions by session_id",
            is_true("is_in_mart"),
            is_true("is_landed"),
        ),
    ),
)

_METRIC_REMEDY = "fix the model of that table in dbt_project/models/metrics, and build again"

_CELL_RULES = (
    _rule(
        "metrics.shares_within_one",
        "a rate or share is outside 0 to 1",
        "numerator and denominator are of different things",
        _METRIC_REMEDY,
        is_true("is_share_within_one"),
    ),
    _rule(
        "metrics.numerator_within_denominator",
        "the numerator of a rate is below zero or above its denominator",
        "they are of different things",
        _METRIC_REMEDY,
        is_true("is_numerator_within"),
    ),
    _rule(
        "metrics.interval_holds_estimate",
        "an interval is upside down or does not hold its estimate",
        "its uncertainty is misstated",
        _METRIC_REMEDY,
        is_true("is_interval_whole"),
    ),
    _rule(
        "metrics.no_small_cell",
        "a cell of too few users is published, or one of which a single user is more than half",
        "single people could be recognised",
        "compute it in orchestration/estimates, where privacy protects it, with n_users and is_suppressed "
        "among the columns; for your own data alone set mode to personal",
        is_true("is_large_enough"),
    ),
    _rule(
        "metrics.suppressed_cells_are_blank",
        "a suppressed cell still shows a figure",
        "single people could be recognised",
        "blank it where figures are protected (orchestration/privacy)",
        is_true("is_blank_if_suppressed"),
    ),
    Rule(
        "metrics.judge_follows_no_order",
        # The rates are still what was judged, and their table says so; a better judge is asked later.
        "warn",
        "a judge's verdicts on next steps change with the order of the steps",
        "win rates say little where the order decides",
        "name a stronger model in duel_judge_model",
        (is_true("is_judged_alike"),),
    ),
)

_TABLE_RULES = (
    _rule(
        "metrics.not_empty",
        "a metric has no rows though the agent worked in many sessions",
        "a join or filter lost everything",
        _METRIC_REMEDY,
        is_true("is_filled"),
    ),
)


_ATTACK_RULES = (
    _rule(
        "hidden_counts.not_told",
        "hidden counts follow from what the release shows",
        "whoever solves the equations between the published figures learns about few people",
        "hide one more cell of each line named (orchestration/privacy), or declare the relation by which it "
        "was found (orchestration/measures/count_relations.yml) where protecting does not know it",
        is_empty("told_columns"),
    ),
    Rule(
        "hidden_counts.not_told_by_two_releases",
        # A cell may become hidden only after it was shown; what was given out cannot be taken back.
        "warn",
        "hidden counts follow from this release and the one before",
        "whoever kept the release before learns about few people",
        "do not give out both releases, or wait until more sessions have come",
        (is_empty("told_before_columns"),),
    ),
    Rule(
        "hidden_counts.relations_hold",
        # The figures themselves are judged by other rules; the attack goes on without what does not hold.
        "warn",
        "relations between counts do not hold in the figures",
        "the attack that proves them hidden rests on relations that are not those of the data",
        "correct orchestration/measures/count_relations.yml, or the model that counts something else",
        (is_empty("broken_columns"),),
    ),
)

_NO_FINDINGS = (
    "select 'metrics' as table_name, '' as told_columns, '' as told_before_columns, '' as broken_columns "
    "where false"
)
"""In personal mode nothing is hidden, and nothing attacked."""

_FINDINGS = "select table_name, told_columns, told_before_columns, broken_columns from attack.findings"


def warehouse_gates(
    columns: Columns, *, min_users: int | None, is_lake_complete: bool = True
) -> tuple[Gate, ...]:
    """The gates of a warehouse whose metrics have these columns.

    No cell of fewer than `min_users` may be published; None (personal mode): all may. Where dates are
    still missing from the lake (`is_lake_complete` false), objects on them may be unaccounted for.
    """
    cells = [_cells_sql(table, names, min_users=min_users) for table, names in columns.items()]
    tables = [
        _table_sql(table, f"from metrics.{table}")
        for table, names in columns.items()
        if "labeller" not in names or table in FILLED_BY_RULES
    ]
    cells = cells or [_NO_CELLS]
    tables = tables or [_table_sql("metrics", "where false")]
    return (
        _accounting("=" if is_lake_complete else "<="),
        SESSIONS,
        SUPPLIED,
        Gate("metrics", "metrics", "release", _union(cells), _CELL_RULES),
        Gate("metrics_by_table", "metrics", "release", _union(tables), _TABLE_RULES),
        Gate(
            "hidden_counts",
            "metrics",
            "release",
            _NO_FINDINGS if min_users is None else _FINDINGS,
            _ATTACK_RULES,
        ),
    )


_CELL_COLUMNS = tuple(str(expect.column) for rule in _CELL_RULES for expect in rule.expects)
_NO_CELLS = f"select 'metrics' as table_name, {', '.join(f'true as {c}' for c in _CELL_COLUMNS)} where false"


def _cells_sql(table: str, names: Sequence[str], *, min_users: int | None) -> str:
    """One row per cell of a metric: whether each rule holds, by the columns that it has."""
    checks = {
        "is_share_within_one": _shares_sql(names),
        "is_numerator_within": _numerator_sql(names),
        "is_interval_whole": _intervals_sql(names),
        "is_large_enough": _large_enough_sql(names, min_users),
        "is_blank_if_suppressed": _blank_sql(names, min_users),
        "is_judged_alike": _judged_alike_sql(names),
    }
    parts = ", ".join(f"{condition} as {name}" for name, condition in checks.items())
    return f"select '{table}' as table_name, {parts} from metrics.{table}"  # noqa: S608 - names of ours


_NO_SHARE = "metric_kind not in ('rate', 'share')"


def _shares_sql(names: Sequence[str]) -> str:
    shares = [f"{name} between 0 and 1" for name in names if name.endswith(("_share", "_rate"))]
    if {"metric_kind", "estimate"} <= set(names):
        shares.append(f"({_NO_SHARE} or estimate between 0 and 1)")
    return _all_true(shares)


def _numerator_sql(names: Sequence[str]) -> str:
    if not {"numerator", "denominator"} <= set(names):
        return "true"
    within = "numerator between 0 and denominator"
    return _all_true([f"({_NO_SHARE} or {within})" if "metric_kind" in names else within])


def _intervals_sql(names: Sequence[str]) -> str:
    """`…interval_low…` is at most `…interval_high…`, and `estimate…` lies between, whatever the unit."""
    conditions: list[str] = []
    for low in (name for name in names if "interval_low" in name):
        high = low.replace("interval_low", "interval_high")
        estimate = "estimate" + low.partition("interval_low")[2]
        if high in names:
            conditions.append(f"{low} <= {high}")
        if high in names and estimate in names:
            slack = f"{ROUNDING} * (1 + abs({estimate}))"
            conditions.append(f"{estimate} between {low} - {slack} and {high} + {slack}")
    return _all_true(conditions)


def _large_enough_sql(names: Sequence[str], min_users: int | None) -> str:
    """A table that does not say how many users a cell has cannot show that it has enough.

    Nobody may be shown: what is true of none of a large population, and what nothing is known of.
    """
    if min_users is None:
        return "true"
    estimates = [name for name in names if name.startswith("estimate") and not name.endswith("_id")]
    if not estimates:
        return "true"
    if not {"n_users", "is_suppressed"} <= set(names):
        return "false"
    nothing = " and ".join(f"{name} is null" for name in estimates)
    is_spread = "coalesce(top_user_share_band <> 'above 50 %', true)"
    spread = is_spread if "top_user_share_band" in names else "true"
    enough = f"coalesce(n_users >= {min_users} or n_users = 0 or ({nothing}), false)"
    return f"(is_suppressed or ({enough} and {spread}))"


def _blank_sql(names: Sequence[str], min_users: int | None) -> str:
    """A suppressed row has no estimate; counts that are told all the same may stand in it, no small one."""
    if "is_suppressed" not in names:
        return "true"
    # `estimate_id` is a key of words, not a figure.
    figures = (name for name in names if name.startswith(FIGURES) and not name.endswith("_id"))
    blanks = [f"{name} is null" for name in figures]
    if {"numerator", "metric_kind"} <= set(names):
        blanks.append(f"(numerator = 0 or numerator >= {min_users or 0} or {_NO_SHARE})")
    return f"(not is_suppressed or ({_all_true(blanks)}))"


def _judged_alike_sql(names: Sequence[str]) -> str:
    """Whether a share of duels with the same verdict in both orders is high enough."""
    if not {"metric_name", "estimate"} <= set(names):
        return "true"
    return _all_true([f"metric_name <> '{SWAP_CONSISTENCY}' or estimate >= {LEAST_SWAP_CONSISTENCY}"])


def _all_true(conditions: Iterable[str]) -> str:
    """A conjunction in which a condition on nulls holds: what is not published breaks no rule."""
    return " and ".join(f"coalesce({condition}, true)" for condition in conditions) or "true"


def _table_sql(table: str, source: str) -> str:
    """One row: whether a metric has rows, or too little was worked for it to have any."""
    worked = (
        "(select count(distinct t.session_id) from marts.fct_turns as t join marts.fct_sessions as s "
        "on s.session_id = t.session_id where s.is_in_study_c_frame and t.has_agent_work)"
    )
    filled = f"(select count(*) {source}) > 0"
    return f"select '{table}' as table_name, {filled} or {worked} < {MIN_WORKED_SESSIONS} as is_filled"


def _union(statements: Iterable[str]) -> str:
    return " union all ".join(statements)
