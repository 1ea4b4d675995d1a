"""No column of the tables of git, duels, reviews and supplied tables is stored and never read.

What is read is found in the compiled models, backwards: a mart and a table of figures are read whole, a model
that Python estimates from by the words of `orchestration/estimates`, and of what a model selects only the
columns that its own readers need. A column that a filter or a join asks for is read.
"""

import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module

import duckdb
import orjson
import pytest
from sqlglot import exp, parse_one
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from orchestration.change_reviews.rows import CHANGE_REVIEW_TABLES
from orchestration.duels.rows import DUEL_TABLES
from orchestration.estimates.land_estimates import ESTIMATES
from orchestration.estimates.rates import RATE_TABLES
from orchestration.git_history.tables import git_lake_tables
from orchestration.publishing.project_files import MANIFEST_PATH
from orchestration.supplied.rows import SUPPLIED_TABLES
from tests.dbt_runs import CHECKOUT, Home, Step

KEPT_FOR_THE_LAKE = "for joins in the lake, which no figure makes"
COUNTED_BY_A_GATE = (
    "the gate of supplied tables counts with it before a release (expectations/suites/supplied.py)"
)

UNREAD = {
    "stg_git__commits": {
        "author_key": "deleting a person finds the commits of an address by it (forgetting.places)",
    },
    "stg_git__commit_sessions": {
        "repository_id": "the gates judge each repository by itself, and find a broken one by it",
    },
    "stg_duels__next_steps": {
        "agent": "the session's own agent counts (int_next_steps__judged)",
        "user_id": "deleting a person finds the rows by it; the session's own person counts",
        "duel_status": "why a moment has no outcome; figures say how many have none (unknown_share)",
    },
    "stg_change_reviews__changes": {
        "committed_at": "when the change was made, which says what the draw reached",
        "review_status": "why a change has no verdict; figures say how many have none (unknown_share)",
    },
    "stg_supplied__pull_request_commits": dict.fromkeys(
        ("pull_request_id", "commit_sha", "project_id", "user_id", "is_merge"), KEPT_FOR_THE_LAKE
    ),
    "stg_supplied__incidents": dict.fromkeys(
        ("title", "description"), "the judge of a review reads it in the lake (change_reviews.find_changes)"
    ),
    "stg_supplied__wages": {"wage_source": "where the operator has the wage from"},
    "stg_supplied__files": dict.fromkeys(
        ("table_name", "path_id", "object_count", "row_count", "replaced_count", "set_aside_object_count",
         "set_aside_piece_count"), COUNTED_BY_A_GATE,
    ),
    "stg_supplied__set_aside": dict.fromkeys(
        ("table_name", "path_id", "line_number", "byte_offset", "is_object", "reason"), COUNTED_BY_A_GATE
    ),
}  # fmt: skip
"""Staging model → column that no model reads, and why it is stored all the same."""

STORED = {
    "git": git_lake_tables(), "duels": DUEL_TABLES, "change_reviews": CHANGE_REVIEW_TABLES,
    "supplied": SUPPLIED_TABLES,
}  # fmt: skip

Columns = dict[str, set[str]]


def staged() -> list[str]:
    """The staging models of all these tables."""
    return [
        f"stg_{prefix}__{table.name.rpartition('/')[2]}"
        for prefix, tables in STORED.items()
        for table in tables
    ]


