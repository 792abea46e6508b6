"""Dependencies of the routes: who acts, whether they may, and the services in their name.

Annotations are evaluated here, not kept as text: FastAPI could not see the permission that a provider closes over.
Every dependency is a coroutine, also one that waits for nothing: the framework calls a plain function in a thread.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar

import structlog
from fastapi import Depends, Header, Query, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from backend.api.runtime import ApiRuntime, current_runtime
from backend.core.clock import utc_now
from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.pagination import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from backend.core.tokens import TokenInvalid
from backend.domain.permissions import Permission
from backend.services.api_keys import SERVICE_KEY_PREFIX
from backend.services.artifacts import ArtifactService
from backend.services.auth import AuthService
from backend.services.connector_health import ConnectorHealthService
from backend.services.delivery import TransferOpener
from backend.services.destinations import DestinationService
from backend.services.idempotency import IdempotencyService
from backend.services.principals import Principal, TokenAccess
from backend.services.reports import ReportService
from backend.services.roles import RoleService
from backend.services.runs import RunService
from backend.services.schema_packages import SchemaPackageService
from backend.services.scope import Actor, ActorKind, TenantScope
from backend.services.service_key_access import ServiceKeyAccess
from backend.services.sessions import SessionService
from backend.services.source_access import ConnectorOpener, ConnectorService
from backend.services.source_browsing import SourceBrowser
from backend.services.tenants import TenantSettingsService
from backend.services.webhooks import WebhookService

_bearer = HTTPBearer(auto_error=False)
_api_key = APIKeyHeader(name="X-API-Key", auto_error=False)
Runtime = Annotated[ApiRuntime, Depends(current_runtime)]


class PermissionMissing(OpenRegError):
    """The signed-in user may not do this."""

    code: ClassVar[str] = "permission_missing"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


async def session_service(runtime: Runtime) -> SessionService:
    """Sessions by their cookie."""
    lifetime = timedelta(days=runtime.settings.security.refresh_token_expire_days)
    return SessionService(runtime.database, runtime.system, runtime.signer, lifetime, utc_now)


async def auth_service(runtime: Runtime, sessions: Annotated[SessionService, Depends(session_service)]) -> AuthService:
    """Sign-in."""
    return AuthService(
        runtime.database,
        runtime.system,
        sessions,
        runtime.throttle,
        runtime.adapters.box,
        runtime.afterwards,
    )


async def _principal(request: Request, presented: str | None, *, is_bearer: bool) -> Principal:
    runtime = await current_runtime(request)
    if presented is None:
        raise TokenInvalid("Sign in first.", fix="Send the access token as Authorization: Bearer.")
    if not is_bearer or presented.startswith(SERVICE_KEY_PREFIX):
        keys = ServiceKeyAccess(runtime.database, runtime.system, utc_now)
        return await keys.authenticate(presented, client_address(request))
    return await TokenAccess(runtime.system, runtime.signer, utc_now).authenticate(presented)


async def signed_in(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    api_key: Annotated[str | None, Depends(_api_key)],
) -> Principal:
    """Who acts: a person with an access token, or a program with a service key. Raises TokenInvalid, RateLimited.

    Asked by nearly every call: what it works with is made here, for each dependency is a step of its own.
    """
    runtime = await current_runtime(request)
    presented = credentials.credentials if credentials is not None else api_key
    principal = await _principal(request, presented, is_bearer=credentials is not None)
    structlog.contextvars.bind_contextvars(tenant_id=str(principal.tenant), user_id=str(principal.user_id))
    request.state.principal = principal
    await runtime.limits.callers.check(request, str(principal.service_key_id or principal.user_id))
    return principal


SignedIn = Annotated[Principal, Depends(signed_in)]


def client_address(request: Request) -> str | None:
    """Where a call comes from: the peer, or what a proxy of ``TRUSTED_PROXIES`` says."""
    return request.client.host if request.client else None


def scope_of(request: Request, principal: Principal, runtime: ApiRuntime) -> TenantScope:
    """The principal's tenant, in the principal's name."""
    actor = Actor(
        kind=ActorKind.PERSON if principal.service_key_id is None else ActorKind.SERVICE_KEY,
        id=principal.service_key_id or principal.user_id,
        label=principal.service_key_name or principal.email,
        user_id=principal.user_id,
        address=client_address(request),
        request_id=getattr(request.state, "request_id", None),
    )
    return TenantScope(runtime.database, principal.tenant, principal.user_id, utc_now, actor)


class Requires:
    """A dependency that gives the tenant's scope to a principal who has the permission, and to nobody else."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request, principal: SignedIn) -> TenantScope:
        """Raises PermissionMissing."""
        if self.permission.value not in principal.permissions:
            raise PermissionMissing(
                f"This needs the permission {self.permission.value}.", extra={"permission": self.permission.value}
            )
        return scope_of(request, principal, await current_runtime(request))


