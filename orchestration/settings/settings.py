"""All settings of a data home in one object, and the folders that follow from them.

Belongs here: which groups there are, in the order in which people come to them, and paths in the home. Not
here: the settings themselves (a class of them per group), reading them (load).
"""

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from orchestration.settings.kinds import SettingsGroup
from orchestration.settings.machines import (
    DagsterSettings,
    LandingSettings,
    MachineSettings,
    SparkSettings,
    StoreSettings,
)
from orchestration.settings.places import config_path
from orchestration.settings.what_is_asked import (
    BudgetSettings,
    DuelSettings,
    QuestionSettings,
    SendingSettings,
)
from orchestration.settings.what_is_published import ClusterSettings, PrivacySettings
from orchestration.settings.what_is_read import (
    NamingSettings,
    OrganisationSettings,
    ReadSettings,
    TrafficSettings,
)


class Settings(
    ReadSettings,
    PrivacySettings,
    NamingSettings,
    BudgetSettings,
    QuestionSettings,
    SendingSettings,
    DuelSettings,
    OrganisationSettings,
    ClusterSettings,
    TrafficSettings,
    LandingSettings,
    MachineSettings,
    DagsterSettings,
    StoreSettings,
    SparkSettings,
    BaseSettings,
):
    """The settings of one data home. Paths are made absolute; `~` is expanded."""

    model_config = SettingsConfigDict(
        env_prefix="SESSIONMART_", extra="forbid", frozen=True, hide_input_in_errors=True
    )

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


def groups() -> dict[str, tuple[str, ...]]:
    """The settings by heading, every one once, in the order in which people come to them."""
    return {
        group.heading(): tuple(group.model_fields)
        for group in Settings.__mro__
        if issubclass(group, SettingsGroup) and group not in (Settings, SettingsGroup)
    }
