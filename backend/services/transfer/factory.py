"""Makes transfers and inboxes by kind of destination. What is registered here is what the product offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from backend.services.egress import EgressGuard
from backend.services.transfer.contract import Transfer, TransferKind
from backend.services.transfer.faults import TransferKindUnknown, TransferSettingsInvalid
from backend.services.transfer.folder import FolderTransfer, open_folder_inbox
from backend.services.transfer.folder_settings import FolderCredentials, FolderSettings
from backend.services.transfer.ftp import FtpTransfer, open_ftp_inbox
from backend.services.transfer.ftp_settings import FtpCredentials, FtpSettings
from backend.services.transfer.inbox import RemoteInbox
from backend.services.transfer.mail import MailTransfer
from backend.services.transfer.mail_settings import MailCredentials, MailDestinationSettings
from backend.services.transfer.s3 import S3Transfer, open_s3_inbox
from backend.services.transfer.s3_settings import S3Credentials, S3Settings
from backend.services.transfer.sftp import SftpTransfer, open_sftp_inbox
from backend.services.transfer.sftp_settings import SftpCredentials, SftpSettings

_Model = TypeVar("_Model", bound=BaseModel)
_Settings = TypeVar("_Settings", bound=BaseModel)
_Credentials = TypeVar("_Credentials", bound=BaseModel)
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Protocol(Generic[_Settings, _Credentials]):
    """A kind of destination: what it is told, who signs in, what sends, and what reads there if anything can."""

    settings: type[_Settings]
    credentials: type[_Credentials]
    transfer: Callable[[_Settings, _Credentials, EgressGuard], Transfer]
    open_inbox: Callable[[_Settings, _Credentials, EgressGuard], AbstractContextManager[RemoteInbox]] | None

    def create_transfer(self, settings: Values, credentials: Values, egress: EgressGuard) -> Transfer:
        return self.transfer(_validated(self.settings, settings), _validated(self.credentials, credentials), egress)

    def create_inbox(
        self, settings: Values, credentials: Values, egress: EgressGuard
    ) -> AbstractContextManager[RemoteInbox] | None:
        if self.open_inbox is None:
            return None
        return self.open_inbox(_validated(self.settings, settings), _validated(self.credentials, credentials), egress)


_PROTOCOLS: Final[Mapping[TransferKind, _Protocol[Any, Any]]] = {
    TransferKind.SFTP: _Protocol(SftpSettings, SftpCredentials, SftpTransfer, open_sftp_inbox),
    TransferKind.FTP: _Protocol(FtpSettings, FtpCredentials, FtpTransfer, open_ftp_inbox),
    TransferKind.S3: _Protocol(S3Settings, S3Credentials, S3Transfer, open_s3_inbox),
    TransferKind.EMAIL: _Protocol(MailDestinationSettings, MailCredentials, MailTransfer, None),
    TransferKind.FOLDER: _Protocol(FolderSettings, FolderCredentials, FolderTransfer, open_folder_inbox),
}


def create_transfer(kind: str, settings: Values, credentials: Values, egress: EgressGuard) -> Transfer:
    """A transfer ready for use; nothing is connected yet. Raises TransferKindUnknown or TransferSettingsInvalid."""
    return _protocol(kind).create_transfer(settings, credentials, egress)


def create_inbox(
    kind: str, settings: Values, credentials: Values, egress: EgressGuard
) -> AbstractContextManager[RemoteInbox]:
    """A context that opens a session for reading and closes it; nothing is connected before it is entered.

    Raises TransferKindUnknown, also for a kind at which nothing can be read, or TransferSettingsInvalid.
    """
    inbox = _protocol(kind).create_inbox(settings, credentials, egress)
    if inbox is None:
        raise TransferKindUnknown(
            f"Nothing can be read at a destination of kind {kind!r}.",
            fix=f"Use a destination of one of the kinds {', '.join(sorted(readable_kinds()))}.",
            extra={"kind": kind},
        )
    return inbox


def create_sftp(settings: Values, credentials: Values, egress: EgressGuard) -> SftpTransfer:
    """A transfer by SFTP, which can also fetch a host key for confirmation. Raises TransferSettingsInvalid."""
    return SftpTransfer(_validated(SftpSettings, settings), _validated(SftpCredentials, credentials), egress)


def readable_kinds() -> frozenset[TransferKind]:
    """Kinds at which files can be listed and read."""
    return frozenset(kind for kind, protocol in _PROTOCOLS.items() if protocol.open_inbox is not None)


def settings_schema(kind: str) -> dict[str, Any]:
    """JSON Schema of a kind's settings, from which forms are made. Raises TransferKindUnknown."""
    schema: dict[str, Any] = _protocol(kind).settings.model_json_schema()
    return schema


def credentials_schema(kind: str) -> dict[str, Any]:
    """JSON Schema of what signs in at a kind of destination; every value is a secret. Raises TransferKindUnknown."""
    schema: dict[str, Any] = _protocol(kind).credentials.model_json_schema()
    return schema


def _protocol(kind: str) -> _Protocol[Any, Any]:
    try:
        return _PROTOCOLS[TransferKind(kind)]
    except ValueError as error:
        offered = ", ".join(sorted(TransferKind))
        raise TransferKindUnknown(
            f"There is no destination of kind {kind!r}.", fix=f"Use one of: {offered}.", extra={"kind": kind}
        ) from error


def _validated(model: type[_Model], values: Values) -> _Model:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        faults = [{"field": ".".join(map(str, place["loc"])), "message": place["msg"]} for place in error.errors()]
        first = faults[0]
        raise TransferSettingsInvalid(
            f"{first['field'] or 'destination'}: {first['message']}",
            fix="Correct the destination.",
            extra={"fields": faults},
        ) from None  # pydantic's error repeats the input, and the input holds secrets
