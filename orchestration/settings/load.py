"""Reading the settings: the file `sessionmart.toml`, then `SESSIONMART_…` variables; and handing them on."""

import json
import os
import tomllib

from pydantic import ValidationError
from pydantic_settings.exceptions import SettingsError as UnreadableSetting

from orchestration.settings.places import CHECKOUT, SettingsError, config_path
from orchestration.settings.settings import Settings


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
