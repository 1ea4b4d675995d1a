"""Rows become Arrow tables without pandas, which stays there for whoever needs it later."""

import subprocess
import sys

MAKE_A_TABLE = """
import sys
from orchestration.ingest.rows import RawDrift, arrow_schema, to_arrow
row = RawDrift("s1", "claude_code", "record_type", "hologram", None, "{}", 2)
table = to_arrow([row], arrow_schema(RawDrift))
print("pandas" in sys.modules)
"""


def _printed(program: str) -> list[str]:
    """What a fresh process prints: this one may have loaded pandas long ago."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_rows_become_a_table_without_loading_pandas() -> None:
    assert _printed(MAKE_A_TABLE) == ["False"]


def test_table_becomes_a_data_frame_afterwards() -> None:
    frame = MAKE_A_TABLE + "frame = table.to_pandas()\nprint(len(frame), frame['name'][0])\n"
    assert _printed(frame) == ["False", "1", "hologram"]


def test_pandas_that_is_loaded_already_stays_known_to_arrow() -> None:
    series = "import pandas\n" + MAKE_A_TABLE
    series += "import pyarrow\nprint(pyarrow.array(pandas.Series([1.0, float('nan')])).null_count)\n"
    assert _printed(series) == ["True", "1"]
