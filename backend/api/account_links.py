"""Links from mails: joining by invitation, and choosing a new password. For people who are not signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, status

from backend.api.account_services import CalledFrom, public_limit
from backend.api.dependencies import Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.invitations import (
    InvitationAccept,
    InvitationAccepted,
    InvitationRead,
    InvitationToken,
    PasswordForgotten,
    PasswordForgottenAnswer,
    PasswordReset,
)
from backend.core.clock import utc_now
from backend.core.problems import problems
from backend.domain.mail import EmailAddressInvalid, email_address
from backend.domain.passwords import PasswordTooWeak
from backend.middleware.rate_limit import RateLimited
from backend.services.auth import SignInRefused
from backend.services.invitation_answers import FullNameMissing, InvitationAnswers, InvitationNotValid
from backend.services.invitations import AlreadyMember
from backend.services.mail import PublicLinks
from backend.services.password_resets import PasswordResetNotValid, PasswordResetService
from backend.services.sign_in_throttle import SignInDelayed

router = ResourceRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(public_limit("links"))])


async def invitation_answers(caller: CalledFrom, runtime: Runtime) -> InvitationAnswers:
    """Answers to invitations."""
    return InvitationAnswers(runtime.database, runtime.system, runtime.throttle, caller, utc_now)


async def password_resets(caller: CalledFrom, runtime: Runtime) -> PasswordResetService:
    """Resets of passwords by mail."""
    links = PublicLinks(runtime.settings.mail.public_url)
    return PasswordResetService(
        runtime.database, runtime.system, runtime.adapters.box, links, runtime.wakeups, caller, utc_now
    )


Answers = Annotated[InvitationAnswers, Depends(invitation_answers)]
Resets = Annotated[PasswordResetService, Depends(password_resets)]


@router.post("/invitations/read", responses=problems(InvitationNotValid, RateLimited))
async def read_invitation(body: InvitationToken, answers: Answers) -> InvitationRead:
    """What an invitation is about; the token stands behind the # of the link."""
    return InvitationRead.model_validate(await answers.read(body.token.get_secret_value()))


@router.post(
    "/invitations/accept",
    responses=problems(
        InvitationNotValid, SignInRefused, PasswordTooWeak, FullNameMissing, AlreadyMember, SignInDelayed, RateLimited
    ),
)
async def accept_invitation(body: InvitationAccept, answers: Answers) -> InvitationAccepted:
    """Join with a new account, or prove the one there is by its password. Sign in afterwards."""
    token = body.token.get_secret_value()
    facts = await answers.read(token)
    await answers.accept(token, full_name=body.full_name, password=body.password.get_secret_value())
    return InvitationAccepted(email=facts.email, tenant_name=facts.tenant_name)


@router.post(
    "/forgot-password", status_code=status.HTTP_202_ACCEPTED, responses=problems(EmailAddressInvalid, RateLimited)
)
async def forget_password(body: PasswordForgotten, resets: Resets, runtime: Runtime) -> PasswordForgottenAnswer:
    """Send a link for a new password; the answer is the same whether or not there is such an account."""
    runtime.afterwards.start(resets.send_link(email_address(body.email)))
    return PasswordForgottenAnswer()


@router.post(
    "/reset-password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(PasswordResetNotValid, PasswordTooWeak, RateLimited),
)
async def reset_password(body: PasswordReset, resets: Resets) -> None:
    """Replace the password; every session of the account ends, and the second factor stays."""
    await resets.reset(body.token.get_secret_value(), body.password.get_secret_value())
