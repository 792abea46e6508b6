"""The services of datasets and mapping sets, each behind the permission its routes ask for.

Annotations are evaluated here, not kept as text, as in ``api.dependencies``.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import Requires, Runtime
from backend.api.runtime import ApiRuntime
from backend.domain.datasets import DatasetKind
from backend.domain.permissions import Permission
from backend.services.dataset_publication import DatasetPublisher
from backend.services.datasets import DatasetService
from backend.services.scope import TenantScope


def dataset_publisher(scope: TenantScope, runtime: ApiRuntime) -> DatasetPublisher:
    """What publishes versions in this process."""
    return DatasetPublisher(scope, runtime.adapters.storage, runtime.wakeups)


def _datasets(kind: DatasetKind, permission: Permission) -> Callable[..., Awaitable[DatasetService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> DatasetService:
        return DatasetService(scope, dataset_publisher(scope, runtime), kind)

    return provide


DatasetsRead = Annotated[DatasetService, Depends(_datasets(DatasetKind.DATASET, Permission.DATASETS_READ))]
DatasetsWrite = Annotated[DatasetService, Depends(_datasets(DatasetKind.DATASET, Permission.DATASETS_WRITE))]
MappingSetsRead = Annotated[DatasetService, Depends(_datasets(DatasetKind.MAPPING_SET, Permission.MAPPING_SETS_READ))]
MappingSetsWrite = Annotated[DatasetService, Depends(_datasets(DatasetKind.MAPPING_SET, Permission.MAPPING_SETS_WRITE))]
