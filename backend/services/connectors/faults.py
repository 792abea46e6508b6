"""What can go wrong with a source database, each fact under its own name and with its next step.

ConnectorError
├── ConnectorKindUnknown, ConnectorSettingsInvalid, DriverMissing
├── SourceUnreachable (transient unless said otherwise)
│   ├── SourceNameUnknown, SourceAddressRefused (final), SourceConnectionRefused, SourceTimedOut
│   ├── SourceTlsFailed (final)
│   ├── SourceBusy, SourceStarting
│   └── SourceConnectionLost
├── TunnelUnreachable (transient), TunnelProtocolWrong, TunnelHostKeyUnknown, TunnelHostKeyChanged,
│   TunnelSignInRefused, TunnelForwardingRefused
├── SourceSecretMissing, SourceSecretRefused
├── SignInRefused, DatabaseUnknown, SourcePermissionDenied
├── QueryInvalid
│   ├── QueryRefused, QuerySyntaxInvalid, TableUnknown, ColumnUnknown, FunctionUnknown, ParameterInvalid
│   ├── ColumnNameInvalid, ColumnTypeUnsupported
├── QueryFailed, QueryTimedOut, ExtractionCancelled; transient: LockTimedOut, QueryInterrupted
└── ValueRefused
"""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class ConnectorError(OpenRegError):
    """A source database could not be used."""

    code: ClassVar[str] = "connector_error"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class ConnectorKindUnknown(ConnectorError):
    """There is no connector of this kind."""

    code: ClassVar[str] = "connector_kind_unknown"


class ConnectorSettingsInvalid(ConnectorError):
    """The settings of a connector are missing or wrong."""

    code: ClassVar[str] = "connector_settings_invalid"


class DriverMissing(ConnectorError):
    """A driver that the connector needs is not installed."""

    code: ClassVar[str] = "connector_driver_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class SourceUnreachable(ConnectorError):
    """The source database cannot be reached."""

    code: ClassVar[str] = "source_unreachable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class SourceNameUnknown(SourceUnreachable):
    """The host name of the source has no address."""

    code: ClassVar[str] = "source_name_unknown"


class SourceAddressRefused(SourceUnreachable):
    """The source's address may not be called from this installation."""

    code: ClassVar[str] = "source_address_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    transient: ClassVar[bool] = False


class SourceConnectionRefused(SourceUnreachable):
    """Nothing listens at the source's address and port."""

    code: ClassVar[str] = "source_connection_refused"


class SourceTimedOut(SourceUnreachable):
    """The source did not answer in time."""

    code: ClassVar[str] = "source_timed_out"


class SourceTlsFailed(SourceUnreachable):
    """No trusted TLS connection to the source could be made."""

    code: ClassVar[str] = "source_tls_failed"
    transient: ClassVar[bool] = False


class SourceBusy(SourceUnreachable):
    """The source has no free connection."""

    code: ClassVar[str] = "source_busy"


class SourceStarting(SourceUnreachable):
    """The source is starting up or shutting down."""

    code: ClassVar[str] = "source_starting"


class SourceConnectionLost(SourceUnreachable):
    """The connection to the source broke off."""

    code: ClassVar[str] = "source_connection_lost"


class TunnelUnreachable(SourceUnreachable):
    """The SSH server on the way to the source cannot be reached."""

    code: ClassVar[str] = "tunnel_unreachable"


class TunnelProtocolWrong(ConnectorError):
    """What answers where the tunnel should begin is no SSH server that can be trusted."""

    code: ClassVar[str] = "tunnel_protocol_wrong"


class TunnelHostKeyUnknown(ConnectorError):
    """The host key of the SSH server has not been confirmed yet."""

    code: ClassVar[str] = "tunnel_host_key_unknown"


class TunnelHostKeyChanged(ConnectorError):
    """The SSH server shows another host key than the one that was confirmed."""

    code: ClassVar[str] = "tunnel_host_key_changed"


class TunnelSignInRefused(ConnectorError):
    """The SSH server refused the user name, password or key."""

    code: ClassVar[str] = "tunnel_sign_in_refused"


class TunnelForwardingRefused(ConnectorError):
    """The SSH server does not let this user through to the source."""

    code: ClassVar[str] = "tunnel_forwarding_refused"


class SourceSecretMissing(ConnectorError):
    """The secret that the connector refers to is not where it should be."""

    code: ClassVar[str] = "source_secret_missing"


class SourceSecretRefused(ConnectorError):
    """The secret that the connector refers to is not meant for it."""

    code: ClassVar[str] = "source_secret_refused"


class SignInRefused(ConnectorError):
    """The source refused the user name or the password."""

    code: ClassVar[str] = "source_sign_in_refused"


class DatabaseUnknown(ConnectorError):
    """The server has no such database."""

    code: ClassVar[str] = "source_database_unknown"


class SourcePermissionDenied(ConnectorError):
    """The user may not read what the query asks for."""

    code: ClassVar[str] = "source_permission_denied"


class QueryInvalid(ConnectorError):
    """The source query cannot be run."""

    code: ClassVar[str] = "query_invalid"


class QueryRefused(QueryInvalid):
    """The query is not a single reading SELECT."""

    code: ClassVar[str] = "query_refused"


class QuerySyntaxInvalid(QueryInvalid):
    """The query is not valid SQL of the source."""

    code: ClassVar[str] = "query_syntax_invalid"


class TableUnknown(QueryInvalid):
    """The query names a table the source does not have."""

    code: ClassVar[str] = "source_table_unknown"


class ColumnUnknown(QueryInvalid):
    """The query names a column the source does not have."""

    code: ClassVar[str] = "source_column_unknown"


class FunctionUnknown(QueryInvalid):
    """The query calls a function or operator that the source does not have for these types."""

    code: ClassVar[str] = "source_function_unknown"


class ParameterInvalid(QueryInvalid):
    """A parameter of the query is unknown or has a value of another type."""

    code: ClassVar[str] = "query_parameter_invalid"


class ColumnNameInvalid(QueryInvalid):
    """A column of the query has no name, or two have the same."""

    code: ClassVar[str] = "query_column_name_invalid"


class ColumnTypeUnsupported(QueryInvalid):
    """A column's type cannot be taken over exactly."""

    code: ClassVar[str] = "query_column_type_unsupported"


class QueryNotExplained(ConnectorError):
    """The source does not say how it would find the rows."""

    code: ClassVar[str] = "query_not_explained"


class QueryFailed(ConnectorError):
    """The source stopped the query with an error."""

    code: ClassVar[str] = "query_failed"


class QueryTimedOut(ConnectorError):
    """The query ran longer than the connector allows."""

    code: ClassVar[str] = "query_timed_out"


class LockTimedOut(ConnectorError):
    """The query waited too long for a lock held by others."""

    code: ClassVar[str] = "query_lock_timed_out"
    transient: ClassVar[bool] = True


class QueryInterrupted(ConnectorError):
    """The source gave up the query because of other work on it."""

    code: ClassVar[str] = "query_interrupted"
    transient: ClassVar[bool] = True


class ExtractionCancelled(ConnectorError):
    """The extraction was cancelled."""

    code: ClassVar[str] = "extraction_cancelled"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class ValueRefused(ConnectorError):
    """A value of the source cannot be taken over exactly; ``extra`` has column and row."""

    code: ClassVar[str] = "source_value_refused"
