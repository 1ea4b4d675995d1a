"""One asset check per gate: it reports the verdict that landing, or the release, has reached.

Nothing is judged here, and no check blocks: a bad date never landed in the first place. A check in a
range run carries no date, so its metadata names the dates.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg

from expectations.rule import Gate
from expectations.verdict import Verdict, render

SHOWN_VERDICTS = 50
"""A check's text is read by a person; gate_results has every verdict."""


def check_name(gate: Gate) -> str:
    """The check of a gate, as the UI lists it."""
    return f"gate_{gate.name}".replace(".", "_").replace("-", "_")


def gate_check_specs(gates: Mapping[str, Sequence[Gate]]) -> list[dg.AssetCheckSpec]:
    """A check for each gate; `gates` by the asset that they judge."""
    return [
        dg.AssetCheckSpec(
            name=check_name(gate),
            asset=asset,
            description="Rules: " + "; ".join(f"{rule.id} ({rule.severity})" for rule in gate.rules),
        )
        for asset, own in gates.items()
        for gate in own
    ]


def gate_check_results(
    gates: Mapping[str, Sequence[Gate]], verdicts: Iterable[Verdict]
) -> Iterator[dg.AssetCheckResult]:
    """What each gate said in this run: failed, warned, passed, or nothing where no row changed."""
    judged: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        judged.setdefault(verdict.gate, []).append(verdict)
    for asset, own in gates.items():
        for gate in own:
            yield _result(asset, gate, judged.get(gate.name, []))


def _result(asset: str, gate: Gate, verdicts: Sequence[Verdict]) -> dg.AssetCheckResult:
    stopping = [verdict for verdict in verdicts if verdict.is_stopping]
    warning = [verdict for verdict in verdicts if verdict.status == "warn"]
    shown = [*stopping, *warning][:SHOWN_VERDICTS]
    if not verdicts:
        said = "Nothing changed, so nothing was judged in this run; the last verdict remains valid."
    else:
        said = "\n".join(f"- {render(verdict)}" for verdict in shown) or "Every rule holds."
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=check_name(gate),
        passed=not stopping and not warning,
        severity=dg.AssetCheckSeverity.ERROR if stopping else dg.AssetCheckSeverity.WARN,
        description=said.partition("\n")[0],
        metadata={
            "verdicts": dg.MetadataValue.md(said),
            "rules_judged": len(verdicts),
            "rules_stopping": len(stopping),
            "rules_warning": len(warning),
        },
    )
