"""Gates of the tables of git: a repository whose rows break one is set aside, the others land.

A repository may have millions of rows, so that a frame has one row per distinct outcome of the checks, which
DuckDB computes over all rows: never a row of a repository, and no path.
"""

from collections.abc import Iterable, Mapping
from typing import get_type_hints

from expectations.rule import Gate, Rule, is_empty, is_true
from expectations.suites.every_table import (
    PSEUDONYMS,
    literal_words,
    named,
    numeric_columns,
    required_columns,
)
from orchestration.ingest.git_rows import (
    COMMIT_EVENTS,
    COMMIT_FILES,
    COMMIT_SESSIONS,
    COMMITS,
    LINE_GROUPS,
    REPOSITORIES,
    GitTable,
)

BUG_REMEDY = (
    "this is a fault of sessionmart: report it with the rule's name and what is unusual in the repository"
)


def _gate(table: GitTable, rules: Iterable[tuple[Rule, str]] = (), *, source: str | None = None) -> Gate:
    """The rules of every table, then a table's own, each with the expression that must be true."""
    name = f"git_{table.name}"
    hints = get_type_hints(table.row_type)
    general = [*_missing(name, hints), _unique(name, table), *_negative(name, hints)]
    general += [*_words(name, hints), *_pseudonyms(name, hints)]
    own = [(rule, rule.id.partition(".")[2], expression) for rule, expression in rules]
    columns = {column: expression for _, column, expression in (*general, *own)}
    checks = ", ".join(f"{expression} as {column}" for column, expression in columns.items())
    statement = f"select distinct '{name}' as table_name, {checks} from {source or name} as r"  # noqa: S608
    return Gate(name, name, "repository", statement, tuple(rule for rule, _, _ in (*general, *own)))


_Check = tuple[Rule, str, str]
"""A rule, the column of the frame that it judges, and the column's expression."""


def _missing(name: str, hints: Mapping[str, object]) -> list[_Check]:
    rule = Rule(
        f"{name}.complete",
        "fail",
        "a required column is null",
        "a missing id, time or count would be taken for nothing having happened",
        BUG_REMEDY,
        (is_empty("missing_columns"),),
    )
    return [(rule, "missing_columns", named(required_columns(hints), "r.{} is null".format))]


def _unique(name: str, table: GitTable) -> _Check:
    key = ", ".join(f"r.{column}" for column in table.key)
    rule = Rule(
        f"{name}.unique",
        "fail",
        f"several rows share one key ({', '.join(table.key)})",
        "what is stored twice is counted twice",
        BUG_REMEDY,
        (is_true("is_unique"),),
    )
    return rule, "is_unique", f"count(*) over (partition by {key}) = 1"


def _negative(name: str, hints: Mapping[str, object]) -> list[_Check]:
    numbers = numeric_columns(hints)
    rule = Rule(
        f"{name}.not_negative",
        "fail",
        "a count of lines, files or commits is below zero",
        "sums would shrink without a trace",
        BUG_REMEDY,
        (is_empty("negative_columns"),),
    )
    return [(rule, "negative_columns", named(numbers, "r.{} < 0".format))] if numbers else []


def _words(name: str, hints: Mapping[str, object]) -> list[_Check]:
    words = literal_words(hints)
    listed = {column: ", ".join(f"'{word}'" for word in known) for column, known in words.items()}
    rule = Rule(
        f"{name}.vocabulary",
        "fail",
        "a word is outside its closed vocabulary",
        "models filter on these words, and an unknown one falls out of every figure",
        "add the word to its Literal in orchestration/ingest/git_rows.py and to the models that read it",
        (is_empty("unknown_word_columns"),),
    )
    expression = named(words, lambda column: f"r.{column} not in ({listed[column]})")
    return [(rule, "unknown_word_columns", expression)] if words else []


def _pseudonyms(name: str, hints: Mapping[str, object]) -> list[_Check]:
    patterns = {
        **PSEUDONYMS,
        "repository_id": r"^repository_[0-9a-f]{16}$",
        "git_commit_id": r"^commit_[0-9a-f]{16}$",
        "path_id": r"^path_[0-9a-f]{16}$",
    }
    own = {column: pattern for column, pattern in patterns.items() if column in hints}
    rule = Rule(
        f"{name}.pseudonyms",
        "fail",
        "a person, project, repository, commit or path is not a keyed pseudonym",
        "a real name would be published",
        BUG_REMEDY,
        (is_empty("plain_columns"),),
    )
    expression = named(own, lambda column: f"not regexp_matches(r.{column}, '{own[column]}')")
    return [(rule, "plain_columns", expression)] if own else []


