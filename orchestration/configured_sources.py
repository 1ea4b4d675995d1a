"""The sources as this home's settings make them: with its key and the operator's own mapping file."""

import hmac

from orchestration.ingest.pseudonyms import load_or_create_key
from orchestration.ingest.sources import sources_with
from orchestration.ingest.sources.source import Source, SourceOptions
from orchestration.settings import Settings, SettingsError


def source_options(settings: Settings) -> SourceOptions:
    """What the settings say about reading logs. Raises SettingsError where the mapping file is unreadable."""
    key = load_or_create_key(settings.pseudonym_key_path)
    return SourceOptions(
        key=hmac.digest(key, b"requests in logs of API traffic", "sha256"),
        field_names=_field_names(settings),
        links_requests=settings.api_linking,
    )


def configured_sources(settings: Settings) -> dict[str, Source]:
    """Every source with the options of this home. Raises SettingsError where one cannot be used."""
    return _usable(settings, source_options(settings))


def recognising_sources(settings: Settings) -> dict[str, Source]:
    """The sources to find files with: what a file is does not depend on the key, so none is made."""
    return _usable(settings, SourceOptions(field_names=_field_names(settings)))


def _usable(settings: Settings, options: SourceOptions) -> dict[str, Source]:
    try:
        return sources_with(options)
    except ValueError as error:
        raise SettingsError(f"The mapping file {settings.api_mapping} cannot be used: {error}") from error


def _field_names(settings: Settings) -> str:
    path = settings.api_mapping
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The mapping file {path} cannot be read ({type(error).__name__}). "
            "Check the setting `api_mapping`."
        ) from error
