"""Reads the catalogue of measurements: one file per measure, in the order of their names.

Belongs here: loading, and what must hold between files. Not here: what one file may say (measure), what a
measure means (catalog). Nothing is read before it is asked for, and then once.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from classifiers.rules.labeller import RULES_CLASSIFIERS
from orchestration.measures.measure import (
    CIRCULAR_SEGMENTS,
    POPULATION_NEEDS,
    SEGMENT_NEEDS,
    Measure,
    Metric,
    PrimaryTest,
    PublishedValue,
)

CATALOG = Path(__file__).parent / "catalog"
BY_RULES = frozenset(classifier.name for classifier in RULES_CLASSIFIERS if classifier.rule is None)
"""Classifiers that the rules answer alone, so that a measure of no others needs no key.

Where a classifier has a rule for the calls that it settles, a model is asked about the rest, and there is no
figure of those calls alone."""


class CatalogError(ValueError):
    """A catalogue file that says something impossible; the message names file and field."""


@cache
def load_measures(folder: Path = CATALOG) -> tuple[Measure, ...]:
    """Every measure of the catalogue, by file name; raises CatalogError."""
    measures = tuple(_read(path) for path in sorted(folder.glob("*.yml")))
    _must_be_unique("measure", [measure.id for measure in measures])
    _must_be_unique(
        "metric", [f"{metric.name} in {metric.mart}" for one in measures for metric in one.metrics]
    )
    _must_be_unique("published cell", ["/".join(value.cell) for one in measures for value in one.published])
    for measure in measures:
        _must_know_its_metrics(measures, measure)
    return measures


def metrics() -> tuple[Metric, ...]:
    """Every metric of every measure; a name stands once per mart."""
    return tuple(metric for measure in load_measures() for metric in measure.metrics)


def primary_metrics() -> tuple[PrimaryTest, ...]:
    """The declared primary tests, in the order of the catalogue."""
    return tuple(test for metric in metrics() for test in metric.primary)


def compared_metrics() -> frozenset[str]:
    """Names of the metrics that a published value stands beside."""
    return frozenset(value.metric_name for measure in load_measures() for value in measure.published)


def metric_description(name: str) -> str:
    """Numerator, denominator and exclusions of a metric, what is counted before what is estimated of it, and
    what null means; raises KeyError.
    """
    for metric in sorted(metrics(), key=lambda each: each.kind == "estimate"):
        if metric.name == name:
            return described(metric)
    raise KeyError(f"no measure of {CATALOG.name}/ has a metric {name}")


def described(metric: Metric) -> str:
    """One sentence on a metric: what is counted, over what, without whom."""
    among = "among" if metric.kind == "estimate" else "divided by"
    over = f", {among} {metric.denominator}" if metric.denominator else ""
    without = f", leaving out {metric.exclusions}" if metric.exclusions else ""
    text = f"{metric.numerator}{over}{without}. Null where suppressed, withheld or without observations."
    return text[0].upper() + text[1:]


def metric_of(measure: Measure, value: PublishedValue, *, folder: Path = CATALOG) -> Metric | None:
    """The metric that a published value of a measure stands beside; None where it has none."""
    found = _owner_of(load_measures(folder), measure, value)
    return None if found is None else found[1]


def owner_of(measure: Measure, value: PublishedValue) -> tuple[Measure, Metric] | None:
    """The measure and its metric that a published value stands beside; None where it has none."""
    return _owner_of(load_measures(), measure, value)


def needs_of_value(measure: Measure, value: PublishedValue) -> tuple[str, ...]:
    """Classifiers that one's own figure of a published cell rests on, each once."""
    found = owner_of(measure, value)
    own = measure.needs if found is None else found[0].needs_of(found[1])
    of_population = POPULATION_NEEDS.get(value.population or "", ())
    return tuple(dict.fromkeys((*own, *of_population, *SEGMENT_NEEDS.get(value.segment_name, ()))))


def needs_claude(measure: Measure, value: PublishedValue) -> bool:
    """Whether labels by rules can have no figure beside a published value."""
    found = _owner_of(load_measures(), measure, value)
    by_rules = set(measure.needs) <= BY_RULES if found is None else is_by_rules(*found)
    is_cut_by_rules = set(SEGMENT_NEEDS.get(value.segment_name, ())) <= BY_RULES
    return not (by_rules and is_cut_by_rules and value.segment_name not in CIRCULAR_SEGMENTS)


def is_by_rules(measure: Measure, metric: Metric) -> bool:
    """Whether a metric of a measure comes from transcripts and rules alone, without a key."""
    is_labelled_by_rules = set(measure.needs_of(metric)) <= BY_RULES and not metric.is_circular_by_rules
    return is_labelled_by_rules and not measure.is_asked_apart


def works_without_key(measure: Measure) -> bool:
    """Whether at least one figure of the measure comes from transcripts and rules alone."""
    cells = (value for value in measure.published if not needs_claude(measure, value))
    return any(is_by_rules(measure, metric) for metric in measure.metrics) or next(cells, None) is not None


def _owner_of(
    measures: tuple[Measure, ...], measure: Measure, value: PublishedValue
) -> tuple[Measure, Metric] | None:
    others = (one for one in measures if one.id in measure.metrics_of)
    for owner in (measure, *others):
        for metric in owner.metrics:
            is_asked = value.statistic in metric.statistics if value.statistic else not metric.statistics
            if metric.name == value.metric_name and is_asked:
                return owner, metric
    return None


def _read(path: Path) -> Measure:
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        measure = Measure.model_validate(found)
    except yaml.YAMLError as error:
        raise CatalogError(f"{path.name}: not YAML: {error}") from error
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, one['loc'])) or 'measure'}: {one['msg']}" for one in error.errors()]
        raise CatalogError(f"{path.name}: " + "; ".join(lines)) from error
    if path.stem != file_stem(measure.id):
        raise CatalogError(f"{path.name}: id: {measure.id} belongs in {file_stem(measure.id)}.yml")
    return measure


def _must_know_its_metrics(measures: tuple[Measure, ...], measure: Measure) -> None:
    file = f"{file_stem(measure.id)}.yml"
    unknown = sorted(set(measure.metrics_of) - {one.id for one in measures})
    if unknown:
        raise CatalogError(f"{file}: metrics_of: no measure " + ", ".join(unknown))
    for number, value in enumerate(measure.published):
        if measure.not_measured is None and _owner_of(measures, measure, value) is None:
            raise CatalogError(
                f"{file}: published.{number}.metric_name: {value.metric_name} "
                f"({value.statistic or 'no statistic'}) is no metric of this measure or of its metrics_of"
            )


def file_stem(measure_id: str) -> str:
    """C1 stands in C01.yml, so that files sort as measures count; other ids are their file's name."""
    letter, number = measure_id[:1], measure_id[1:]
    return f"{letter}{int(number):02d}" if letter in "ABC" and number.isdigit() else measure_id


def _must_be_unique(what: str, names: list[str]) -> None:
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise CatalogError(f"{what} defined twice: " + ", ".join(repeated))
