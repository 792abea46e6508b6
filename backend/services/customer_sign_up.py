"""Signing up, proving an address, and a new password; no answer tells whether an address is known.

Whoever signs up proves two things: the mailbox, by the link, and the password that they chose, by typing it again. So a
stranger who signs up with somebody's address first, or second, opens nothing when that person follows the link.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.core.one_time_tokens import fingerprint, new_token
from backend.core.publishing_settings import StripeSettings
from backend.core.token_bucket import Rate, TokenBuckets
from backend.core.tokens import hash_password, verify_password
from backend.domain.audit import AuditAction, AuditSubject
from backend.domain.customers import CustomerRole, CustomerState
from backend.domain.mail import email_address
from backend.domain.passwords import check_password
from backend.domain.sessions import SessionEnd
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.models.customer import Customer, CustomerLink, CustomerLinkKind, CustomerUser
from backend.persistence.repositories.customers import CustomerRepository, CustomerUserRepository
from backend.persistence.session import Database
from backend.services.customer_sessions import account_of
from backend.services.mail import MailQueue, MailTemplate, PublicLinks, in_words
from backend.services.scope import ActorKind, Caller
from backend.services.sign_in_throttle import Place, SignInThrottle, network_of

log = structlog.get_logger(__name__)
VERIFICATION_LIFETIME: Final = timedelta(days=1)
RESET_LIFETIME: Final = timedelta(hours=1)
#: Mails to one address that anybody may cause: three, and then one every twenty minutes.
#: No hash at all: no password opens it.
_OPENED_BY_NOTHING: Final = "!"
MAIL_BUDGET: Final = Rate(per_minute=3 / 60, burst=3)


class CustomerLinkNotValid(OpenRegError):
    """The link, or the password with it, cannot be used: wrong, used, replaced, or too old."""

    code: ClassVar[str] = "customer_link_not_valid"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class AddressTaken(OpenRegError):
    """Another sign-up has just taken this address."""

    code: ClassVar[str] = "address_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody signs up with."""

    company: str
    full_name: str
    email: str
    password: SecretStr = field(repr=False)


