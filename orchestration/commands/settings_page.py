"""What each setting is about, may be, and is by default: for `settings --explain` and docs/settings.md.

Belongs here: the groups, and wording of types and defaults. Not here: the settings and their meanings
(settings), values of a home (printing). `python -m orchestration.commands.settings_page` writes the page;
a test fails where it is another.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from orchestration.home_record import REMEMBERED
from orchestration.settings import CHECKOUT, Settings

PAGE_FILE = Path(CHECKOUT) / "docs" / "settings.md"

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "What is read, and where it goes": ("home", "transcripts", "telemetry", "start_date", "time_zone"),
        "Privacy": ("mode", "min_users", "min_sessions"),
        "Who and what": ("users", "projects", "domains_file"),
        "Claude: money": ("budget_usd", "month_budget_usd"),
        "Claude: what is asked": (
            "label_classifiers", "label_quiet_hours", "label_replicate_share", "label_study_c_share",
            "call_sample_share", "call_sample_shares", "cluster_reason_share", "cluster_action_share",
            "postings_file",
        ),
        "Claude: how it is asked": (
            "label_client", "label_model", "label_effort", "label_max_prompt_tokens",
            "label_max_output_tokens", "label_concurrency", "label_requests_per_minute", "label_batch_above",
            "label_batch_hit_share",
        ),
        "Claude: duels and reviews of changes": (
            "duel_share", "duel_proposer_model", "duel_judge_model", "change_review_share",
            "change_reviewer_model",
        ),
        "Your organisation's repositories and tables": (
            "repositories", "pull_requests", "pull_request_mapping", "incidents", "survey_answers", "wages",
        ),
        "Clusters": ("cluster_min_users", "cluster_min_items"),
        "Logs of API traffic": ("api_mapping", "api_linking"),
        "Parsing and gates": (
            "text_cut_bytes", "closing_lag_hours", "max_set_aside_share", "min_set_aside_sessions",
            "debounce_seconds",
        ),
        "The machine": ("workers", "memory_gb", "min_free_gb", "releases_kept"),
        "Dagster": (
            "release_stale_days", "runs_kept_days", "failure_command", "failure_webhook", "dagster_file",
        ),
        "More than one machine": ("store", "reads_store"),
        "Facts on Spark": (
            "facts_engine", "spark_host", "spark_port", "spark_user", "spark_tls", "spark_schema",
            "spark_folder",
        ),
    }
)  # fmt: skip
"""Every setting once, in the order in which people come to them."""

_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a text",
    SecretStr: "a text",
    Path: "a path",
}
_WHERE_IT_IS_LOOKED_UP = {
    "home": "`data` in the checkout, or in the current folder where there is no checkout",
    "transcripts": "the folders in which the known agents leave them",
    "spark_folder": "`warehouse/spark` in the home",
}
"""Defaults that depend on the machine, in words."""


def meaning_of(name: str) -> str:
    """What a setting means."""
    return str(Settings.model_fields[name].description)


def kind_of(name: str) -> str:
    """What a setting may be, in words."""
    field = Settings.model_fields[name]
    if name == "start_date":
        return "a date such as 2025-02-24"
    kind = _kind(field.annotation)
    least = next((each.ge for each in field.metadata if hasattr(each, "ge")), None)
    most = next((each.le for each in field.metadata if hasattr(each, "le")), None)
    if most is not None:
        return f"{kind} from {least} to {most}"
    return kind if least is None else f"{kind}, {least} or more"


def default_of(name: str) -> str:
    """What holds where nothing sets it, in words."""
    if name in _WHERE_IT_IS_LOOKED_UP:
        return _WHERE_IT_IS_LOOKED_UP[name]
    field = Settings.model_fields[name]
    if field.default is PydanticUndefined or field.default in (None, ()):
        return "nothing"
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def _kind(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0])
    if origin is Literal:
        return f"one of {', '.join(arguments)}"
    if origin is UnionType:
        return next(_kind(each) for each in arguments if each is not NoneType)
    if origin is tuple:
        return "a list"
    if origin is dict:
        return (
            "a map from names to shares" if float in get_args(arguments[1]) else "a map from names to names"
        )
    return _WORDS.get(annotation, "a number")


_HEAD = """\
# Settings

Written from the settings by `python -m orchestration.commands.settings_page`.

`sessionmart settings --explain` shows all this with your own values, and where each comes from. A value comes
from the command line. Without it there, the environment variable of the same name decides, for example
`SESSIONMART_MIN_USERS`; then the file `sessionmart.toml` in the checkout, or in the current folder if there
is no checkout (`SESSIONMART_CONFIG` names another file); then the default. In the environment, lists of
folders are separated by `:`, and maps are written as JSON.

A data home keeps the settings marked *kept*: its first run writes them into `home.toml`, and a later run that
says something else is refused. `sessionmart settings --set mode=personal` changes one.
"""


def settings_page() -> str:
    """The text of docs/settings.md."""
    parts = [_HEAD]
    for group, names in GROUPS.items():
        parts.append(f"## {group}\n\n| setting | means | may be | by default |\n|---|---|---|---|")
        parts += [_row(name) for name in names]
        parts.append("")
    return "\n".join(parts)


def _row(name: str) -> str:
    kept = " (*kept*)" if name in REMEMBERED else ""
    meaning = meaning_of(name).replace("|", "\\|")
    return f"| `{name}`{kept} | {meaning} | {kind_of(name)} | {default_of(name)} |"


def main() -> None:
    """Write the page."""
    PAGE_FILE.write_text(settings_page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE_FILE.name} written\n")


if __name__ == "__main__":
    main()
