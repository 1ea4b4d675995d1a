"""Renders macros and generic tests of the dbt project without dbt, to run their SQL on any small table.

Test support. Only what they use of dbt is here: `var`, `return`, `type_string`,
`date_trunc` and `target`.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
_MACRO = re.compile(r"{%-? macro (\w+)\(.*?{%-? endmacro -?%}", re.DOTALL)
_TEST = re.compile(r"{% test (\w+)(\(.*?){% endtest %}", re.DOTALL)


class _ReturnedError(Exception):
    """A macro's `return`, which in Jinja's own macros there is none of."""

    def __init__(self, value: Any) -> None:
        self.value = value


@cache
def _sources() -> dict[str, str]:
    macros = "".join(path.read_text("utf-8") for path in sorted((PROJECT / "macros").glob("*.sql")))
    tests = "".join(path.read_text("utf-8") for path in sorted((PROJECT / "tests/generic").glob("*.sql")))
    as_macros = _TEST.sub(r"{% macro \1\2{% endmacro %}", tests)
    return {found[1]: found[0] for found in _MACRO.finditer(macros + as_macros)}


def render_macro(name: str, *arguments: Any, variables: dict[str, Any], **named: Any) -> str:
    """The SQL that a macro or generic test writes with these arguments and variables of the project."""
    environment = Environment(autoescape=False)  # noqa: S701 - SQL, not HTML

    def give(value: Any) -> None:
        raise _ReturnedError(value)

    def callable_macro(macro: str) -> Any:
        template = environment.from_string(_sources()[macro])

        def call(*given: Any, **by_name: Any) -> Any:
            try:
                return getattr(template.module, macro)(*given, **by_name)
            except _ReturnedError as returned:
                return returned.value

        return call

    environment.globals |= {
        "var": lambda key, default=None: variables.get(key, default),
        "return": give,
        "type_string": lambda: "varchar",
        "date_trunc": lambda part, date: f"date_trunc('{part}', {date})",
        "target": {"type": "duckdb"},
    }
    environment.globals |= {macro: callable_macro(macro) for macro in _sources()}
    call: Any = environment.globals[name]
    return str(call(*arguments, **named))
