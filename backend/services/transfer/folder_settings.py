"""What a folder of this machine, as a destination, is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class FolderSettings(BaseModel):
    """A folder that the operator has opened for deliveries, or one below it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Annotated[
        str,
        Field(
            min_length=1,
            max_length=1000,
            pattern=r"^/[^\x00-\x1f]*$",
            title="Folder",
            description="Whole path as the worker sees it, in a folder the operator lists in DELIVERY_FOLDER_ROOTS.",
        ),
    ]


class FolderCredentials(BaseModel):
    """A folder asks nobody to sign in."""

    model_config = ConfigDict(frozen=True, extra="forbid")
