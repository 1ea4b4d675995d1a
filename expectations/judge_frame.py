"""One gate on one frame, by Great Expectations: which rows break which rule.

The only module that knows Great Expectations. It takes ten seconds to import, so it is imported when the
first frame is judged. Values of the data stay here: what leaves are positions and names of columns.
"""

import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from expectations.rule import Expect, Gate

if TYPE_CHECKING:
    import pandas as pd


class Finding(NamedTuple):
    """What one expectation found: the rows at fault by position, or the kind of error that it raised."""

    rule_id: str
    expect: Expect
    positions: tuple[int, ...]
    error: str | None


class FrameJudge:
    """Great Expectations, started at the first frame: ephemeral, without telemetry or progress bars."""

    def __init__(self) -> None:
        self._batches: Any = None

    def findings(self, frame: "pd.DataFrame", gate: Gate) -> list[Finding]:
        """One finding per expectation of the gate, in order; whatever it raises becomes a finding."""
        asked = [(rule.id, expect) for rule in gate.rules for expect in rule.expects]
        try:
            results = self._results(frame, gate.name, asked)
        except Exception as error:
            # Whatever breaks inside, the gate must close.
            return [Finding(rule_id, expect, (), type(error).__name__) for rule_id, expect in asked]
        return [
            _finding(rule_id, expect, results.get(number)) for number, (rule_id, expect) in enumerate(asked)
        ]

    def _results(self, frame: "pd.DataFrame", name: str, asked: list[tuple[str, Expect]]) -> dict[int, Any]:
        """Great Expectations' result of each expectation, by its number in `asked`."""
        batches = self._started()
        from great_expectations import ExpectationSuite, expectations

        suite = ExpectationSuite(
            name,
            expectations=[
                getattr(expectations, expect.kind)(**expect.arguments, meta={"number": number})
                for number, (_, expect) in enumerate(asked)
            ],
        )
        batch = batches.get_batch({"dataframe": frame})
        outcome = batch.validate(suite, result_format={"result_format": "COMPLETE"})
        return {result.expectation_config.meta["number"]: result for result in outcome.results}

    def _started(self) -> Any:
        if self._batches is None:
            with warnings.catch_warnings():
                # Great Expectations imports sre_constants, which Python 3.11 deprecates.
                warnings.simplefilter("ignore", DeprecationWarning)
                import great_expectations
            context: Any = great_expectations.get_context(mode="ephemeral")
            context.enable_analytics(False)
            context.variables.progress_bars = {"globally": False}
            asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
            self._batches = asset.add_batch_definition_whole_dataframe("whole")
        return self._batches


def _finding(rule_id: str, expect: Expect, result: Any) -> Finding:
    """The finding of one result; a result that does not say which rows are at fault is an error."""
    if result is None:
        return Finding(rule_id, expect, (), "NoResult")
    raised = _raised(result.exception_info)
    if raised is not None:
        return Finding(rule_id, expect, (), raised)
    positions = result.result.get("unexpected_index_list")
    if positions is None or bool(positions) == bool(result.success):
        return Finding(rule_id, expect, (), "NoRowsNamed")
    return Finding(rule_id, expect, tuple(positions), None)


def _raised(info: Any) -> str | None:
    """The class of the exception inside an expectation, or None where there is none; never its text."""
    for detail in _details(info):
        if detail.get("raised_exception"):
            last_line = str(detail.get("exception_traceback")).strip().rsplit("\n", maxsplit=1)[-1]
            name = re.match(r"[\w.]+(?=:|$)", last_line)
            return name.group().rsplit(".", maxsplit=1)[-1] if name else "Exception"
    return None


def _details(info: Any) -> Iterator[dict[str, Any]]:
    """Exception details, which are one dictionary or one per metric."""
    if not info:
        return
    yield from [info] if "raised_exception" in info else info.values()