class Models:
    """The compiled models of a built home: what each selects, and the columns of each relation."""

    def __init__(self, home: Home) -> None:
        nodes = orjson.loads(MANIFEST_PATH.read_bytes())["nodes"].values()
        models = [node for node in nodes if node["resource_type"] == "model"]
        self.parents = {node["name"]: self._names(node["depends_on"]["nodes"]) for node in models}
        # Those of a model's tests are in a folder that is called as the model's description is.
        files = (home.folder / "dbt_target" / "compiled").rglob("models/**/*.sql")
        self.sql = {path.stem: path for path in files if path.parent.suffix != ".yml"}
        with duckdb.connect(str(home.warehouse_path), read_only=True) as warehouse:
            found = warehouse.execute("select schema_name, table_name, column_name from duckdb_columns()")
            self.columns: dict[str, dict[str, str]] = {}
            for _, table, column in found.fetchall():
                self.columns.setdefault(table, {})[column] = "varchar"

    @staticmethod
    def _names(ids: list[str]) -> list[str]:
        return [one.split(".")[-1] for one in ids if one.startswith("model.")]

    def children(self, name: str) -> list[str]:
        return [child for child, parents in self.parents.items() if name in parents]

    def reads(self, name: str, needed: set[str]) -> Columns:
        """The columns of each relation that a model asks for, where its readers need only some of its own."""
        text = self.sql[name].read_text(encoding="utf-8")
        tree = parse_one(text, dialect="duckdb")
        for table in tree.find_all(exp.Table):
            table.set("catalog", None)
            table.set("db", None)
        qualified = qualify(tree, schema=self.columns, dialect="duckdb", validate_qualify_columns=False)
        outer = qualified if isinstance(qualified, exp.Select) else None
        if outer is not None and needed < set(outer.named_selects):
            kept = [one for one in outer.expressions if one.alias_or_name in needed]
            outer.set("expressions", kept or outer.expressions[:1])
        found: Columns = {}
        for scope in traverse_scope(pushdown_projections(qualified)):
            tables = {alias: source.name for alias, source in scope.sources.items()
                      if isinstance(source, exp.Table)}  # fmt: skip
            for column in scope.columns:
                if column.table in tables:
                    found.setdefault(tables[column.table], set()).add(column.name)
        return found


@cache
def words_of_estimates() -> frozenset[str]:
    """The words of the estimates' modules, and of the statements that these put together."""
    texts = []
    for path in (CHECKOUT / "orchestration" / "estimates").glob("*.py"):
        names = vars(import_module(f"orchestration.estimates.{path.stem}"))
        texts += [path.read_text(), *(value for value in names.values() if isinstance(value, str))]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def read_in_python() -> set[str]:
    return {*RATE_TABLES.values(), *(model for table in ESTIMATES for model in table.reads)}


def affected(models: Models) -> Iterator[str]:
    """The models that read the staged tables, readers before what they read."""
    reached, todo = set(), staged()
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += models.children(name)
    order = TopologicalSorter({name: [p for p in models.parents[name] if p in reached] for name in reached})
    yield from reversed(list(order.static_order()))


@pytest.fixture(scope="module")
def needed(small_team: tuple[Home, list[Step]]) -> tuple[Models, Columns]:
    models = Models(small_team[0])
    found: Columns = {}
    for name in affected(models):
        own = set(models.columns[name])
        if name.startswith(("fct_", "dim_", "rpt_")) or name in RATE_TABLES.values():
            found[name] = own
        elif name in read_in_python():
            found.setdefault(name, set()).update(own & words_of_estimates())
        if not name.startswith("stg_"):
            for relation, columns in models.reads(name, found.get(name, set())).items():
                found.setdefault(relation, set()).update(columns)
    return models, found


@pytest.mark.parametrize("name", staged())
def test_every_stored_column_is_read_or_says_why_it_is_stored(
    needed: tuple[Models, Columns], name: str
) -> None:
    models, found = needed
    unread = set(models.columns[name]) - found.get(name, set())
    assert unread == UNREAD.get(name, {}).keys()


def test_a_column_that_only_stars_pass_on_is_not_read(needed: tuple[Models, Columns]) -> None:
    """The check itself: `select *` reads nothing, and a model whose column nobody needs does not either."""
    models, _ = needed
    passed = models.reads("int_commits__observed", {"git_commit_id"})["stg_git__commits"]
    assert "git_commit_id" in passed
    assert "co_author_count" not in passed
    assert "co_author_count" in models.reads("int_commits__observed", {"co_author_count"})["stg_git__commits"]
