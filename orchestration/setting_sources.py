"""Where the value of a setting comes from: command line, environment, file or default."""

import tomllib

from orchestration.settings import Settings, config_path, environment_names, load_settings


def source_of(settings: Settings, name: str) -> str:
    """Who gave a setting its value, by a name that a person can act on."""
    if name not in settings.model_fields_set:
        return "default"
    if name in environment_names() and _is_given_by_environment(settings, name):
        return f"SESSIONMART_{name.upper()}"
    if config_path().exists() and name in tomllib.loads(config_path().read_text(encoding="utf-8")):
        return str(config_path())
    return "command line"


def _is_given_by_environment(settings: Settings, name: str) -> bool:
    """Whether the value is what the environment alone would give, and not the command line's."""
    return bool(getattr(load_settings(), name) == getattr(settings, name))
