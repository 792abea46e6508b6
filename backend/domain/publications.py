"""Publications: what a publisher shows to customers of the external API, and what of it a plan includes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError

MAX_NAME: Final = 63
MAX_REGIMES: Final = 20
#: What stays of a report when its outline is published: nothing that tells how the firm's own sources look.
_OUTLINE: Final = ("schema_version", "pack", "rule_sets", "outputs", "record_key", "on_empty", "on_partial")


class PublicationKind(StrEnum):
    """What can be published. A rule pack is the rules of a regulation pack, a rule set those that a firm wrote."""

    REPORT = "report"
    RULE_PACK = "rule_pack"
    RULE_SET = "rule_set"
    DATASET = "dataset"
    SCHEDULE = "schedule"
    SCHEMA = "schema"


#: Kinds that are called outside as they are inside; schedules and schemas get a name of their own.
NAMED_BY_THEMSELVES: Final = frozenset(
    {PublicationKind.REPORT, PublicationKind.RULE_PACK, PublicationKind.RULE_SET, PublicationKind.DATASET}
)
#: Kinds that have files: released artifacts of a report, the archive of a schema package.
WITH_FILES: Final = frozenset({PublicationKind.REPORT, PublicationKind.SCHEMA})


class ReportDetail(StrEnum):
    """How much of a report is shown: all that an export holds but where its files go, or what it reports about."""

    WHOLE = "whole"
    OUTLINE = "outline"


class PublicationAction(StrEnum):
    """What a change in the feed is."""

    PUBLISHED = "published"
    CHANGED = "changed"
    UNPUBLISHED = "unpublished"


class PublicationNotFound(OpenRegError):
    """There is no such publication."""

    code: ClassVar[str] = "publication_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class PublicationExists(OpenRegError):
    """It is published already."""

    code: ClassVar[str] = "publication_exists"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PublicationNameTaken(OpenRegError):
    """Another publication of this kind has the name."""

    code: ClassVar[str] = "publication_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PublicationSubjectNotFound(OpenRegError):
    """There is no such thing to publish."""

    code: ClassVar[str] = "publication_subject_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class NothingToPublish(OpenRegError):
    """It has no version that is in use yet."""

    code: ClassVar[str] = "nothing_to_publish"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class PublicationInvalid(OpenRegError):
    """What is asked for does not go with this kind of publication."""

    code: ClassVar[str] = "publication_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class Entitled(Protocol):
    """What a plan includes of what is published; each limit holds by itself, None is no limit."""

    @property
    def regimes(self) -> frozenset[str] | None:
        """Of which regimes."""

    @property
    def kinds(self) -> frozenset[str] | None:
        """Of which kinds."""

    @property
    def publications(self) -> frozenset[UUID] | None:
        """Which by their ids."""


@dataclass(frozen=True, slots=True)
class PublicationFacts:
    """What decides whether a plan includes a publication."""

    id: UUID
    kind: str
    regimes: frozenset[str]


def is_included(entitled: Entitled, one: PublicationFacts) -> bool:
    """Whether a plan includes a publication. What belongs to no regime is not in a plan that names regimes."""
    if entitled.kinds is not None and one.kind not in entitled.kinds:
        return False
    if entitled.publications is not None and one.id not in entitled.publications:
        return False
    return entitled.regimes is None or bool(entitled.regimes & one.regimes)


def change_as_seen(
    entitled: Entitled, before: PublicationFacts, after: PublicationFacts, action: PublicationAction
) -> PublicationAction | None:
    """What a change is for a plan that may include only what was, or only what is; None: nothing."""
    was, now = is_included(entitled, before), is_included(entitled, after)
    if was and now:
        return action
    if now:
        return PublicationAction.UNPUBLISHED if action is PublicationAction.UNPUBLISHED else PublicationAction.PUBLISHED
    return PublicationAction.UNPUBLISHED if was else None


def name_of_title(title: str) -> str:
    """A name for what has only a title."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:MAX_NAME].strip("-") or "untitled"


def shown_document(document: Mapping[str, Any], detail: ReportDetail) -> dict[str, Any]:
    """A report's document as it is published; connectors stand in it by name already.

    Where the firm's files go is nobody else's business. The outline has the names of the fields and no expression.
    """
    if detail is ReportDetail.WHOLE:
        return {**document, "deliver_to": []}
    kept = {name: document[name] for name in _OUTLINE if name in document}
    return {**kept, "fields": list(document["fields"])}


def has_personal_data(document: Mapping[str, Any], personal: Iterable[str]) -> bool:
    """Whether files of the report can hold what identifies natural persons: ``personal`` are the pack's columns."""
    return not set(document["fields"]).isdisjoint(personal)


def without_unpublished(dependencies: Sequence[Mapping[str, Any]], slugs: Mapping[str, str]) -> list[dict[str, Any]]:
    """What a schedule waits for, by the names of published reports; others are left out."""
    return [
        {"report": slugs[str(one["report_id"])], "max_age_minutes": one.get("max_age_minutes")}
        for one in dependencies
        if str(one["report_id"]) in slugs
    ]
