"""Every setting, typed, once: the file `sessionmart.toml`, then `SESSIONMART_…` variables.

Only this module reads the environment. Nothing is read at import: call `load_settings()`.
"""

import json
import os
import re
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError as UnreadableSetting

CHECKOUT = Path(__file__).resolve().parent.parent
"""The folder of packages, dbt project and questions: a checkout, or that of an installed wheel (ADR 0057)."""

IS_CHECKOUT = (CHECKOUT / "Makefile").is_file()


_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""How an address such as s3://bucket begins; `Path` leaves one of its slashes. Drives have one letter."""

_STORE_ADDRESS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9][A-Za-z0-9._=-]*)*")


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the field and says what to do."""


def own_folder() -> Path:
    """Where data homes and the settings file are that nothing names: the checkout, or the current folder."""
    if IS_CHECKOUT:
        return CHECKOUT
    try:
        return Path.cwd()
    except OSError:
        raise SettingsError("The folder you are in was removed. Go to another one.") from None


def usual_places() -> tuple[str, ...]:
    """Where the agents of all sources leave their transcripts."""
    from orchestration.ingest.sources import SOURCES  # the parsers, which `--help` does not need

    return tuple(dict.fromkeys(place for source in SOURCES.values() for place in source.usual_places))


class Settings(BaseSettings):
    """The settings of one data home. Paths are made absolute; `~` is expanded."""

    model_config = SettingsConfigDict(
        env_prefix="SESSIONMART_", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    home: Path = Field(
        default_factory=lambda: own_folder() / "data",
        description="Data home: archive, lake, warehouse, releases.",
    )
    transcripts: Annotated[tuple[str, ...], NoDecode] = Field(
        default_factory=usual_places,
        description="Folders or globs that hold transcripts; in the environment ':' separates several. "
        "By default, the folders in which the known agents leave them.",
    )
    telemetry: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Folders or globs that hold OpenTelemetry files of the agents (OTLP/JSON, as a "
        "collector's file exporter writes them); they record who approved a call and how long it waited.",
    )
    repositories: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Git repositories whose commits are read: folders or globs of clones and bare mirrors; "
        "in the environment ':' separates several. Without any, there is no commit of a repository.",
    )
    api_mapping: Path | None = Field(
        default=None,
        description="Mapping file (TOML) that says where your gateway's logs hold what docs/api-traffic.md "
        "names; LiteLLM's and Langfuse's exports are known without one.",
    )
    api_linking: bool = Field(
        default=False,
        description="Whether requests in logs of API traffic that continue each other become one session; "
        "otherwise every request is a unit of its own.",
    )
    pull_requests: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Folders or globs that hold your table of pull requests (JSON Lines, or exports of "
        "GitHub's API: docs/organisation-tables.md).",
    )
    pull_request_mapping: Path | None = Field(
        default=None,
        description="Mapping file (TOML) that says where your forge's export holds what "
        "docs/organisation-tables.md names; GitHub's REST and GraphQL exports are known without one.",
    )
    survey_answers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Folders or globs that hold anonymous answers to the survey of docs/survey.md "
        "(JSON Lines).",
    )
    incidents: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Folders or globs that hold your table of incidents (JSON Lines)."
    )
    wages: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Folders or globs that hold hourly wages by occupation group (JSON Lines), with which "
        "estimated hours are valued; without them no hours are.",
    )
    start_date: date = Field(
        default=date(2025, 2, 24),
        description="First partition; records before it are set aside as implausible_time. "
        "The default is the day Claude Code was first released.",
    )
    time_zone: str = Field(
        default="UTC", description="Time zone that decides where days, weeks and months begin."
    )
    mode: Literal["team", "personal"] = Field(
        default="team",
        description="team: cells below min_users or min_sessions are suppressed. "
        "personal: one user's own data; nothing is suppressed.",
    )
    min_users: int = Field(default=5, ge=2, description="Fewest users that a published cell may have.")
    min_sessions: int = Field(default=15, ge=2, description="Fewest sessions that a published cell may have.")
    cluster_min_users: int = Field(
        default=10,
        ge=2,
        description="Fewest users that a cluster of tool calls or reasons may have; smaller ones are never "
        "named, sent or published.",
    )
    cluster_min_items: int = Field(
        default=30, ge=2, description="Fewest tool calls or reasons that a cluster may have."
    )
    cluster_reason_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of stops and interruptions whose reason Claude summarises for clusters; with 0 "
        "none is asked about.",
    )
    cluster_action_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of tool calls that Claude summarises for clusters; with 0 none is asked about, "
        "and clusters of calls come from recorded columns.",
    )
    duel_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the open-ended investigations in which Claude looks for moments of a next-step "
        "duel and carries it out; with 0 none is asked about.",
    )
    duel_proposer_model: str | None = Field(
        default=None,
        description="Model that proposes the next step of a duel; by default label_model.",
    )
    duel_judge_model: str | None = Field(
        default=None,
        description="Model that finds the moments of duels and judges them; by default label_model.",
    )
    change_review_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of the changes behind past bugs that Claude reviews in hindsight, with as many "
        "changes that are known for no bug; with 0 none is asked about.",
    )
    change_reviewer_model: str | None = Field(
        default=None,
        description="Model that reviews changes in hindsight; by default label_model.",
    )
    users: dict[str, str] = Field(
        default_factory=dict,
        description="Operator's map from home-folder or author name, or from the name or address of a "
        "commit's author, to a person; pseudonymised afterwards.",
    )
    projects: dict[str, str] = Field(
        default_factory=dict,
        description="Operator's map from a folder (with everything below it) or a repository "
        "(owner/name or its URL) to the name of a project, which is then shown.",
    )
    text_cut_bytes: int = Field(
        default=8192,
        ge=256,
        description="Number of bytes of a tool input or result that are kept (its head and tail).",
    )
    closing_lag_hours: int = Field(
        default=72,
        ge=1,
        description="A turn without an end is open while its session is younger than this many hours.",
    )
    max_set_aside_share: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Share of a date's sessions that may be set aside because something is wrong with them; "
        "above this share the date keeps its last good state and nothing is released.",
    )
    min_set_aside_sessions: int = Field(
        default=3,
        ge=1,
        description="A date with fewer sessions set aside than this is never stopped, whatever the share.",
    )
    workers: int = Field(default=2, ge=1, le=64, description="Number of processes that parse in parallel.")
    releases_kept: int = Field(default=3, ge=1, description="Number of releases that stay on disk.")
    debounce_seconds: int = Field(
        default=60,
        ge=0,
        description="Seconds for which a changed transcript must rest before a sensor takes it in.",
    )
    label_model: str = Field(
        default="claude-haiku-5-5", description="Model that answers the classifiers' questions."
    )
    label_effort: Literal["none", "low", "medium", "high", "xhigh", "max"] = Field(
        default="low",
        description="Effort of label_model, part of every fingerprint; none for models that take no effort.",
    )
    label_client: Literal["anthropic", "bedrock", "vertex"] = Field(
        default="anthropic",
        description="API through which Claude is reached; each uses its usual environment variables.",
    )
    label_max_prompt_tokens: int = Field(
        default=90_000,
        ge=2_000,
        description="Longest prompt in tokens, below the price step; longer sessions are observed in parts.",
    )
    label_max_output_tokens: int = Field(
        default=4_096, ge=256, description="Most tokens of an answer, including thinking; limits its price."
    )
    label_classifiers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Classifiers to ask, separated by ','; by default all of them."
    )
    label_quiet_hours: int = Field(
        default=72, ge=0, description="Hours without activity after which a session is labelled."
    )
    label_replicate_share: float = Field(
        default=0.05, ge=0, le=1, description="Share of units about which Claude is asked three times."
    )
    label_study_c_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="Share of sessions that are also read shortened as in study C's appendix.",
    )
    call_sample_share: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="Share of tool calls about which Claude is asked, drawn at random; with 0 none.",
    )
    call_sample_shares: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(
        default_factory=dict,
        description="The share of tool calls by kind of tool (shell, edit, mcp, …), or by kind of tool and "
        "surface (shell/headless), where it is not call_sample_share.",
    )
    domains_file: Path | None = Field(
        default=None,
        description="CSV file with the columns own_domain and domain, which maps your own domains of use to "
        "those of study A.",
    )
    label_concurrency: int = Field(
        default=4, ge=1, le=64, description="Number of requests under way at once."
    )
    label_requests_per_minute: int = Field(default=120, ge=1, description="Most requests per minute.")
    label_batch_above: int = Field(
        default=500, ge=0, description="A plan with more requests than this is submitted as batches."
    )
    label_batch_hit_share: float = Field(
        default=0.5, ge=0, le=1, description="Share of cache hits that quotes assume for batches."
    )
    postings_file: Path | None = Field(
        default=None, description="CSV file of real job postings against which task values are calibrated."
    )
    budget_usd: Decimal = Field(
        default=Decimal(0),
        ge=0,
        description="Dollars that a run may spend on labels; with 0 nothing is sent.",
    )
    month_budget_usd: Decimal | None = Field(
        default=None, ge=0, description="Dollars that may be spent on labels in a calendar month (UTC)."
    )
    release_stale_days: int = Field(
        default=7,
        ge=1,
        description="Days after which Dagster shows a release as out of date; after half of them it warns.",
    )
    runs_kept_days: int = Field(
        default=90,
        ge=1,
        description="Days for which Dagster keeps runs; those that made what is there now stay longer.",
    )
    failure_command: str | None = Field(
        default=None,
        description="Command that the daemon starts for each failed run; the variables FAILED_RUN_ID, "
        "FAILED_JOB, FAILED_HOME and FAILED_BECAUSE say what failed.",
    )
    failure_webhook: SecretStr | None = Field(
        default=None,
        description="Address to which the daemon posts each failed run, as JSON with the fields text, "
        "run_id, job, home and because.",
    )
    dagster_file: Path | None = Field(
        default=None,
        description="YAML file with sections of a dagster.yaml (storage, run_launcher, concurrency, …); they "
        "replace those that sessionmart writes.",
    )
    store: str | None = Field(
        default=None,
        description="Object store (s3://bucket/prefix) to which runs copy the lake and releases. Keys come "
        "from the environment alone (AWS_ACCESS_KEY_ID, …).",
    )
    reads_store: bool = Field(
        default=False, description="Whether dbt reads the lake's tables from the copy on the object store."
    )
    min_free_gb: float = Field(
        default=1.0, ge=0, description="Least free disk space in GB with which a run starts."
    )
    memory_gb: float = Field(
        default=4.0,
        ge=1,
        description="Memory limit in GB for DuckDB; beyond it, data spills to disk.",
    )

    facts_engine: Literal["duckdb", "spark"] = Field(
        default="duckdb",
        description="Engine that builds the facts; all after them stays with DuckDB. spark: a Thrift server "
        "of yours (docs/scaling.md); it needs the extra `spark`.",
    )
    spark_host: str = Field(default="localhost", description="Host of Spark's Thrift server.")
    spark_port: int = Field(default=10000, ge=1, le=65535, description="Port of Spark's Thrift server.")
    spark_user: str = Field(
        default="sessionmart",
        description="User as whom Spark's Thrift server is asked. A password comes from the environment "
        "alone (SPARK_PASSWORD).",
    )
    spark_tls: bool = Field(
        default=False,
        description="Whether Spark's Thrift server is asked over TLS. Its certificate is not checked, "
        "because dbt-spark checks none.",
    )
    spark_schema: str = Field(
        default="sessionmart",
        pattern="^[a-z][a-z0-9_]*$",
        description="Beginning of the names of this home's schemas in Spark's catalogue, such as "
        "sessionmart_marts. They are dropped and made anew with each build: each home needs its own.",
    )
    spark_folder: Path | None = Field(
        default=None,
        description="Folder into which Spark writes its tables, and from which they are read here: it has to "
        "have the same path on both, as has the home. By default, warehouse/spark in the home.",
    )

    @field_validator("home", mode="before")
    @classmethod
    def _home_is_a_folder(cls, value: object) -> object:
        if _ADDRESS.match(str(value)):
            raise ValueError(
                "a data home is a folder of a local disk, because its lock, ledger and commits need one. "
                "Name a folder; its lake and releases can be copied to an object store (docs/scaling.md)"
            )
        return value

    @field_validator(
        "api_mapping", "pull_request_mapping", "dagster_file", "domains_file", "postings_file", mode="before"
    )
    @classmethod
    def _file_is_local(cls, value: object) -> object:
        if _ADDRESS.match(str(value)):
            raise ValueError("this is read from a local disk: copy the file, and name the copy")
        return value

    @field_validator(
        "transcripts",
        "telemetry",
        "repositories",
        "pull_requests",
        "survey_answers",
        "incidents",
        "wages",
        mode="before",
    )
    @classmethod
    def _split_paths(cls, value: object) -> object:
        # Before splitting: the colon of an address separates nothing.
        named = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
        if any("://" in str(each) for each in named):
            raise ValueError(
                "only folders of this machine are read. Mount or copy what is at that address (a bucket with "
                "`aws s3 sync`, a repository with `git clone --mirror`), and name the folder"
            )
        if isinstance(value, str):
            return tuple(part for part in value.split(os.pathsep) if part)
        return value

    @field_validator("projects", mode="after")
    @classmethod
    def _expand_folders(cls, value: dict[str, str]) -> dict[str, str]:
        return {
            str(Path(key).expanduser()) if key.startswith("~") else key: name for key, name in value.items()
        }

    @field_validator("label_classifiers", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator(
        "home", "api_mapping", "pull_request_mapping", "dagster_file", "spark_folder", mode="after"
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("store", mode="after")
    @classmethod
    def _store_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        address = value.rstrip("/")
        if not _STORE_ADDRESS.fullmatch(address):
            raise ValueError("write it as s3://bucket/prefix, without keys: they come from the environment")
        return address

    @model_validator(mode="after")
    def _has_store_to_read(self) -> "Settings":
        if self.reads_store and self.store is None:
            raise ValueError("reads_store needs the setting `store`, which says where the lake's copy is")
        return self

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not a known time zone; use a name such as Europe/Berlin or UTC")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def archive_dir(self) -> Path:
        return self.home / "archive"

    @property
    def lake_dir(self) -> Path:
        return self.home / "lake"

    @property
    def lake_address(self) -> str:
        """Where dbt reads the lake: a folder, or its copy on the object store."""
        return f"{self.store}/lake" if self.reads_store else str(self.lake_dir)

    @property
    def raw_dir(self) -> Path:
        return self.lake_dir / "raw"

    @property
    def labels_dir(self) -> Path:
        return self.lake_dir / "labels"

    @property
    def warehouse_path(self) -> Path:
        return self.home / "warehouse" / "build.duckdb"

    @property
    def spark_dir(self) -> Path:
        """Where Spark writes its tables."""
        return self.spark_folder or self.home / "warehouse" / "spark"

    @property
    def published_dir(self) -> Path:
        return self.home / "published"

    @property
    def ledger_path(self) -> Path:
        return self.home / "ledger.sqlite"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def pseudonym_key_path(self) -> Path:
        """Beside lake and archive, never in them: who has lake and key can test guesses of names."""
        return self.home / "pseudonym.key"

    @property
    def project_roots_path(self) -> Path:
        """What is known of the folders that sessions ran in, as pseudonyms."""
        return self.home / "projects.json"

    @property
    def ledgers_dir(self) -> Path:
        """What earlier runs read of repositories: counts and keyed hashes of lines."""
        return self.home / "git"

    @property
    def log_path(self) -> Path:
        return self.home / "logs" / "sessionmart.log"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, toml_file=config_path())
        return (init_settings, env_settings, file)


def has_api_key(settings: Settings) -> bool:
    """Whether Claude can be asked: a key or token is set, or a cloud's own credentials are used."""
    names = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")
    return settings.label_client != "anthropic" or any(os.environ.get(name) for name in names)


