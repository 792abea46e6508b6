"""Permissions are ``resource:action`` strings, each once."""

from __future__ import annotations

import re

from backend.domain.permissions import ALL_PERMISSIONS, Permission


def test_every_permission_reads_resource_colon_action() -> None:
    for permission in Permission:
        assert re.fullmatch(r"[a-z_]+:[a-z_]+", permission.value), permission
        assert permission.name == permission.value.upper().replace(":", "_")


def test_all_permissions_are_all_of_them() -> None:
    assert {permission.value for permission in Permission} == ALL_PERMISSIONS


def test_a_permission_fits_its_column() -> None:
    assert max(map(len, ALL_PERMISSIONS)) <= 64
