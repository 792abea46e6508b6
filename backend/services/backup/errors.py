"""What keeps a backup from being made or restored; each says what to do.

BackupError
├── BackupTargetTaken, BackupNotWritable      there is something at the place already; the disk
├── TablesHidden                              rows that the owner cannot see would be missing
├── BackupMissing, BackupDamaged              nothing there; a file is not what the manifest says
├── BackupFromNewerVersion                    this program does not know its migration, or its form
├── EncryptionKeyMissing                      secrets could not be read after restoring
├── InstallationNotEmpty                      somebody's data would be mixed with the backup's
└── RestoredDataDiffers                       what arrived is not what was sent
"""

from __future__ import annotations

from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError


class BackupError(OpenRegError):
    """The backup cannot be made or restored."""

    code: ClassVar[str] = "backup_failed"


class BackupTargetTaken(BackupError):
    """There is something at the place of the backup already."""

    code: ClassVar[str] = "backup_target_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class BackupNotWritable(BackupError):
    """The backup cannot be written."""

    code: ClassVar[str] = "backup_not_writable"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAVAILABLE


class TablesHidden(BackupError):
    """The owner of the database cannot see the rows of every table."""

    code: ClassVar[str] = "tables_hidden"


class BackupMissing(BackupError):
    """There is no backup in this folder."""

    code: ClassVar[str] = "backup_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class BackupDamaged(BackupError):
    """A file of the backup is not what it was when the backup was made."""

    code: ClassVar[str] = "backup_damaged"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class BackupFromNewerVersion(BackupError):
    """The backup was made by a version of OpenReg that this one does not know."""

    code: ClassVar[str] = "backup_from_newer_version"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class EncryptionKeyMissing(BackupError):
    """ENCRYPTION_KEY does not hold a key that secrets of the backup are sealed with."""

    code: ClassVar[str] = "encryption_key_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class InstallationNotEmpty(BackupError):
    """The installation holds data already."""

    code: ClassVar[str] = "installation_not_empty"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RestoredDataDiffers(BackupError):
    """What was restored is not what the backup holds."""

    code: ClassVar[str] = "restored_data_differs"
