"""The catalogue of rules: every rule that judges, how often it fails; and tests of rules before they judge."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of query parameters from them.

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Path, Query
from fastapi.responses import StreamingResponse

from backend.api.report_services import Limit, SortedCursor
from backend.api.resource_router import ResourceRouter
from backend.api.rule_services import ReportRuleTests, RuleCatalogue, RuleTests
from backend.api.schemas.rules import (
    CatalogueRuleAnswer,
    RuleCheckAnswer,
    RuleCheckRequest,
    RuleDetailAnswer,
    RuleList,
    RuleReportTestRequest,
    RuleTestAnswer,
    RuleTestRequest,
)
from backend.core.csv_text import MEDIA_TYPE, csv_line
from backend.core.ids import ReportId
from backend.core.pagination import DEFAULT_LIMIT, NamedPageRequest
from backend.core.problems import problems
from backend.domain.regulations.documents import PackNotFound
from backend.domain.regulations.loader import load_pack
from backend.domain.reports.analysis import PARAMETER_TYPES, ReportDocumentInvalid
from backend.domain.validation.catalogue import CatalogueRule, RuleFilter, RuleOrigin, TextSource
from backend.domain.validation.rule import Phase, Scope, Severity
from backend.pipeline.expressions.errors import SetRuleFailed
from backend.services.connectors.faults import ConnectorError
from backend.services.report_trial import DryRunTooSlow
from backend.services.reports import ReportNotFound, ReportVersionNotFound
from backend.services.rule_catalogue import RuleNotFound
from backend.services.rule_trial import RuleTestInvalid, TypedRows
from backend.services.run_parameters import RunParameterInvalid

router = ResourceRouter(prefix="/rules", tags=["rules"])
_COLUMNS: Final = (
    "id",
    "title",
    "owner",
    "version",
    "phase",
    "severity",
    "scope",
    "citation",
    "source",
    "official_codes",
    "official_texts",
    "official_list",
    "is_enabled",
    "valid_from",
    "valid_to",
    "reports",
    "failures",
    "records",
    "expression",
)


class RuleOrder(StrEnum):
    """Orders of the catalogue: by id, or those that fail most first."""

    ID = "id"
    FAIL_RATE = "-fail_rate"


async def rule_filter(  # noqa: PLR0913 - one parameter per filter
    *,
    q: Annotated[
        str | None, Query(max_length=200, description="A part of id, title, message, expression or official text.")
    ] = None,
    regime: Annotated[str | None, Query(max_length=60, description="The id of a regulation pack.")] = None,
    origin: RuleOrigin | None = None,
    phase: Annotated[tuple[Phase, ...], Query(description="One or several.")] = (),
    severity: Annotated[tuple[Severity, ...], Query(description="One or several.")] = (),
    scope: Annotated[tuple[Scope, ...], Query(description="One or several.")] = (),
    source: TextSource | None = None,
    report_id: Annotated[UUID | None, Query(description="Rules that judge this report.")] = None,
    is_failing: Annotated[bool | None, Query(description="Whether it failed in the last 30 days.")] = None,
) -> RuleFilter:
    """Which rules are wanted."""
    return RuleFilter(q, regime, origin, phase, severity, scope, source, report_id, is_failing)


Wanted = Annotated[RuleFilter, Depends(rule_filter)]


@router.get("")
async def list_rules(
    rules: RuleCatalogue,
    wanted: Wanted,
    sort: RuleOrder = RuleOrder.ID,
    limit: Limit = DEFAULT_LIMIT,
    cursor: SortedCursor = None,
) -> RuleList:
    """Every rule of packs, rule sets and reports, with how often it failed in the last 30 days."""
    page, count = await rules.page(NamedPageRequest(sort.value.removeprefix("-"), limit, cursor), wanted)
    items = [CatalogueRuleAnswer.of(one) for one in page.items]
    return RuleList(items=items, next_cursor=page.next_cursor, count=count)


@router.get("/export", response_class=StreamingResponse)
async def export_rules(rules: RuleCatalogue, wanted: Wanted) -> StreamingResponse:
    """The rules the filters leave as a CSV file; no cell is a formula to a spreadsheet."""
    found = await rules.every(wanted)
    headers = {"Content-Disposition": 'attachment; filename="rules.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(found), media_type=MEDIA_TYPE, headers=headers)


@router.post("/check", responses=problems(PackNotFound, ReportNotFound, ReportVersionNotFound))
async def check_rule(body: RuleCheckRequest, tests: RuleTests) -> RuleCheckAnswer:
    """What is wrong with a rule while it is written, as an answer."""
    report = ReportId(body.report_id) if body.report_id is not None else None
    return RuleCheckAnswer.of(await tests.check(body.text, body.pack_id, report))


@router.post("/test", responses=problems(PackNotFound, RuleTestInvalid, SetRuleFailed, DryRunTooSlow))
async def test_rule(body: RuleTestRequest, tests: RuleTests) -> RuleTestAnswer:
    """What a rule says of rows that somebody typed; nothing is kept."""
    known = {name: one.type for name, one in load_pack(body.pack_id).columns.items()} if body.pack_id else {}
    columns = {**known, **{name: PARAMETER_TYPES[kind] for name, kind in body.columns.items()}}
    rows = await tests.test_rows(body.text, TypedRows(columns, body.rows, body.reporting_date))
    return RuleTestAnswer.of(rows, body.text)


@router.post(
    "/test-on-report",
    responses=problems(
        ReportNotFound,
        ReportVersionNotFound,
        ReportDocumentInvalid,
        RunParameterInvalid,
        ConnectorError,
        SetRuleFailed,
        DryRunTooSlow,
    ),
)
async def test_rule_on_report(body: RuleReportTestRequest, tests: ReportRuleTests) -> RuleTestAnswer:
    """What a rule says of the first rows of a report's source, read now; nothing is kept."""
    rows = await tests.test_report(
        body.text, ReportId(body.report_id), body.reporting_date, body.parameters, body.limit
    )
    return RuleTestAnswer.of(rows, body.text)


@router.get("/{rule_key}", responses=problems(RuleNotFound))
async def get_rule(rule_key: Annotated[str, Path(max_length=200)], rules: RuleCatalogue) -> RuleDetailAnswer:
    """One rule with its parts, its official texts, and the runs in which it failed last."""
    return RuleDetailAnswer.of_detail(await rules.get(rule_key))


def _lines(rules: Iterable[CatalogueRule]) -> Iterator[str]:
    yield csv_line(_COLUMNS)
    for one in rules:
        first = one.parts[0]
        yield csv_line(
            [
                one.id,
                first.title,
                one.owner.name,
                one.owner.version,
                first.phase,
                one.severity,
                first.scope,
                first.citation,
                one.source,
                ", ".join(official.text.shown_code for official in one.official),
                " | ".join(official.text.text for official in one.official),
                one.official[0].source.shown if one.official else None,
                one.is_enabled,
                first.valid_from,
                first.valid_to,
                ", ".join(name for _, name in one.reports),
                one.failed.failures,
                one.failed.records,
                " | ".join(part.expression for part in one.parts),
            ]
        )
