"""What an Oracle connector is told beside what every server is, and how an entry of tnsnames.ora becomes that."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import Field, model_validator

from backend.services.connectors.base import SslMode
from backend.services.connectors.server_settings import Host, Identifier, Port, ServerSettings

#: Goes into a connect descriptor, where parentheses would begin something else.
ServiceName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_$#.\-]+$")]

_COMMENT: Final = re.compile(r"#[^\n]*")
_ENTRY: Final = re.compile(r"(?:^|\n)\s*([A-Za-z0-9_.$\-]+(?:\s*,\s*[A-Za-z0-9_.$\-]+)*)\s*=\s*(?=\()")
_PART: Final = re.compile(r"\(\s*([A-Za-z_]+)\s*=\s*([^()\s]+)\s*\)")
_INCLUDES: Final = re.compile(r"(?:^|\n)\s*IFILE\b", re.IGNORECASE)
_SERVED: Final = frozenset({"tcp", "tcps"})


class Naming(StrEnum):
    """What ``database`` names."""

    SERVICE_NAME = "service_name"
    SID = "sid"
    TNS_ALIAS = "tns_alias"


class DateColumns(StrEnum):
    """What a DATE, which has a time of day in Oracle, becomes."""

    TIMESTAMP = "timestamp"
    DAY = "day"


class OracleSettings(ServerSettings):
    """Address and limits of an Oracle source; times in seconds.

    With ``naming`` tns_alias, ``database`` is an alias of ``tns_names``, whose entry gives host, port and service.
    """

    host: Host = Field(default_factory=str, validate_default=True)  # an entry gives it, else somebody must
    port: Port = 1521
    database: ServiceName
    naming: Naming = Naming.SERVICE_NAME
    tns_names: Annotated[str, Field(max_length=100_000)] | None = None
    current_schema: Identifier | None = None
    edition: Identifier | None = None
    date_columns: DateColumns = DateColumns.TIMESTAMP
    fetch_rows: Annotated[int, Field(ge=100, le=100_000)] = 20_000

    @model_validator(mode="before")
    @classmethod
    def _read_entry(cls, given: Any) -> Any:
        """Host and port of the entry, which everything on the way to the server asks for."""
        if not isinstance(given, dict) or given.get("naming") != Naming.TNS_ALIAS:
            return given
        entry = find_entry(str(given.get("tns_names") or ""), str(given.get("database") or ""))
        return {**given, "host": entry.get("HOST", ""), "port": entry.get("PORT", "1521")}

    @model_validator(mode="after")
    def _server_is_named(self) -> Self:
        if self.naming is Naming.TNS_ALIAS:
            is_secure = find_entry(self.tns_names or "", self.database).get("PROTOCOL", "tcp").lower() == "tcps"
            if is_secure == (self.ssl_mode is SslMode.DISABLE):
                raise ValueError(
                    f"ssl_mode is {self.ssl_mode}, and the entry's protocol is {'tcps' if is_secure else 'tcp'}"
                )
        return self

    @property
    def service(self) -> dict[str, str]:
        """What is asked for at the listener: a service name or a SID."""
        if self.naming is not Naming.TNS_ALIAS:
            return {self.naming.value: self.database}
        entry = find_entry(self.tns_names or "", self.database)
        return {"service_name": entry["SERVICE_NAME"]} if "SERVICE_NAME" in entry else {"sid": entry["SID"]}


def find_entry(text: str, alias: str) -> dict[str, str]:
    """The parts of an alias's entry by their names in capitals. Raises ValueError that says what is wrong.

    Files are not read, and of the entry only address and service are: no wallet, proxy or include of it is followed.
    """
    text = _COMMENT.sub("", text)
    if _INCLUDES.search(text):
        raise ValueError("tns_names includes a file (IFILE); paste the entry itself")
    for found in _ENTRY.finditer(text):
        if alias.lower() in (name.strip().lower() for name in found[1].split(",")):
            return _parts(_in_parentheses(text, found.end()), alias)
    raise ValueError(f"tns_names has no entry {alias}")


def _parts(descriptor: str, alias: str) -> dict[str, str]:
    pairs = [(name.upper(), value) for name, value in _PART.findall(descriptor)]
    parts = dict(pairs)
    if sum(name == "HOST" for name, _ in pairs) != 1:
        raise ValueError(f"the entry {alias} must have one HOST; name the one to connect to")
    if parts.get("PROTOCOL", "tcp").lower() not in _SERVED:
        raise ValueError(f"the entry {alias} must have the protocol TCP or TCPS")
    service = parts.get("SERVICE_NAME") or parts.get("SID") or ""
    if not re.fullmatch(r"[A-Za-z0-9_$#.\-]+", service):
        raise ValueError(f"the entry {alias} must have a SERVICE_NAME or a SID")
    return parts


def _in_parentheses(text: str, start: int) -> str:
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[start : place + 1]
    raise ValueError("tns_names has a parenthesis that is never closed")
