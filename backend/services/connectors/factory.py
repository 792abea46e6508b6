"""Makes connectors by kind. What is registered here is what the product offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from backend.services.connectors.base import Capabilities, Connector, ConnectorKind, Credentials
from backend.services.connectors.faults import ConnectorKindUnknown, ConnectorSettingsInvalid
from backend.services.connectors.files.connector import FilesConnector
from backend.services.connectors.files.settings import FilesSettings
from backend.services.connectors.files.shelf import NO_SHELF, FileShelf
from backend.services.connectors.mysql import MysqlConnector
from backend.services.connectors.mysql_settings import MysqlSettings
from backend.services.connectors.odbc import CAPABILITIES as ODBC_CAPABILITIES
from backend.services.connectors.odbc import OdbcConnector
from backend.services.connectors.odbc_drivers import family_of
from backend.services.connectors.odbc_settings import OdbcSettings
from backend.services.connectors.oracle import OracleConnector
from backend.services.connectors.oracle_settings import OracleSettings
from backend.services.connectors.postgresql import PostgresqlConnector
from backend.services.connectors.postgresql_settings import PostgresqlSettings
from backend.services.egress import EgressGuard

_Make = Callable[[Any, Credentials, EgressGuard], Connector]


@dataclass(frozen=True, slots=True)
class _Registered:
    settings: type[BaseModel]
    make: _Make | None
    """None for files, which are reached through a shelf and not signed in to."""
    capabilities: Capabilities


_KINDS: Final[Mapping[ConnectorKind, _Registered]] = {
    ConnectorKind.POSTGRESQL: _Registered(PostgresqlSettings, PostgresqlConnector, PostgresqlConnector.capabilities),
    ConnectorKind.MYSQL: _Registered(MysqlSettings, MysqlConnector, MysqlConnector.capabilities),
    ConnectorKind.ODBC: _Registered(OdbcSettings, OdbcConnector, ODBC_CAPABILITIES),
    ConnectorKind.FILES: _Registered(FilesSettings, None, FilesConnector.capabilities),
    ConnectorKind.ORACLE: _Registered(OracleSettings, OracleConnector, OracleConnector.capabilities),
}


def create_connector(
    kind: str,
    settings: Mapping[str, object],
    credentials: Credentials | None,
    egress: EgressGuard,
    shelf: FileShelf = NO_SHELF,
) -> Connector:
    """A connector ready for use; nothing is connected yet. Raises ConnectorKindUnknown or ConnectorSettingsInvalid."""
    registered, checked = _registered(kind), check_settings(kind, settings)
    if isinstance(checked, FilesSettings) or registered.make is None:
        if credentials is not None:
            raise ConnectorSettingsInvalid("Files are not signed in to.", fix="Leave the credentials out.")
        return FilesConnector(FilesSettings.model_validate(checked), shelf)
    if credentials is None:
        raise ConnectorSettingsInvalid("This kind of source needs a user and a password.", fix="Give credentials.")
    return registered.make(checked, credentials, egress)


def check_settings(kind: str, settings: Mapping[str, object]) -> BaseModel:
    """The settings as typed values. Raises ConnectorSettingsInvalid with one entry per field in ``extra``."""
    try:
        return _registered(kind).settings.model_validate(dict(settings))
    except ValidationError as error:
        faults = [{"field": ".".join(map(str, place["loc"])), "message": place["msg"]} for place in error.errors()]
        first = faults[0]
        raise ConnectorSettingsInvalid(
            f"{first['field'] or 'settings'}: {first['message']}",
            fix="Correct the connector's settings.",
            extra={"fields": faults},
        ) from None  # pydantic's error repeats the input


def capabilities_of(kind: str) -> Capabilities:
    """What a kind offers. Raises ConnectorKindUnknown."""
    return _registered(kind).capabilities


def dialect_of(kind: str, settings: Mapping[str, object]) -> str:
    """The SQL a connector's queries are written in, which ODBC leaves to the driver. Raises ConnectorKindUnknown."""
    family = family_of(str(settings.get("driver"))) if kind == ConnectorKind.ODBC else None
    return capabilities_of(kind).sql_dialect if family is None else family.dialect


def settings_schema(kind: str) -> dict[str, Any]:
    """JSON Schema of a kind's settings, from which forms are made. Raises ConnectorKindUnknown."""
    return _registered(kind).settings.model_json_schema()


def _registered(kind: str) -> _Registered:
    try:
        return _KINDS[ConnectorKind(kind)]
    except ValueError as error:
        offered = ", ".join(sorted(offered.value for offered in _KINDS))
        raise ConnectorKindUnknown(
            f"There is no connector of kind {kind!r}.", fix=f"Use one of: {offered}.", extra={"kind": kind}
        ) from error
