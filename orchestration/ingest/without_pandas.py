"""Arrow without pandas: to look at the first list it is given, Arrow imports pandas where it is installed.

That costs a process half a second of processor time, and rows are tuples of plain values. What needs pandas
later imports it as ever, and Arrow finds it then.
"""

import sys
import threading
from functools import cache
from importlib.abc import MetaPathFinder

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    """Finds no pandas for the thread that made it; others import what they like meanwhile."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "pandas" and threading.get_ident() == self._thread:
            raise ImportError("Arrow need not look for pandas")


@cache
def let_arrow_skip_pandas() -> None:
    """Let Arrow make its one look for pandas in this process find none, unless pandas is loaded already."""
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)
