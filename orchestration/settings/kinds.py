"""Kinds of settings: what a value may be, and what becomes of it. A group of settings is a class of them."""

import os
import re
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic_settings import NoDecode

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""How an address such as s3://bucket begins; `Path` leaves one of its slashes. Drives have one letter."""

_STORE_ADDRESS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9][A-Za-z0-9._=-]*)*")


class SettingsGroup(BaseModel):
    """Settings that people come to together. The docstring of a group is its heading on the settings page."""

    @classmethod
    def heading(cls) -> str:
        return str(cls.__doc__).removesuffix(".")


def _absolute(value: Path) -> Path:
    return value.expanduser().absolute()


def _home_is_a_folder(value: object) -> object:
    if _ADDRESS.match(str(value)):
        raise ValueError(
            "a data home is a folder of a local disk, because its lock, ledger and commits need one. "
            "Name a folder; its lake and releases can be copied to an object store (docs/scaling.md)"
        )
    return value


def _file_is_local(value: object) -> object:
    if _ADDRESS.match(str(value)):
        raise ValueError("this is read from a local disk: copy the file, and name the copy")
    return value


def _split_paths(value: object) -> object:
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


def _split_names(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _expand_folders(value: dict[str, str]) -> dict[str, str]:
    return {str(Path(key).expanduser()) if key.startswith("~") else key: name for key, name in value.items()}


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("not a known time zone; use a name such as Europe/Berlin or UTC")
    return value


def _store_address(value: str) -> str:
    address = value.rstrip("/")
    if not _STORE_ADDRESS.fullmatch(address):
        raise ValueError("write it as s3://bucket/prefix, without keys: they come from the environment")
    return address


Folder = Annotated[Path, AfterValidator(_absolute)]
HomeFolder = Annotated[Path, BeforeValidator(_home_is_a_folder), AfterValidator(_absolute)]
LocalFile = Annotated[Path, BeforeValidator(_file_is_local), AfterValidator(_absolute)]
Folders = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_paths)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_names)]
Projects = Annotated[dict[str, str], AfterValidator(_expand_folders)]
StoreAddress = Annotated[str, AfterValidator(_store_address)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
