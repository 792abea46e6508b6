"""The services around rules, each behind the permission its routes ask for.

Annotations are evaluated here, not kept as text, as in ``api.dependencies``.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends

from backend.api.dependencies import Requires, Runtime
from backend.domain.permissions import Permission
from backend.services.rule_sets import RuleSetService
from backend.services.scope import TenantScope


def _rule_sets(permission: Permission) -> Callable[..., Awaitable[RuleSetService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime) -> RuleSetService:
        return RuleSetService(scope, runtime.wakeups)

    return provide


RuleSetsRead = Annotated[RuleSetService, Depends(_rule_sets(Permission.RULES_READ))]
RuleSetsWrite = Annotated[RuleSetService, Depends(_rule_sets(Permission.RULES_WRITE))]
RuleSetsActivate = Annotated[RuleSetService, Depends(_rule_sets(Permission.RULES_ACTIVATE))]
