"""The account of a customer: company, plan, usage, sessions, team."""

# Annotations are evaluated here, not kept as text, as in ``external_api.api.people``.

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from backend.core.clock import utc_now
from backend.core.problems import problems
from backend.domain.customers import CustomerRight
from backend.domain.mail import EmailAddressInvalid
from backend.domain.passwords import PasswordTooWeak
from backend.persistence.repositories.customer_usage import UsageBy
from backend.services.accounts import PasswordWrong, SessionNotFound
from backend.services.customer_team import (
    CustomerTeamService,
    LastOwner,
    OwnersOnly,
    TeamFull,
    TeamMemberNotFound,
    TeamMemberPresent,
)
from backend.services.customer_usage import CustomerUsageService, UsagePeriodInvalid
from backend.services.scope import TenantScope
from backend.services.sign_in_throttle import SignInDelayed
from external_api.api.people import SIGNED_IN_RESPONSES, Cookies, RequiresRight, SignedIn, team_service
from external_api.api.schemas.customers import (
    AccountChange,
    CustomerAccount,
    CustomerSessionAnswer,
    CustomerSessionList,
    MemberAnswer,
    MemberInvite,
    PasswordChange,
    PasswordOnly,
    RoleChange,
    TeamAnswer,
    TeamInvitation,
)
from external_api.api.schemas.usage import UsageAnswer

router = APIRouter(prefix="/customers", tags=["customers: account"], responses=SIGNED_IN_RESPONSES)
AccountRead = Annotated[CustomerTeamService, team_service(CustomerRight.ACCOUNT_READ)]
AccountWrite = Annotated[CustomerTeamService, team_service(CustomerRight.ACCOUNT_WRITE)]
AccountDelete = Annotated[CustomerTeamService, team_service(CustomerRight.ACCOUNT_DELETE)]
TeamRead = Annotated[CustomerTeamService, team_service(CustomerRight.TEAM_READ)]
TeamWrite = Annotated[CustomerTeamService, team_service(CustomerRight.TEAM_WRITE)]
UsageRead = Annotated[TenantScope, Depends(RequiresRight(CustomerRight.USAGE_READ))]
By = Annotated[list[UsageBy] | None, Query(description="What calls are told apart by; by day unless said otherwise.")]


@router.get("/account")
async def get_account(account: AccountRead) -> CustomerAccount:
    """The company, its plan, and oneself."""
    return CustomerAccount.of(await account.account(), account.principal)


@router.patch("/account", responses=problems(TeamMemberNotFound))
async def change_account(body: AccountChange, account: AccountWrite) -> CustomerAccount:
    """Rename the company."""
    await account.rename(body.company)
    return CustomerAccount.of(await account.account(), account.principal)


@router.post(
    "/account/delete", status_code=status.HTTP_204_NO_CONTENT, responses=problems(PasswordWrong, SignInDelayed)
)
async def delete_account(body: PasswordOnly, account: AccountDelete, cookies: Cookies) -> None:
    """End the account: keys and sessions stop at once, names and addresses are forgotten."""
    await account.delete(body.password.get_secret_value())
    cookies.drop()


@router.post(
    "/change-password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(PasswordWrong, PasswordTooWeak, SignInDelayed),
)
async def change_password(body: PasswordChange, account: AccountRead) -> None:
    """Another password; every other session ends."""
    await account.change_password(body.current_password.get_secret_value(), body.new_password.get_secret_value())


@router.get("/usage", responses=problems(UsagePeriodInvalid))
async def get_usage(
    scope: UsageRead,
    principal: SignedIn,
    account: AccountRead,
    first: date | None = None,
    last: date | None = None,
    by: By = None,
) -> UsageAnswer:
    """Calls of the month against its quota, and of some days in groups."""
    plan = (await account.account()).plan
    usage = CustomerUsageService(scope.database, scope.tenant, principal.customer_id, utc_now)
    return UsageAnswer.of(await usage.view(first, last, by or ()), plan.monthly_quota if plan else None)


@router.get("/sessions")
async def list_sessions(account: AccountRead) -> CustomerSessionList:
    """Where one is signed in, the newest first."""
    current = account.principal.session_id
    return CustomerSessionList(items=[CustomerSessionAnswer.of(one, current) for one in await account.sessions()])


@router.delete("/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT, responses=problems(SessionNotFound))
async def end_session(session_id: UUID, account: AccountRead) -> None:
    """Sign out somewhere else."""
    await account.end_session(session_id)


@router.get("/team")
async def get_team(account: TeamRead) -> TeamAnswer:
    """Who is there, and who is invited."""
    return TeamAnswer.of(await account.team())


@router.post(
    "/team/invitations",
    status_code=status.HTTP_201_CREATED,
    responses=problems(EmailAddressInvalid, OwnersOnly, TeamMemberPresent, TeamFull),
)
async def invite_member(body: MemberInvite, account: TeamWrite) -> TeamInvitation:
    """Invite somebody by mail; the address is the key to doing it once."""
    return TeamInvitation.of(await account.invite(body.email, body.role))


@router.delete(
    "/team/invitations/{invitation_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(TeamMemberNotFound),
)
async def withdraw_invitation(invitation_id: UUID, account: TeamWrite) -> None:
    """The link of the invitation opens nothing any more."""
    await account.withdraw(invitation_id)


@router.patch("/team/{user_id}", responses=problems(TeamMemberNotFound, OwnersOnly, LastOwner))
async def change_member(user_id: UUID, body: RoleChange, account: TeamWrite) -> MemberAnswer:
    """Give somebody another role."""
    return MemberAnswer.of(await account.change_role(user_id, body.role))


@router.delete(
    "/team/{user_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(TeamMemberNotFound, OwnersOnly, LastOwner),
)
async def remove_member(user_id: UUID, account: TeamWrite) -> None:
    """They are signed out and come in no more."""
    await account.remove(user_id)