def _true(rule_id: str, breach: str, reason: str, expression: str) -> tuple[Rule, str]:
    """A rule of one table, with the expression that must be true."""
    column = rule_id.partition(".")[2]
    return Rule(rule_id, "fail", breach, reason, BUG_REMEDY, (is_true(column),)), expression


def _fates_add_up(days: int) -> str:
    parts = " + ".join(f"r.{fate}_{days}d_count" for fate in ("survived", "reverted", "rewritten"))
    return f"{parts} = r.line_count"


GATES: tuple[Gate, ...] = (
    _gate(
        REPOSITORIES,
        (
            _true(
                "git_repositories.reason_given",
                "a repository was set aside without a reason, or read with one",
                "nobody could tell why its lines are missing",
                "(r.status = 'set_aside') = (r.reason is not null)",
            ),
        ),
    ),
    _gate(
        COMMITS,
        (
            _true(
                "git_commits.lines_within",
                "a commit has more matched than matchable, more matchable than merged, or more merged than "
                "unfiltered lines",
                "shares would be above one",
                "r.matched_line_count <= r.matchable_line_count and r.matchable_line_count"
                " <= r.merged_line_count and r.merged_line_count <= r.unfiltered_merged_line_count"
                " and coalesce(r.noted_line_count, 0) <= r.merged_line_count",
            ),
            _true(
                "git_commits.lines_in_groups",
                "the merged lines of a commit are not those of its line groups",
                "shares by commit and by line would disagree",
                "r.merged_line_count = r.grouped_line_count",
            ),
            _true(
                "git_commits.session_says_how_it_is_known",
                "a commit has a session without evidence, or evidence without a session",
                "guesses would pass for evidence",
                "(r.session_id is null) = (r.session_known_by is null)",
            ),
            _true(
                "git_commits.revert_has_a_time",
                "a reverted commit has no time of its revert, or one that was not reverted has one",
                "survival could not be dated",
                "r.is_reverted = (r.reverted_at is not null)",
            ),
            _true(
                "git_commits.author_says_how_it_is_known",
                "an author is known and nothing says how, or a bot is a person",
                "guesses would pass for the operator's map",
                "(r.user_id is null) = (r.author_known_by is null)"
                " and not (r.is_bot_author and r.user_id is not null)",
            ),
        ),
        source="(select c.*, coalesce(g.line_count, 0) as grouped_line_count from git_commits as c left join"
        " (select git_commit_id, sum(line_count) as line_count from git_line_groups group by git_commit_id)"
        " as g on c.git_commit_id = g.git_commit_id)",
    ),
    _gate(
        COMMIT_FILES,
        (
            _true(
                "git_commit_files.moved_within_added",
                "a file has more moved than added lines",
                "kept lines would be below zero",
                "r.moved_line_count <= r.lines_added",
            ),
            _true(
                "git_commit_files.commit_known",
                "a file belongs to a commit that has no row",
                "its lines would be counted without a commit",
                "r.git_commit_id in (select git_commit_id from git_commits)",
            ),
        ),
    ),
    _gate(
        LINE_GROUPS,
        (
            _true(
                "git_line_groups.fates_add_up_30d",
                "the fates of lines after 30 days do not add up",
                "lines would be lost or counted twice",
                _fates_add_up(30),
            ),
            _true(
                "git_line_groups.fates_add_up_90d",
                "the fates of lines after 90 days do not add up",
                "lines would be lost or counted twice",
                _fates_add_up(90),
            ),
            _true(
                "git_line_groups.match_has_a_session",
                "matched lines have no session, or lines without a match have one",
                "agents would be given lines that nobody saw them write",
                "(r.match_kind in ('same_file', 'other_file')) = (r.match_session_id is not null)",
            ),
            _true(
                "git_line_groups.commit_known",
                "lines belong to a commit that has no row",
                "they would be counted without a commit",
                "r.git_commit_id in (select git_commit_id from git_commits)",
            ),
        ),
    ),
    _gate(
        COMMIT_SESSIONS,
        (
            _true(
                "git_commit_sessions.commit_known",
                "a session is linked to a commit that has no row",
                "it would be counted without a commit",
                "r.git_commit_id in (select git_commit_id from git_commits)",
            ),
        ),
    ),
    _gate(
        COMMIT_EVENTS,
        (
            _true(
                "git_commit_events.state_agrees",
                "a commit that landed is not named, or one that did not is",
                "landed work would be counted as lost",
                "(r.state in ('landed', 'landed_as_copy')) = (r.git_commit_id is not null)",
            ),
        ),
    ),
)
