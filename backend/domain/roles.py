"""Roles: named sets of permissions; the templates that every tenant starts with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.permissions import ALL_PERMISSIONS

#: Stands for every permission, also for those that a later version brings. Only the administrator's role has it.
EVERYTHING: Final = "*"
ADMINISTRATOR: Final = "administrator"


class PermissionUnknown(OpenRegError):
    """A role names a permission that does not exist."""

    code: ClassVar[str] = "permission_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class PermissionNotHeld(OpenRegError):
    """Nobody can give, take or change permissions that they do not hold themselves."""

    code: ClassVar[str] = "permission_not_held"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class RoleTemplate:
    """A role as it is when nobody has changed it."""

    key: str
    name: str
    description: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PermissionChange:
    """What somebody can do that they could not before, and the other way round."""

    gained: frozenset[str]
    lost: frozenset[str]

    @classmethod
    def between(cls, before: Iterable[str], after: Iterable[str]) -> PermissionChange:
        """The difference of two sets of stored permissions."""
        old, new = permitted(before), permitted(after)
        return cls(new - old, old - new)


def permitted(stored: Iterable[str]) -> frozenset[str]:
    """What stored permissions amount to: ``*`` is all of them, and what no longer exists permits nothing."""
    known = frozenset(stored)
    return ALL_PERMISSIONS if EVERYTHING in known else known & ALL_PERMISSIONS


def check_known(permissions: Iterable[str]) -> list[str]:
    """The permissions, each once and in order. Raises PermissionUnknown."""
    chosen = frozenset(permissions)
    unknown = sorted(chosen - ALL_PERMISSIONS)
    if unknown:
        raise PermissionUnknown(f"There is no permission {unknown[0]!r}.", extra={"unknown": unknown})
    return sorted(chosen)


def check_held(permissions: Iterable[str], held: frozenset[str]) -> None:
    """Refuse to touch what somebody does not hold. Raises PermissionNotHeld."""
    missing = sorted(permitted(permissions) - held)
    if missing:
        raise PermissionNotHeld(
            f"This would need {missing[0]}, which you do not hold.",
            fix="Ask somebody who holds these permissions.",
            extra={"missing": missing},
        )


def _template(key: str, name: str, description: str, **actions: str) -> RoleTemplate:
    """Raises PermissionUnknown: a template with a misspelt permission is not even imported."""
    permissions = [f"{resource}:{action}" for resource, listed in actions.items() for action in listed.split()]
    return RoleTemplate(key, name, description, tuple(check_known(permissions)))


#: An author asks connectors and does not make them: whoever stores credentials decides which databases OpenReg may
#: read, and that is not for the person who writes the query. Administrators and operators connect sources.
_TEMPLATES = (
    RoleTemplate(ADMINISTRATOR, "Administrator", "Everything, people and settings included.", (EVERYTHING,)),
    _template(
        "report_author",
        "Report author",
        "Builds reports, tries them out and submits them for approval.",
        connectors="read query",
        reports="read write submit",
        runs="read start cancel",
        exceptions="read work",
        quality="read write",
        schedules="read write",
        artifacts="download",
        destinations="read",
        submissions="read",
        feedback="read",
        error_register="read write",
        reconciliations="read write",
        schemas="read",
        regulations="read",
        rules="read write",
        datasets="read write",
        mapping_sets="read write",
        calendars="read write",
    ),
    _template(
        "approver",
        "Approver",
        "Approves or rejects what authors submit, and releases held runs.",
        connectors="read",
        reports="read approve activate archive",
        runs="read release",
        exceptions="read approve",
        quality="read write",
        schedules="read",
        artifacts="download",
        destinations="read",
        submissions="read approve override",
        feedback="read",
        error_register="read write",
        reconciliations="read",
        schemas="read",
        regulations="read",
        rules="read activate",
        datasets="read",
        mapping_sets="read",
        calendars="read",
    ),
    _template(
        "operator",
        "Operator",
        "Keeps runs, connections and deliveries going.",
        connectors="read write query",
        reports="read",
        runs="read start cancel release",
        exceptions="read work",
        quality="read",
        schedules="read write",
        artifacts="download",
        destinations="read write",
        deliveries="work",
        submissions="read",
        feedback="read write",
        error_register="read write",
        reconciliations="read write",
        webhooks="read",
        schemas="read install",
        regulations="read",
        rules="read",
        datasets="read write",
        mapping_sets="read write",
        calendars="read write",
        system="read",
    ),
    _template(
        "auditor",
        "Auditor",
        "Sees everything, the audit trail included, and changes nothing.",
        connectors="read",
        reports="read",
        runs="read",
        exceptions="read",
        quality="read",
        schedules="read",
        artifacts="download",
        destinations="read",
        submissions="read",
        feedback="read",
        error_register="read",
        reconciliations="read",
        webhooks="read",
        customers="read",
        publications="read",
        schemas="read",
        regulations="read",
        rules="read",
        datasets="read",
        mapping_sets="read",
        calendars="read",
        users="read",
        roles="read",
        tenant_settings="read",
        service_keys="read",
        audit="read export",
        system="read",
    ),
    _template(
        "integrator",
        "Integrator",
        "Connects other systems: destinations, webhooks and service keys.",
        reports="read",
        runs="read start",
        schedules="read",
        artifacts="download",
        destinations="read write",
        deliveries="work",
        submissions="read",
        feedback="read write",
        error_register="read",
        reconciliations="read write",
        webhooks="read write",
        regulations="read",
        rules="read",
        datasets="read",
        mapping_sets="read",
        calendars="read",
        service_keys="read write",
    ),
)
ROLE_TEMPLATES: Final[Mapping[str, RoleTemplate]] = {template.key: template for template in _TEMPLATES}
