"""The people of a customer: invited, given roles, removed; and the end of the whole account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import CustomerId, TenantId, new_id
from backend.core.one_time_tokens import fingerprint, new_token
from backend.core.tokens import hash_password, verify_password
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.customers import CustomerRole, CustomerState
from backend.domain.mail import email_address
from backend.domain.passwords import check_password
from backend.domain.sessions import SessionEnd
from backend.persistence.customer_access import tell_access_changed
from backend.persistence.models.customer import (
    Customer,
    CustomerLink,
    CustomerLinkKind,
    CustomerSession,
    CustomerUser,
    Plan,
)
from backend.persistence.repositories.customers import (
    CustomerKeyRepository,
    CustomerRepository,
    CustomerUserRepository,
)
from backend.persistence.session import Database
from backend.services.accounts import PasswordWrong, SessionNotFound
from backend.services.customer_sessions import CustomerPrincipal, account_of
from backend.services.customer_sign_up import AddressTaken, CustomerLinkNotValid, new_user
from backend.services.mail import MailQueue, MailTemplate, PublicLinks, in_words
from backend.services.scope import TenantScope
from backend.services.sign_in_throttle import Place, SignInThrottle

INVITATION_LIFETIME: Final = timedelta(days=7)
#: People of a customer that has no plan yet.
MEMBERS_WITHOUT_PLAN: Final = 3


class TeamMemberNotFound(OpenRegError):
    """There is nobody like that in the team."""

    code: ClassVar[str] = "team_member_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class TeamMemberPresent(OpenRegError):
    """Somebody with this address is in the team already, or is invited."""

    code: ClassVar[str] = "team_member_present"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class TeamFull(OpenRegError):
    """The plan includes no more people."""

    code: ClassVar[str] = "team_full"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class LastOwner(OpenRegError):
    """A customer always has an owner."""

    code: ClassVar[str] = "last_owner"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class OwnersOnly(OpenRegError):
    """Only an owner makes owners, changes them or removes them."""

    code: ClassVar[str] = "owners_only"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class TeamView:
    """Who is there, and who is invited."""

    members: Sequence[CustomerUser]
    invitations: Sequence[CustomerLink]


@dataclass(frozen=True, slots=True)
class AccountView:
    """A customer, its plan, and what the person who asks has there."""

    customer: Customer
    plan: Plan | None
    open_keys: int


@dataclass(frozen=True, slots=True)
class CustomerTeamService:
    """The account of one customer, in the name of somebody of it."""

    scope: TenantScope
    principal: CustomerPrincipal
    box: SecretBox
    links: PublicLinks
    throttle: SignInThrottle

    async def account(self) -> AccountView:
        """The customer as its people see it."""
        async with self.scope.transaction() as session:
            customers = CustomerRepository(session, self.scope.tenant)
            customer = await self._customer(session)
            plan = await customers.find_plan(customer.plan_id)
            keys = await CustomerKeyRepository(session, self.scope.tenant).count_open(self.customer)
        return AccountView(customer, plan, keys)

    async def rename(self, name: str) -> None:
        """Another name of the company."""
        async with self.scope.transaction() as session:
            customer = await self._customer(session, for_update=True)
            customer.name, customer.updated_at = name, self.scope.now()
            await tell_access_changed(session, self.customer)

    async def team(self) -> TeamView:
        """Everybody."""
        async with self.scope.transaction() as session:
            users = CustomerUserRepository(session, self.scope.tenant)
            members = await users.team(self.customer)
            return TeamView(members, await users.invitations(self.customer, self.scope.now()))

    async def invite(self, email: str, role: CustomerRole) -> CustomerLink:
        """Raises EmailAddressInvalid, OwnersOnly, TeamMemberPresent, TeamFull."""
        address, at, token = email_address(email), self.scope.now(), new_token()
        self._check_may_touch(role)
        async with self.scope.transaction() as session:
            customers = CustomerRepository(session, self.scope.tenant)
            users = CustomerUserRepository(session, self.scope.tenant)
            customer = await self._customer(session, for_update=True)
            team = await users.team(self.customer)
            invited = await users.invitations(self.customer, at)
            if address in {one.email for one in team} | {one.email for one in invited}:
                raise TeamMemberPresent
            plan = await customers.find_plan(customer.plan_id)
            room = plan.max_members if plan is not None else MEMBERS_WITHOUT_PLAN
            if len(team) + len(invited) >= room:
                raise TeamFull(f"The plan includes {room} people.")
            link = CustomerLink(
                id=new_id(),
                tenant_id=self.scope.tenant,
                kind=CustomerLinkKind.INVITATION,
                customer_id=self.customer,
                email=address,
                role=role,
                token_hash=fingerprint(token),
                created_by=self.principal.user_id,
                created_at=at,
                expires_at=at + INVITATION_LIFETIME,
            )
            users.add(link)
            values = {
                "inviter": self.principal.full_name,
                "customer": customer.name,
                "expires": in_words(link.expires_at),
                "link": self.links.to(f"/accept-invitation#{token}"),
            }
            mails = MailQueue(session, self.scope.tenant, self.box)
            await mails.put(address, MailTemplate.CUSTOMER_INVITATION, values, at, useful_until=link.expires_at)
            await self._record(session, AuditAction.CUSTOMER_MEMBER_INVITED, link.id, address, {"role": role})
        return link

    async def withdraw(self, invitation_id: UUID) -> None:
        """The invitation opens nothing any more. Raises TeamMemberNotFound."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            users = CustomerUserRepository(session, self.scope.tenant)
            found = [one for one in await users.invitations(self.customer, at) if one.id == invitation_id]
            if not found:
                raise TeamMemberNotFound
            found[0].used_at = at

    async def change_role(self, user_id: UUID, role: CustomerRole) -> CustomerUser:
        """Raises TeamMemberNotFound, OwnersOnly, LastOwner."""
        async with self.scope.transaction() as session:
            user = await self._member(session, user_id)
            self._check_may_touch(role)
            if role is not CustomerRole.OWNER:
                await self._check_owner_left(session, user)
            before, user.role, user.updated_at = user.role, role, self.scope.now()
            told: dict[str, object] = {"from": before, "to": role}
            await self._record(session, AuditAction.CUSTOMER_MEMBER_CHANGED, user.id, user.email, told)
        return user

    async def remove(self, user_id: UUID) -> None:
        """They are signed out, and their address is free again. Raises TeamMemberNotFound, OwnersOnly, LastOwner."""
        async with self.scope.transaction() as session:
            user = await self._member(session, user_id)
            await self._check_owner_left(session, user)
            await self._record(session, AuditAction.CUSTOMER_MEMBER_REMOVED, user.id, user.email, {})
            users = CustomerUserRepository(session, self.scope.tenant)
            await users.end_sessions([user.id], SessionEnd.ENDED_BY_ADMINISTRATOR, self.scope.now())
            _forget(user, self.scope.now())

    async def delete(self, password: str) -> None:
        """The end of the account: keys and sessions end now, names and addresses are forgotten.

        Raises PasswordWrong, SignInDelayed.
        """
        await self._prove(password)
        at = self.scope.now()
        async with self.scope.transaction() as session:
            customer = await self._customer(session, for_update=True)
            users = CustomerUserRepository(session, self.scope.tenant)
            team = await users.team(self.customer)
            await self._record(session, AuditAction.CUSTOMER_DELETED, customer.id, customer.name, {})
            await CustomerKeyRepository(session, self.scope.tenant).revoke_all(self.customer, at)
            await users.end_sessions([one.id for one in team], SessionEnd.SIGNED_OUT_EVERYWHERE, at)
            await users.void_links(self.customer, at)
            for one in team:
                _forget(one, at)
            customer.state, customer.deleted_at, customer.updated_at = CustomerState.DELETED, at, at
            customer.plan_id = customer.plan_until = customer.suspended_at = customer.suspended_reason = None
            await tell_access_changed(session, self.customer)

    async def change_password(self, current: str, chosen: str) -> None:
        """Every other session ends. Raises PasswordWrong, PasswordTooWeak, SignInDelayed."""
        await self._prove(current)
        person = self.principal
        await asyncio.to_thread(
            check_password, chosen, email=person.email, full_name=person.full_name, pointer="/new_password"
        )
        hashed, at = await asyncio.to_thread(hash_password, chosen), self.scope.now()
        async with self.scope.transaction() as session:
            user = await self._member(session, person.user_id)
            user.password_hash, user.updated_at = hashed, at
            users = CustomerUserRepository(session, self.scope.tenant)
            await users.end_sessions([user.id], SessionEnd.PASSWORD_CHANGED, at, keep=person.session_id)

    async def sessions(self) -> Sequence[CustomerSession]:
        """Where the person is signed in."""
        async with self.scope.transaction() as session:
            users = CustomerUserRepository(session, self.scope.tenant)
            return await users.open_sessions(self.principal.user_id, self.scope.now())

    async def end_session(self, session_id: UUID) -> None:
        """Raises SessionNotFound."""
        async with self.scope.transaction() as session:
            found = await CustomerUserRepository(session, self.scope.tenant).find_session(session_id, for_update=True)
            if found is None or found.user_id != self.principal.user_id or found.ended_at is not None:
                raise SessionNotFound
            found.ended_at, found.end_reason = self.scope.now(), SessionEnd.ENDED_BY_USER

    @property
    def customer(self) -> CustomerId:
        """Whose account it is."""
        return self.principal.customer_id

    async def _prove(self, password: str) -> None:
        """Make sure that it is the person who asks, not somebody at their desk."""
        person = self.principal
        account, place = account_of(person.tenant, person.email), Place("signed in", str(person.session_id))
        await self.throttle.admit_password(account, place)
        async with self.scope.transaction() as session:
            user = await self._member(session, person.user_id)
        if not await asyncio.to_thread(verify_password, password, user.password_hash):
            raise PasswordWrong
        await self.throttle.password_was_right(account, place)

    async def _customer(self, session: AsyncSession, *, for_update: bool = False) -> Customer:
        customer = await CustomerRepository(session, self.scope.tenant).find(self.customer, for_update=for_update)
        if customer is None:
            raise TeamMemberNotFound
        return customer

    async def _member(self, session: AsyncSession, user_id: UUID) -> CustomerUser:
        # Under the customer's lock, so that two owners cannot remove each other.
        await self._customer(session, for_update=True)
        user = await CustomerUserRepository(session, self.scope.tenant).find(user_id, for_update=True)
        if user is None or user.customer_id != self.customer or not user.is_active:
            raise TeamMemberNotFound
        return user

    async def _check_owner_left(self, session: AsyncSession, user: CustomerUser) -> None:
        self._check_may_touch(CustomerRole(user.role))
        if user.role == CustomerRole.OWNER:
            users = CustomerUserRepository(session, self.scope.tenant)
            if not await users.other_owners(self.customer, user.id):
                raise LastOwner(fix="Make somebody else an owner first.")

    def _check_may_touch(self, role: CustomerRole) -> None:
        if role is CustomerRole.OWNER and self.principal.role is not CustomerRole.OWNER:
            raise OwnersOnly

    async def _record(
        self, session: AsyncSession, action: AuditAction, identity: UUID, label: str, after: dict[str, object]
    ) -> None:
        await self.scope.audit(session).record(action, AuditSubject("customer", identity, label), after=after or None)


