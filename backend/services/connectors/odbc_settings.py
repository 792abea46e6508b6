"""What an ODBC connector is told: the driver's name, where it goes, and little beside."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from backend.services.connectors.base import SslMode
from backend.services.connectors.odbc_drivers import FAMILIES, DriverFamily, family_of
from backend.services.connectors.server_settings import ServerSettings

_PLAIN: Final = r"^[^\x00-\x1f;{}=]+$"
"""Nothing that ends a value of a connection string or begins another."""
_FURTHER: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_ ]{0,63})=([^\x00-\x1f;{}=]{1,256})")

DriverName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ()._-]*$")]


class OdbcSettings(ServerSettings):
    """Driver, address and limits of a source behind ODBC; times in seconds, texts in bytes of UTF-8."""

    driver: DriverName
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/,@;{}=\\]+$")] = ""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    database: Annotated[str, Field(min_length=1, max_length=500, pattern=_PLAIN)]
    further_attributes: tuple[Annotated[str, Field(max_length=400)], ...] = ()
    longest_text_bytes: Annotated[int, Field(ge=16, le=16_777_216)] = 4000

    @property
    def family(self) -> DriverFamily:
        """What is known of the driver; settings with an unknown one cannot be made."""
        family = family_of(self.driver)
        if family is None:  # pragma: no cover - refused when the settings are made
            raise ValueError(self.driver)
        return family

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address on the way; a file is its own."""
        return (self.database,) if self.family.is_file else super().addresses

    @property
    def attributes(self) -> dict[str, str]:
        """Further attributes as the driver is told them."""
        return dict(one.split("=", 1) for one in self.further_attributes)

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, given: Any) -> Any:
        """The port of the driver's kind of server, where none is given."""
        if isinstance(given, dict) and not given.get("port"):
            family = family_of(str(given.get("driver")))
            return {**given, "port": 0 if family is None else family.default_port}
        return given

    @model_validator(mode="after")
    def _fits_the_driver(self) -> Self:
        family = family_of(self.driver)
        if family is None:
            known = ", ".join(one.title for one in FAMILIES)
            raise ValueError(
                f"driver {self.driver} is not one that OpenReg knows how to use safely; known are: {known}"
            )
        if self.ssl_mode not in family.ssl_modes:
            offered = ", ".join(mode.value for mode in family.ssl_modes)
            raise ValueError(
                f"ssl_mode {self.ssl_mode.value} is not something {family.title} can do; use one of: {offered}"
            )
        if self.ssl_root_certificate is not None and not family.trusts_own_authorities:
            raise ValueError(
                "ssl_root_certificate cannot be given to this driver: add the certificate to those the machine trusts"
            )
        if family.is_file and self.host:
            raise ValueError(f"host has no meaning for {family.title}: database is the path of a file")
        if not family.is_file and not self.host:
            raise ValueError("host is missing: the name or address of the server")
        if self.tunnel is not None and family.is_file:
            raise ValueError(f"tunnel has no meaning for {family.title}")
        if self.tunnel is not None and family.connects_by_name and self.ssl_mode is SslMode.VERIFY_FULL:
            raise ValueError(
                f"tunnel: the driver of {family.title} checks the name it connects to, which is another one at the near"
                " end of a tunnel; the tunnel is encrypted itself: use ssl_mode disable or require with it"
            )
        for one in self.further_attributes:
            _check_attribute(one, family)
        return self


def _check_attribute(text: str, family: DriverFamily) -> None:
    found = _FURTHER.fullmatch(text)
    if found is None:
        raise ValueError(f"further_attributes: {text!r} is not Name=value without ; {{ }}")
    allowed = family.further.get(found[1])
    if allowed is None:
        offered = ", ".join(family.further) or "none"
        raise ValueError(f"further_attributes: {found[1]} is not allowed for {family.title}; allowed are: {offered}")
    if allowed.fullmatch(found[2]) is None:
        raise ValueError(f"further_attributes: {found[1]} cannot have the value {found[2]!r}")


def connection_string(driver: str, attributes: dict[str, str]) -> str:
    """The attributes as the driver manager reads them: values stand in braces, a closing one is doubled."""
    parts = [f"DRIVER={{{driver}}}", *(f"{name}={_value(value)}" for name, value in attributes.items())]
    return ";".join(parts) + ";"


def _value(value: str) -> str:
    if re.fullmatch(r"[\w.:,/@?+-]+", value, re.ASCII):
        return value
    return "{" + value.replace("}", "}}") + "}"
