"""The base of settings: read once from what is handed over, never changed, and from no place of its own."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class FrozenSettings(BaseSettings):
    """Fields by the names of their variables."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what ``load_settings`` hands over: it has read the environment and the secret files."""
        return (init_settings,)


def faults_of(kind: type[FrozenSettings], values: Mapping[str, str]) -> list[str]:
    """What is missing or wrong, each by the name of its variable."""
    try:
        kind.model_validate(values)
    except ValidationError as error:
        return [_fault(kind, place) for place in error.errors()]
    return []


def _fault(kind: type[FrozenSettings], place: ErrorDetails) -> str:
    if not place["loc"]:  # of two settings together; the message names them
        return place["msg"].removeprefix("Value error, ")
    first = str(place["loc"][0])
    field = kind.model_fields.get(first)
    name = field.alias if field and field.alias else first
    return f"{name} is missing" if place["type"] == "missing" else f"{name}: {place['msg']}"
