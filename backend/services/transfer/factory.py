"""Makes transfers by kind of destination. What is registered here is what the product offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from backend.services.egress import EgressGuard
from backend.services.transfer.contract import Transfer, TransferKind
from backend.services.transfer.faults import TransferKindUnknown, TransferSettingsInvalid
from backend.services.transfer.sftp import SftpTransfer
from backend.services.transfer.sftp_settings import SftpCredentials, SftpSettings

_Model = TypeVar("_Model", bound=BaseModel)

_SETTINGS: Final[Mapping[TransferKind, type[BaseModel]]] = {TransferKind.SFTP: SftpSettings}


def create_transfer(
    kind: str, settings: Mapping[str, object], credentials: Mapping[str, object], egress: EgressGuard
) -> Transfer:
    """A transfer ready for use; nothing is connected yet. Raises TransferKindUnknown or TransferSettingsInvalid."""
    _check_kind(kind)
    return create_sftp(settings, credentials, egress)


def create_sftp(settings: Mapping[str, object], credentials: Mapping[str, object], egress: EgressGuard) -> SftpTransfer:
    """A transfer by SFTP, which can also fetch a host key for confirmation. Raises TransferSettingsInvalid."""
    return SftpTransfer(_validated(SftpSettings, settings), _validated(SftpCredentials, credentials), egress)


def settings_schema(kind: str) -> dict[str, Any]:
    """JSON Schema of a kind's settings, from which forms are made. Raises TransferKindUnknown."""
    return _SETTINGS[_check_kind(kind)].model_json_schema()


def _check_kind(kind: str) -> TransferKind:
    try:
        return TransferKind(kind)
    except ValueError as error:
        offered = ", ".join(sorted(TransferKind))
        raise TransferKindUnknown(
            f"There is no destination of kind {kind!r}.", fix=f"Use one of: {offered}.", extra={"kind": kind}
        ) from error


def _validated(model: type[_Model], values: Mapping[str, object]) -> _Model:
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
