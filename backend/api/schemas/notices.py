"""Notices to the person who is signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.api.schemas.pages import ListAnswer
from backend.domain.notices import Digest, NoticeKind, NoticePreferences


class NoticeAnswer(BaseModel):
    """One fact that somebody can act on."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    sequence: int = Field(description="Grows with every notice; the event stream resumes behind it.")
    kind: NoticeKind
    title: str
    text: str
    link: str = Field(description="Path in the user interface.")
    subject_id: UUID
    created_at: datetime
    read_at: datetime | None


class NoticeList(ListAnswer[NoticeAnswer]):
    """One page, newest first."""

    unread: int = Field(description="How many are unread altogether.")


class ReadAnswer(BaseModel):
    """How many notices were marked as read."""

    read: int


class KindPreference(BaseModel):
    """How one kind of notice is told."""

    model_config = ConfigDict(extra="forbid")

    kind: NoticeKind
    in_app: bool
    mail: bool


class NoticePreferencesBody(BaseModel):
    """How somebody wants to hear of things; a kind that is left out is told both ways."""

    model_config = ConfigDict(extra="forbid")

    kinds: list[KindPreference] = Field(max_length=len(NoticeKind))
    digest: Digest = Field(Digest.OFF, description="`daily`: mails come together, once a day.")
    digest_hour: int = Field(8, ge=0, le=23, description="In the organisation's time zone.")

    @classmethod
    def of(cls, chosen: NoticePreferences) -> NoticePreferencesBody:
        """A choice with every kind spelled out."""
        kinds = [
            KindPreference(kind=kind, in_app=chosen.is_shown(kind), mail=kind not in chosen.muted_mail)
            for kind in NoticeKind
        ]
        return cls(kinds=kinds, digest=chosen.digest, digest_hour=chosen.digest_hour)

    def as_preferences(self) -> NoticePreferences:
        """The choice as a value."""
        return NoticePreferences(
            frozenset(one.kind for one in self.kinds if not one.in_app),
            frozenset(one.kind for one in self.kinds if not one.mail),
            self.digest,
            self.digest_hour,
        )
