"""Writes the page: one file with its drawings, tables, library and styles, which asks no host for anything.

Belongs here: what surrounds the figures, the content policy, the file. Not here: which figures there are
(first_screen, sections), a figure with its table (blocks), drawings (drawing).
"""

import base64
import gzip
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.report import PAGE, REPORT, words
from orchestration.report.blocks import card_block, section_block
from orchestration.report.cells import Cell, is_sessions, read_cells, shown_cells
from orchestration.report.drawing import STATIC, as_json, compiled, library
from orchestration.report.figures import EVERYBODY, Figure, period_place
from orchestration.report.first_screen import agents, first_screen
from orchestration.report.projects import project_names, with_project_names
from orchestration.report.sections import sections
from orchestration.report.specs import scale_of

OF_SEVERAL = "and the line through it its 95 % interval, clustered by person"
OF_ONE = "with a line through it where there is a 95 % interval: most figures of one person have none"
LEGEND = (
    "A point is your value, {interval}. An orange mark, bar or dashed line is the published value. A hollow "
    "point is a baseline by rules: it shows what labels would look like, and it is no estimate. The choices "
    "above change every figure that has such rows; each figure says what it shows."
)

FOR_TEAM = "Nobody is ranked, and this file holds no figure that counts fewer people than the minimum."
FOR_ONE = (
    "This file shows one person's own work, hides nothing and names projects: read it before you pass it on."
)


