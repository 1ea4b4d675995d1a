"""The parts of the page as the template reads them: a figure with its table, a card, a section.

Belongs here: rows in words, alternatives, what is said where nothing is shown. Not here: which figures there
are (first_screen, sections), the page around them (page).
"""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from orchestration.report import words
from orchestration.report.cells import Cell
from orchestration.report.drawing import drawn
from orchestration.report.figures import ANY, DIGITS, EVERYBODY, Choice, Figure, Row
from orchestration.report.first_screen import ShownCard
from orchestration.report.sections import Entry, Section
from orchestration.report.specs import scale_of

NUMBERS = (
    "x", "estimate", "low", "high", "published", "published_low", "published_high", "x_low", "x_high",
    "published_x",
)  # fmt: skip
"""What a row of a table holds for its drawing, in this order."""

CARD_WIDTH, CARD_WIDTH_UNLABELLED = 150, 260
"""Pixels of a drawing in a card, without its labels, and of one that has none."""

MOST_SAID = 3
"""Rows that the alternative text of a drawing reads out; the table has them all."""

MOST_FINGERPRINTS = 3


@dataclass(frozen=True)
class TableRow:
    """One row of a figure's table: its label and `cells`, those that are empty at its end left out.

    `numbers` and `parts`: what the browser draws it from; `is_baseline`: of a card, which gives it no number.
    """

    key: int
    numbers: str
    parts: str
    is_baseline: bool
    label: str
    cells: tuple[str, ...]


def figure_block(figure: Figure, heading: str, *, width: int | None = None) -> dict[str, Any]:
    """A figure as the template reads it; `heading`: what stands above it on the page."""
    first = figure.first
    rows = figure.drawn_rows()
    listed = figure.listed
    choices = {choice: number for number, choice in enumerate(dict.fromkeys(row.choice for row in listed))}
    fingerprints = {(row.cell.fingerprint or "")[:12] for row in figure.rows} - {""}
    return {
        "id": figure.id,
        "spec": f"{figure.kind}-{scale_of(figure.unit)}",
        "unit": figure.unit,
        "axes": "|".join(figure.axes),
        "caption": figure.title if figure.title != heading else "",
        "variants": "\n".join(choice.key for choice in choices),
        "first_key": "" if first is None or first not in choices else choices[first],
        "chosen": "" if first is None else _chosen(first, figure),
        "svg": _drawing(figure, rows, width),
        "is_labelled": figure.is_labelled,
        "is_drawn": figure.is_drawn,
        "alternative": f"{heading}. {_said(figure, rows)}",
        "alternative_title": " ".join(part for part in (heading, figure.title) if part),
        "row_count": len(listed),
        "hidden_count": sum(not (row.cell.is_shown or row.is_of_study) for row in figure.rows),
        "left_out": sum(row.cell.is_shown for row in figure.rows) - sum(row.cell.is_shown for row in listed),
        "table": [_table_row(row, figure, choices[row.choice]) for row in listed],
        "counted": words.counted_by({row.cell.table for row in figure.rows}),
        "sources": ", ".join(sorted({f"metrics.{row.cell.table}" for row in figure.rows})),
        "fingerprints": ", ".join(sorted(fingerprints)[:MOST_FINGERPRINTS]),
    }


def _drawing(figure: Figure, rows: list[dict[str, Any]], width: int | None) -> Markup:
    if not figure.is_drawn or (figure.is_folded and rows):
        return Markup()
    if not rows:
        return Markup('<p class="nothing">{}</p>').format(_why_nothing(figure))
    if not figure.is_labelled:
        rows = [row | {"label": ""} for row in rows]
    # Vega escapes what it writes.
    return Markup(drawn(figure.kind, figure.unit, rows, width=width, axes=figure.axes))  # noqa: S704


def _said(figure: Figure, rows: list[dict[str, Any]]) -> str:
    """The drawing in words."""
    if not rows:
        return "See the numbers and the table." if not figure.is_drawn else _why_nothing(figure)
    more = "; and more in the table" if len(rows) > MOST_SAID else ""
    return "; ".join(row["said"] for row in rows[:MOST_SAID]) + more


def _has_rows(figure: Figure) -> bool:
    return bool(figure.listed)


def _chosen(choice: Choice, figure: Figure) -> str:
    cell = next(row.cell for row in figure.rows if row.choice == choice)
    when = "every period" if choice.period == ANY else words.period_name(cell.period_kind, cell.period_start)
    part = "" if choice.part == EVERYBODY else choice.part
    return " · ".join(text for text in (words.agent_name(choice.agent), when, part) if text)


