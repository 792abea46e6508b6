"""Webhook endpoints as people keep them: where events go, how they are signed, what was sent and is sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.crypto import SecretBox
from backend.core.etags import Precondition, etag_of
from backend.core.ids import ReportId, WebhookDeliveryId, WebhookId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.event_catalogue.endpoints import EndpointLinks, PingNews
from backend.domain.regulations import load_pack
from backend.domain.webhook_access import ClientCredentials, WebhookAccess, WebhookAccessChange
from backend.domain.webhook_health import EndpointHealth
from backend.domain.webhook_secrets import DEFAULT_OVERLAP, WebhookSecrets
from backend.domain.webhook_sending import DEFAULT_CONCURRENT
from backend.domain.webhooks import (
    DEFAULT_TIMEOUT_SECONDS,
    MAX_ENDPOINTS,
    WebhookBodyTooLarge,
    WebhookDeliveryState,
    WebhookEventType,
    WebhookIsOff,
    WebhookLimitReached,
    WebhookMessage,
    check_patterns,
)
from backend.persistence.models.webhook import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.webhooks import WebhookRepository
from backend.services.egress import EgressGuard, parse_web_url
from backend.services.reports import get_report
from backend.services.scope import TenantScope
from backend.services.wakeups import Wakeups
from backend.services.webhook_messages import message_of

REMOVED: Final = "removed"
NO_CHANGE: Final = WebhookAccessChange()
#: Settings that decide where requests go.
_WHERE: Final = frozenset({"url", "allowed_addresses"})


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """What can be chosen for an endpoint; ``allowed_addresses`` are addresses or networks it may be at.

    ``retry_waits``: seconds before each further attempt, empty for the usual ones. ``max_concurrent`` and
    ``max_per_minute`` hold requests back, never an attempt. ``is_ordered``: one subject's events in their order.
    """

    url: str
    event_types: Sequence[str]
    description: str = ""
    report_ids: Sequence[UUID] = ()
    regimes: Sequence[str] = ()
    allowed_addresses: Sequence[str] = ()
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    retry_waits: Sequence[int] = ()
    max_concurrent: int = DEFAULT_CONCURRENT
    max_per_minute: int | None = None
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """One event to one endpoint, with every attempt that was made, first to last."""

    delivery: WebhookDelivery
    event: Event
    endpoint: WebhookEndpoint
    attempts: Sequence[WebhookAttempt]

    @property
    def message(self) -> WebhookMessage | None:
        """What is sent, before it is signed; None of an event that is too large to be sent."""
        try:
            return message_of(self.event, self.delivery)
        except WebhookBodyTooLarge:
            return None


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Webhook endpoints of a tenant."""

    scope: TenantScope
    box: SecretBox
    guard: EgressGuard
    wakeups: Wakeups

    async def create(
        self, settings: WebhookSettings, access: WebhookAccessChange = NO_CHANGE
    ) -> tuple[WebhookEndpoint, SecretStr]:
        """A new endpoint and its signing secret, which is never shown again.

        Raises EgressRefused, EventPatternUnknown, PackNotFound, ReportNotFound, WebhookLimitReached,
        WebhookAccessInvalid.
        """
        _check_filter(settings)
        await self._check_address(settings)
        await self._check_access(access)
        secrets = WebhookSecrets.fresh()
        endpoint = WebhookEndpoint(
            id=new_id(),
            tenant_id=self.scope.tenant,
            url=settings.url,
            description=settings.description,
            event_types=list(settings.event_types),
            report_ids=list(settings.report_ids),
            regimes=list(settings.regimes),
            allowed_addresses=list(settings.allowed_addresses),
            timeout_seconds=settings.timeout_seconds,
            retry_waits=list(settings.retry_waits),
            max_concurrent=settings.max_concurrent,
            max_per_minute=settings.max_per_minute,
            is_ordered=settings.is_ordered,
            secrets=self.box.seal(secrets.document()),
            is_active=True,
            created_at=self.scope.now(),
        )
        keep_access(self.box, endpoint, WebhookAccess().changed(access))
        async with self.scope.transaction() as session:
            webhooks = WebhookRepository(session, self.scope.tenant)
            await _check_room(webhooks)
            await self._check_reports(session, settings)
            webhooks.add(endpoint)
            await self.scope.audit(session).record(
                AuditAction.WEBHOOK_CREATED,
                _subject(endpoint),
                after={**_shown(endpoint), "secret": SECRET_CHANGED, **_told_of_secrets(access)},
            )
        return endpoint, secrets.current

    async def get(self, webhook_id: WebhookId) -> WebhookEndpoint:
        """Raises WebhookNotFound."""
        async with self.scope.reading() as session:
            return await WebhookRepository(session, self.scope.tenant).get(webhook_id)

    def secrets_of(self, endpoint: WebhookEndpoint) -> WebhookSecrets:
        """What an endpoint's deliveries are signed with; of this only the public key may be shown."""
        return WebhookSecrets.of_document(self.box.open(endpoint.secrets))

    async def page(self, request: PageRequest) -> Page[WebhookEndpoint]:
        """Endpoints, newest first."""
        async with self.scope.reading() as session:
            return await WebhookRepository(session, self.scope.tenant).page(request)

    async def change(
        self,
        webhook_id: WebhookId,
        changes: Mapping[str, Any],
        seen: Precondition,
        access: WebhookAccessChange = NO_CHANGE,
    ) -> WebhookEndpoint:
        """Other values for some of WebhookSettings, by name; what already waits goes to the new address.

        Raises WebhookNotFound, PreconditionFailed, EgressRefused, EventPatternUnknown, PackNotFound,
        ReportNotFound, WebhookAccessInvalid, WebhookSecretsStay.
        """
        settings = replace(_settings_of(await self.get(webhook_id)), **changes)
        _check_filter(settings)
        if changes.keys() & _WHERE:
            await self._check_address(settings)
        await self._check_access(access)
        async with self.scope.transaction() as session:
            endpoint = await self._for_update(session, webhook_id, seen)
            await self._check_reports(session, settings)
            before = _shown(endpoint)
            stored = access_of(self.box, endpoint)
            if parse_web_url(settings.url) != parse_web_url(endpoint.url):
                stored.check_moving(access)
            if access.model_fields_set:
                keep_access(self.box, endpoint, stored.changed(access))
            for name, value in changes.items():
                setattr(endpoint, name, value)
            if changes.keys() & _WHERE:
                _forget_health(endpoint)
            # Paths may hold tokens, so the trail says that the address is another one, not which.
            told = _told_of_secrets(access) | ({"url": SECRET_CHANGED} if "url" in changes else {})
            await self._record(session, AuditAction.WEBHOOK_CHANGED, endpoint, before, **told)
        return endpoint

    async def switch_on(self, webhook_id: WebhookId) -> WebhookEndpoint:
        """Send to an endpoint again; what happened while it was off is not sent afterwards.

        Raises WebhookNotFound, WebhookLimitReached.
        """
        async with self.scope.transaction() as session:
            endpoint = await self._for_update(session, webhook_id)
            if not endpoint.is_active:
                await _check_room(WebhookRepository(session, self.scope.tenant))
                before = _shown(endpoint)
                endpoint.is_active, endpoint.disabled_reason = True, None
                _forget_health(endpoint)
                await self._record(session, AuditAction.WEBHOOK_ENABLED, endpoint, before)
        return endpoint

    async def disable(self, webhook_id: WebhookId) -> None:
        """Stop sending to an endpoint; its log stays. Raises WebhookNotFound."""
        async with self.scope.transaction() as session:
            endpoint = await self._for_update(session, webhook_id)
            before = _shown(endpoint)
            endpoint.is_active, endpoint.disabled_reason = False, REMOVED
            await self._record(session, AuditAction.WEBHOOK_DISABLED, endpoint, before)

    async def rotate_secret(self, webhook_id: WebhookId, overlap: timedelta = DEFAULT_OVERLAP) -> WebhookSecrets:
        """A new secret; the one before signs as well until the overlap is over. Raises WebhookNotFound."""
        return await self._resign(webhook_id, lambda secrets: secrets.rotated(overlap, self.scope.now()))

    async def revoke_former_secrets(self, webhook_id: WebhookId) -> WebhookSecrets:
        """Only the current secret signs, from now on. Raises WebhookNotFound."""
        return await self._resign(webhook_id, WebhookSecrets.without_former)

    async def make_key_pair(self, webhook_id: WebhookId) -> WebhookSecrets:
        """Sign with a new key pair as well. Raises WebhookNotFound."""
        return await self._resign(webhook_id, WebhookSecrets.with_key_pair)

    async def drop_key_pair(self, webhook_id: WebhookId) -> WebhookSecrets:
        """Sign with secrets only. Raises WebhookNotFound."""
        return await self._resign(webhook_id, WebhookSecrets.without_key_pair)

    async def ping(self, webhook_id: WebhookId) -> ShownDelivery:
        """Send ``openreg.ping`` to this endpoint alone, whatever its filters. Raises WebhookNotFound, WebhookIsOff."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            webhooks = WebhookRepository(session, self.scope.tenant)
            endpoint = await _get_active(webhooks, webhook_id)
            event = Event(
                id=new_id(),
                tenant_id=self.scope.tenant,
                type=WebhookEventType.OPENREG_PING.value,
                subject_id=endpoint.id,
                payload=ping_news(endpoint).document(),
                created_at=at,
            )
            webhooks.add(event)
            await session.flush()
            delivery = WebhookDelivery(
                id=new_id(),
                tenant_id=self.scope.tenant,
                event_id=event.id,
                endpoint_id=endpoint.id,
                state=WebhookDeliveryState.PENDING,
                attempts=0,
                next_attempt_at=at,
                created_at=at,
            )
            webhooks.add(delivery)
        self.wakeups.webhooks(self.scope.tenant)
        return ShownDelivery(delivery, event, endpoint, ())

    async def delivery(self, webhook_id: WebhookId, delivery_id: WebhookDeliveryId) -> ShownDelivery:
        """One delivery with its attempts. Raises WebhookDeliveryNotFound."""
        async with self.scope.reading() as session:
            webhooks = WebhookRepository(session, self.scope.tenant)
            delivery = await webhooks.get_delivery(webhook_id, delivery_id)
            event, endpoint = await webhooks.event(delivery.event_id), await webhooks.get(webhook_id)
            return ShownDelivery(delivery, event, endpoint, await webhooks.attempts(delivery_id))

    async def resend(self, webhook_id: WebhookId, delivery_id: WebhookDeliveryId) -> ShownDelivery:
        """Send a delivery again, whatever became of it, under the same webhook-id and with the waits from the start.

        One that is on its way stays as it is. Raises WebhookNotFound, WebhookDeliveryNotFound, WebhookIsOff.
        """
        at = self.scope.now()
        async with self.scope.transaction() as session:
            webhooks = WebhookRepository(session, self.scope.tenant)
            endpoint = await _get_active(webhooks, webhook_id)
            delivery = await webhooks.get_delivery(webhook_id, delivery_id, for_update=True)
            if delivery.state != WebhookDeliveryState.SENDING:
                delivery.state, delivery.finished_at = WebhookDeliveryState.PENDING, None
                delivery.attempts_before, delivery.trying_since = delivery.attempts, at
                delivery.next_attempt_at = at
                await self.scope.audit(session).record(
                    AuditAction.WEBHOOK_RESENT, _subject(endpoint), after={"delivery": str(delivery.id)}
                )
            event = await webhooks.event(delivery.event_id)
            shown = ShownDelivery(delivery, event, endpoint, await webhooks.attempts(delivery_id))
        self.wakeups.webhooks(self.scope.tenant)
        return shown

    async def _check_address(self, settings: WebhookSettings) -> None:
        networks = [ip_network(one) for one in settings.allowed_addresses]
        await self.guard.only(networks).check_url(settings.url)

    async def _check_access(self, access: WebhookAccessChange) -> None:
        access.check_current(self.scope.now())
        if isinstance(access.authentication, ClientCredentials):
            await self.guard.check_url(access.authentication.token_url)

    async def _check_reports(self, session: AsyncSession, settings: WebhookSettings) -> None:
        for one in settings.report_ids:
            await get_report(ReportRepository(session, self.scope.tenant), ReportId(one))

    async def _for_update(
        self, session: AsyncSession, webhook_id: WebhookId, seen: Precondition | None = None
    ) -> WebhookEndpoint:
        endpoint = await WebhookRepository(session, self.scope.tenant).get(webhook_id, for_update=True)
        if seen is not None:
            seen.check(webhook_etag(endpoint))
        endpoint.revision += 1
        return endpoint

    async def _resign(
        self, webhook_id: WebhookId, change: Callable[[WebhookSecrets], WebhookSecrets]
    ) -> WebhookSecrets:
        async with self.scope.transaction() as session:
            endpoint = await self._for_update(session, webhook_id)
            secrets = change(self.secrets_of(endpoint))
            endpoint.secrets = self.box.seal(secrets.document())
            await self._record(
                session, AuditAction.WEBHOOK_SECRETS_CHANGED, endpoint, _shown(endpoint), secrets=SECRET_CHANGED
            )
        return secrets

    async def _record(
        self,
        session: AsyncSession,
        action: AuditAction,
        endpoint: WebhookEndpoint,
        before: dict[str, object],
        **told: str,
    ) -> None:
        await self.scope.audit(session).record(
            action, _subject(endpoint), before=before, after={**_shown(endpoint), **told}
        )


def access_of(box: SecretBox, endpoint: WebhookEndpoint) -> WebhookAccess:
    """How an endpoint is reached, secrets included. Raises SecretUnreadable."""
    if endpoint.access_secrets is None:
        return WebhookAccess()
    return WebhookAccess.of_document(box.open(endpoint.access_secrets))


def keep_access(box: SecretBox, endpoint: WebhookEndpoint, access: WebhookAccess) -> None:
    """Store how an endpoint is reached."""
    document = access.document()
    endpoint.access, endpoint.access_secrets = access.facts(), box.seal(document) if document else None


def webhook_etag(endpoint: WebhookEndpoint) -> str:
    """The state of an endpoint."""
    return etag_of(endpoint.id, endpoint.revision)


def _check_filter(settings: WebhookSettings) -> None:
    check_patterns(settings.event_types)
    for regime in settings.regimes:
        load_pack(regime)


async def _check_room(webhooks: WebhookRepository) -> None:
    if await webhooks.count_active() >= MAX_ENDPOINTS:
        raise WebhookLimitReached(
            f"There are {MAX_ENDPOINTS} endpoints already.", fix="Remove one that is no longer needed."
        )


async def _get_active(webhooks: WebhookRepository, webhook_id: WebhookId) -> WebhookEndpoint:
    endpoint = await webhooks.get(webhook_id)
    if not endpoint.is_active:
        raise WebhookIsOff(fix="Switch it on first.")
    return endpoint


def _forget_health(endpoint: WebhookEndpoint) -> None:
    """What failed before says nothing about another address, or about a receiver that somebody has repaired."""
    endpoint.health = EndpointHealth()
    endpoint.failing_told_at = endpoint.exhausted_told_at = None


def ping_news(endpoint: WebhookEndpoint) -> PingNews:
    """What a test of an endpoint tells."""
    return PingNews(webhook_id=endpoint.id, links=EndpointLinks(webhook=f"/api/v1/webhooks/{endpoint.id}"))


def _subject(endpoint: WebhookEndpoint) -> AuditSubject:
    return AuditSubject("webhook", endpoint.id, endpoint.description or _host_of(endpoint.url))


def _settings_of(endpoint: WebhookEndpoint) -> WebhookSettings:
    return WebhookSettings(**{one.name: getattr(endpoint, one.name) for one in fields(WebhookSettings)})


def _host_of(url: str) -> str:
    """Paths and queries of partners' addresses may hold tokens."""
    return urlsplit(url).hostname or ""


def _shown(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "host": _host_of(endpoint.url),
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "report_ids": [str(one) for one in endpoint.report_ids],
        "regimes": endpoint.regimes,
        "allowed_addresses": endpoint.allowed_addresses,
        "timeout_seconds": endpoint.timeout_seconds,
        "retry_waits": endpoint.retry_waits,
        "max_concurrent": endpoint.max_concurrent,
        "max_per_minute": endpoint.max_per_minute,
        "is_ordered": endpoint.is_ordered,
        "access": _told_of_access(endpoint.access),
        "is_active": endpoint.is_active,
        "disabled_reason": endpoint.disabled_reason,
    }


def _told_of_secrets(access: WebhookAccessChange) -> dict[str, str]:
    return {"access_secrets": SECRET_CHANGED} if access.model_fields_set else {}


def _told_of_access(access: Mapping[str, object]) -> dict[str, object]:
    """For the trail, which knows of the token endpoint no more than its host."""
    told = dict(access)
    if isinstance(authentication := told.get("authentication"), dict) and "token_url" in authentication:
        told["authentication"] = {**authentication, "token_url": _host_of(authentication["token_url"])}
    return told
