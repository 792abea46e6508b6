"""Official texts: a regulator's list of its rules, brought as a file; what it says, and what changed in it."""

# Annotations are evaluated, not kept as text: FastAPI reads the form's types from them.

from typing import Annotated
from uuid import UUID

from fastapi import Form, Query, UploadFile
from pydantic import Json

from backend.api.dependencies import Idempotency, Paging
from backend.api.report_services import Limit, SortedCursor
from backend.api.resource_router import ResourceRouter
from backend.api.rule_services import OfficialTextsRead, OfficialTextsWrite
from backend.api.schemas.official_rules import MAX_FILE_NAME
from backend.api.schemas.official_texts import (
    ComparedTextAnswer,
    ListFileAnswer,
    OfficialImportAnswer,
    OfficialListAnswer,
    OfficialListImport,
    OfficialTextPage,
)
from backend.api.schemas.pages import ListAnswer
from backend.api.uploads import digest_of
from backend.core.etags import PreconditionFailed
from backend.core.pagination import DEFAULT_LIMIT, NamedPageRequest
from backend.core.problems import problems
from backend.domain.regulations.documents import PackNotFound
from backend.domain.validation.official_texts import OfficialTextsInvalid, TextChange
from backend.services.connectors.files.file_faults import FileTooLarge, FileUnreadable
from backend.services.official_texts import OfficialTextListNotFound

MAX_LIST_BYTES = 16 * 1024 * 1024
router = ResourceRouter(prefix="/official-texts", tags=["official texts"])


@router.get("")
async def list_official_texts(
    texts: OfficialTextsRead,
    page: Paging,
    pack_id: Annotated[str | None, Query(max_length=60, description="The id of a regulation pack.")] = None,
) -> ListAnswer[OfficialListAnswer]:
    """Lists that were imported, newest first; of every regime the newest is the one that is shown."""
    return ListAnswer[OfficialListAnswer].of_attributes(await texts.page(page, pack_id))


@router.post("/read", responses=problems(FileUnreadable, FileTooLarge))
async def read_official_texts(
    file: UploadFile,
    texts: OfficialTextsWrite,
    sheet: Annotated[str | None, Query(max_length=100, description="Of a workbook; the first without it.")] = None,
) -> ListFileAnswer:
    """The first rows of a file, and what its columns seem to be. Nothing is kept."""
    _check_size(file)
    return ListFileAnswer.of(await texts.read(_name_of(file), file.file, sheet))


@router.post(
    "/imports",
    responses=problems(PackNotFound, FileUnreadable, FileTooLarge, OfficialTextsInvalid, PreconditionFailed),
)
async def import_official_texts(
    file: UploadFile,
    how: Annotated[Json[OfficialListImport], Form()],
    texts: OfficialTextsWrite,
    idempotency: Idempotency,
    *,
    is_dry_run: Annotated[bool, Query(description="Tell what would happen, row by row, and keep nothing.")] = False,
) -> OfficialImportAnswer:
    """Make a file the next list of a regime: all of it, or nothing where a row cannot be taken."""
    _check_size(file)
    digest = await digest_of(file)
    wanted = how.wanted(_name_of(file), digest, is_rehearsal=is_dry_run)

    async def act() -> dict[str, object]:
        return OfficialImportAnswer.of(await texts.bring(file.file, wanted)).model_dump(mode="json")

    request = {
        "route": "official-texts/imports",
        "sha256": digest,
        "is_dry_run": is_dry_run,
        **how.model_dump(mode="json"),
    }
    return OfficialImportAnswer.model_validate(await idempotency.once(texts.scope, request, act))


@router.get("/{list_id}", responses=problems(OfficialTextListNotFound))
async def get_official_text_list(list_id: UUID, texts: OfficialTextsRead) -> OfficialListAnswer:
    """One list."""
    return OfficialListAnswer.model_validate(await texts.get(list_id))


@router.get("/{list_id}/texts", responses=problems(OfficialTextListNotFound))
async def list_texts_of_official_list(
    list_id: UUID,
    texts: OfficialTextsRead,
    change: Annotated[TextChange | None, Query(description="What became of them since the list before.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: SortedCursor = None,
) -> OfficialTextPage:
    """Texts of a list in its order, each against the list before; codes that are gone stand last."""
    request = NamedPageRequest(f"{list_id} {change or ''}", limit, cursor)
    page, count = await texts.texts(list_id, request, change)
    items = [ComparedTextAnswer.of_compared(one) for one in page.items]
    return OfficialTextPage(items=items, next_cursor=page.next_cursor, count=count)


def _check_size(file: UploadFile) -> None:
    if (file.size or 0) > MAX_LIST_BYTES:
        raise FileTooLarge(f"The file has more than {MAX_LIST_BYTES} bytes.", fix="Take other sheets out of it.")


def _name_of(file: UploadFile) -> str:
    return (file.filename or "list")[-MAX_FILE_NAME:]