@dataclass(frozen=True, slots=True)
class CustomerSignUpService:
    """For people of one publisher's customers who are not signed in."""

    database: Database
    tenant: TenantId
    box: SecretBox
    links: PublicLinks
    throttle: SignInThrottle
    budgets: TokenBuckets
    caller: Caller
    now: Clock
    stripe: StripeSettings

    async def check(self, wanted: SignUp) -> str:
        """The hash of the password; the same work for any address. Raises EmailAddressInvalid, PasswordTooWeak."""
        email, password = email_address(wanted.email), wanted.password.get_secret_value()
        await asyncio.to_thread(check_password, password, email=email, full_name=wanted.full_name)
        return await asyncio.to_thread(hash_password, password)

    async def register(self, wanted: SignUp, hashed: str) -> None:
        """An account that waits for its proof, or a mail to whoever has it already. Call it beside the answer."""
        email, at = email_address(wanted.email), self.now()
        if not await self._may_be_mailed(email):
            return
        async with self.database.transaction(self.tenant) as session:
            users = CustomerUserRepository(session, self.tenant)
            user = await users.find_by_email(email, for_update=True)
            if user is not None and user.email_verified_at is not None:
                values = {"email": email, "link": self.links.to("/forgot-password")}
                await self._mails(session).put(email, MailTemplate.CUSTOMER_EXISTS, values, at)
                return
            if user is None:
                user = await self._new_account(session, wanted, email, hashed)
            else:  # nobody has proven the first one: the last one counts
                user.password_hash, user.full_name, user.updated_at = hashed, wanted.full_name, at
            await self._mail_link(session, user, CustomerLinkKind.VERIFICATION)

    async def verify(self, token: str, password: str) -> CustomerUser:
        """The account is proven by the link and the password. Raises CustomerLinkNotValid, SignInDelayed."""
        place, at = Place(network_of(self.caller.address)), self.now()
        await self.throttle.admit_password(fingerprint(token)[:32], place)
        async with self.database.transaction(self.tenant) as session:
            users = CustomerUserRepository(session, self.tenant)
            link = await users.find_link(CustomerLinkKind.VERIFICATION, fingerprint(token), at)
            user = await users.find(link.user_id) if link is not None and link.user_id is not None else None
        if not await asyncio.to_thread(verify_password, password, user.password_hash if user else None):
            raise CustomerLinkNotValid(fix="Type the password you signed up with, or sign up again.")
        await self.throttle.password_was_right(fingerprint(token)[:32], place)
        async with self.database.transaction(self.tenant) as session:
            users = CustomerUserRepository(session, self.tenant)
            link = await users.find_link(CustomerLinkKind.VERIFICATION, fingerprint(token), at)
            found = await users.find(link.user_id, for_update=True) if link and link.user_id else None
            if user is None or found is None or not found.is_active or found.password_hash != user.password_hash:
                raise CustomerLinkNotValid(fix="Sign up again.")
            found.email_verified_at = found.updated_at = at
            await users.use_up_links(CustomerLinkKind.VERIFICATION, found.id, at)
            await self._record(session, AuditAction.CUSTOMER_VERIFIED, found)
        return found

    async def send_reset(self, email: str) -> None:
        """A mail if there is such an account. Call it beside the answer: how long it takes tells whether there is."""
        address = email.strip().lower()
        async with self.database.transaction(self.tenant) as session:
            user = await CustomerUserRepository(session, self.tenant).find_by_email(address)
            if user is None or not user.is_active:
                log.info("customer_reset_for_nobody")
                return
        if not await self._may_be_mailed(address):
            return
        async with self.database.transaction(self.tenant) as session:
            await self._mail_link(session, user, CustomerLinkKind.RESET)

    async def reset(self, token: str, password: str) -> None:
        """Another password; the mailbox is proven with it, and all sessions end.

        Raises CustomerLinkNotValid, PasswordTooWeak.
        """
        at = self.now()
        async with self.database.transaction(self.tenant) as session:
            user = await self._of_reset(session, token)
        await asyncio.to_thread(check_password, password, email=user.email, full_name=user.full_name)
        hashed = await asyncio.to_thread(hash_password, password)
        async with self.database.transaction(self.tenant) as session:
            user = await self._of_reset(session, token)
            user.password_hash, user.updated_at = hashed, at
            user.email_verified_at = user.email_verified_at or at
            users = CustomerUserRepository(session, self.tenant)
            for kind in (CustomerLinkKind.RESET, CustomerLinkKind.VERIFICATION):
                await users.use_up_links(kind, user.id, at)
            await users.end_sessions([user.id], SessionEnd.PASSWORD_CHANGED, at)
            values = {"email": user.email, "at": in_words(at), "link": self.links.to("/forgot-password")}
            await self._mails(session).put(user.email, MailTemplate.PASSWORD_CHANGED, values, at)
            await self._record(session, AuditAction.PASSWORD_RESET_COMPLETED, user)

    async def _of_reset(self, session: AsyncSession, token: str) -> CustomerUser:
        users = CustomerUserRepository(session, self.tenant)
        link = await users.find_link(CustomerLinkKind.RESET, fingerprint(token), self.now())
        user = await users.find(link.user_id, for_update=True) if link and link.user_id else None
        if user is None or not user.is_active:
            raise CustomerLinkNotValid(fix="Ask for a new link.")
        return user

    async def _new_account(self, session: AsyncSession, wanted: SignUp, email: str, hashed: str) -> CustomerUser:
        at, customers = self.now(), CustomerRepository(session, self.tenant)
        plan = await customers.default_plan()
        if plan is not None and self.stripe.secret_key and (plan.stripe_price_id or self.stripe.price_id):
            plan = None  # it is for sale, and nobody has paid for it yet
        customer = Customer(
            id=new_id(),
            tenant_id=self.tenant,
            name=wanted.company,
            state=CustomerState.ACTIVE,
            plan_id=plan.id if plan else None,
            created_at=at,
            updated_at=at,
        )
        customers.add(customer)
        await customers.flush()
        user = new_user(customer, email, wanted.full_name, CustomerRole.OWNER, at)
        user.password_hash = hashed
        customers.add(user)
        await customers.flush_unique(AddressTaken())
        await self._record(session, AuditAction.CUSTOMER_SIGNED_UP, user)
        return user

    async def _mail_link(self, session: AsyncSession, user: CustomerUser, kind: CustomerLinkKind) -> None:
        """One link that opens; those before it open nothing any more."""
        at, token = self.now(), new_token()
        is_reset = kind is CustomerLinkKind.RESET
        until = at + (RESET_LIFETIME if is_reset else VERIFICATION_LIFETIME)
        users = CustomerUserRepository(session, self.tenant)
        await users.use_up_links(kind, user.id, at)
        users.add(
            CustomerLink(
                id=new_id(),
                tenant_id=self.tenant,
                kind=kind,
                customer_id=user.customer_id,
                user_id=user.id,
                email=user.email,
                token_hash=fingerprint(token),
                created_at=at,
                expires_at=until,
            )
        )
        path = "/reset-password" if is_reset else "/verify"
        values = {"email": user.email, "expires": in_words(until), "link": self.links.to(f"{path}#{token}")}
        template = MailTemplate.PASSWORD_RESET if is_reset else MailTemplate.CUSTOMER_VERIFICATION
        await self._mails(session).put(user.email, template, values, at, useful_until=until)

    async def _may_be_mailed(self, email: str) -> bool:
        key = f"customers:mail:{account_of(self.tenant, email)}"
        is_allowed = (await self.budgets.take(key, MAIL_BUDGET)).is_allowed
        if not is_allowed:
            log.info("customer_mail_asked_too_often")
        return is_allowed

    def _mails(self, session: AsyncSession) -> MailQueue:
        return MailQueue(session, self.tenant, self.box)

    async def _record(self, session: AsyncSession, action: AuditAction, user: CustomerUser) -> None:
        actor = ActorRecord(ActorKind.CUSTOMER, user.id, user.email, self.caller.address, self.caller.request_id)
        subject = AuditSubject("customer_user", user.id, user.email)
        await AuditTrail(session, self.tenant, actor, self.now).record(action, subject)


def new_user(customer: Customer, email: str, full_name: str, role: CustomerRole, at: datetime) -> CustomerUser:
    """Somebody of a customer, whose address is not proven yet, and who has no password yet."""
    return CustomerUser(
        id=new_id(),
        tenant_id=customer.tenant_id,
        customer_id=customer.id,
        email=email,
        full_name=full_name,
        password_hash=_OPENED_BY_NOTHING,
        role=role,
        is_active=True,
        created_at=at,
        updated_at=at,
    )
