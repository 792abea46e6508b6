"""Destinations and deliveries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, any_, case, cast, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from backend.core.ids import DeliveryId, DestinationId, RunId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.deliveries import UNFINISHED, WAITING, DeliveryState, DestinationEnvironment
from backend.domain.reports.versions import ReportVersionState
from backend.domain.tenants import TenantEnvironment
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Delivery, DeliveryAttempt, Destination
from backend.persistence.models.entity import Json
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission
from backend.persistence.models.tenant import Tenant
from backend.persistence.repositories.tenant_scope import TenantRepository


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """A delivery with the names of what goes where, and every attempt at it."""

    delivery: Delivery
    artifact_name: str
    destination_name: str
    attempts: Sequence[DeliveryAttempt]
    size_bytes: int
    environment: str
    report_id: UUID
    report_name: str
    reporting_date: date
    #: What the run tells a regulator, and its reference.
    submission: tuple[UUID, str] | None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a delivery needs to know of a run: its report and day, and whether what it reports is made up."""

    report_id: UUID
    reporting_date: date
    is_demo: bool


class DestinationRepository(TenantRepository):
    """Destinations of one tenant in one transaction."""

    async def find(self, destination_id: DestinationId, *, for_update: bool = False) -> Destination | None:
        """The destination, or None."""
        return await self._find(Destination, destination_id, for_update=for_update)

    async def uses(self, destination_id: DestinationId) -> Sequence[tuple[UUID, str]]:
        """Identifiers and names of the reports in use that deliver there, by a version that is not archived."""
        routes = cast(ReportVersion.document, JSONB)["deliver_to"]
        # Older documents list identifiers.
        delivers = or_(
            routes.contains([{"destination_id": str(destination_id)}]), routes.contains([str(destination_id)])
        )
        query = (
            select(Report.id, Report.name)
            .join(ReportVersion, ReportVersion.report_id == Report.id)
            .where(
                Report.tenant_id == self.tenant,
                Report.archived_at.is_(None),
                ReportVersion.state != ReportVersionState.ARCHIVED,
                delivers,
            )
            .distinct()
            .order_by(Report.name)
        )
        return [(identity, name) for identity, name in (await self._session.execute(query)).all()]

    async def reserve_bytes(self, destination_id: DestinationId, seconds: float) -> float:
        """Take ``seconds`` of a destination's line, after whoever has taken some; the wait until they begin."""
        now = func.clock_timestamp()
        begin = func.greatest(func.coalesce(Destination.bytes_free_at, now), now)
        statement = (
            update(Destination)
            .where(Destination.tenant_id == self.tenant, Destination.id == destination_id)
            .values(bytes_free_at=begin + timedelta(seconds=seconds))
            .returning(func.extract("epoch", Destination.bytes_free_at - now))
        )
        until_end = await self._session.scalar(statement)
        return max(0.0, float(until_end or 0) - seconds)

    async def environments(self, destinations: Collection[UUID]) -> dict[UUID, DestinationEnvironment]:
        """What each of them is for, of those that are destinations of the tenant."""
        query = self._select(Destination).where(Destination.id.in_(destinations))
        return {one.id: DestinationEnvironment(one.environment) for one in await self._all(query)}

    async def names(self, identities: Collection[str]) -> dict[str, str]:
        """Names by identifier, both as texts."""
        query = self._select(Destination).where(Destination.id.in_([UUID(str(one)) for one in identities]))
        return {str(one.id): one.name for one in await self._all(query)}

    async def named(self, names: Collection[str]) -> dict[str, UUID]:
        """Identifiers by name."""
        query = self._select(Destination).where(Destination.name.in_(names), Destination.archived_at.is_(None))
        return {one.name: one.id for one in await self._all(query)}

    async def page(self, request: PageRequest) -> Page[Destination]:
        """Destinations, newest first."""
        kept = self._select(Destination).where(Destination.archived_at.is_(None))
        rows = await self._newest_first(kept, Destination.id, request)
        return page_of(rows, request, lambda one: one.id)