def _why_nothing(figure: Figure) -> str:
    own = (row.cell for row in figure.rows if not row.is_of_study)
    reasons = sorted({str(cell.hidden) for cell in own if cell.hidden})
    return words.why_hidden(reasons[0] if reasons else None)


def _table_row(row: Row, figure: Figure, key: int) -> TableRow:
    cell, drawing = row.cell, row.drawn(figure.unit)
    cells = [
        _when(row, figure),
        row.value_text(figure.unit),
        row.interval_text(figure.unit),
        "" if cell.n_sessions is None else f"{cell.n_sessions:,}",
        "" if cell.n_users is None else f"{cell.n_users:,}",
        "" if cell.unknown_share is None else f"{100 * cell.unknown_share:.1f} %",
        cell.published_text or "",
        words.GRADES.get(cell.grade or "", ""),
    ]
    while not cells[-1]:
        cells.pop()
    return TableRow(
        key=key,
        numbers=",".join(_number(drawing[name], name) for name in NUMBERS).rstrip(","),
        parts=row.parts,
        is_baseline=cell.is_baseline and figure.is_of_card,
        label=row.label,
        cells=tuple(cells),
    )


def _number(number: float | None, name: str) -> str:
    """A number as the browser reads it; the place of a month is in milliseconds."""
    return (
        "" if number is None else f"{number:.0f}" if name == "x" and number > 1e9 else f"{number:.{DIGITS}g}"
    )


def _when(row: Row, figure: Figure) -> str:
    if figure.kind == "curve":
        return f"{row.cell.value_of_segment} earlier sessions"
    return words.period_name(row.cell.period_kind, row.cell.period_start)


def card_block(shown: ShownCard) -> dict[str, Any]:
    return {
        "id": shown.card.id, "title": shown.card.title,
        "figures": [
            {
                **figure_block(
                    figure,
                    shown.card.title,
                    width=CARD_WIDTH if figure.is_labelled else CARD_WIDTH_UNLABELLED,
                ),
                "numbers": _big_numbers(figure),
                "has_rows": _has_rows(figure),
            }
            for figure in shown.figures
        ],
        "changes": shown.changes, "means": shown.card.means, "cannot": shown.card.cannot,
    }  # fmt: skip


def _big_numbers(figure: Figure) -> list[dict[str, str]]:
    if figure.first is None:
        return [{"value": "—", "label": "", "detail": _why_nothing(figure)}]
    return [_big_number(row, figure) for row in figure.chosen(figure.first)]


def _big_number(row: Row, figure: Figure) -> dict[str, str]:
    """A card's number; labels that are only a baseline give none, as in the headlines of the terminal."""
    cell = row.cell
    if cell.estimate is None:
        return {"value": "—", "label": row.label, "detail": words.why_hidden(cell.hidden)}
    if cell.is_baseline:
        return {"value": "—", "label": row.label, "detail": words.BASELINE}
    between = words.interval(cell.low, cell.high, figure.unit)
    detail = [f"95 % interval {between}" if between else "", _of_whom(cell)]
    if cell.published_text:
        detail.append(f"published: {cell.published_text}")
    return {
        "value": words.value(cell.estimate, figure.unit),
        "label": row.label,
        "detail": " · ".join(text for text in detail if text),
    }


def _of_whom(cell: Cell) -> str:
    if cell.n_sessions is None or cell.n_users is None:
        return ""
    return f"{words.counted(cell.n_sessions, cell.table)}, {words.people(cell.n_users)}"


def section_block(section: Section) -> dict[str, Any]:
    return {
        "id": section.id, "title": section.title, "entries": [_entry(entry) for entry in section.entries],
        "absent": section.absent,
    }  # fmt: skip


def _entry(entry: Entry) -> dict[str, Any]:
    measure = entry.measure
    shown = [
        (figure_block(figure, measure.question or measure.name), figure)
        for figure in entry.figures
        if _has_rows(figure)
    ]
    return {
        "id": entry.id,
        "question": measure.question or measure.name,
        "answer": entry.answer,
        "definition": measure.definition,
        "caveat": measure.caveat,
        "figures": [block for block, figure in shown if not figure.is_folded],
        "folded": [block for block, figure in shown if figure.is_folded],
        "not_shown": _not_shown(entry),
        "published": "; ".join(entry.published),
    }


def _not_shown(entry: Entry) -> list[str]:
    """What was computed of a measure and has no row to show, by why."""
    by_reason: dict[str, list[str]] = {}
    for figure in entry.figures:
        if not _has_rows(figure):
            by_reason.setdefault(_why_nothing(figure), []).append(figure.title or entry.measure.name.lower())
    return [f"{', '.join(titles)}: {reason}" for reason, titles in by_reason.items()]
