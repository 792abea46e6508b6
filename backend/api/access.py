"""Dependencies of the routes about people: members, invitations, service keys, tenants, their mails.

Annotations are evaluated here, not kept as text: FastAPI could not see the permission that a provider closes over.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar

from fastapi import Depends

from backend.api.dependencies import Requires, Runtime, SignedIn
from backend.api.runtime import ApiRuntime
from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.permissions import Permission
from backend.services.invitations import InvitationMailer, InvitationService
from backend.services.mail import PublicLinks
from backend.services.mail_outbox import MailOutboxService
from backend.services.members import MemberService
from backend.services.platform_tenants import PlatformTenantService
from backend.services.scope import TenantScope
from backend.services.service_keys import ServiceKeyService


class PlatformAdministratorRequired(OpenRegError):
    """Only a platform administrator may do this; the permission alone is not enough."""

    code: ClassVar[str] = "platform_administrator_required"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


def public_links(runtime: ApiRuntime) -> PublicLinks:
    """Addresses in mails."""
    return PublicLinks(runtime.settings.mail.public_url)


def _invitation_service(permission: Permission) -> Callable[..., Awaitable[InvitationService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], principal: SignedIn, runtime: Runtime
    ) -> InvitationService:
        mailer = InvitationMailer(runtime.adapters.box, public_links(runtime))
        return InvitationService(scope, principal.permissions, mailer, runtime.wakeups)

    return provide


def _member_service(permission: Permission) -> Callable[..., Awaitable[MemberService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], principal: SignedIn, runtime: Runtime
    ) -> MemberService:
        return MemberService(
            scope, principal.permissions, runtime.system, is_platform_administrator=principal.is_platform_administrator
        )

    return provide


def _service_key_service(permission: Permission) -> Callable[..., Awaitable[ServiceKeyService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], principal: SignedIn
    ) -> ServiceKeyService:
        return ServiceKeyService(scope, principal.permissions)

    return provide


def _platform_tenant_service(permission: Permission) -> Callable[..., Awaitable[PlatformTenantService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], principal: SignedIn, runtime: Runtime
    ) -> PlatformTenantService:
        """Raises PlatformAdministratorRequired."""
        if not principal.is_platform_administrator:
            raise PlatformAdministratorRequired
        mailer = InvitationMailer(runtime.adapters.box, public_links(runtime))
        return PlatformTenantService(scope, runtime.system, mailer, runtime.wakeups)

    return provide


async def mail_outbox(
    scope: Annotated[TenantScope, Depends(Requires(Permission.MAIL_OUTBOX_READ))], runtime: Runtime
) -> MailOutboxService:
    """The outbox; texts are shown where it is the only way to get a link."""
    settings = runtime.settings
    shows_texts = settings.mail.host is None and not settings.runtime.is_production
    return MailOutboxService(scope, runtime.adapters.box, shows_texts)


InvitationsRead = Annotated[InvitationService, Depends(_invitation_service(Permission.USERS_READ))]
InvitationsWrite = Annotated[InvitationService, Depends(_invitation_service(Permission.USERS_WRITE))]
UsersRead = Annotated[MemberService, Depends(_member_service(Permission.USERS_READ))]
UsersWrite = Annotated[MemberService, Depends(_member_service(Permission.USERS_WRITE))]
ServiceKeysRead = Annotated[ServiceKeyService, Depends(_service_key_service(Permission.SERVICE_KEYS_READ))]
ServiceKeysWrite = Annotated[ServiceKeyService, Depends(_service_key_service(Permission.SERVICE_KEYS_WRITE))]
TenantsRead = Annotated[PlatformTenantService, Depends(_platform_tenant_service(Permission.TENANTS_READ))]
TenantsWrite = Annotated[PlatformTenantService, Depends(_platform_tenant_service(Permission.TENANTS_WRITE))]
MailOutboxRead = Annotated[MailOutboxService, Depends(mail_outbox)]