def api_base_url() -> str | None:
    """Where the API is reached, if not at the vendor's own address."""
    return os.environ.get("ANTHROPIC_BASE_URL") or None


def spark_password() -> str | None:
    """With what the user logs in at Spark's Thrift server; without it, nothing is asked for."""
    return os.environ.get("SPARK_PASSWORD") or None


def config_path() -> Path:
    """The settings file: `SESSIONMART_CONFIG`, else `sessionmart.toml` in the checkout or current folder."""
    named = os.environ.get("SESSIONMART_CONFIG")
    return Path(named) if named else own_folder() / "sessionmart.toml"


def environment_names() -> frozenset[str]:
    """Names of the settings that the environment sets."""
    prefix = str(Settings.model_config["env_prefix"])
    given = {
        name.upper().removeprefix(prefix).lower() for name in os.environ if name.upper().startswith(prefix)
    }
    return frozenset(given & set(Settings.model_fields))


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a process that is to work with exactly these settings."""
    own = {
        f"SESSIONMART_{name.upper()}": _as_variable(name, value)
        for name, value in settings.model_dump(mode="json").items()
        if value is not None
    }
    if settings.failure_webhook is not None:
        own["SESSIONMART_FAILURE_WEBHOOK"] = settings.failure_webhook.get_secret_value()
    # The packages are found in their folder, also where nothing puts it on Python's path.
    path = os.pathsep.join(part for part in (str(CHECKOUT), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, **own, "PYTHONPATH": path}


def _as_variable(name: str, value: object) -> str:
    if isinstance(value, list):
        separator = "," if name == "label_classifiers" else os.pathsep
        return separator.join(str(part) for part in value)
    return json.dumps(value) if isinstance(value, dict) else str(value)


def load_settings(**overrides: object) -> Settings:
    """Settings from file and environment, `overrides` first; raises SettingsError naming each field."""
    from orchestration.command_lines import command_line  # it renders commands about settings, so it is above

    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError(
            "These settings cannot be used:\n"
            + "\n".join(lines)
            + f"\nSet them as SESSIONMART_<FIELD> in the environment or in {config_path()}; "
            f"`{command_line(None, 'doctor')}` lists every setting and says what it is for."
        ) from None
    except UnreadableSetting as error:
        raise SettingsError(
            f"A setting cannot be read: {error}. Lists and maps are written as JSON."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{config_path()} is not valid TOML: {error}. Correct it or remove it.") from None
