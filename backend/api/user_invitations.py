"""Invitations into the tenant one is signed in to."""

from __future__ import annotations

from uuid import UUID

from fastapi import status

from backend.api.access import InvitationsRead, InvitationsWrite
from backend.api.dependencies import Paging
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.invitations import InvitationAnswer, InvitationCreate
from backend.api.schemas.pages import ListAnswer
from backend.core.problems import problems
from backend.domain.mail import EmailAddressInvalid
from backend.domain.roles import PermissionNotHeld
from backend.persistence.repositories.invitations import InvitationState
from backend.services.invitations import AlreadyMember, InvitationClosed, InvitationNotFound, InvitationPending
from backend.services.roles import RoleNotFound

router = ResourceRouter(prefix="/user-invitations", tags=["users"])


@router.get("")
async def list_user_invitations(
    invitations: InvitationsRead, page: Paging, state: InvitationState | None = None
) -> ListAnswer[InvitationAnswer]:
    """Invitations, newest first."""
    return ListAnswer.of(await invitations.page(page, state), InvitationAnswer.of)


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    responses=problems(EmailAddressInvalid, AlreadyMember, InvitationPending, RoleNotFound, PermissionNotHeld),
)
async def invite_user(body: InvitationCreate, invitations: InvitationsWrite) -> InvitationAnswer:
    """Invite an address by mail; the link works once, for a week."""
    view = await invitations.invite(email=body.email, full_name=body.full_name, role_ids=body.role_ids)
    return InvitationAnswer.of(view)


@router.post("/{invitation_id}/resend", responses=problems(InvitationNotFound, InvitationClosed, PermissionNotHeld))
async def resend_user_invitation(invitation_id: UUID, invitations: InvitationsWrite) -> InvitationAnswer:
    """Send a new link; the one before opens nothing any more."""
    return InvitationAnswer.of(await invitations.resend(invitation_id))


@router.delete(
    "/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(InvitationNotFound, InvitationClosed),
)
async def revoke_user_invitation(invitation_id: UUID, invitations: InvitationsWrite) -> None:
    """Take an invitation back."""
    await invitations.revoke(invitation_id)