class DeliveryRepository(TenantRepository):
    """Deliveries of one tenant in one transaction."""

    async def find(self, delivery_id: DeliveryId, *, for_update: bool = False) -> Delivery | None:
        """The delivery, or None."""
        return await self._find(Delivery, delivery_id, for_update=for_update)

    async def find_destination_of(self, delivery_id: DeliveryId) -> UUID | None:
        """Where a delivery goes; None when there is no such delivery."""
        query = select(Delivery.destination_id)
        return await self._session.scalar(query.where(Delivery.tenant_id == self.tenant, Delivery.id == delivery_id))

    async def count_sending(self, destination_id: DestinationId) -> int:
        """Deliveries to a destination that a worker has in hand."""
        query = select(func.count()).where(
            Delivery.destination_id == destination_id,
            Delivery.tenant_id == self.tenant,
            Delivery.state == DeliveryState.SENDING,
            Delivery.lease_expires_at > func.clock_timestamp(),
        )
        return int(await self._session.scalar(query) or 0)

    async def count_unfinished(self, destination_id: DestinationId) -> int:
        """Deliveries to a destination that have not ended."""
        query = select(func.count()).where(
            Delivery.destination_id == destination_id, Delivery.tenant_id == self.tenant, Delivery.state.in_(UNFINISHED)
        )
        return int(await self._session.scalar(query) or 0)

    async def has_any(self, destination_id: DestinationId) -> bool:
        """Whether anything was ever to go to a destination."""
        query = select(Delivery.id).where(Delivery.tenant_id == self.tenant, Delivery.destination_id == destination_id)
        return await self._session.scalar(query.limit(1)) is not None

    async def newest_number(self, artifact_id: UUID, destination_id: UUID) -> int:
        """How often a file was to go to a destination."""
        query = select(func.max(Delivery.number)).where(
            Delivery.tenant_id == self.tenant,
            Delivery.artifact_id == artifact_id,
            Delivery.destination_id == destination_id,
        )
        return int(await self._session.scalar(query) or 0)

    async def give_place(self, destination_id: DestinationId) -> bool:
        """Let the delivery that waits longest for a place at a destination have its turn now; whether one waits."""
        first = (
            select(Delivery.id)
            .where(
                Delivery.tenant_id == self.tenant,
                Delivery.destination_id == destination_id,
                Delivery.waits_for_place,
                Delivery.state.in_(WAITING),
            )
            .order_by(Delivery.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        statement = update(Delivery).where(Delivery.id == first).values(next_attempt_at=func.clock_timestamp())
        return await self._session.scalar(statement.returning(Delivery.id)) is not None

    async def set_aside(self, destination_id: DestinationId, state: DeliveryState, reason: Json | None) -> None:
        """Take what waits for a destination out of the line, to go on with it."""
        await self._session.execute(
            update(Delivery)
            .where(
                Delivery.tenant_id == self.tenant,
                Delivery.destination_id == destination_id,
                Delivery.state.in_(WAITING),
            )
            .values(state=state, is_set_aside_with_destination=True, waits_for_place=False, last_error=reason)
        )

    async def go_on(self, destination_id: DestinationId, state: DeliveryState, at: datetime) -> int:
        """Put back into the line what was set aside with a destination; how many."""
        statement = (
            update(Delivery)
            .where(
                Delivery.tenant_id == self.tenant,
                Delivery.destination_id == destination_id,
                Delivery.state == state,
                Delivery.is_set_aside_with_destination,
            )
            .values(
                state=case((Delivery.attempts == 0, DeliveryState.PENDING), else_=DeliveryState.RETRYING),
                is_set_aside_with_destination=False,
                next_attempt_at=at,
                trying_since=at,
                attempts_before=Delivery.attempts,
                finished_at=None,
            )
            .returning(Delivery.id)
        )
        return len((await self._session.scalars(statement)).all())

    async def facts_of(self, run_id: UUID) -> RunFacts:
        """What a delivery needs to know of the run that made its file."""
        query = (
            select(Run.report_id, Run.reporting_date, _is_made_up())
            .join(ReportVersion, ReportVersion.id == Run.report_version_id)
            .join(Tenant, Tenant.id == Run.tenant_id)
            .where(Run.tenant_id == self.tenant, Run.id == run_id)
        )
        report_id, day, is_demo = (await self._session.execute(query)).one()
        return RunFacts(report_id, day, is_demo)

    async def is_made_up(self, version_id: UUID) -> bool:
        """Whether what runs of a version report is made up: its records are, or the tenant is a sandbox."""
        query = (
            select(_is_made_up())
            .select_from(ReportVersion)
            .join(Tenant, Tenant.id == ReportVersion.tenant_id)
            .where(ReportVersion.tenant_id == self.tenant, ReportVersion.id == version_id)
        )
        return bool((await self._session.execute(query)).scalar_one())

    async def find_due(self, delivery_id: DeliveryId) -> Delivery | None:
        """The delivery under a row lock if it is due and nobody holds a lease on it, else None."""
        waiting = Delivery.state.in_((DeliveryState.PENDING, DeliveryState.RETRYING)) & (
            Delivery.next_attempt_at <= func.clock_timestamp()
        )
        abandoned = (Delivery.state == DeliveryState.SENDING) & (Delivery.lease_expires_at < func.clock_timestamp())
        query = self._select(Delivery).where(Delivery.id == delivery_id, or_(waiting, abandoned))
        found: Delivery | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def find_fenced(self, delivery_id: DeliveryId, fencing_token: int) -> Delivery | None:
        """The delivery under a row lock if the token is still the newest, else None."""
        query = self._select(Delivery).where(
            Delivery.id == delivery_id, Delivery.fencing_token == fencing_token, Delivery.state == DeliveryState.SENDING
        )
        found: Delivery | None = await self._session.scalar(query.with_for_update())
        return found

    async def extend_lease(
        self, delivery_id: DeliveryId, fencing_token: int, lease: timedelta, bytes_sent: int
    ) -> bool:
        """Hold a delivery that is being sent for longer, and say how far it is.

        False when the token is no longer the newest.
        """
        statement = (
            update(Delivery)
            .where(
                Delivery.tenant_id == self.tenant,
                Delivery.id == delivery_id,
                Delivery.fencing_token == fencing_token,
                Delivery.state == DeliveryState.SENDING,
            )
            .values(lease_expires_at=func.clock_timestamp() + lease, bytes_sent=bytes_sent)
            .returning(Delivery.id)
        )
        return await self._session.scalar(statement) is not None

    async def listed_of_run(self, run_id: RunId) -> Sequence[ListedDelivery]:
        """The deliveries of a run, oldest first."""
        return await self._listed(Delivery.run_id == run_id)

    async def find_listed(self, delivery_id: DeliveryId) -> ListedDelivery | None:
        """One delivery with its attempts, or None."""
        found = await self._listed(Delivery.id == delivery_id)
        return found[0] if found else None

    async def _listed(self, wanted: ColumnElement[bool]) -> Sequence[ListedDelivery]:
        query = (
            select(
                Delivery,
                Artifact.name,
                Destination.name,
                Artifact.size_bytes,
                Destination.environment,
                Report.id,
                Report.name,
                Run.reporting_date,
                Submission.id,
                Submission.reference,
            )
            .join(Artifact, Artifact.id == Delivery.artifact_id)
            .join(Destination, Destination.id == Delivery.destination_id)
            .join(Run, Run.id == Delivery.run_id)
            .join(Report, Report.id == Run.report_id)
            .outerjoin(Submission, Submission.run_id == Delivery.run_id)
            .where(Delivery.tenant_id == self.tenant, wanted)
        )
        rows = (await self._session.execute(query.order_by(Delivery.id))).all()
        tries = self._select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(row[0].id for row in rows))
        attempts = await self._all(tries.order_by(DeliveryAttempt.number))
        return [
            ListedDelivery(
                delivery,
                artifact,
                destination,
                [one for one in attempts if one.delivery_id == delivery.id],
                size_bytes,
                environment,
                report_id,
                report_name,
                reporting_date,
                None if submission_id is None else (submission_id, reference),
            )
            for (
                delivery,
                artifact,
                destination,
                size_bytes,
                environment,
                report_id,
                report_name,
                reporting_date,
                submission_id,
                reference,
            ) in rows
        ]


def _is_made_up() -> ColumnElement[bool]:
    """Of a report's version and its tenant."""
    made_up = exists().where(
        Connector.holds_demo_data,
        or_(Connector.id == ReportVersion.connector_id, Connector.id == any_(ReportVersion.input_connector_ids)),
    )
    return or_(made_up, Tenant.environment != TenantEnvironment.PRODUCTION)
