"""Data quality: indicators per report and day, and the limits beyond which people are told."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Requires
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.quality import (
    QualityDayAnswer,
    QualityDayList,
    QualityMeasure,
    QualityMeasured,
    QualityTermsAnswer,
    QualityTermsBody,
    ReportQualityAnswer,
    ReportQualityList,
)
from backend.core.csv_text import MEDIA_TYPE, csv_line
from backend.core.ids import ReportId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.quality import Indicator, QualityRangeTooLong
from backend.persistence.repositories.quality import DayRange
from backend.services.quality import MeasuredDay, QualityService
from backend.services.reports import ReportNotFound
from backend.services.scope import TenantScope

router = ResourceRouter(prefix="/quality", tags=["data quality"])
_FIGURES: Final = tuple(name for name in QualityDayAnswer.model_fields if name not in {"severity", "indicators"})


def _service(permission: Permission) -> Callable[..., Awaitable[QualityService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> QualityService:
        return QualityService(scope)

    return provide


async def day_range(
    first: Annotated[date, Query(description="The first reporting date.")],
    last: Annotated[date, Query(description="The last reporting date; at most 366 days.")],
    report_id: UUID | None = None,
) -> DayRange:
    """Which days are wanted."""
    return DayRange(first, last, report_id)


QualityRead = Annotated[QualityService, Depends(_service(Permission.QUALITY_READ))]
QualityWrite = Annotated[QualityService, Depends(_service(Permission.QUALITY_WRITE))]
Days = Annotated[DayRange, Depends(day_range)]


@router.get("/reports")
async def list_report_quality(quality: QualityRead) -> ReportQualityList:
    """The newest measured day of each report."""
    return ReportQualityList(items=[ReportQualityAnswer.of(one) for one in await quality.latest()])


@router.get("/days", responses=problems(QualityRangeTooLong))
async def list_quality_days(quality: QualityRead, days: Days) -> QualityDayList:
    """Measured days of one report or of all."""
    return QualityDayList(items=[QualityDayAnswer.of(one) for one in await quality.days(days)])


@router.get("/days/export", response_class=StreamingResponse, responses=problems(QualityRangeTooLong))
async def export_quality_days(quality: QualityRead, days: Days) -> StreamingResponse:
    """The same as a CSV file."""
    headers = {"Content-Disposition": 'attachment; filename="quality.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(await quality.days(days)), media_type=MEDIA_TYPE, headers=headers)


@router.post("/measure", responses=problems(QualityRangeTooLong, ReportNotFound))
async def measure_quality(body: QualityMeasure, quality: QualityWrite) -> QualityMeasured:
    """Measure days again, with all that has been done about their records since."""
    return QualityMeasured(days=await quality.measure(body.days()))


@router.get("/terms/{report_id}", responses=problems(ReportNotFound))
async def get_quality_terms(report_id: UUID, quality: QualityRead) -> QualityTermsAnswer:
    """When a report is due, and its limits."""
    return QualityTermsAnswer.model_validate(await quality.terms(ReportId(report_id)))


@router.put("/terms/{report_id}", responses=problems(ReportNotFound))
async def put_quality_terms(report_id: UUID, body: QualityTermsBody, quality: QualityWrite) -> QualityTermsAnswer:
    """Set when a report is due, and its limits."""
    return QualityTermsAnswer.model_validate(await quality.change_terms(ReportId(report_id), body.terms()))


def _lines(days: Sequence[MeasuredDay]) -> Iterator[str]:
    yield csv_line((*_FIGURES, *Indicator, "severity"))
    for one in days:
        answer = QualityDayAnswer.of(one)
        indicators = [answer.indicators[name].value for name in Indicator]
        yield csv_line((*(getattr(answer, name) for name in _FIGURES), *indicators, answer.severity))