def still_permitted(permission: Permission | None) -> Callable[..., Awaitable[Callable[[], Awaitable[bool]]]]:
    """For streams: whether who opened it is still signed in, and still has the permission."""

    async def provide(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        api_key: Annotated[str | None, Depends(_api_key)],
    ) -> Callable[[], Awaitable[bool]]:
        presented = credentials.credentials if credentials is not None else api_key

        async def ask() -> bool:
            try:
                principal = await _principal(request, presented, is_bearer=credentials is not None)
            except OpenRegError as error:
                if error.kind in {ErrorKind.UNAUTHENTICATED, ErrorKind.FORBIDDEN}:
                    return False
                raise
            return permission is None or permission.value in principal.permissions

        return ask

    return provide


def _connector_service(permission: Permission) -> Callable[..., Awaitable[ConnectorService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ConnectorService:
        return ConnectorService(scope, ConnectorOpener.of(runtime.adapters))

    return provide


async def _source_browser(
    scope: Annotated[TenantScope, Depends(Requires(Permission.CONNECTORS_QUERY))], runtime: Runtime
) -> SourceBrowser:
    opener = ConnectorOpener.of(runtime.adapters)
    return SourceBrowser(ConnectorService(scope, opener))


async def _connector_health(
    scope: Annotated[TenantScope, Depends(Requires(Permission.CONNECTORS_READ))], runtime: Runtime
) -> ConnectorHealthService:
    return ConnectorHealthService(scope, ConnectorOpener.of(runtime.adapters))


def _report_service(permission: Permission) -> Callable[..., Awaitable[ReportService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> ReportService:
        opener = ConnectorOpener.of(runtime.adapters)
        return ReportService(scope, ConnectorService(scope, opener), runtime.wakeups, runtime.adapters.storage)

    return provide


def _run_service(permission: Permission) -> Callable[..., Awaitable[RunService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> RunService:
        return RunService(scope, runtime.wakeups)

    return provide


def _artifact_service(permission: Permission) -> Callable[..., Awaitable[ArtifactService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> ArtifactService:
        return ArtifactService(scope, runtime.adapters.storage)

    return provide


def _destination_service(permission: Permission) -> Callable[..., Awaitable[DestinationService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> DestinationService:
        opener = TransferOpener(runtime.adapters.box, runtime.adapters.egress_own_network)
        return DestinationService(scope, opener, runtime.wakeups)

    return provide


def _webhook_service(permission: Permission) -> Callable[..., Awaitable[WebhookService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> WebhookService:
        return WebhookService(scope, runtime.adapters.box, runtime.adapters.egress_public_web, runtime.wakeups)

    return provide


def _role_service(permission: Permission) -> Callable[..., Awaitable[RoleService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], principal: SignedIn) -> RoleService:
        return RoleService(scope, principal.permissions)

    return provide


def _tenant_settings_service(permission: Permission) -> Callable[..., Awaitable[TenantSettingsService]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> TenantSettingsService:
        return TenantSettingsService(scope, runtime.settings.runtime.is_production)

    return provide


async def schema_package_service(runtime: Runtime) -> SchemaPackageService:
    """Schema packages; the route's scope says whose."""
    return SchemaPackageService(runtime.database, runtime.adapters.storage)


async def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
) -> PageRequest:
    """Which page of a list is wanted."""
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(page_request)]

ConnectorsRead = Annotated[ConnectorService, Depends(_connector_service(Permission.CONNECTORS_READ))]
ConnectorsWrite = Annotated[ConnectorService, Depends(_connector_service(Permission.CONNECTORS_WRITE))]
ConnectorsHealth = Annotated[ConnectorHealthService, Depends(_connector_health)]
ConnectorsQuery = Annotated[SourceBrowser, Depends(_source_browser)]
ReportsRead = Annotated[ReportService, Depends(_report_service(Permission.REPORTS_READ))]
ReportsWrite = Annotated[ReportService, Depends(_report_service(Permission.REPORTS_WRITE))]
ReportsActivate = Annotated[ReportService, Depends(_report_service(Permission.REPORTS_ACTIVATE))]
RunsRead = Annotated[RunService, Depends(_run_service(Permission.RUNS_READ))]
RunsStart = Annotated[RunService, Depends(_run_service(Permission.RUNS_START))]
RunsCancel = Annotated[RunService, Depends(_run_service(Permission.RUNS_CANCEL))]
RunsRelease = Annotated[RunService, Depends(_run_service(Permission.RUNS_RELEASE))]
ArtifactsDownload = Annotated[ArtifactService, Depends(_artifact_service(Permission.ARTIFACTS_DOWNLOAD))]
DestinationsRead = Annotated[DestinationService, Depends(_destination_service(Permission.DESTINATIONS_READ))]
DestinationsWrite = Annotated[DestinationService, Depends(_destination_service(Permission.DESTINATIONS_WRITE))]
WebhooksRead = Annotated[WebhookService, Depends(_webhook_service(Permission.WEBHOOKS_READ))]
WebhooksWrite = Annotated[WebhookService, Depends(_webhook_service(Permission.WEBHOOKS_WRITE))]
RolesRead = Annotated[RoleService, Depends(_role_service(Permission.ROLES_READ))]
RolesWrite = Annotated[RoleService, Depends(_role_service(Permission.ROLES_WRITE))]
TenantSettingsRead = Annotated[
    TenantSettingsService, Depends(_tenant_settings_service(Permission.TENANT_SETTINGS_READ))
]
TenantSettingsWrite = Annotated[
    TenantSettingsService, Depends(_tenant_settings_service(Permission.TENANT_SETTINGS_WRITE))
]
SchemasRead = Annotated[TenantScope, Depends(Requires(Permission.SCHEMAS_READ))]
SchemasInstall = Annotated[TenantScope, Depends(Requires(Permission.SCHEMAS_INSTALL))]
RegulationsRead = Annotated[TenantScope, Depends(Requires(Permission.REGULATIONS_READ))]
SchemaPackages = Annotated[SchemaPackageService, Depends(schema_package_service)]


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """The Idempotency-Key of a request, if it has one."""

    key: str | None
    secret: SecretStr
    box: SecretBox

    async def once(
        self, scope: TenantScope, request: dict[str, object], act: Callable[[], Awaitable[dict[str, object]]]
    ) -> dict[str, object]:
        """Act, or give the answer of the first time."""
        return await IdempotencyService(scope, self.secret, self.box).once(self.key, request, act)


async def idempotent_request(
    runtime: Runtime, key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None
) -> IdempotentRequest:
    """The request's own key."""
    return IdempotentRequest(key, runtime.settings.security.secret_key, runtime.adapters.box)


Idempotency = Annotated[IdempotentRequest, Depends(idempotent_request)]