def write_report(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write the report of a release from its `metrics.duckdb`; returns the page. `folder`: the release."""
    page = folder / REPORT / PAGE
    page.parent.mkdir()
    page.write_text(render(released_cells(folder, manifest), manifest), encoding="utf-8")
    return page


def released_cells(folder: Path, manifest: Mapping[str, Any]) -> list[Cell]:
    """The figures of a release; one person's own projects by the names that only `marts.duckdb` has."""
    cells = shown_cells(read_cells(folder / "metrics.duckdb"))
    if not _is_personal(manifest):
        return cells
    return with_project_names(cells, project_names(folder / "marts.duckdb"))


def _is_personal(manifest: Mapping[str, Any]) -> bool:
    return bool(manifest["settings"]["mode"] == "personal")


def render(cells: Sequence[Cell], manifest: Mapping[str, Any]) -> str:
    """The page as text."""
    order, is_personal = agents(cells), _is_personal(manifest)
    ordered = sorted(cells, key=lambda cell: order.index(cell.agent))
    cards = first_screen(ordered, is_personal=is_personal)
    parts = sections(cells, order, is_personal=is_personal)
    figures = [figure for shown in cards for figure in shown.figures]
    figures += [figure for section in parts for entry in section.entries for figure in entry.figures]
    kinds = sorted(
        {(figure.kind, scale_of(figure.unit)) for figure in figures if figure.first and figure.is_drawn}
    )
    specs = as_json({f"{kind}-{scale}": compiled(kind, scale) for kind, scale in kinds})
    script = (STATIC / "page.js").read_text(encoding="utf-8")
    style = (STATIC / "page.css").read_text(encoding="utf-8")
    made = library()
    template = Environment(
        loader=FileSystemLoader(STATIC), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("page.html.j2")
    return template.render(
        title=f"How {'I' if is_personal else 'we'} work with coding agents",
        about=_about(cells, manifest),
        notes=_notes(cells, manifest),
        policy=_policy(made, script),
        # Files of ours and of Vega, and JSON that closes no script element: none holds a reader's text.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        library=packed(made),
        specs=packed(specs),
        legend=LEGEND.format(interval=OF_ONE if is_personal else OF_SEVERAL),
        baseline=words.BASELINE,
        choices=_choices(figures, order),
        cards=[card_block(shown) for shown in cards],
        sections=[section_block(section) for section in parts],
        state=_state(cells, manifest),
        footer=(
            f"Release {manifest['release_id']}. Every figure is a row of metrics.duckdb, in the folder above "
            f"this page; docs/metrics.md defines each. {FOR_ONE if is_personal else FOR_TEAM}"
        ),
    )


def packed(text: str) -> str:
    """A text in letters that a page can hold, a third as long; `page.js` unpacks it. The same each time."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _policy(*scripts: str) -> str:
    """Nothing is loaded from anywhere, and only the scripts of this page run; none may use `eval`."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    rules = ("default-src 'none'", f"script-src {hashes}", "style-src 'unsafe-inline'", "base-uri 'none'")
    return "; ".join((*rules, "form-action 'none'"))


def _about(cells: Sequence[Cell], manifest: Mapping[str, Any]) -> str:
    settings = manifest["settings"]
    sessions = [
        f"{words.compact(cell.estimate or 0)} sessions of {words.agent_name(cell.agent)}"
        for cell in cells
        if is_sessions(cell) and cell.is_shown
    ]
    whom = (
        f"Made for a team: a figure counts at least {settings['min_users']} people and "
        f"{settings['min_sessions']} sessions"
        if settings["mode"] == "team"
        else "Made for one person: nothing is hidden for privacy, projects have their names, and trends "
        "are by week"
    )
    counted = "; ".join(sessions) or "The number of sessions is hidden"
    return f"{counted}. Made on {manifest['created_at'][:10]}. {whom}."


def _notes(cells: Sequence[Cell], manifest: Mapping[str, Any]) -> list[str]:
    """What a reader must know before any figure."""
    found = []
    if manifest["settings"]["is_demo"]:
        found.append(
            "This is a demo: people, sessions and labels are made up, and its figures measure nothing."
        )
    if manifest["gates"]["held_dates"]:
        found.append(
            "A gate holds back the newest state of "
            f"{len(manifest['gates']['held_dates'])} date(s); their last good state is shown."
        )
    labellers = {cell.labeller for cell in cells if cell.labeller}
    if labellers == {"rules"}:
        found.append(
            "Sessions are labelled by rules alone. Their figures are a baseline: review a sample "
            "(make sample-for-review) or have Claude label (make quote) to get estimates."
        )
    return found


def _choices(figures: Iterable[Figure], order: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """What a reader can choose: agents, periods and parts of which some figure is shown."""
    shown = [
        row for figure in figures if figure.kind == "intervals" for row in figure.rows if row.cell.is_shown
    ]
    periods = {row.choice.period: row.cell for row in shown}
    parts = sorted({row.choice.part for row in shown} - {EVERYBODY})
    return {
        "agents": [(agent, words.agent_name(agent)) for agent in order],
        "periods": [
            (key, words.period_name(cell.period_kind, cell.period_start))
            for key, cell in sorted(periods.items(), key=lambda item: period_place(item[1]))
            if cell.period_kind != "window"
        ],
        "parts": [(EVERYBODY, "all work"), *((part, part) for part in parts)],
    }


def _state(cells: Sequence[Cell], manifest: Mapping[str, Any]) -> list[str]:
    gates = manifest["gates"]
    hidden = sum(1 for cell in cells if cell.is_private)
    withheld = sum(1 for cell in cells if cell.hidden and not cell.is_private)
    return [
        f"{gates['rules_judged']:,} rules of the gates were judged; none stopped this release.",
        *(f"Warning: {warning}" for warning in gates["warnings"]),
        *(f"Held back: {day}" for day in gates["held_dates"]),
        *_set_aside(manifest),
        f"{len(cells):,} figures are published. Of these, {hidden:,} are hidden for privacy and {withheld:,} "
        "are withheld, because they are too imprecise or rest on labels that are not good enough.",
    ]


def _set_aside(manifest: Mapping[str, Any]) -> list[str]:
    """What was read and is in no figure; small numbers are not told."""
    if not manifest["set_aside"]:
        return ["Nothing was set aside: every line and session that was read is in the figures."]
    least = manifest["settings"]["min_sessions"]
    return [
        f"Set aside: {f'fewer than {least}' if count is None else f'{count:,}'} {what}. "
        "`sessionmart dates` and marts.fct_set_aside say which and why."
        for what, count in manifest["set_aside"].items()
    ]
