"""Settings of the machines: parsing, gates, memory, Dagster, object store, Spark."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from orchestration.settings.kinds import Folder, LocalFile, SettingsGroup, StoreAddress


class LandingSettings(SettingsGroup):
    """Parsing and gates."""

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
    debounce_seconds: int = Field(
        default=60,
        ge=0,
        description="Seconds for which a changed transcript must rest before a sensor takes it in.",
    )


class MachineSettings(SettingsGroup):
    """The machine."""

    workers: int = Field(default=2, ge=1, le=64, description="Number of processes that parse in parallel.")
    memory_gb: float = Field(
        default=4.0,
        ge=1,
        description="Memory limit in GB for DuckDB; beyond it, data spills to disk.",
    )
    min_free_gb: float = Field(
        default=1.0, ge=0, description="Least free disk space in GB with which a run starts."
    )
    releases_kept: int = Field(default=3, ge=1, description="Number of releases that stay on disk.")


class DagsterSettings(SettingsGroup):
    """Dagster."""

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
    dagster_file: LocalFile | None = Field(
        default=None,
        description="YAML file with sections of a dagster.yaml (storage, run_launcher, concurrency, …); they "
        "replace those that sessionmart writes.",
    )


class StoreSettings(SettingsGroup):
    """More than one machine."""

    store: StoreAddress | None = Field(
        default=None,
        description="Object store (s3://bucket/prefix) to which runs copy the lake and releases. Keys come "
        "from the environment alone (AWS_ACCESS_KEY_ID, …).",
    )
    reads_store: bool = Field(
        default=False, description="Whether dbt reads the lake's tables from the copy on the object store."
    )

    @model_validator(mode="after")
    def _has_store_to_read(self) -> Self:
        if self.reads_store and self.store is None:
            raise ValueError("reads_store needs the setting `store`, which says where the lake's copy is")
        return self


class SparkSettings(SettingsGroup):
    """Facts on Spark."""

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
    spark_folder: Folder | None = Field(
        default=None,
        description="Folder into which Spark writes its tables, and from which they are read here: it has to "
        "have the same path on both, as has the home. By default, warehouse/spark in the home.",
    )
