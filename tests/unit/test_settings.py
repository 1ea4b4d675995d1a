"""Settings come from one file and the environment, are typed, and fail by naming the field."""

from pathlib import Path

import pytest

from orchestration.settings import Settings, SettingsError, environment_of, load_settings


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "sessionmart.toml"
    monkeypatch.setenv("SESSIONMART_CONFIG", str(path))
    return path


def test_the_file_is_read(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SESSIONMART_TRANSCRIPTS")
    settings_file.write_text('mode = "personal"\ntranscripts = ["/a", "/b"]\n[users]\nalex = "Alex Doe"\n')
    settings = load_settings()
    assert settings.mode == "personal"
    assert settings.transcripts == ("/a", "/b")
    assert settings.users == {"alex": "Alex Doe"}


def test_the_environment_goes_before_the_file(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_file.write_text("min_users = 7\n")
    monkeypatch.setenv("SESSIONMART_MIN_USERS", "9")
    assert load_settings().min_users == 9


def test_what_the_caller_says_goes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSIONMART_MODE", "team")
    assert load_settings(mode="personal").mode == "personal"


def test_several_transcript_folders_are_separated_by_colons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSIONMART_TRANSCRIPTS", "/a:/b")
    assert load_settings().transcripts == ("/a", "/b")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MIN_USERS", "one"),
        ("MIN_USERS", "1"),
        ("MODE", "everyone"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("START_DATE", "yesterday"),
        ("WORKERS", "0"),
        ("TEXT_CUT_BYTES", "-1"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SESSIONMART_{name}", value)
    with pytest.raises(SettingsError, match=name.lower()) as raised:
        load_settings()
    assert "make doctor" in str(raised.value)


def test_a_misspelt_setting_is_refused(settings_file: Path) -> None:
    settings_file.write_text("min_user = 7\n")
    with pytest.raises(SettingsError, match="min_user"):
        load_settings()


def test_a_broken_file_is_named(settings_file: Path) -> None:
    settings_file.write_text("mode = personal\n")
    with pytest.raises(SettingsError, match="not valid TOML") as raised:
        load_settings()
    assert str(settings_file) in str(raised.value)


def test_a_refused_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SESSIONMART_USERS", '{"alex": 12345678}')
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert "12345678" not in str(raised.value)


def test_a_process_can_be_given_exactly_these_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = load_settings(
        home="/some/home", transcripts=("/a", "/b"), mode="personal", users={"al": "Alex"}, min_free_gb=0.5
    )
    for name, value in environment_of(wanted).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == wanted


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_home_is_absolute_and_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings(home="~/data").home == tmp_path / "data"


def test_map_of_projects_may_name_folders_of_the_own_home(settings_file: Path) -> None:
    settings_file.write_text('[projects]\n"~/code/bakery" = "Bakery"\n"acme/dairy" = "Dairy"\n')
    assert load_settings().projects == {
        str(Path.home() / "code" / "bakery"): "Bakery",
        "acme/dairy": "Dairy",
    }


def test_places_of_telemetry_are_none_unless_named(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().telemetry == ()
    monkeypatch.setenv("SESSIONMART_TELEMETRY", "/a:/b/*.json")
    assert load_settings().telemetry == ("/a", "/b/*.json")


@pytest.mark.parametrize("home", ["s3://bucket/home", Path("s3://bucket/home"), "gs://b", "abfss://c@a/h"])
def test_a_home_on_an_object_store_is_refused_with_what_to_do(
    home: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken for a folder of that name, which was made in the current one."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"home: .*a folder of a local disk.*docs/scaling.md"):
        load_settings(home=home)
    monkeypatch.setenv("SESSIONMART_HOME", str(home))
    with pytest.raises(SettingsError, match="a folder of a local disk"):
        load_settings()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["transcripts", "telemetry", "repositories", "survey_answers"])
def test_what_is_read_is_never_an_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SESSIONMART_{name.upper()}", "/a:s3://bucket/transcripts")
    with pytest.raises(SettingsError, match=f"{name}: .*only folders of this machine are read"):
        load_settings()
    with pytest.raises(SettingsError, match="name the folder"):
        load_settings(**{name: ("https://forge.example/owner/name",)})


def test_a_folder_with_a_colon_in_its_name_is_a_folder(tmp_path: Path) -> None:
    assert load_settings(home=tmp_path / "s3:/bucket").home == tmp_path / "s3:/bucket"
    assert load_settings(home="C:/data").home.name == "data"
