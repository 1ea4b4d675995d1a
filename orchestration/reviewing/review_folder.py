"""The folder that reviewers get: a form, a codebook, transcripts as text, a manifest.

No label of a labeller is in it, nor how likely a session was to be drawn: strata would tell what was
labelled. Transcripts are what the labellers read, redacted a second time, as plain text that nothing
executes. Readable by the owner alone.
"""

import csv
import io
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from classifiers.classifier import Classifier
from classifiers.reviews.reviewable import codebook
from classifiers.subject.subject import Subject, fenced
from orchestration.reviewing.review_records import Sample

FORM = "sample.csv"
CODEBOOK = "codebook.md"
MANIFEST = "manifest.json"
TRANSCRIPTS = "transcripts"

FORM_COLUMNS = ("review_id", "unit_id", "classifier", "transcript", "answer", "reviewer", "note")


@dataclass(frozen=True)
class Transcript:
    """One unit as reviewers see it, by rendering."""

    review_id: str
    unit_id: str
    subjects: Mapping[str, Subject] = field(repr=False)


def write_folder(
    folder: Path,
    sample: Sample,
    asked: Sequence[Classifier],
    transcripts: Sequence[Transcript],
    *,
    stratified_by: str | None,
) -> None:
    """Write everything; a form that is there already stays, because it may be filled in."""
    for made in (folder, folder / TRANSCRIPTS):
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in transcripts:
        for rendering, subject in each.subjects.items():
            write_private(folder / transcript_name(each.review_id, rendering), fenced(subject.records))
    write_private(folder / CODEBOOK, "# Codebook\n\n" + "\n".join(map(codebook, asked)))
    manifest = {
        "sample_id": sample.sample_id,
        "drawn_at": sample.drawn_at,
        "seed": sample.seed,
        "frame_labeller": sample.labeller,
        "frame_size": sample.frame_size,
        "frame_until": sample.frame_until,
        "stratified_by": stratified_by,
        "unit_count": len(transcripts),
        "fingerprints": sample.fingerprints,
    }
    write_private(folder / MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode())
    if not (folder / FORM).exists():
        write_private(folder / FORM, _form(asked, transcripts))


def transcript_name(review_id: str, rendering: str) -> str:
    """A transcript's file, relative to the folder."""
    return f"{TRANSCRIPTS}/{review_id}.{rendering}.txt"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


def forget_reviews(folder: Path, reviews: Mapping[str, str], reviewer_cells: Collection[str]) -> None:
    """Take sessions out of a folder: their transcripts, their lines of the form, and files that name them.

    `reviews`: review id → session id. `reviewer_cells` are spellings of a reviewer that become empty.
    """
    for review_id in reviews:
        for path in (folder / TRANSCRIPTS).glob(f"{review_id}.*"):
            path.unlink()
    form = folder / FORM
    if form.exists():
        with form.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or FORM_COLUMNS)
            rows = [row for row in reader if row.get("review_id") not in reviews]
        for row in rows:
            if (row.get("reviewer") or "").strip().casefold() in reviewer_cells:
                row["reviewer"] = ""
        write_private(form, _csv(columns, rows))
    marks = [text.encode() for pair in reviews.items() for text in pair]
    for path in folder.rglob("*"):
        if path.is_file() and path != form and any(mark in path.read_bytes() for mark in marks):
            path.unlink()


def _form(asked: Sequence[Classifier], transcripts: Sequence[Transcript]) -> str:
    """One line per unit and classifier, in the drawn order; answer, reviewer and note are to be filled."""
    rows = [
        {
            "review_id": each.review_id,
            "unit_id": each.unit_id,
            "classifier": classifier.name,
            "transcript": transcript_name(each.review_id, classifier.rendering),
        }
        for each in transcripts
        for classifier in asked
    ]
    return _csv(list(FORM_COLUMNS), rows)


def _csv(columns: list[str], rows: Sequence[Mapping[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
