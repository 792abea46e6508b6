"""Official lists: which there are, and loading them as they are published."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

import tempfile
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path as FolderPath
from typing import Annotated

from fastapi import Depends, File, Path, Query, UploadFile

from backend.api.dataset_services import dataset_publisher
from backend.api.dependencies import Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.reference_lists import LoadAnswer, ReferenceListAnswer, ReferenceListList
from backend.core.problems import problems
from backend.domain.datasets import DatasetEntriesInvalid
from backend.domain.permissions import Permission
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.dataset_imports import DatasetBusy
from backend.services.reference_data.bad_rows import MAX_LISTED, BadRows, ReferenceRowsRefused
from backend.services.reference_data.list_files import ListFile
from backend.services.reference_data.reading import ListReading, ReferenceFilesWrong
from backend.services.reference_data.shapes import LoadMode, OfficialList
from backend.services.reference_lists import ReferenceListService, ReferenceListUnknown, ReferenceNameTaken
from backend.services.scope import TenantScope
from backend.services.storage import StorageUnavailable

_MAX_NAME = 200
router = ResourceRouter(prefix="/reference-lists", tags=["reference lists"])


def _lists(permission: Permission) -> Callable[..., Awaitable[ReferenceListService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ReferenceListService:
        return ReferenceListService(dataset_publisher(scope, runtime))

    return provide


ListsRead = Annotated[ReferenceListService, Depends(_lists(Permission.DATASETS_READ))]
ListsWrite = Annotated[ReferenceListService, Depends(_lists(Permission.DATASETS_WRITE))]


@router.get("")
async def list_reference_lists(lists: ListsRead) -> ReferenceListList:
    """Lists that can be loaded, and how old what is there of them is."""
    now = lists.publisher.scope.now()
    return ReferenceListList(items=[ReferenceListAnswer.of(one, now) for one in await lists.states()])


@router.post(
    "/{listed}/load",
    responses=problems(
        ReferenceListUnknown,
        FileUnreadable,
        FileTooLarge,
        ReferenceRowsRefused,
        ReferenceFilesWrong,
        ReferenceNameTaken,
        DatasetEntriesInvalid,
        DatasetBusy,
        StorageUnavailable,
    ),
)
async def load_reference_list(
    listed: Annotated[str, Path(max_length=20, description="The name of the list.")],
    lists: ListsWrite,
    file: Annotated[UploadFile | None, File(description="The list as published, also in a zip archive.")] = None,
    mode: Annotated[LoadMode, Query(description="All of it, a further part of it, or what changed.")] = LoadMode.FULL,
    allowed_bad_rows: Annotated[int, Query(ge=0, le=MAX_LISTED)] = 0,
    as_at: Annotated[datetime | None, Query(description="The moment the list is of; now without it.")] = None,
) -> LoadAnswer:
    """Make a list the next version of its datasets: all of it, or nothing where a row cannot be taken."""
    with tempfile.TemporaryDirectory(prefix="openreg-list-") as folder:
        files = [] if file is None else [_list_file(file)]
        reading = ListReading(_list_named(listed), mode, files, FolderPath(folder), bad=BadRows(allowed_bad_rows))
        return LoadAnswer.of(await lists.load(reading, as_at))


def _list_named(name: str) -> OfficialList:
    try:
        return OfficialList(name)
    except ValueError:
        raise ReferenceListUnknown(f"There is no list {name}.", fix=f"Lists are {', '.join(OfficialList)}.") from None


def _list_file(file: UploadFile) -> ListFile:
    """The upload, which the framework has put on disk when it is large."""
    return ListFile((file.filename or "list")[-_MAX_NAME:], file.size or 0, lambda: file.file)
