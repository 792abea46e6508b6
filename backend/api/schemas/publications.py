"""Publications as the publisher's staff see them."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from backend.domain.publications import MAX_NAME, MAX_REGIMES, PublicationKind, ReportDetail
from backend.services.publishing import PublicationTerms, PublicationView

Regime = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$")]


class PublicationChangeRequest(BaseModel):
    """What can be decided about a publication."""

    model_config = ConfigDict(extra="forbid")

    regimes: list[Regime] = Field(
        default=[], max_length=MAX_REGIMES, description="Regimes besides those that the thing itself is of."
    )
    detail: ReportDetail | None = Field(
        default=None,
        description="Of a report: whole (the default), with queries and expressions; or outline, without them.",
    )
    includes_files: bool = Field(
        default=False,
        description="Also the released files of a report, or the archive of a schema package, which you may pass on.",
    )

    def terms(self) -> PublicationTerms:
        """What was asked for."""
        return PublicationTerms(self.regimes, self.detail, self.includes_files)


class PublicationRequest(PublicationChangeRequest):
    """A thing to publish: by its id, or, for the rules of a regulation pack, by the pack's name."""

    kind: PublicationKind
    thing_id: UUID | None = None
    pack_id: str | None = Field(default=None, min_length=1, max_length=60, examples=["mifir-rts22"])
    name: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_NAME,
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        description="How a schedule or schema is called outside; else made from its title.",
    )

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.pack_id is not None) != (self.kind is PublicationKind.RULE_PACK):
            raise ValueError("pack_id belongs to a rule_pack, and to nothing else")
        if (self.thing_id is None) != (self.kind is PublicationKind.RULE_PACK):
            raise ValueError("everything but a rule_pack is named by thing_id")
        return self

    @property
    def thing(self) -> UUID | str:
        """What is to be published."""
        return self.thing_id or str(self.pack_id)


class PublicationAnswer(BaseModel):
    """A publication."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: PublicationKind
    thing_id: UUID | None
    pack_id: str | None
    name: str = Field(description="How customers know it.")
    title: str
    regimes: list[str]
    own_regimes: list[str]
    detail: ReportDetail | None
    includes_files: bool
    version: str = Field(description="The newest version that is shown.")
    published_at: AwareDatetime
    published_by: UUID
    unpublished_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    revision: int


class PublicationVersionAnswer(BaseModel):
    """A version that customers are shown."""

    model_config = ConfigDict(from_attributes=True)

    version: str
    sha256: str
    has_personal_data: bool = Field(description="Files of this version are never shown.")
    shown_since: AwareDatetime


class PublicationDetailAnswer(PublicationAnswer):
    """A publication with its versions, newest first."""

    versions: list[PublicationVersionAnswer] = Field(default_factory=list)

    @classmethod
    def of(cls, view: PublicationView) -> Self:
        """The publication as its page shows it."""
        versions = [PublicationVersionAnswer.model_validate(one) for one in view.versions]
        return cls.model_validate(view.publication).model_copy(update={"versions": versions})
