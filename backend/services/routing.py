"""Which file of a run goes where, and whom that tells: by the routes of its report and what kind of run it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.deliveries import DeliveryRole, DestinationEnvironment
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.routes import RoutedFile, destinations_of
from backend.domain.submissions import SubmissionEnvironment
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.repositories.deliveries import DeliveryRepository, DestinationRepository
from backend.services.reports import read_document


@dataclass(frozen=True, slots=True)
class Routing:
    """Where each file of a run goes, in which role; ``environment`` is that of the run."""

    environment: DestinationEnvironment
    goes_to: Sequence[tuple[Artifact, Mapping[UUID, DeliveryRole]]]
    #: Whether the report leaves it to a person to carry its files to the regulator.
    is_carried: bool

    @property
    def submitted(self) -> list[Artifact]:
        """The files of the submission; where a person carries them, all."""
        return [one for one, roles in self.goes_to if self.is_carried or DeliveryRole.SUBMISSION in roles.values()]

    @property
    def told(self) -> set[UUID]:
        """The destinations that get files of the submission."""
        return {
            destination
            for _, roles in self.goes_to
            for destination, role in roles.items()
            if role is DeliveryRole.SUBMISSION
        }


async def route_files(
    session: AsyncSession, tenant: TenantId, run: Run, document: ReportDocument, artifacts: Sequence[Artifact]
) -> Routing:
    """The way of each file of a run."""
    facts = await DeliveryRepository(session, tenant).facts_of(run.id)
    environment = DestinationEnvironment.TEST if facts.is_demo else DestinationEnvironment.PRODUCTION
    goes_to = [
        (one, destinations_of(document.deliver_to, _routed(one), document.outputs[one.output_number], environment))
        for one in artifacts
    ]
    is_carried = all(route.role is DeliveryRole.COPY for route in document.deliver_to)
    return Routing(environment, goes_to, is_carried)


async def environment_told(session: AsyncSession, tenant: TenantId, routing: Routing) -> SubmissionEnvironment:
    """Whether the regulator's test system is told or the real one: where a file goes to both, the real one.

    Files that a person carries are meant for where runs of their kind belong.
    """
    return await _environment_at(session, tenant, routing.told, routing.environment)


async def environment_of_version(
    session: AsyncSession, tenant: TenantId, version: ReportVersion
) -> SubmissionEnvironment:
    """The same for a run that a version of a report is still to make, by its routes."""
    is_made_up = await DeliveryRepository(session, tenant).is_made_up(version.id)
    environment = DestinationEnvironment.TEST if is_made_up else DestinationEnvironment.PRODUCTION
    told = {
        route.destination_id
        for route in read_document(dict(version.document)).deliver_to
        if route.role is DeliveryRole.SUBMISSION and route.runs_in(environment)
    }
    return await _environment_at(session, tenant, told, environment)


async def _environment_at(
    session: AsyncSession, tenant: TenantId, destinations: set[UUID], of_run: DestinationEnvironment
) -> SubmissionEnvironment:
    told = set((await DestinationRepository(session, tenant).environments(destinations)).values())
    if not told:
        return SubmissionEnvironment(of_run.value)
    is_real = DestinationEnvironment.PRODUCTION in told
    return SubmissionEnvironment.PRODUCTION if is_real else SubmissionEnvironment.TEST


def _routed(artifact: Artifact) -> RoutedFile:
    return RoutedFile(artifact.output_number, artifact.file_number, artifact.name, artifact.records)
