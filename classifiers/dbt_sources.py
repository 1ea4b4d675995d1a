"""The catalog as dbt reads it: the sources of the label tables and the list that staging loops over.

`python -m classifiers.dbt_sources` writes both files; an agreement test fails where they are stale. dbt needs
the list as text, because it looks for `source()` calls before it knows its own graph. Not here: what a
column is (answer_columns), the vocabularies (vocabulary, which writes its seed).
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from classifiers.answer_columns import AnswerTable, answer_tables
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier

_PROJECT = Path(__file__).parent.parent / "dbt_project"
_COMMAND = "`python -m classifiers.dbt_sources`"
_LAKE = (
    "read_parquet('{{ env_var('SESSIONMART_DBT_LAKE_DIR', '../data/lake') | replace(\"'\", \"''\") }}"
    "/labels/{name}/*/*.parquet', hive_partitioning=true, union_by_name=true)"
)
_SQL_TYPES = {"text": "string", "number": "double", "boolean": "boolean"}
_OTHER_SOURCES = {
    "label_eligibility": "One row per classifier, fingerprint and unit that could be asked about, with the "
    "reason where it may not be asked.",
    "review_samples": "One row per unit and classifier of the newest answered sample for review.",
}
"""Tables of the same folder that hold no answers."""


def sources_yml(catalog: Iterable[Classifier] = CATALOG) -> str:
    """The text of `_labels__sources.yml`."""
    lines = [
        f"# Written by {_COMMAND} from the catalog of classifiers; edit the catalog instead.",
        "sources:",
        "  - name: labels",
        "    description: >",
        "      Labels: one table per classifier, and a table of items where its answer is a list; one",
        "      Parquet file per date and labeller. Only columns that hold answers are listed: a label table",
        "      also has the columns of stg_labels__labels, a table of items the key of its label.",
        "    config:",
        "      meta:",
        "        # union_by_name: a partition written before a column was added reads as null there.",
        "        external_location: >-",
        f"          {_LAKE}",
        "    tables:",
    ]
    for table in answer_tables(catalog):
        lines += _source(table)
    for name, description in _OTHER_SOURCES.items():
        lines += [f"      - name: {name}", f"        description: {json.dumps(description)}"]
    return "\n".join(lines) + "\n"


def _source(table: AnswerTable) -> list[str]:
    what = (
        f"One row per element of a label's list: the classifier {table.classifier}."
        if table.is_items
        else f"One row per unit, fingerprint and replicate: answers of the classifier {table.classifier}."
    )
    lines = [f"      - name: {table.name}", f"        description: {json.dumps(what)}", "        columns:"]
    for column in table.columns:
        lines += [
            f"          - name: {column.name}",
            f"            data_type: {_SQL_TYPES[column.kind]}",
            f"            description: {json.dumps(column.meaning, ensure_ascii=False)}",
        ]
    return lines


def tables_macro(catalog: Iterable[Classifier] = CATALOG) -> str:
    """The text of `label_tables.sql`: a macro that returns the label tables with their answers."""
    parts = [
        f"{{#- Written by {_COMMAND} from the catalog of classifiers; edit the catalog instead.",
        "    The label tables. `answer_label` and `answer_score`: the columns of an answer in one word and",
        "    one number. `fields`: every column that holds a part of the answer, with its type. -#}",
        "{% macro label_tables() -%}",
        "{{ return([",
    ]
    for table in answer_tables(catalog):
        parts += [
            "    {",
            f"        'name': '{table.name}',",
            f"        'classifier': '{table.classifier}',",
            f"        'is_items': {str(table.is_items).lower()},",
            f"        'answer_label': {_quoted(table.answer_label)},",
            f"        'answer_score': {_quoted(table.answer_score)},",
            "        'fields': {",
            *(f"            '{column.name}': '{column.kind}'," for column in table.columns),
            "        },",
            "    },",
        ]
    return "\n".join([*parts, "]) }}", "{%- endmacro %}"]) + "\n"


def _quoted(name: str | None) -> str:
    return "none" if name is None else f"'{name}'"


def written_files(catalog: Iterable[Classifier] = CATALOG) -> Mapping[Path, str]:
    """Path and text of both files."""
    classifiers = tuple(catalog)
    return {
        _PROJECT / "models" / "staging" / "labels" / "_labels__sources.yml": sources_yml(classifiers),
        _PROJECT / "macros" / "label_tables.sql": tables_macro(classifiers),
    }


if __name__ == "__main__":
    for path, text in written_files().items():
        path.write_text(text, encoding="utf-8")
