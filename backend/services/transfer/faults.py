"""What can go wrong on the way to a destination, each fact under its own name and with its next step.

TransferError
├── TransferKindUnknown, TransferSettingsInvalid, FileNameInvalid
├── DestinationUnreachable (transient unless said otherwise)
│   ├── DestinationNameUnknown, DestinationConnectionRefused, DestinationTimedOut, DestinationConnectionLost
│   ├── DestinationAddressRefused (final), DestinationProtocolWrong (final)
├── HostKeyUnknown, HostKeyChanged
├── DestinationSignInRefused, PrivateKeyInvalid
├── DestinationFolderMissing, DestinationPermissionDenied, FileNameTaken, FileTooLarge, DestinationRefused
├── RemoteFileMissing
├── DestinationFolderRefused, DestinationCertificateWrong, DestinationCertificateChanged
├── DestinationFull (transient), RemoteFileDiffers (transient)
└── ArtifactDiffers
"""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class TransferError(OpenRegError):
    """A file could not be brought to its destination."""

    code: ClassVar[str] = "transfer_error"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class TransferKindUnknown(TransferError):
    """There is no destination of this kind."""

    code: ClassVar[str] = "destination_kind_unknown"


class TransferSettingsInvalid(TransferError):
    """The settings of a destination are missing or wrong."""

    code: ClassVar[str] = "destination_settings_invalid"


class FileNameInvalid(TransferError):
    """A file name cannot be used at a destination."""

    code: ClassVar[str] = "file_name_invalid"


class DestinationUnreachable(TransferError):
    """The destination cannot be reached."""

    code: ClassVar[str] = "destination_unreachable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class DestinationNameUnknown(DestinationUnreachable):
    """The destination's host name has no address."""

    code: ClassVar[str] = "destination_name_unknown"


class DestinationAddressRefused(DestinationUnreachable):
    """The destination's address may not be called from this installation."""

    code: ClassVar[str] = "destination_address_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    transient: ClassVar[bool] = False


class DestinationConnectionRefused(DestinationUnreachable):
    """Nothing listens at the destination's address and port."""

    code: ClassVar[str] = "destination_connection_refused"


class DestinationTimedOut(DestinationUnreachable):
    """The destination did not answer in time."""

    code: ClassVar[str] = "destination_timed_out"


class DestinationConnectionLost(DestinationUnreachable):
    """The connection to the destination broke off."""

    code: ClassVar[str] = "destination_connection_lost"


class DestinationProtocolWrong(DestinationUnreachable):
    """What answers at the destination does not speak the expected protocol."""

    code: ClassVar[str] = "destination_protocol_wrong"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID
    transient: ClassVar[bool] = False


class HostKeyUnknown(TransferError):
    """The destination's host key has not been confirmed yet."""

    code: ClassVar[str] = "host_key_unknown"


class HostKeyChanged(TransferError):
    """The destination shows another host key than the one that was confirmed."""

    code: ClassVar[str] = "host_key_changed"


class DestinationSignInRefused(TransferError):
    """The destination refused the user name, password or key."""

    code: ClassVar[str] = "destination_sign_in_refused"


class PrivateKeyInvalid(TransferError):
    """The private key of a destination cannot be used."""

    code: ClassVar[str] = "private_key_invalid"


class DestinationFolderMissing(TransferError):
    """The folder at the destination does not exist."""

    code: ClassVar[str] = "destination_folder_missing"


class DestinationPermissionDenied(TransferError):
    """The destination does not let this user write there."""

    code: ClassVar[str] = "destination_permission_denied"


class DestinationFull(TransferError):
    """The destination has no room for the file."""

    code: ClassVar[str] = "destination_full"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class DestinationRefused(TransferError):
    """The destination refused an operation without a reason OpenReg knows."""

    code: ClassVar[str] = "destination_refused"
    transient: ClassVar[bool] = True


class FileNameTaken(TransferError):
    """Another file with this name and other content is at the destination."""

    code: ClassVar[str] = "file_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class DestinationFolderRefused(TransferError):
    """The folder is not one that the operator has opened for deliveries."""

    code: ClassVar[str] = "destination_folder_refused"


class DestinationCertificateWrong(TransferError):
    """The destination's certificate is not one that can be trusted."""

    code: ClassVar[str] = "destination_certificate_wrong"


class DestinationCertificateChanged(TransferError):
    """The destination shows another certificate than the one that was confirmed."""

    code: ClassVar[str] = "destination_certificate_changed"


class RemoteFileMissing(TransferError):
    """A file is no longer in the folder at the destination."""

    code: ClassVar[str] = "remote_file_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class FileTooLarge(TransferError):
    """The file is larger than the destination takes."""

    code: ClassVar[str] = "file_too_large"


class RemoteFileDiffers(TransferError):
    """What the destination stored is not what was sent."""

    code: ClassVar[str] = "remote_file_differs"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE
    transient: ClassVar[bool] = True


class ArtifactDiffers(TransferError):
    """The artifact in storage does not have the size and hash it was recorded with."""

    code: ClassVar[str] = "artifact_differs"
    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL
