"""Settings of what is read: transcripts, people and projects, repositories, tables, logs of API traffic."""

from datetime import date

from pydantic import Field

from orchestration.settings.kinds import Folders, HomeFolder, LocalFile, Projects, SettingsGroup, TimeZone
from orchestration.settings.places import own_folder, usual_places


class ReadSettings(SettingsGroup):
    """What is read, and where it goes."""

    home: HomeFolder = Field(
        default_factory=lambda: own_folder() / "data",
        description="Data home: archive, lake, warehouse, releases.",
    )
    transcripts: Folders = Field(
        default_factory=usual_places,
        description="Folders or globs that hold transcripts; in the environment ':' separates several. "
        "By default, the folders in which the known agents leave them.",
    )
    telemetry: Folders = Field(
        default=(),
        description="Folders or globs that hold OpenTelemetry files of the agents (OTLP/JSON, as a "
        "collector's file exporter writes them); they record who approved a call and how long it waited.",
    )
    start_date: date = Field(
        default=date(2025, 2, 24),
        description="First partition; records before it are set aside as implausible_time. "
        "The default is the day Claude Code was first released.",
    )
    time_zone: TimeZone = Field(
        default="UTC", description="Time zone that decides where days, weeks and months begin."
    )


class NamingSettings(SettingsGroup):
    """Who and what."""

    users: dict[str, str] = Field(
        default_factory=dict,
        description="Operator's map from home-folder or author name, or from the name or address of a "
        "commit's author, to a person; pseudonymised afterwards.",
    )
    projects: Projects = Field(
        default_factory=dict,
        description="Operator's map from a folder (with everything below it) or a repository "
        "(owner/name or its URL) to the name of a project, which is then shown.",
    )
    domains_file: LocalFile | None = Field(
        default=None,
        description="CSV file with the columns own_domain and domain, which maps your own domains of use to "
        "those of study A.",
    )


class OrganisationSettings(SettingsGroup):
    """Your organisation's repositories and tables."""

    repositories: Folders = Field(
        default=(),
        description="Git repositories whose commits are read: folders or globs of clones and bare mirrors; "
        "in the environment ':' separates several. Without any, there is no commit of a repository.",
    )
    pull_requests: Folders = Field(
        default=(),
        description="Folders or globs that hold your table of pull requests (JSON Lines, or exports of "
        "GitHub's API: docs/organisation-tables.md).",
    )
    pull_request_mapping: LocalFile | None = Field(
        default=None,
        description="Mapping file (TOML) that says where your forge's export holds what "
        "docs/organisation-tables.md names; GitHub's REST and GraphQL exports are known without one.",
    )
    incidents: Folders = Field(
        default=(), description="Folders or globs that hold your table of incidents (JSON Lines)."
    )
    survey_answers: Folders = Field(
        default=(),
        description="Folders or globs that hold anonymous answers to the survey of docs/survey.md "
        "(JSON Lines).",
    )
    wages: Folders = Field(
        default=(),
        description="Folders or globs that hold hourly wages by occupation group (JSON Lines), with which "
        "estimated hours are valued; without them no hours are.",
    )


class TrafficSettings(SettingsGroup):
    """Logs of API traffic."""

    api_mapping: LocalFile | None = Field(
        default=None,
        description="Mapping file (TOML) that says where your gateway's logs hold what docs/api-traffic.md "
        "names; LiteLLM's and Langfuse's exports are known without one.",
    )
    api_linking: bool = Field(
        default=False,
        description="Whether requests in logs of API traffic that continue each other become one session; "
        "otherwise every request is a unit of its own.",
    )
