"""Rule sets: write a draft, activate it, see what judged."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import Path, Query, Response, status

from backend.api.dependencies import Paging
from backend.api.etags import IfMatch, tag
from backend.api.report_services import Search
from backend.api.resource_router import ResourceRouter
from backend.api.rule_services import RuleSetsActivate, RuleSetsRead, RuleSetsWrite
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.rule_sets import (
    RuleSetAnswer,
    RuleSetChange,
    RuleSetComparisonAnswer,
    RuleSetCreate,
    RuleSetDraft,
    RuleSetVersionAnswer,
    RuleSetVersionList,
    RuleSetVersionMark,
)
from backend.core.etags import PreconditionFailed
from backend.core.ids import RuleSetId
from backend.core.problems import problems
from backend.domain.regulations.documents import PackNotFound
from backend.domain.reports.review import AuthorMayNotApprove
from backend.domain.validation.rule_sets import RuleSetTransitionRefused
from backend.persistence.repositories.rule_sets import ListedRuleSet
from backend.services.rule_sets import (
    RuleIdRepeated,
    RuleSetChanges,
    RuleSetInUse,
    RuleSetNameTaken,
    RuleSetNotFound,
    RuleSetUnfit,
    RuleSetVersionNotFound,
    rule_set_etag,
    rule_set_version_etag,
)

router = ResourceRouter(prefix="/rule-sets", tags=["rule sets"])
_MAX_NUMBER: Final = 2**31 - 1
VersionNumber = Annotated[int, Path(ge=1, le=_MAX_NUMBER)]


@router.get("")
async def list_rule_sets(rule_sets: RuleSetsRead, page: Paging, q: Search = None) -> ListAnswer[RuleSetAnswer]:
    """Rule sets, newest first, each with the reports that use it."""
    return ListAnswer.of(await rule_sets.page(page, q), RuleSetAnswer.of)


@router.post("", status_code=status.HTTP_201_CREATED, responses=problems(RuleSetNameTaken, PackNotFound))
async def create_rule_set(body: RuleSetCreate, rule_sets: RuleSetsWrite, response: Response) -> RuleSetAnswer:
    """A rule set without versions; its first draft begins it."""
    return _tagged(
        response,
        await rule_sets.create(name=body.name, title=body.title, description=body.description, pack_id=body.pack_id),
    )


@router.get("/{rule_set_id}", responses=problems(RuleSetNotFound))
async def get_rule_set(rule_set_id: UUID, rule_sets: RuleSetsRead, response: Response) -> RuleSetAnswer:
    """One rule set."""
    return _tagged(response, await rule_sets.get(RuleSetId(rule_set_id)))


@router.patch("/{rule_set_id}", responses=problems(RuleSetNotFound, PreconditionFailed))
async def change_rule_set(
    rule_set_id: UUID, body: RuleSetChange, rule_sets: RuleSetsWrite, if_match: IfMatch, response: Response
) -> RuleSetAnswer:
    """Change title or description."""
    changes = RuleSetChanges(body.title, body.description)
    return _tagged(response, await rule_sets.change(RuleSetId(rule_set_id), changes, if_match))


@router.delete(
    "/{rule_set_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(RuleSetNotFound, RuleSetInUse)
)
async def delete_rule_set(rule_set_id: UUID, rule_sets: RuleSetsWrite) -> None:
    """Take away a rule set that has never judged."""
    await rule_sets.remove(RuleSetId(rule_set_id))


@router.get("/{rule_set_id}/versions", responses=problems(RuleSetNotFound))
async def list_rule_set_versions(rule_set_id: UUID, rule_sets: RuleSetsRead) -> RuleSetVersionList:
    """Every version, newest first."""
    versions = await rule_sets.versions(RuleSetId(rule_set_id))
    return RuleSetVersionList(items=[RuleSetVersionMark.of(version, count) for version, count in versions])


@router.get("/{rule_set_id}/versions/{version_number}", responses=problems(RuleSetVersionNotFound))
async def get_rule_set_version(
    rule_set_id: UUID, version_number: VersionNumber, rule_sets: RuleSetsRead, response: Response
) -> RuleSetVersionAnswer:
    """One version with its rules."""
    version = await rule_sets.get_version(RuleSetId(rule_set_id), version_number)
    tag(response, rule_set_version_etag(version))
    return RuleSetVersionAnswer.of_version(version)


@router.get("/{rule_set_id}/versions/{version_number}/compare", responses=problems(RuleSetVersionNotFound))
async def compare_rule_set_versions(
    rule_set_id: UUID,
    version_number: VersionNumber,
    rule_sets: RuleSetsRead,
    other: Annotated[
        int | None,
        Query(alias="with", ge=1, le=_MAX_NUMBER, description="Any other version; the one before without it."),
    ] = None,
) -> RuleSetComparisonAnswer:
    """What changed from another version to this one, rule by rule."""
    return RuleSetComparisonAnswer.of(await rule_sets.compare(RuleSetId(rule_set_id), version_number, other))


@router.put("/{rule_set_id}/draft", responses=problems(RuleSetNotFound, RuleIdRepeated, PreconditionFailed))
async def save_rule_set_draft(
    rule_set_id: UUID, body: RuleSetDraft, rule_sets: RuleSetsWrite, if_match: IfMatch, response: Response
) -> RuleSetVersionAnswer:
    """Keep the rules as they are now. Every save but the first names the state it was made on in ``If-Match``."""
    draft = await rule_sets.save_draft(RuleSetId(rule_set_id), body.rules, body.note, if_match)
    tag(response, rule_set_version_etag(draft))
    return RuleSetVersionAnswer.of_version(draft)


@router.delete(
    "/{rule_set_id}/draft",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(RuleSetNotFound, RuleSetVersionNotFound),
)
async def discard_rule_set_draft(rule_set_id: UUID, rule_sets: RuleSetsWrite) -> None:
    """Throw the draft away."""
    await rule_sets.discard_draft(RuleSetId(rule_set_id))


@router.post(
    "/{rule_set_id}/versions/{version_number}/activate",
    responses=problems(
        RuleSetNotFound, RuleSetVersionNotFound, RuleSetTransitionRefused, AuthorMayNotApprove, RuleSetUnfit
    ),
)
async def activate_rule_set_version(
    rule_set_id: UUID, version_number: VersionNumber, rule_sets: RuleSetsActivate
) -> RuleSetVersionAnswer:
    """Make a draft the version that judges, from the next run on; with four eyes not by one of its authors."""
    return RuleSetVersionAnswer.of_version(await rule_sets.activate(RuleSetId(rule_set_id), version_number))


@router.post(
    "/{rule_set_id}/versions/{version_number}/retire",
    responses=problems(RuleSetNotFound, RuleSetVersionNotFound, RuleSetTransitionRefused, RuleSetInUse),
)
async def retire_rule_set_version(
    rule_set_id: UUID, version_number: VersionNumber, rule_sets: RuleSetsActivate
) -> RuleSetVersionAnswer:
    """Take the active version out of use, when no report needs it."""
    return RuleSetVersionAnswer.of_version(await rule_sets.retire(RuleSetId(rule_set_id), version_number))


def _tagged(response: Response, listed: ListedRuleSet) -> RuleSetAnswer:
    tag(response, rule_set_etag(listed.rule_set))
    return RuleSetAnswer.of(listed)
