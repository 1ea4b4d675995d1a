"""The data dictionary for people, docs/dictionary.md, and the list of worked questions in it.

Belongs here: how a table reads on the page. Not here: what a table means (dbt_project), reading the manifest
(publishing.dictionary). `python -m orchestration.desk` writes the file; a test fails where it is another.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.desk.questions import load_questions
from orchestration.publishing.dictionary import Column, Table, published_tables
from orchestration.settings import CHECKOUT

PAGE_FILE = Path(CHECKOUT) / "docs" / "dictionary.md"

INTRODUCTION = """\
# Data dictionary

This page describes every table and column of a release. It is generated from the dbt project by `python -m
orchestration.desk`. The release itself carries the same texts as comments (`sessionmart sql`, then
`.tables` and `.describe TABLE`). [metrics.md](metrics.md) defines the metrics; [agents.md](agents.md) is
the short introduction for an agent.

A release has two files. `marts.duckdb` contains both schemas below; `metrics.duckdb` contains `metrics`
alone, and this is the file to give to others. In either file a table is called `marts.TABLE` or
`metrics.TABLE`. The same tables are Parquet files in `parquet/`.

**Keys and joins.** Every table has one key, marked *key*; a test checks that it is unique and not null. A
column marked *in TABLE.column* contains only values of that column, or null; a test checks this as well.
All tables with a `session_id` join on it, and `user_id` and `project_id` are those of `dim_users` and
`dim_projects`. Count at the grain of the coarser table before you join, because a session joined to its
turns is repeated. `fct_session_outcomes` has a row per session and labeller, so choose one `labeller`
before you count sessions.

**Agents.** Facts and figures have an `agent`, except the rows of repositories, which are no agent's. No
figure combines several agents: a person who uses two agents is counted with each.

**The two shapes of `rpt_` tables.** A table of figures has one row per figure: its `metric_name`, its cell
(`period_kind`, `period_start`, `segment_name`, `segment_value`, and `statistic`, `specification` and
`population` where a model estimates the figure), the `estimate` with its interval, the numbers of people
and sessions, and the reason where there is no estimate. All tables of figures have the same columns, which
are described once, below the list of tables. The other tables (`rpt_turn_durations`,
`rpt_published_beside_own`, `rpt_labeller_standing`) have their own columns. Filter by `metric_name`,
`period_kind` and `segment_name` before you read a table of figures. Never add its rows up: they are not
parts of one whole.

**Null is never zero.** A null estimate is suppressed (`suppressed_reason`) or withheld (`withheld_reason`).
A null value in a mart is unknown.
"""


def dictionary_page(manifest: Mapping[str, Any]) -> str:
    """The page's text, from dbt's manifest and the worked questions."""
    return "\n".join(_lines(published_tables(manifest))) + "\n"


def _lines(tables: Sequence[Table]) -> Iterator[str]:
    shared = _shared_columns(tables)
    yield INTRODUCTION.rstrip()
    yield "\n## Worked questions\n"
    yield "Each question has a query, what its answer means and what not to conclude; `.run N` runs one.\n"
    for one in load_questions():
        file = f"{one.number:02}_{one.name}.sql"
        yield f"{one.number}. [{one.question}](questions/{file})"
    for schema in sorted({table.schema for table in tables}):
        own = [table for table in tables if table.schema == schema]
        yield f"\n## The tables of `{schema}`\n"
        yield "| table | grain |\n|---|---|"
        for table in own:
            yield f"| [`{table.name}`](#{table.name}) | {_cell(table.grain)} |"
        if any(table.columns == shared for table in own):
            yield "\n### The columns of a table of figures\n"
            yield from _columns(shared)
        for table in own:
            yield f"\n### {table.name}\n"
            yield f"{table.description}\n"
            if table.columns == shared:
                yield "A table of figures: [its columns](#the-columns-of-a-table-of-figures)."
            else:
                yield from _columns(table.columns)


def _shared_columns(tables: Sequence[Table]) -> tuple[Column, ...]:
    """The columns that most tables have: those of a table of figures."""
    return Counter(table.columns for table in tables).most_common(1)[0][0]


def _columns(columns: Sequence[Column]) -> Iterator[str]:
    yield "| column | type | meaning |\n|---|---|---|"
    for column in columns:
        marks = [
            *(["*key*"] if column.is_key else []),
            *([f"*in {column.refers_to}*"] if column.refers_to else []),
        ]
        text = f"{column.description} {' '.join(marks)}".rstrip()
        yield f"| `{column.name}` | {column.data_type} | {_cell(text)} |"


def _cell(text: str) -> str:
    """A text in a cell of a Markdown table."""
    return text.replace("|", "\\|")
