"""Closed vocabularies of the catalog as the dbt seed `label_vocabulary`; `python -m classifiers.vocabulary`.

Belongs here: reading labels and meanings from the answer models, which are their one home. Not here: any
label or meaning. An agreement test fails where the seed is not what this module makes.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from classifiers.answers.answer import RISING
from classifiers.catalog import CATALOG
from classifiers.classifier import Classifier

OPT_OUT = "not_inferable"
SEED_FILE = Path(__file__).parent.parent / "dbt_project" / "seeds" / "label_vocabulary.csv"


class VocabularyRow(NamedTuple):
    """One row per label of a column: `field` is the column, `label_order` the label's place in it, from 1.

    `level` is the place on a rising scale, opt-out apart, or the label itself where it is a number; null
    where the labels are of no order.
    """

    classifier: str
    field: str
    label: str
    label_order: int
    level: int | None
    meaning: str


def closed_fields(model: type[BaseModel]) -> dict[str, tuple[Any, ...]]:
    """Scalar fields of an answer or of an element of its list that have a closed vocabulary."""
    found = {name: _labels(field.annotation) for name, field in model.model_fields.items()}
    return {name: labels for name, labels in found.items() if labels}


def element_model(classifier: Classifier) -> type[BaseModel] | None:
    """The model of one element of the answer's list; None where the answer is scalar."""
    if classifier.list_field is None:
        return None
    (element,) = get_args(classifier.answer_type.model_fields[classifier.list_field].annotation)
    return element if isinstance(element, type) and issubclass(element, BaseModel) else None


def vocabulary(catalog: Iterable[Classifier] = CATALOG) -> Iterator[VocabularyRow]:
    """Every label of every closed column, in the order of the catalog, the fields and the labels."""
    for classifier in catalog:
        element = element_model(classifier)
        models = [classifier.answer_type, *([] if element is None else [element])]
        meanings = _meanings(models)
        for model in models:
            for field, labels in closed_fields(model).items():
                is_rising = _is_rising(model, field)
                for number, value in enumerate(labels, start=1):
                    label = str(value)
                    place = value if isinstance(value, int) else number
                    level = place if is_rising and label != OPT_OUT else None
                    meaning = meanings.get((field, label)) or _of_any_field(meanings, label)
                    yield VocabularyRow(classifier.name, field, label, number, level, meaning)


def vocabulary_csv(catalog: Iterable[Classifier] = CATALOG) -> str:
    """The seed's text."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(VocabularyRow._fields)
    writer.writerows(vocabulary(catalog))
    return file.getvalue()


def _is_rising(model: type[BaseModel], field: str) -> bool:
    """Whether the answer model says that the labels stand in rising order (the opt-out is the last)."""
    extra = model.model_fields[field].json_schema_extra
    return isinstance(extra, dict) and bool(RISING.items() <= extra.items())


def _labels(annotation: Any) -> tuple[Any, ...]:
    """Values of a Literal, None left out; empty where the annotation is no Literal."""
    members = [member for member in get_args(annotation) if member is not NoneType]
    if get_origin(annotation) is Literal:
        return tuple(member for member in members if member is not None)
    return _labels(members[0]) if len(members) == 1 and NoneType in get_args(annotation) else ()


def _meanings(models: Iterable[type[BaseModel]]) -> dict[tuple[str, str], str]:
    """(field, label) → meaning, from the lines that `with_meanings` wrote into the description."""
    found: dict[tuple[str, str], str] = {}
    for model in models:
        for name, labels in closed_fields(model).items():
            lines = (model.model_fields[name].description or "").splitlines()
            for label in map(str, labels):
                mark = f"- {label}: "
                told = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
                if told:
                    found[name, label] = told[0]
    return found


def _of_any_field(meanings: Mapping[tuple[str, str], str], label: str) -> str:
    """The meaning that another field of the classifier gives the label: forced fields share theirs."""
    for (_, known), meaning in meanings.items():
        if known == label:
            return meaning
    raise ValueError(f"label {label!r} has no meaning: write it with with_meanings in the labels.py")


if __name__ == "__main__":
    SEED_FILE.write_text(vocabulary_csv(), encoding="utf-8")