@dataclass(frozen=True, slots=True)
class CustomerInvitationAnswers:
    """For people who are not signed in; the token is all they have."""

    database: Database
    tenant: TenantId
    now: Clock

    async def accept(self, token: str, full_name: str, password: str) -> CustomerUser:
        """Join; the link has proven the mailbox. Raises CustomerLinkNotValid, PasswordTooWeak, AddressTaken."""
        async with self.database.transaction(self.tenant) as session:
            link, _ = await self._link(session, token)
        await asyncio.to_thread(check_password, password, email=link.email, full_name=full_name)
        hashed, at = await asyncio.to_thread(hash_password, password), self.now()
        async with self.database.transaction(self.tenant) as session:
            link, customer = await self._link(session, token)
            users = CustomerUserRepository(session, self.tenant)
            user = new_user(customer, link.email, full_name, CustomerRole(link.role or CustomerRole.VIEWER), at)
            user.password_hash, user.email_verified_at, link.used_at = hashed, at, at
            users.add(user)
            await users.flush_unique(AddressTaken("This address has an account already.", fix="Use another address."))
        return user

    async def _link(self, session: AsyncSession, token: str) -> tuple[CustomerLink, Customer]:
        users = CustomerUserRepository(session, self.tenant)
        link = await users.find_link(CustomerLinkKind.INVITATION, fingerprint(token), self.now())
        customer = await CustomerRepository(session, self.tenant).find(link.customer_id) if link else None
        if link is None or customer is None or customer.state == CustomerState.DELETED:
            raise CustomerLinkNotValid(fix="Ask for another invitation.")
        return link, customer


def _forget(user: CustomerUser, at: datetime) -> None:
    """Nothing of a person stays but that somebody was there."""
    user.email, user.full_name, user.password_hash = f"{user.id}@removed.invalid", "Removed", "!"
    user.is_active, user.updated_at = False, at
