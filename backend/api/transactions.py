"""What happened to a transaction, over runs, exceptions, submissions, deliveries and the regulator's answers."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from typing import Annotated

from fastapi import Depends, Query

from backend.api.dependencies import Paging, Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.transactions import TransactionAnswer
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.services.scope import TenantScope
from backend.services.storage import StorageUnavailable
from backend.services.transactions import TransactionSearch

router = ResourceRouter(prefix="/transactions", tags=["transactions"])


async def _search(
    scope: Annotated[TenantScope, Depends(Requires(Permission.SUBMISSIONS_READ))], runtime: Runtime
) -> TransactionSearch:
    return TransactionSearch(scope, runtime.adapters.storage)


@router.get("", responses=problems(StorageUnavailable))
async def find_transactions(
    search: Annotated[TransactionSearch, Depends(_search)],
    page: Paging,
    record: Annotated[
        str,
        Query(
            min_length=1,
            max_length=300,
            description="A record's key, its reference, entity and reference written together, or an exception's id.",
        ),
    ],
) -> ListAnswer[TransactionAnswer]:
    """Where a record is, newest run first, each with its timeline; a page may be empty although there are more."""
    return ListAnswer[TransactionAnswer].of(await search.find(record, page), TransactionAnswer.of)
