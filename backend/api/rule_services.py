"""The services around rules, each behind the permission its routes ask for.

Annotations are evaluated here, not kept as text, as in ``api.dependencies``.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import ConnectorsQuery, Requires, Runtime, SchemaPackages, SignedIn
from backend.domain.permissions import Permission
from backend.services.official_texts import OfficialTextService
from backend.services.report_trial import ReportTrialService
from backend.services.reports import ReportService
from backend.services.rule_catalogue import RuleCatalogueService
from backend.services.rule_sets import RuleSetService
from backend.services.rule_trial import ReportRuleTrialService, RuleTrialService
from backend.services.scope import TenantScope


def _rule_sets(permission: Permission) -> Callable[..., Awaitable[RuleSetService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> RuleSetService:
        return RuleSetService(scope, runtime.wakeups)

    return provide


def _official_texts(permission: Permission) -> Callable[..., Awaitable[OfficialTextService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> OfficialTextService:
        return OfficialTextService(scope)

    return provide


async def _catalogue(scope: Annotated[TenantScope, Depends(Requires(Permission.RULES_READ))]) -> RuleCatalogueService:
    return RuleCatalogueService(scope)


async def _rule_tests(scope: Annotated[TenantScope, Depends(Requires(Permission.RULES_WRITE))]) -> RuleTrialService:
    return RuleTrialService(scope)


async def _report_rule_tests(
    principal: SignedIn,
    scope: Annotated[TenantScope, Depends(Requires(Permission.RULES_WRITE))],
    browser: ConnectorsQuery,
    schemas: SchemaPackages,
    runtime: Runtime,
) -> ReportRuleTrialService:
    """Tests on rows of a source, for whoever may write rules and see such rows."""
    reports = ReportService(scope, browser.connectors, runtime.wakeups, runtime.adapters.storage)
    return ReportRuleTrialService(scope, ReportTrialService(scope, principal.permissions, reports, schemas))


RuleCatalogue = Annotated[RuleCatalogueService, Depends(_catalogue)]
RuleTests = Annotated[RuleTrialService, Depends(_rule_tests)]
ReportRuleTests = Annotated[ReportRuleTrialService, Depends(_report_rule_tests)]
OfficialTextsRead = Annotated[OfficialTextService, Depends(_official_texts(Permission.RULES_READ))]
OfficialTextsWrite = Annotated[OfficialTextService, Depends(_official_texts(Permission.RULES_WRITE))]
RuleSetsRead = Annotated[RuleSetService, Depends(_rule_sets(Permission.RULES_READ))]
RuleSetsWrite = Annotated[RuleSetService, Depends(_rule_sets(Permission.RULES_WRITE))]
RuleSetsActivate = Annotated[RuleSetService, Depends(_rule_sets(Permission.RULES_ACTIVATE))]
