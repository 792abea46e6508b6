"""Roles permit what is in them, and nobody gives what they do not hold."""

from __future__ import annotations

import pytest

from backend.domain.permissions import ALL_PERMISSIONS, Permission
from backend.domain.roles import (
    ADMINISTRATOR,
    EVERYTHING,
    ROLE_TEMPLATES,
    PermissionChange,
    PermissionNotHeld,
    PermissionUnknown,
    check_held,
    check_known,
    permitted,
)


def test_everything_is_every_permission_and_what_no_longer_exists_is_nothing() -> None:
    assert permitted([EVERYTHING]) == ALL_PERMISSIONS
    assert permitted(["runs:read", "unicorns:ride"]) == {"runs:read"}
    assert permitted([]) == frozenset()


def test_an_unknown_permission_is_refused_by_name_and_everything_cannot_be_written() -> None:
    assert check_known(["runs:read", "reports:read", "runs:read"]) == ["reports:read", "runs:read"]
    with pytest.raises(PermissionUnknown) as refused:
        check_known(["runs:read", "runs:fly"])
    assert refused.value.extra == {"unknown": ["runs:fly"]}
    with pytest.raises(PermissionUnknown):
        check_known([EVERYTHING])


def test_nobody_gives_what_they_do_not_hold() -> None:
    check_held(["runs:read"], frozenset({"runs:read"}))
    check_held([EVERYTHING], ALL_PERMISSIONS)
    with pytest.raises(PermissionNotHeld) as refused:
        check_held(["runs:read", "runs:start"], frozenset({"runs:read"}))
    assert refused.value.extra == {"missing": ["runs:start"]}
    with pytest.raises(PermissionNotHeld):
        check_held([EVERYTHING], ALL_PERMISSIONS - {"runs:read"})


def test_a_change_says_what_is_gained_and_lost() -> None:
    change = PermissionChange.between(["runs:read", "runs:start"], ["runs:read", "reports:read"])
    assert (change.gained, change.lost) == ({"reports:read"}, {"runs:start"})
    assert PermissionChange.between([EVERYTHING], []).lost == ALL_PERMISSIONS


def test_the_templates_are_those_that_people_were_promised() -> None:
    assert list(ROLE_TEMPLATES) == [ADMINISTRATOR, "report_author", "approver", "operator", "auditor", "integrator"]
    for template in ROLE_TEMPLATES.values():
        assert template.description.endswith(".")
        assert set(template.permissions) <= ALL_PERMISSIONS | {EVERYTHING}


def test_an_author_cannot_activate_and_an_approver_cannot_write() -> None:
    author, approver = (permitted(ROLE_TEMPLATES[key].permissions) for key in ("report_author", "approver"))
    assert Permission.REPORTS_ACTIVATE not in author
    assert Permission.REPORTS_WRITE not in approver


def test_an_auditor_changes_nothing() -> None:
    actions = {one.partition(":")[2] for one in ROLE_TEMPLATES["auditor"].permissions}
    assert actions <= {"read", "download", "export"}
