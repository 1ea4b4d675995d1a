"""Every setting, typed, once: the file `sessionmart.toml`, then `SESSIONMART_…` variables.

Only this package reads the environment. Nothing is read at import: call `load_settings()`. To add a setting,
add a field with its description to the group it belongs to.
"""

from orchestration.settings.load import (
    api_base_url,
    environment_names,
    environment_of,
    has_api_key,
    load_settings,
    spark_password,
)
from orchestration.settings.places import (
    CHECKOUT,
    IS_CHECKOUT,
    SettingsError,
    config_path,
    own_folder,
    usual_places,
)
from orchestration.settings.settings import Settings, groups

__all__ = [
    "CHECKOUT",
    "IS_CHECKOUT",
    "Settings",
    "SettingsError",
    "api_base_url",
    "config_path",
    "environment_names",
    "environment_of",
    "groups",
    "has_api_key",
    "load_settings",
    "own_folder",
    "spark_password",
    "usual_places",
]
