"""Every setting is in one group of the page, with words for what it may be; the page is as generated."""

from orchestration.cli import NAMES, PANELS, app
from orchestration.commands.settings_page import PAGE_FILE, default_of, kind_of, meaning_of, settings_page
from orchestration.settings import Settings, groups


def test_every_setting_is_in_one_group() -> None:
    grouped = [name for names in groups().values() for name in names]
    assert sorted(grouped) == sorted(Settings.model_fields)


def test_the_page_is_as_generated() -> None:
    assert PAGE_FILE.read_text(encoding="utf-8") == settings_page(), (
        "run python -m orchestration.commands.settings_page"
    )


def test_what_a_setting_may_be_is_said_in_words() -> None:
    for name in Settings.model_fields:
        said = " ".join((meaning_of(name), kind_of(name), default_of(name)))
        assert "Annotated" not in said, name
        assert "<" not in said, name
    assert kind_of("min_users") == "a whole number, 2 or more"
    assert kind_of("mode") == "one of team, personal"
    assert kind_of("budget_usd") == "a number, 0 or more"
    assert kind_of("label_concurrency") == "a whole number from 1 to 64"
    assert default_of("start_date") == "2025-02-24"
    assert default_of("api_linking") == "false"
    assert default_of("month_budget_usd") == "nothing"


def test_every_command_is_in_one_panel_of_the_help() -> None:
    in_panels = [command for commands in PANELS.values() for command in commands]
    assert len(in_panels) == len(set(in_panels))
    registered = {command.callback: command for command in app.registered_commands}
    assert set(registered) == set(in_panels)
    assert {command.name for command in registered.values() if command.name} == set(NAMES.values())
    first, *_ = PANELS.values()
    assert [command.__name__ for command in first] == ["demo", "run", "report"]
